#include "repository/phrase_postings.hpp"

#include <algorithm>
#include <bit>

namespace bm {

bool WindowBits::any() const noexcept {
    std::uint64_t all = 0;
    for (const auto word : words_) all |= word;
    return all != 0;
}

bool WindowBits::any_between(std::uint32_t begin, std::uint32_t end) const noexcept {
    if (begin >= end) return false;
    const std::size_t first = begin / 64;
    const std::size_t last = (end - 1) / 64;
    const std::uint64_t from_begin = ~std::uint64_t{0} << begin % 64;
    const std::uint64_t to_end = ~std::uint64_t{0} >> (63 - (end - 1) % 64);
    if (first == last) return (words_[first] & from_begin & to_end) != 0;
    if ((words_[first] & from_begin) != 0 || (words_[last] & to_end) != 0) return true;
    for (std::size_t i = first + 1; i < last; ++i) {
        if (words_[i] != 0) return true;
    }
    return false;
}

std::uint32_t WindowBits::count() const noexcept {
    int count = 0;
    for (const auto word : words_) count += std::popcount(word);
    return static_cast<std::uint32_t>(count);
}

WindowBits& WindowBits::operator&=(const WindowBits& other) noexcept {
    for (std::size_t i = 0; i < kWords; ++i) words_[i] &= other.words_[i];
    return *this;
}

WindowBits& WindowBits::operator|=(const WindowBits& other) noexcept {
    for (std::size_t i = 0; i < kWords; ++i) words_[i] |= other.words_[i];
    return *this;
}

WindowBits& WindowBits::operator-=(const WindowBits& other) noexcept {
    for (std::size_t i = 0; i < kWords; ++i) words_[i] &= ~other.words_[i];
    return *this;
}

void WindowHits::add(std::uint32_t index, Hits more) noexcept {
    const bool seen = title.test(index) || content.test(index);
    hits[index] = seen ? hits[index] + more : more;
    if (more.title() > 0) title.set(index);
    if (more.content() > 0) content.set(index);
}

void PhrasePostings::add_list(PageRows& rows, const PostingList& list) {
    rows_ = &rows;
    from_lists_ = true;
    head_ = list.head;
    ++heads_;
    at_most_ += list.head.postings;
    if (list.head.postings > kBlockPostings) {
        long_lists_.push_back(&list);
        return;
    }
    // A cursor for each of the many rare words with a prefix would take more room than its list.
    PostingCursor cursor(rows, list, documents_);
    const PostingBlock& block = cursor.block();
    for (std::size_t i = 0; i < block.count; ++i) add_hits(block.ordinals[i], block.hits[i]);
}

void PhrasePostings::finish() {
    if (!from_lists_) at_most_ = gathered_.size();
    const std::size_t windows = documents_ / kWindow + 1;
    if (!gathered_.empty()) {
        // Counting sort by window: inside of a window any order will do.
        window_begins_.assign(windows + 1, 0);
        for (const auto& g : gathered_) ++window_begins_[g.ordinal / kWindow + 1];
        for (std::size_t i = 1; i <= windows; ++i) window_begins_[i] += window_begins_[i - 1];
        std::vector<Gathered> sorted(gathered_.size());
        auto next = window_begins_;
        for (const auto& g : gathered_) sorted[next[g.ordinal / kWindow]++] = g;
        gathered_ = std::move(sorted);
    }
    rewind();
}

void PhrasePostings::rewind() {
    cursors_.clear();
    for (const PostingList* list : long_lists_) cursors_.emplace_back(*rows_, *list, documents_);
}

bool PhrasePostings::fill(std::uint32_t window, const WindowBits* wanted, WindowHits& out) {
    out.clear();
    bool any = false;
    const std::uint32_t begin = window * kWindow;
    if (!gathered_.empty()) {
        const std::uint32_t end = window_begins_[window + 1];
        for (std::uint32_t i = window_begins_[window]; i < end; ++i) {
            out.add(gathered_[i].ordinal - begin, gathered_[i].hits);
            any = true;
        }
    }
    for (auto& cursor : cursors_) {
        if (cursor.seek(begin)) fill_from(cursor, begin, wanted, out, any);
    }
    return any;
}

void PhrasePostings::fill_from(PostingCursor& cursor, std::uint32_t begin, const WindowBits* wanted,
                               WindowHits& out, bool& any) {
    const std::uint32_t end = begin + kWindow;
    const bool alone = cursors_.size() == 1 && gathered_.empty();
    while (!cursor.at_end() && cursor.begin() < end) {
        const std::uint32_t from = std::max(cursor.begin(), begin) - begin;
        const std::uint32_t to = std::min(cursor.end(), end) - begin;
        if (wanted == nullptr || wanted->any_between(from, to)) {
            const PostingBlock& block = cursor.block();
            const auto* const ordinals = block.ordinals.data();
            const auto* const stop = ordinals + block.count;
            const auto* first = ordinals;
            const auto* last = stop;
            if (*first < begin) first = std::lower_bound(first, stop, begin);
            if (*(stop - 1) >= end) last = std::lower_bound(first, stop, end);
            const Hits* hits = block.hits.data() + (first - ordinals);
            any = any || first != last;
            if (!alone) {
                for (; first != last; ++first, ++hits) out.add(*first - begin, *hits);
            } else if (block.any_title) {
                for (; first != last; ++first, ++hits) {
                    const std::uint32_t index = *first - begin;
                    out.hits[index] = *hits;
                    if (hits->title() > 0) out.title.set(index);
                    if (hits->content() > 0) out.content.set(index);
                }
            } else {
                for (; first != last; ++first, ++hits) {
                    out.hits[*first - begin] = *hits;
                    out.content.set(*first - begin);
                }
            }
        }
        if (cursor.end() > end) break;
        cursor.next();
    }
}

}  // namespace bm
