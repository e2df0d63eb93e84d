#include "repository/phrase_postings.hpp"

#include <algorithm>
#include <bit>

namespace bm {

WindowBits::WindowBits(const DeadDocuments& dead, std::uint32_t window) noexcept {
    for (std::size_t i = 0; i < kWords; ++i) {
        words_[i] = dead.word(std::size_t{window} * kWords + i);
    }
}

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

void PhrasePostings::add_list(PageRows& rows, const PostingList& list) {
    rows_ = &rows;
    head_ = list.head;
    ++lists_;
    overlapping_ = lists_ > 1;
    at_most_ += list.head.postings;
    if (list.head.postings > kBlockPostings) {
        long_lists_.push_back(&list);
        return;
    }
    // A cursor for each of the many rare words with a prefix would take more room than its list.
    PostingBlock block;
    read_single_block(list, documents_, block);
    for (std::size_t i = 0; i < block.count; ++i) add_hits(block.ordinals[i], block.hits[i]);
}

void PhrasePostings::finish() {
    if (lists_ == 0) at_most_ = gathered_.size();
    if (!gathered_.empty()) group();
    rewind();
}

// Counting sort by window: inside of a window any order will do.
void PhrasePostings::group() {
    window_begins_.assign(windows() + 1, 0);
    for (const auto& g : gathered_) ++window_begins_[g.ordinal / kWindow + 1];
    for (std::size_t i = 1; i < window_begins_.size(); ++i) {
        window_begins_[i] += window_begins_[i - 1];
    }
    std::vector<Gathered> sorted(gathered_.size());
    auto next = window_begins_;
    for (const auto& g : gathered_) sorted[next[g.ordinal / kWindow]++] = g;
    gathered_ = std::move(sorted);
}

void PhrasePostings::gather() {
    if (lists_ < 2) return;
    std::vector<Gathered> all;
    std::vector<std::uint32_t> begins;
    WindowHits hits;
    for (std::uint32_t window = 0; window < windows(); ++window) {
        begins.push_back(static_cast<std::uint32_t>(all.size()));
        if (!fill(window, nullptr, hits)) continue;
        WindowBits either = hits.title;
        either |= hits.content;
        either.each([&](std::uint32_t index) {
            all.push_back({window * kWindow + index, hits.hits[index]});
        });
    }
    begins.push_back(static_cast<std::uint32_t>(all.size()));
    gathered_ = std::move(all);
    window_begins_ = std::move(begins);
    at_most_ = gathered_.size();
    overlapping_ = false;
    long_lists_.clear();
    cursors_.clear();
}

void PhrasePostings::count(const DeadDocuments* dead, DocumentCounts& counts) {
    if (at_most_ == 0) return;
    const bool counted = lists_ == 1;
    if (counted) {
        counts.title += head_.title_documents;
        counts.content += head_.content_documents;
        if (dead == nullptr) return;
    }
    WindowHits hits;
    for (std::uint32_t window = 0; window < windows(); ++window) {
        if (counted) {
            // The list counts the dead too: only they are looked up.
            const WindowBits gone(*dead, window);
            if (!gone.any() || !fill(window, &gone, hits)) continue;
            hits.title &= gone;
            hits.content &= gone;
            counts.title -= hits.title.count();
            counts.content -= hits.content.count();
            continue;
        }
        if (!fill(window, nullptr, hits)) continue;
        if (dead != nullptr) {
            const WindowBits gone(*dead, window);
            hits.title -= gone;
            hits.content -= gone;
        }
        counts.title += hits.title.count();
        counts.content += hits.content.count();
    }
    rewind();
}

void PhrasePostings::rewind() {
    cursors_.clear();
    for (const PostingList* list : long_lists_) cursors_.emplace_back(*rows_, *list, documents_);
}

bool PhrasePostings::fill(std::uint32_t window, const WindowBits* wanted, WindowHits& out) {
    const bool here = !gathered_.empty() && window_begins_[window] < window_begins_[window + 1];
    if (!here && cursors_.empty()) return false;
    out.clear();
    if (overlapping_) out.hits.fill(Hits());
    if (here) fill_gathered(window, out);
    bool any = here;
    for (auto& cursor : cursors_) {
        if (cursor.seek(window * kWindow)) any = fill_from(cursor, window, wanted, out) || any;
    }
    return any;
}

void PhrasePostings::fill_gathered(std::uint32_t window, WindowHits& out) const {
    const std::uint32_t begin = window * kWindow;
    const std::uint32_t end = window_begins_[window + 1];
    for (std::uint32_t i = window_begins_[window]; i < end; ++i) {
        const std::uint32_t index = gathered_[i].ordinal - begin;
        const Hits hits = gathered_[i].hits;
        out.hits[index] = overlapping_ ? out.hits[index] + hits : hits;
        out.title.set_if(hits.title() > 0, index);
        out.content.set_if(hits.content() > 0, index);
    }
}

bool PhrasePostings::fill_from(PostingCursor& cursor, std::uint32_t window,
                               const WindowBits* wanted, WindowHits& out) const {
    const std::uint32_t begin = window * kWindow;
    const std::uint32_t end = begin + kWindow;
    bool any = false;
    for (; !cursor.at_end() && cursor.begin() < end; cursor.next()) {
        const std::uint32_t from = std::max(cursor.begin(), begin) - begin;
        const std::uint32_t to = std::min(cursor.end(), end) - begin;
        if (wanted == nullptr || wanted->any_between(from, to)) {
            const PostingBlock& block = cursor.block();
            const auto* const all = block.ordinals.data();
            const auto* const stop = all + block.count;
            const auto* first = *all < begin ? std::lower_bound(all, stop, begin) : all;
            const auto* last = *(stop - 1) >= end ? std::lower_bound(first, stop, end) : stop;
            const Hits* hits = block.hits.data() + (first - all);
            any = any || first != last;
            for (; first != last; ++first, ++hits) {
                const std::uint32_t index = *first - begin;
                out.hits[index] = overlapping_ ? out.hits[index] + *hits : *hits;
                if (!block.any_title) {
                    out.content.set(index);
                } else {
                    out.title.set_if(hits->title() > 0, index);
                    out.content.set_if(hits->content() > 0, index);
                }
            }
        }
        // The rest of the block belongs to the next window.
        if (cursor.end() > end) break;
    }
    return any;
}

}  // namespace bm
