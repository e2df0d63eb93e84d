#include "repository/text_search.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <deque>
#include <limits>
#include <memory>
#include <tuple>

#include "repository/phrase_match.hpp"
#include "repository/phrase_postings.hpp"

namespace bm {

namespace {

// bm25 with the constants of FTS5. A hit in the title counts ten times: titles are what people
// remember of a note.
constexpr double kSaturation = 1.2;
constexpr double kLengthShare = 0.75;
constexpr double kTitleWeight = 10.0;
constexpr double kContentWeight = 1.0;
// FTS5's floor for words that more than half of all documents have.
constexpr double kSmallestIdf = 1e-6;

/// How many living documents have a phrase in each column.
struct DocumentCounts {
    std::int64_t title = 0;
    std::int64_t content = 0;
};

double idf(std::int64_t all, std::int64_t with) {
    const auto documents = static_cast<double>(all);
    const auto hits = static_cast<double>(with);
    const double value = std::log((documents - hits + 0.5) / (hits + 0.5));
    return value <= 0.0 ? kSmallestIdf : value;
}

/// What a segment, or the fresh documents together, have for one query.
struct Source {
    std::uint32_t documents = 0;
    Segment* segment = nullptr;  ///< null for the fresh documents
    const SegmentDirectory* directory = nullptr;
    const DeadDocuments* dead = nullptr;
    std::deque<std::string> pages;
    std::deque<std::vector<PostingList>> lists;
    std::vector<std::unique_ptr<PhrasePostings>> phrases;  ///< as in the expression

    [[nodiscard]] std::uint32_t windows() const noexcept {
        return (documents + kWindow - 1) / kWindow;
    }
    void remove_dead(std::uint32_t window, WindowBits& bits) const noexcept {
        if (dead == nullptr) return;
        const std::size_t first = std::size_t{window} * WindowBits::kWords;
        for (std::size_t i = 0; i < WindowBits::kWords; ++i) bits.word(i) &= ~dead->word(first + i);
    }
};

/// A node of the expression while one source is searched: which documents of the window match.
struct Node {
    TextNode::Type type = TextNode::Type::nothing;
    std::size_t phrase = 0;
    std::vector<Node> children;      ///< in the order of the text, which is that of the sums
    std::vector<std::size_t> order;  ///< of evaluation: the rarest child first
    std::uint64_t at_most = 0;       ///< no more documents of the source match
    std::unique_ptr<WindowHits> hits;  ///< of a phrase
    WindowBits title_bits;             ///< of others
    WindowBits content_bits;

    [[nodiscard]] const WindowBits& title() const { return hits ? hits->title : title_bits; }
    [[nodiscard]] const WindowBits& content() const { return hits ? hits->content : content_bits; }
};

class Search {
public:
    Search(TextStore& store, SegmentReader& reader, const TextExpression& expression,
           const TextQuery& query)
        : store_(store), reader_(reader), expression_(expression), query_(query) {
        build(expression.root, root_);
        mark_scoring(expression.root);
    }

    TextPage run(ProjectId project, ProjectText& text) {
        open_sources(project, text);
        TextPage page;
        if (sources_.empty()) return page;
        weigh(text);
        for (auto& source : sources_) walk(source);
        page.total = total_;
        std::sort_heap(best_.begin(), best_.end(), better);
        for (std::size_t i = query_.offset; i < best_.size(); ++i) page.hits.push_back(best_[i]);
        return page;
    }

private:
    // --- the query ---

    void build(const TextNode& from, Node& to) {
        to.type = from.type;
        to.phrase = from.phrase;
        if (from.type == TextNode::Type::phrase) to.hits = std::make_unique<WindowHits>();
        to.children.resize(from.children.size());
        for (std::size_t i = 0; i < from.children.size(); ++i) {
            build(from.children[i], to.children[i]);
            to.order.push_back(i);
        }
    }

    // What stands after NOT is never in a matching document and needs no weight.
    void mark_scoring(const TextNode& node) {
        scoring_.resize(expression_.phrases.size());
        if (node.type == TextNode::Type::phrase) scoring_[node.phrase] = true;
        const std::size_t wanted =
            node.type == TextNode::Type::without ? 1 : node.children.size();
        for (std::size_t i = 0; i < wanted; ++i) mark_scoring(node.children[i]);
    }

    /// Estimates a node for one source and orders what is below it.
    std::uint64_t plan(const Source& source, Node& node) {
        for (auto& child : node.children) plan(source, child);
        const auto at_most = [&](std::size_t i) { return node.children[i].at_most; };
        std::uint64_t sum = 0;
        for (const auto& child : node.children) sum += child.at_most;
        switch (node.type) {
            case TextNode::Type::nothing:
                node.at_most = 0;
                break;
            case TextNode::Type::phrase:
                node.at_most = source.phrases[node.phrase]->at_most();
                break;
            case TextNode::Type::all:
                std::stable_sort(
                    node.order.begin(), node.order.end(),
                    [&](std::size_t a, std::size_t b) { return at_most(a) < at_most(b); });
                node.at_most = at_most(node.order.front());
                break;
            case TextNode::Type::any:
                node.at_most = sum;
                break;
            case TextNode::Type::without:
                node.at_most = at_most(0);
                break;
        }
        return node.at_most;
    }

    // --- the sources ---

    void open_sources(ProjectId project, ProjectText& text) {
        for (auto& segment : text.segments) {
            if (segment.row.stage != SegmentStage::searched) continue;
            sources_.emplace_back();
            Source& source = sources_.back();
            source.segment = &segment;
            source.documents = segment.row.documents;
            for (const auto& phrase : expression_.phrases) open_phrase(source, phrase);
            if (plan(source, root_) == 0) {
                sources_.pop_back();
                continue;
            }
            source.dead = store_.dead(segment);
            source.directory = &store_.directory(segment);
        }
        if (text.fresh_documents > 0) open_fresh(store_.fresh(project, text));
    }

    void open_phrase(Source& source, const TextPhrase& phrase) {
        source.phrases.push_back(std::make_unique<PhrasePostings>(source.documents));
        PhrasePostings& postings = *source.phrases.back();
        TokenLists lists(phrase.tokens.size());
        for (std::size_t i = 0; i < phrase.tokens.size(); ++i) {
            const bool prefix = phrase.prefix && i + 1 == phrase.tokens.size();
            reader_.find(source.segment->row.id, phrase.tokens[i], prefix, source.pages, lists[i]);
            if (lists[i].empty()) break;
        }
        if (phrase.tokens.size() > 1) {
            match_phrase(reader_.rows(), lists, source.documents, postings);
        } else {
            source.lists.push_back(std::move(lists.front()));
            for (const auto& list : source.lists.back()) postings.add_list(reader_.rows(), list);
        }
        postings.finish();
    }

    void open_fresh(const FreshDocuments& fresh) {
        sources_.emplace_back();
        Source& source = sources_.back();
        source.documents = fresh.directory->size();
        source.directory = fresh.directory.get();
        for (std::size_t i = 0; i < expression_.phrases.size(); ++i) {
            source.phrases.push_back(std::make_unique<PhrasePostings>(source.documents));
        }
        for (std::uint32_t ordinal = 0; ordinal < source.documents; ++ordinal) {
            const FreshDocument document(fresh.bytes[ordinal]);
            for (std::size_t i = 0; i < expression_.phrases.size(); ++i) {
                const Hits hits = match_phrase(document, expression_.phrases[i]);
                if (hits.all() > 0) source.phrases[i]->add_hits(ordinal, hits);
            }
        }
        for (auto& phrase : source.phrases) phrase->finish();
        if (plan(source, root_) == 0) sources_.pop_back();
    }

    // --- weights ---

    // Statistics are those of the living documents: a score does not depend on when segments were
    // merged.
    void weigh(const ProjectText& text) {
        average_length_ = static_cast<double>(text.tokens) / static_cast<double>(text.documents);
        for (std::size_t phrase = 0; phrase < expression_.phrases.size(); ++phrase) {
            DocumentCounts counts;
            if (scoring_[phrase]) {
                for (auto& source : sources_) count(source, *source.phrases[phrase], counts);
            }
            title_idf_.push_back(idf(text.documents, counts.title));
            content_idf_.push_back(idf(text.documents, counts.content));
        }
    }

    void count(const Source& source, PhrasePostings& postings, DocumentCounts& counts) {
        if (postings.at_most() == 0) return;
        const ListHead* head = postings.only_head();
        if (head != nullptr) {
            counts.title += head->title_documents;
            counts.content += head->content_documents;
            if (source.dead == nullptr) return;
        }
        for (std::uint32_t window = 0; window < source.windows(); ++window) {
            if (head == nullptr) {
                if (!postings.fill(window, nullptr, scratch_)) continue;
                source.remove_dead(window, scratch_.title);
                source.remove_dead(window, scratch_.content);
                counts.title += scratch_.title.count();
                counts.content += scratch_.content.count();
            } else {
                // The list counts the dead too: only they are looked up.
                const WindowBits dead = dead_bits(source, window);
                if (!dead.any() || !postings.fill(window, &dead, scratch_)) continue;
                scratch_.title &= dead;
                scratch_.content &= dead;
                counts.title -= scratch_.title.count();
                counts.content -= scratch_.content.count();
            }
        }
        postings.rewind();
    }

    static WindowBits dead_bits(const Source& source, std::uint32_t window) {
        WindowBits bits;
        const std::size_t first = std::size_t{window} * WindowBits::kWords;
        for (std::size_t i = 0; i < WindowBits::kWords; ++i) {
            bits.word(i) = source.dead->word(first + i);
        }
        return bits;
    }

    // --- matching ---

    void walk(Source& source) {
        plan(source, root_);
        std::vector<std::uint32_t> among = wanted_ordinals(source);
        auto next_wanted = among.begin();
        for (std::uint32_t window = 0; window < source.windows(); ++window) {
            WindowBits wanted;
            if (query_.among != nullptr) {
                const std::uint32_t end = (window + 1) * kWindow;
                for (; next_wanted != among.end() && *next_wanted < end; ++next_wanted) {
                    wanted.set(*next_wanted % kWindow);
                }
                if (!wanted.any()) continue;
            }
            if (!evaluate(source, window, query_.among != nullptr ? &wanted : nullptr, root_)) {
                continue;
            }
            WindowBits matched = root_.title();
            matched |= root_.content();
            if (query_.among != nullptr) matched &= wanted;
            source.remove_dead(window, matched);
            collect(source, window, matched);
        }
    }

    std::vector<std::uint32_t> wanted_ordinals(const Source& source) const {
        std::vector<std::uint32_t> ordinals;
        if (query_.among == nullptr) return ordinals;
        for (const TextDoc doc : *query_.among) {
            if (const auto ordinal = source.directory->find(doc)) ordinals.push_back(*ordinal);
        }
        return ordinals;
    }

    /// Sets the node's bits; false when none is set, and then they may be anything. Documents
    /// outside of `wanted` (null for all) may be left out.
    bool evaluate(Source& source, std::uint32_t window, const WindowBits* wanted, Node& node) {
        switch (node.type) {
            case TextNode::Type::nothing:
                return false;
            case TextNode::Type::phrase:
                if (!source.phrases[node.phrase]->fill(window, wanted, *node.hits)) return false;
                if (!query_.titles_only) return true;
                node.hits->content.clear();
                return node.hits->title.any();
            case TextNode::Type::all:
                return evaluate_all(source, window, wanted, node);
            case TextNode::Type::any:
                return evaluate_any(source, window, wanted, node);
            case TextNode::Type::without:
                break;
        }
        return evaluate_without(source, window, wanted, node);
    }

    bool evaluate_all(Source& source, std::uint32_t window, const WindowBits* wanted, Node& node) {
        WindowBits left;
        for (const std::size_t i : node.order) {
            Node& child = node.children[i];
            if (!evaluate(source, window, wanted, child)) return false;
            if (i == node.order.front()) {
                node.title_bits = child.title();
                node.content_bits = child.content();
            } else {
                node.title_bits &= child.title();
                node.content_bits &= child.content();
            }
            left = node.title_bits;
            left |= node.content_bits;
            if (!left.any()) return false;
            wanted = &left;
        }
        return true;
    }

    bool evaluate_any(Source& source, std::uint32_t window, const WindowBits* wanted, Node& node) {
        node.title_bits.clear();
        node.content_bits.clear();
        bool any = false;
        for (auto& child : node.children) {
            if (!evaluate(source, window, wanted, child)) {
                clear(child);
                continue;
            }
            node.title_bits |= child.title();
            node.content_bits |= child.content();
            any = true;
        }
        return any;
    }

    bool evaluate_without(Source& source, std::uint32_t window, const WindowBits* wanted,
                          Node& node) {
        Node& kept = node.children[0];
        Node& dropped = node.children[1];
        if (!evaluate(source, window, wanted, kept)) return false;
        node.title_bits = kept.title();
        node.content_bits = kept.content();
        WindowBits left = node.title_bits;
        left |= node.content_bits;
        if (!evaluate(source, window, &left, dropped)) return true;
        node.title_bits -= dropped.title();
        node.content_bits -= dropped.content();
        return node.title_bits.any() || node.content_bits.any();
    }

    static void clear(Node& node) {
        if (node.hits) node.hits->clear();
        node.title_bits.clear();
        node.content_bits.clear();
    }

    // --- ranking ---

    static bool better(const TextHit& a, const TextHit& b) {
        return std::tie(a.score, a.doc) < std::tie(b.score, b.doc);
    }

    void collect(const Source& source, std::uint32_t window, const WindowBits& matched) {
        const std::size_t wanted = query_.limit > std::numeric_limits<std::size_t>::max() - query_.offset ? std::numeric_limits<std::size_t>::max() : query_.offset + query_.limit;
        const std::uint32_t begin = window * kWindow;
        for (std::size_t word = 0; word < WindowBits::kWords; ++word) {
            for (std::uint64_t bits = matched.word(word); bits != 0; bits &= bits - 1) {
                const auto index = static_cast<std::uint32_t>(
                    word * 64 + static_cast<unsigned>(std::countr_zero(bits)));
                const std::uint32_t ordinal = begin + index;
                if (query_.kinds != kAllKinds &&
                    (query_.kinds >> static_cast<unsigned>(source.directory->kind(ordinal)) & 1U) ==
                        0) {
                    continue;
                }
                ++total_;
                if (wanted == 0) continue;
                const double value = score(source, ordinal, index);
                if (best_.size() == wanted) {
                    if (value > best_.front().score) continue;
                    const TextHit hit{source.directory->doc(ordinal), source.directory->kind(ordinal), value};
                    if (!better(hit, best_.front())) continue;
                    std::pop_heap(best_.begin(), best_.end(), better);
                    best_.back() = hit;
                } else {
                    best_.push_back({source.directory->doc(ordinal), source.directory->kind(ordinal), value});
                }
                std::push_heap(best_.begin(), best_.end(), better);
            }
        }
    }

    double score(const Source& source, std::uint32_t ordinal, std::uint32_t index) const {
        const double length = source.directory->length(ordinal);
        const double norm =
            kSaturation * (1 - kLengthShare + kLengthShare * length / average_length_);
        double sum = 0;
        if (root_.title().test(index)) add_title(root_, index, norm, sum);
        if (root_.content().test(index)) add_content(root_, index, norm, sum);
        return -1.0 * sum;
    }

    void add_title(const Node& node, std::uint32_t index, double norm, double& sum) const {
        if (node.type == TextNode::Type::phrase) {
            const double hits = kTitleWeight * node.hits->hits[index].title();
            sum += title_idf_[node.phrase] * (hits * (kSaturation + 1.0) / (hits + norm));
            return;
        }
        const std::size_t wanted = node.type == TextNode::Type::without ? 1 : node.children.size();
        for (std::size_t i = 0; i < wanted; ++i) {
            if (node.children[i].title().test(index)) add_title(node.children[i], index, norm, sum);
        }
    }

    void add_content(const Node& node, std::uint32_t index, double norm, double& sum) const {
        if (node.type == TextNode::Type::phrase) {
            const double hits = kContentWeight * node.hits->hits[index].content();
            sum += content_idf_[node.phrase] * (hits * (kSaturation + 1.0) / (hits + norm));
            return;
        }
        const std::size_t wanted = node.type == TextNode::Type::without ? 1 : node.children.size();
        for (std::size_t i = 0; i < wanted; ++i) {
            if (node.children[i].content().test(index)) {
                add_content(node.children[i], index, norm, sum);
            }
        }
    }

    TextStore& store_;
    SegmentReader& reader_;
    const TextExpression& expression_;
    const TextQuery& query_;
    Node root_;
    std::vector<bool> scoring_;
    std::deque<Source> sources_;
    double average_length_ = 1;
    std::vector<double> title_idf_;
    std::vector<double> content_idf_;
    WindowHits scratch_;
    std::int64_t total_ = 0;
    std::vector<TextHit> best_;  // a heap, the worst in front
};

}  // namespace

TextPage search_text(TextStore& store, SegmentReader& reader, ProjectId project, ProjectText& text,
                     const TextExpression& expression, const TextQuery& query) {
    const auto search = std::make_unique<Search>(store, reader, expression, query);
    return search->run(project, text);
}

}  // namespace bm
