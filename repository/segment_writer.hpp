#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "repository/database.hpp"
#include "repository/postings.hpp"

namespace bm {

/// A list is stored in chunks of this many postings. Lists of one chunk share pages with their
/// neighbours, longer ones have rows of their own.
constexpr std::uint32_t kChunkPostings = 64 * kBlockPostings;

/// Writes the pages of one segment in the order of terms. Several writers may continue one another,
/// as long as the terms go on ascending. Needs a write transaction from first to finish().
class SegmentWriter {
public:
    SegmentWriter(Database& database, std::int64_t segment);

    /// One term: begin, then its postings with ascending ordinals, then end.
    void begin(std::string_view term);
    void add(std::uint32_t ordinal, Hits hits, std::string_view positions);
    void end();
    /// Writes what is still in memory.
    void finish();

    /// Bytes of pages, and postings, written through this writer.
    [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }
    [[nodiscard]] std::uint64_t postings() const noexcept { return all_postings_; }

private:
    void end_block();
    void end_chunk();
    void append_entry();
    void write_page();
    void insert(std::int64_t id, bool has_term, std::string_view first_term, std::string_view data);

    Statement insert_;
    std::int64_t segment_;
    std::int64_t next_id_;
    std::uint64_t bytes_ = 0;
    std::uint64_t all_postings_ = 0;

    // The list that is being written.
    std::string term_;
    std::uint32_t postings_ = 0;
    std::uint32_t title_documents_ = 0;
    std::uint32_t content_documents_ = 0;
    PostingBlock block_;
    std::uint32_t base_ = 0;  // one more than the last ordinal before the block
    std::string skips_;
    std::string blocks_;
    std::string positions_;
    std::size_t positions_before_ = 0;  // bytes of the blocks before this one
    std::int64_t list_id_ = 0;          // of the row that describes a long list
    std::string chunk_ends_;
    std::uint32_t last_chunk_end_ = 0;

    // The page that gathers short lists.
    std::string first_term_;
    std::string last_term_;
    std::string page_;
    std::string page_positions_;
};

}  // namespace bm
