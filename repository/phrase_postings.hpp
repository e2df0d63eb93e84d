#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

#include "repository/posting_cursor.hpp"
#include "repository/segment_directory.hpp"

namespace bm {

/// Queries walk the ordinals of a segment in windows of this size: large enough that a thousand
/// cursors of a short prefix cost little for each window, small enough that what a query keeps for
/// each phrase stays in the processor's cache.
constexpr std::uint32_t kWindow = 8192;

/// One bit for each document of a window.
class WindowBits {
public:
    static constexpr std::size_t kWords = kWindow / 64;

    WindowBits() = default;
    /// Those of the dead documents in a window.
    WindowBits(const DeadDocuments& dead, std::uint32_t window) noexcept;

    void clear() noexcept { words_.fill(0); }
    void set(std::uint32_t index) noexcept { words_[index / 64] |= std::uint64_t{1} << index % 64; }
    /// Sets the bit when `value` is true, without a branch.
    void set_if(bool value, std::uint32_t index) noexcept {
        words_[index / 64] |= static_cast<std::uint64_t>(value) << index % 64;
    }
    [[nodiscard]] bool test(std::uint32_t index) const noexcept {
        return (words_[index / 64] >> index % 64 & 1U) != 0;
    }
    [[nodiscard]] bool any() const noexcept;
    /// Some bit from `begin` up to but not including `end` is set.
    [[nodiscard]] bool any_between(std::uint32_t begin, std::uint32_t end) const noexcept;
    [[nodiscard]] std::uint32_t count() const noexcept;
    /// Calls visit(index) for each bit that is set.
    template <class Visit>
    void each(Visit visit) const {
        for (std::size_t word = 0; word < kWords; ++word) {
            for (std::uint64_t bits = words_[word]; bits != 0; bits &= bits - 1) {
                visit(static_cast<std::uint32_t>(word * 64) +
                      static_cast<std::uint32_t>(std::countr_zero(bits)));
            }
        }
    }

    WindowBits& operator&=(const WindowBits& other) noexcept;
    WindowBits& operator|=(const WindowBits& other) noexcept;
    WindowBits& operator-=(const WindowBits& other) noexcept;

private:
    std::array<std::uint64_t, kWords> words_{};
};

/// The documents of a window that have a phrase, in each column.
struct WindowHits {
    WindowBits title;
    WindowBits content;
    /// For documents with a bit above; what stands at other places means nothing.
    std::array<Hits, kWindow> hits;

    void clear() noexcept {
        title.clear();
        content.clear();
    }
};

/// How many living documents have a phrase in each column.
struct DocumentCounts {
    std::int64_t title = 0;
    std::int64_t content = 0;
};

/// Where one phrase of a query occurs in one segment, whatever it is made of: the list of a word,
/// the lists of all words with a prefix, or what matching a phrase has found.
class PhrasePostings {
public:
    explicit PhrasePostings(std::uint32_t documents) : documents_(documents) {}

    /// The rows and the list, and the page that it is in, must outlive this or gather().
    void add_list(PageRows& rows, const PostingList& list);
    void add_hits(std::uint32_t ordinal, Hits hits) { gathered_.push_back({ordinal, hits}); }
    /// After the last add.
    void finish();
    /// Replaces several lists by what they come to together. Takes eight bytes for each document;
    /// without it every walk adds the lists up anew.
    void gather();

    /// No more documents than this have the phrase.
    [[nodiscard]] std::uint64_t at_most() const noexcept { return at_most_; }
    [[nodiscard]] std::size_t lists() const noexcept { return lists_; }
    /// Adds the documents that are not dead (null: all live) to `counts`.
    void count(const DeadDocuments* dead, DocumentCounts& counts);

    /// Fills in one window; false when nothing is there. With `wanted`, documents outside of it may
    /// be left out. Windows are asked for in ascending order until rewind().
    bool fill(std::uint32_t window, const WindowBits* wanted, WindowHits& out);
    void rewind();

private:
    struct Gathered {
        std::uint32_t ordinal;
        Hits hits;
    };

    void group();
    void fill_gathered(std::uint32_t window, WindowHits& out) const;
    bool fill_from(PostingCursor& cursor, std::uint32_t window, const WindowBits* wanted,
                   WindowHits& out) const;
    [[nodiscard]] std::uint32_t windows() const noexcept { return documents_ / kWindow + 1; }

    std::uint32_t documents_;
    std::uint64_t at_most_ = 0;
    std::size_t lists_ = 0;
    bool overlapping_ = false;  // a document may have several entries, to be added up
    ListHead head_{};
    PageRows* rows_ = nullptr;
    std::vector<const PostingList*> long_lists_;
    std::deque<PostingCursor> cursors_;
    std::vector<Gathered> gathered_;            // grouped by window
    std::vector<std::uint32_t> window_begins_;  // into gathered_
};

}  // namespace bm
