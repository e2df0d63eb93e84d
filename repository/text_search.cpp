#include "repository/text_search.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <tuple>

#include "repository/text_match.hpp"
#include "repository/text_source.hpp"

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

double idf(std::int64_t all, std::int64_t with) {
    const auto documents = static_cast<double>(all);
    const auto hits = static_cast<double>(with);
    const double value = std::log((documents - hits + 0.5) / (hits + 0.5));
    return value <= 0.0 ? kSmallestIdf : value;
}

/// How much each phrase says about a document that has it. Statistics are those of the living
/// documents of the project: a score does not depend on when segments were merged.
class Ranking {
public:
    Ranking(const ProjectText& text, const TextExpression& expression,
            std::deque<TextSource>& sources)
        : average_length_(static_cast<double>(text.tokens) / static_cast<double>(text.documents)) {
        std::vector<bool> counts(expression.phrases.size());
        mark_scoring(expression.root, counts);
        for (std::size_t phrase = 0; phrase < counts.size(); ++phrase) {
            DocumentCounts with;
            if (counts[phrase]) {
                for (auto& source : sources) source.phrases[phrase]->count(source.dead, with);
            }
            title_idf_.push_back(idf(text.documents, with.title));
            content_idf_.push_back(idf(text.documents, with.content));
        }
    }

    /// No document gets more than this for the phrase.
    [[nodiscard]] double most(std::size_t phrase) const {
        return (title_idf_[phrase] + content_idf_[phrase]) * (kSaturation + 1.0);
    }

    /// The sums go in the order in which FTS5 makes them, so that equal scores stay equal.
    [[nodiscard]] double score(const MatchNode& root, std::uint32_t index,
                               std::uint32_t length) const {
        const double norm =
            kSaturation *
            (1 - kLengthShare + kLengthShare * static_cast<double>(length) / average_length_);
        double sum = 0;
        const auto add_title = [&](std::size_t phrase, std::uint32_t count) {
            sum += title_idf_[phrase] * saturated(kTitleWeight * count, norm);
        };
        const auto add_content = [&](std::size_t phrase, std::uint32_t count) {
            sum += content_idf_[phrase] * saturated(kContentWeight * count, norm);
        };
        if (root.matches(TextColumn::title).test(index)) {
            root.each_hit(TextColumn::title, index, add_title);
        }
        if (root.matches(TextColumn::content).test(index)) {
            root.each_hit(TextColumn::content, index, add_content);
        }
        return -sum;
    }

private:
    // What stands after NOT is in no matching document and needs no weight.
    static void mark_scoring(const TextNode& node, std::vector<bool>& counts) {
        if (node.type == TextNode::Type::phrase) counts[node.phrase] = true;
        const std::size_t kept = node.type == TextNode::Type::without ? 1 : node.children.size();
        for (std::size_t i = 0; i < kept; ++i) mark_scoring(node.children[i], counts);
    }
    static double saturated(double hits, double norm) {
        return hits * (kSaturation + 1.0) / (hits + norm);
    }

    double average_length_;
    std::vector<double> title_idf_;
    std::vector<double> content_idf_;
};

/// Counts matches and keeps the best of them.
class Best {
public:
    explicit Best(const TextQuery& query)
        : offset_(query.offset),
          wanted_(query.limit > std::numeric_limits<std::size_t>::max() - query.offset
                      ? std::numeric_limits<std::size_t>::max()
                      : query.offset + query.limit) {}

    void count(std::int64_t matches) noexcept { total_ += matches; }
    /// A worse score changes nothing any more.
    [[nodiscard]] double worst_wanted() const noexcept {
        if (wanted_ == 0) return -std::numeric_limits<double>::infinity();
        return best_.size() < wanted_ ? 0 : best_.front().score;
    }
    [[nodiscard]] bool wants(double score) const noexcept {
        return best_.size() < wanted_ || (wanted_ > 0 && score <= best_.front().score);
    }
    void add(const TextHit& hit) {
        if (best_.size() == wanted_) {
            if (!better(hit, best_.front())) return;
            std::pop_heap(best_.begin(), best_.end(), better);
            best_.pop_back();
        }
        best_.push_back(hit);
        std::push_heap(best_.begin(), best_.end(), better);
    }

    TextPage page() {
        TextPage page;
        page.total = total_;
        std::sort_heap(best_.begin(), best_.end(), better);
        const auto skipped = static_cast<std::ptrdiff_t>(std::min(offset_, best_.size()));
        page.hits.assign(best_.begin() + skipped, best_.end());
        return page;
    }

private:
    static bool better(const TextHit& a, const TextHit& b) {
        return std::tie(a.score, a.doc) < std::tie(b.score, b.doc);
    }

    std::size_t offset_;
    std::size_t wanted_;
    std::int64_t total_ = 0;
    std::vector<TextHit> best_;  // a heap, the worst in front
};

/// The ordinals that the documents of a sorted list have in a source.
std::vector<std::uint32_t> ordinals_of(const std::vector<TextDoc>& docs,
                                       const SegmentDirectory& directory) {
    std::vector<std::uint32_t> ordinals;
    for (const TextDoc doc : docs) {
        if (const auto ordinal = directory.find(doc)) ordinals.push_back(*ordinal);
    }
    return ordinals;
}

void keep_kinds(const SegmentDirectory& directory, std::uint32_t window, KindSet kinds,
                WindowBits& matches) {
    if (kinds == kAllKinds) return;
    WindowBits kept;
    matches.each([&](std::uint32_t index) {
        const auto kind = static_cast<unsigned>(directory.kind(window * kWindow + index));
        kept.set_if((kinds >> kind & 1U) != 0, index);
    });
    matches = kept;
}

/// Of alternatives, drops the documents that have only phrases which together cannot lift them
/// among the best: most matches of a question in plain words have but its frequent ones.
void drop_hopeless(const MatchNode& root, const Ranking& ranking, const Best& best,
                   WindowBits& matches) {
    std::vector<const MatchNode*> phrases = root.alternatives();
    std::sort(phrases.begin(), phrases.end(), [&](const MatchNode* a, const MatchNode* b) {
        return ranking.most(a->phrase()) < ranking.most(b->phrase());
    });
    double most = 0;
    auto needed = phrases.begin();
    for (; needed != phrases.end(); ++needed) {
        most += ranking.most((*needed)->phrase());
        if (-most <= best.worst_wanted()) break;
    }
    if (needed == phrases.begin()) return;
    WindowBits hopeful;
    for (; needed != phrases.end(); ++needed) {
        hopeful |= (*needed)->matches(TextColumn::title);
        hopeful |= (*needed)->matches(TextColumn::content);
    }
    matches &= hopeful;
}

void collect(const TextSource& source, std::uint32_t window, WindowBits& matches,
             const MatchNode& root, const Ranking& ranking, KindSet kinds, Best& best) {
    const SegmentDirectory& directory = *source.directory;
    keep_kinds(directory, window, kinds, matches);
    best.count(matches.count());
    drop_hopeless(root, ranking, best, matches);
    matches.each([&](std::uint32_t index) {
        const std::uint32_t ordinal = window * kWindow + index;
        const double score = ranking.score(root, index, directory.length(ordinal));
        if (best.wants(score)) best.add({directory.doc(ordinal), directory.kind(ordinal), score});
    });
}

void walk(const TextSource& source, const TextQuery& query, MatchNode& root, const Ranking& ranking,
          Best& best) {
    std::vector<std::uint32_t> among;
    if (query.among != nullptr) among = ordinals_of(*query.among, *source.directory);
    auto next = among.begin();
    for (std::uint32_t window = 0; window < source.windows(); ++window) {
        WindowBits wanted;
        if (query.among != nullptr) {
            const std::uint64_t end = (std::uint64_t{window} + 1) * kWindow;
            for (; next != among.end() && *next < end; ++next) wanted.set(*next % kWindow);
            if (!wanted.any()) continue;
        }
        if (!root.evaluate(source, window, query.among != nullptr ? &wanted : nullptr,
                           query.titles_only)) {
            continue;
        }
        WindowBits matches = root.matches(TextColumn::title);
        matches |= root.matches(TextColumn::content);
        if (query.among != nullptr) matches &= wanted;
        if (source.dead != nullptr) matches -= WindowBits(*source.dead, window);
        collect(source, window, matches, root, ranking, query.kinds, best);
    }
}

}  // namespace

TextPage search_text(TextStore& store, SegmentReader& reader, ProjectId project, ProjectText& text,
                     const TextExpression& expression, const TextQuery& query) {
    auto sources = open_sources(store, reader, project, text, expression);
    MatchNode root(expression.root);
    if (std::none_of(sources.begin(), sources.end(),
                     [&](const TextSource& source) { return root.plan(source); })) {
        return {};
    }
    const Ranking ranking(text, expression, sources);
    Best best(query);
    for (const auto& source : sources) {
        if (root.plan(source)) walk(source, query, root, ranking, best);
    }
    return best.page();
}

}  // namespace bm
