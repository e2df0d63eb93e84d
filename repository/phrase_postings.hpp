#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "repository/posting_cursor.hpp"

namespace bm {

/// Queries walk the ordinals of a segment in windows of this size: large enough that a thousand
/// cursors of a short prefix cost little for each window, small enough that what a query keeps for
/// each phrase stays in the processor's cache.
constexpr std::uint32_t kWindow = 8192;

/// One bit for each document of a window.
class WindowBits {
public:
    static constexpr std::size_t kWords = kWindow / 64;

    void clear() noexcept { words_.fill(0); }
    void set(std::uint32_t index) noexcept { words_[index / 64] |= std::uint64_t{1} << index % 64; }
    [[nodiscard]] bool test(std::uint32_t index) const noexcept {
        return (words_[index / 64] >> index % 64 & 1U) != 0;
    }
    [[nodiscard]] bool any() const noexcept;
    /// Some bit from `begin` up to but not including `end` is set.
    [[nodiscard]] bool any_between(std::uint32_t begin, std::uint32_t end) const noexcept;
    [[nodiscard]] std::uint32_t count() const noexcept;
    [[nodiscard]] std::uint64_t& word(std::size_t index) noexcept { return words_[index]; }
    [[nodiscard]] std::uint64_t word(std::size_t index) const noexcept { return words_[index]; }

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
    void add(std::uint32_t index, Hits more) noexcept;
};

/// Where one phrase of a query occurs in one segment, whatever it is made of: the list of a word,
/// the lists of all words with a prefix, or what matching a phrase has found.
class PhrasePostings {
public:
    explicit PhrasePostings(std::uint32_t documents) : documents_(documents) {}

    /// The rows and the list must outlive this.
    void add_list(PageRows& rows, const PostingList& list);
    void add_hits(std::uint32_t ordinal, Hits hits) { gathered_.push_back({ordinal, hits}); }
    /// After the last add.
    void finish();

    /// No more documents than this have the phrase.
    [[nodiscard]] std::uint64_t at_most() const noexcept { return at_most_; }
    /// The head of its only list, or none when documents must be counted.
    [[nodiscard]] const ListHead* only_head() const noexcept {
        return heads_ == 1 && from_lists_ ? &head_ : nullptr;
    }

    /// Fills in one window; false when nothing is there. With `wanted`, documents outside of it may
    /// be left out. Windows are asked for in ascending order until rewind().
    bool fill(std::uint32_t window, const WindowBits* wanted, WindowHits& out);
    void rewind();

private:
    struct Gathered {
        std::uint32_t ordinal;
        Hits hits;
    };

    void fill_from(PostingCursor& cursor, std::uint32_t begin, const WindowBits* wanted,
                   WindowHits& out, bool& any);

    std::uint32_t documents_;
    std::uint64_t at_most_ = 0;
    std::size_t heads_ = 0;
    bool from_lists_ = false;
    ListHead head_{};
    PageRows* rows_ = nullptr;
    std::vector<const PostingList*> long_lists_;
    std::deque<PostingCursor> cursors_;
    std::vector<Gathered> gathered_;           // grouped by window
    std::vector<std::uint32_t> window_begins_;  // into gathered_
};

}  // namespace bm
