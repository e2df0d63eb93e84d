#include "repository/phrase_match.hpp"

#include <algorithm>
#include <array>
#include <numeric>

namespace bm {

namespace {

// A place is the position of a phrase's first word, and its column: titles sort first.
constexpr std::uint32_t kContent = 1U << 31U;

/// A place where the phrase may be, as far as the words tried so far say.
struct Occurrence {
    std::uint32_t ordinal;
    std::uint32_t place;
};

/// Says of most places that they are not among those of a document. Comparing two lists place by
/// place costs a wrongly predicted branch for nearly each.
class PlaceFilter {
public:
    void add(std::uint32_t place) noexcept { word_of(place) |= bit_of(place); }
    [[nodiscard]] bool may_have(std::uint32_t place) noexcept {
        return (word_of(place) & bit_of(place)) != 0;
    }

private:
    static std::uint64_t bit_of(std::uint32_t place) noexcept {
        return std::uint64_t{1} << place % 64;
    }
    std::uint64_t& word_of(std::uint32_t place) noexcept { return words_[place / 64 % 4]; }

    std::array<std::uint64_t, 4> words_{};
};

class Occurrences {
public:
    /// Takes all positions of the first word tried, which is number `offset` of the phrase.
    void start(std::uint32_t ordinal, Hits hits, ByteReader& positions, std::uint32_t offset) {
        visit_positions(positions, hits, [&](bool is_title, std::uint32_t position) {
            if (position < offset) return;
            places_.push_back({ordinal, place(is_title, position - offset)});
        });
    }

    [[nodiscard]] bool empty() const noexcept { return places_.empty(); }
    [[nodiscard]] std::size_t size() const noexcept { return places_.size(); }
    [[nodiscard]] std::uint32_t ordinal(std::size_t at) const noexcept {
        return places_[at].ordinal;
    }
    /// The first occurrence, from `at` on, of this or a later document.
    [[nodiscard]] std::size_t seek(std::size_t at, std::uint32_t ordinal) const {
        // Mostly the next few, sometimes far away.
        std::size_t step = 1;
        while (at + step < places_.size() && places_[at + step].ordinal < ordinal) step *= 2;
        const auto from = places_.begin() + static_cast<std::ptrdiff_t>(at);
        const auto to = at + step < places_.size() ? from + static_cast<std::ptrdiff_t>(step) + 1
                                                   : places_.end();
        const auto found = std::lower_bound(
            from, to, ordinal, [](const Occurrence& o, std::uint32_t n) { return o.ordinal < n; });
        return static_cast<std::size_t>(found - places_.begin());
    }

    /// Marks the occurrences of one document, from `at` on, that have the word where it should be;
    /// gives the first occurrence of the next document.
    std::size_t mark(std::size_t at, Hits hits, ByteReader& positions, std::uint32_t offset) {
        PlaceFilter filter;
        std::size_t stop = at;
        for (const std::uint32_t document = places_[at].ordinal;
             stop < places_.size() && places_[stop].ordinal == document; ++stop) {
            filter.add(places_[stop].place);
        }
        visit_positions(positions, hits, [&](bool is_title, std::uint32_t position) {
            if (position < offset) return;
            const std::uint32_t wanted = place(is_title, position - offset);
            if (filter.may_have(wanted)) mark_place(at, stop, wanted);
        });
        return stop;
    }
    void begin_marks() { marks_.assign(places_.size(), 0); }
    void keep_marked() {
        std::size_t kept = 0;
        for (std::size_t i = 0; i < places_.size(); ++i) {
            if (marks_[i] != 0) places_[kept++] = places_[i];
        }
        places_.resize(kept);
    }

    /// Calls visit(ordinal, hits) for each document.
    template <class Visit>
    void each_document(Visit visit) const {
        for (std::size_t at = 0; at < places_.size();) {
            const std::uint32_t ordinal = places_[at].ordinal;
            std::uint32_t title = 0;
            std::uint32_t content = 0;
            for (; at < places_.size() && places_[at].ordinal == ordinal; ++at) {
                ++(places_[at].place < kContent ? title : content);
            }
            visit(ordinal, Hits(title, content));
        }
    }

private:
    void mark_place(std::size_t at, std::size_t stop, std::uint32_t wanted) {
        const auto from = places_.begin() + static_cast<std::ptrdiff_t>(at);
        const auto to = places_.begin() + static_cast<std::ptrdiff_t>(stop);
        const auto found = std::lower_bound(
            from, to, wanted,
            [](const Occurrence& o, std::uint32_t place) { return o.place < place; });
        if (found != to && found->place == wanted) {
            marks_[static_cast<std::size_t>(found - places_.begin())] = 1;
        }
    }

    static std::uint32_t place(bool is_title, std::uint32_t position) {
        if (position >= kContent) throw_damaged_index("position");
        return is_title ? position : position | kContent;
    }

    std::vector<Occurrence> places_;
    std::vector<char> marks_;
};

std::vector<std::uint32_t> documents_of(PageRows& rows, const PostingList& list,
                                        std::uint32_t documents) {
    std::vector<std::uint32_t> found;
    found.reserve(list.head.postings);
    PostingCursor cursor(rows, list, documents);
    do {
        const PostingBlock& block = cursor.block();
        found.insert(found.end(), block.ordinals.begin(),
                     block.ordinals.begin() + static_cast<std::ptrdiff_t>(block.count));
    } while (cursor.next());
    return found;
}

/// Drops the documents that the list lacks.
void keep_documents(PageRows& rows, const PostingList& list, std::uint32_t documents,
                    std::vector<std::uint32_t>& kept) {
    PostingCursor cursor(rows, list, documents);
    std::size_t count = 0;
    for (std::size_t at = 0; at < kept.size() && cursor.seek(kept[at]);) {
        const PostingBlock& block = cursor.block();
        const auto stop = block.ordinals.begin() + static_cast<std::ptrdiff_t>(block.count);
        auto next = block.ordinals.begin();
        for (; at < kept.size() && kept[at] < cursor.end(); ++at) {
            while (next != stop && *next < kept[at]) ++next;
            if (next != stop && *next == kept[at]) kept[count++] = kept[at];
        }
    }
    kept.resize(count);
}

/// Takes the positions of a word in the documents `among`.
void start_with(PageRows& rows, const PostingList& list, std::uint32_t documents,
                std::uint32_t offset, const std::vector<std::uint32_t>& among,
                Occurrences& places) {
    PostingCursor cursor(rows, list, documents);
    for (auto next = among.begin(); next != among.end() && cursor.seek(*next);) {
        const PostingBlock& block = cursor.block();
        ByteReader positions(cursor.positions());
        std::uint64_t skipped = 0;
        for (std::size_t i = 0; i < block.count && next != among.end(); ++i) {
            if (block.ordinals[i] != *next) {
                skipped += block.hits[i].all();
                continue;
            }
            take_positions(positions, skipped);
            skipped = 0;
            places.start(block.ordinals[i], block.hits[i], positions, offset);
            ++next;
        }
    }
}

/// Marks what one block of a word's list confirms, from occurrence `at` on; gives the next one.
std::size_t mark_with(PostingCursor& cursor, std::uint32_t offset, std::size_t at,
                      Occurrences& places) {
    const PostingBlock& block = cursor.block();
    ByteReader positions{std::string_view()};
    bool opened = false;
    std::uint64_t skipped = 0;
    std::uint32_t wanted = places.ordinal(at);
    for (std::size_t i = 0; i < block.count; ++i) {
        const std::uint32_t ordinal = block.ordinals[i];
        if (wanted < ordinal) {
            at = places.seek(at, ordinal);
            if (at == places.size()) break;
            wanted = places.ordinal(at);
        }
        if (wanted != ordinal) {
            skipped += block.hits[i].all();
            continue;
        }
        if (!opened) {
            positions = ByteReader(cursor.positions());
            opened = true;
        }
        take_positions(positions, skipped);
        skipped = 0;
        at = places.mark(at, block.hits[i], positions, offset);
        if (at == places.size()) break;
        wanted = places.ordinal(at);
    }
    return at;
}

void filter_with(PostingCursor& cursor, std::uint32_t offset, Occurrences& places) {
    std::size_t at = 0;
    while (at < places.size() && cursor.seek(places.ordinal(at))) {
        at = mark_with(cursor, offset, at, places);
        if (at == places.size()) break;
        if (places.ordinal(at) < cursor.end()) at = places.seek(at, cursor.end());
        if (!cursor.next()) break;
    }
}

/// Marks what any of a word's lists confirms.
void filter_with(PageRows& rows, const std::vector<PostingList>& lists, std::uint32_t documents,
                 std::uint32_t offset, Occurrences& places) {
    // Rare words with one prefix share a page, and so the row of their positions.
    std::int64_t shared_row = 0;
    std::string shared;
    for (const auto& list : lists) {
        PostingCursor cursor(rows, list, documents);
        if (lists.size() > 1 && !list.is_long()) {
            if (shared_row != list.row) {
                shared = rows.read(list.row + 1);
                shared_row = list.row;
            }
            cursor.share_positions(shared);
        }
        filter_with(cursor, offset, places);
    }
}

std::uint64_t postings_of(const std::vector<PostingList>& lists) {
    return std::accumulate(
        lists.begin(), lists.end(), std::uint64_t{0},
        [](std::uint64_t sum, const PostingList& list) { return sum + list.head.postings; });
}

}  // namespace

void match_phrase(PageRows& rows, const TokenLists& tokens, std::uint32_t documents,
                  PhrasePostings& found) {
    // The rarest word leaves the fewest places to look at. A prefix, which can only be the last
    // word, never begins.
    std::vector<std::size_t> order(tokens.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
        const bool a_many = tokens[a].size() > 1;
        const bool b_many = tokens[b].size() > 1;
        return a_many != b_many ? b_many : postings_of(tokens[a]) < postings_of(tokens[b]);
    });
    for (const auto& lists : tokens) {
        if (lists.empty()) return;
    }
    // Most documents with the rarest word lack another one: their positions are not looked at.
    const PostingList& rarest = tokens[order[0]].front();
    std::vector<std::uint32_t> among = documents_of(rows, rarest, documents);
    for (std::size_t i = 1; i < order.size(); ++i) {
        const auto& lists = tokens[order[i]];
        if (lists.size() == 1) keep_documents(rows, lists.front(), documents, among);
    }
    Occurrences places;
    start_with(rows, rarest, documents, static_cast<std::uint32_t>(order[0]), among, places);
    for (std::size_t i = 1; i < order.size() && !places.empty(); ++i) {
        places.begin_marks();
        filter_with(rows, tokens[order[i]], documents, static_cast<std::uint32_t>(order[i]),
                    places);
        places.keep_marked();
    }
    places.each_document([&](std::uint32_t ordinal, Hits hits) { found.add_hits(ordinal, hits); });
}

Hits match_phrase(const FreshDocument& document, const TextPhrase& phrase) {
    Occurrences places;
    Hits all;
    for (std::size_t i = 0; i < phrase.tokens.size(); ++i) {
        const std::string& token = phrase.tokens[i];
        const bool prefix = phrase.prefix && i + 1 == phrase.tokens.size();
        const auto offset = static_cast<std::uint32_t>(i);
        if (i > 0) places.begin_marks();
        for (auto at = document.lower_bound(token); at < document.size(); ++at) {
            const auto entry = document.entry(at);
            if (prefix ? entry.term.substr(0, token.size()) != token : entry.term != token) break;
            all = i == 0 ? all + entry.hits : all;
            if (phrase.tokens.size() == 1) continue;
            ByteReader positions(entry.positions);
            if (i == 0) {
                places.start(0, entry.hits, positions, offset);
            } else {
                places.mark(0, entry.hits, positions, offset);
            }
        }
        if (phrase.tokens.size() == 1) return all;
        if (i > 0) places.keep_marked();
        if (places.empty()) return {};
    }
    Hits hits;
    places.each_document([&](std::uint32_t /*ordinal*/, Hits found) { hits = found; });
    return hits;
}

}  // namespace bm
