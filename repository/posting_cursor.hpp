#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "repository/database.hpp"
#include "repository/postings.hpp"
#include "repository/segment_format.hpp"

namespace bm {

/// Where the postings of one term in one segment are.
struct PostingList {
    ListHead head;
    std::int64_t row;  ///< of the page or of the long list
    // A short list: its chunk, a view into the page that it was found in, and the place of its
    // positions in the row after the page.
    std::string_view chunk;
    std::size_t positions_at;
    std::size_t positions_length;
    /// A long list: one more than the last ordinal of each chunk.
    std::vector<std::uint32_t> chunk_ends;

    [[nodiscard]] bool is_long() const noexcept { return !chunk_ends.empty(); }
};

/// Unpacks a list of at most one block, for which a cursor would be too much.
void read_single_block(const PostingList& list, std::uint32_t documents, PostingBlock& block);

/// Reads rows of text_page by their number.
class PageRows {
public:
    explicit PageRows(Database& database);
    /// Throws a DatabaseError when there is no such row.
    [[nodiscard]] std::string read(std::int64_t id);

private:
    Statement select_;
};

/// Walks the blocks of one list. Skips over blocks without unpacking them, and over chunks without
/// reading them.
class PostingCursor {
public:
    /// `documents` is the size of the segment. The list and the page it was found in must outlive
    /// the cursor.
    PostingCursor(PageRows& rows, const PostingList& list, std::uint32_t documents);
    // Views into its own strings keep it in place.
    PostingCursor(const PostingCursor&) = delete;
    PostingCursor& operator=(const PostingCursor&) = delete;

    /// Moves on to the first block that can hold `ordinal` or a greater one; false at the end.
    bool seek(std::uint32_t ordinal);
    /// Moves on to the next block; false at the end.
    bool next();
    [[nodiscard]] bool at_end() const noexcept { return at_end_; }

    /// No ordinal of the block is below begin() or at or above end().
    [[nodiscard]] std::uint32_t begin() const noexcept { return begin_; }
    [[nodiscard]] std::uint32_t end() const noexcept { return end_; }
    [[nodiscard]] const PostingBlock& block();
    /// Positions of all postings of the block.
    [[nodiscard]] std::string_view positions();
    /// Spares the reading of a short list's positions when the whole row is at hand.
    void share_positions(std::string_view row) noexcept { shared_positions_ = row; }

private:
    struct BlockPlace {
        std::uint32_t end;  // one more than the last ordinal
        std::size_t at;
        std::size_t positions_at;
    };

    void open_chunk(std::size_t chunk);
    void open_block(std::size_t block);
    [[nodiscard]] std::uint32_t chunk_postings() const noexcept;

    PageRows* rows_;
    const PostingList* list_;
    std::uint32_t documents_;
    bool at_end_ = false;

    std::size_t chunk_ = 0;
    std::uint32_t chunk_begin_ = 0;
    std::string chunk_row_;
    std::string_view blocks_;
    std::vector<BlockPlace> places_;
    std::size_t block_ = 0;
    std::uint32_t begin_ = 0;
    std::uint32_t end_ = 0;

    bool unpacked_ = false;
    PostingBlock postings_;
    std::string_view shared_positions_;
    bool positions_read_ = false;
    std::string positions_row_;
    std::string_view positions_;
    std::size_t positions_total_ = 0;
};

}  // namespace bm
