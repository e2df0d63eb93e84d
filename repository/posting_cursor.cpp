#include "repository/posting_cursor.hpp"

#include <algorithm>

#include "repository/segment_writer.hpp"

namespace bm {

void read_single_block(const PostingList& list, std::uint32_t documents, PostingBlock& block) {
    if (list.is_long() || documents == 0) throw_damaged_index("size of a list");
    ByteReader from(list.chunk);
    read_block(from, list.head.postings, 0, documents - 1, false, block);
}

PageRows::PageRows(Database& database)
    : select_(database, "SELECT data FROM text_page WHERE id = ?") {}

std::string PageRows::read(std::int64_t id) {
    auto query = select_.run();
    if (!query.bind(id).step()) throw_damaged_index("missing page");
    return std::string(query.blob(0));
}

PostingCursor::PostingCursor(PageRows& rows, const PostingList& list, std::uint32_t documents)
    : rows_(&rows), list_(&list), documents_(documents) {
    if (list.is_long()) {
        const std::size_t chunks = (list.head.postings + kChunkPostings - 1) / kChunkPostings;
        if (chunks != list.chunk_ends.size()) throw_damaged_index("chunks of a list");
        if (list.chunk_ends.back() > documents) throw_damaged_index("end of a list");
    } else if (list.head.postings > kChunkPostings) {
        throw_damaged_index("size of a list");
    }
    open_chunk(0);
}

std::uint32_t PostingCursor::chunk_postings() const noexcept {
    const auto before = static_cast<std::uint32_t>(chunk_) * kChunkPostings;
    return std::min(kChunkPostings, list_->head.postings - before);
}

void PostingCursor::open_chunk(std::size_t chunk) {
    chunk_ = chunk;
    chunk_begin_ = chunk == 0 ? 0 : list_->chunk_ends[chunk - 1];
    if (list_->is_long()) {
        chunk_row_ = rows_->read(list_->row + 1 + 2 * static_cast<std::int64_t>(chunk));
        blocks_ = chunk_row_;
    } else {
        blocks_ = list_->chunk;
    }
    positions_read_ = false;
    places_.clear();
    const std::uint32_t postings = chunk_postings();
    if (!list_->is_long() && postings <= kBlockPostings) {
        places_.push_back({documents_, 0, 0});
        positions_total_ = list_->positions_length;
        open_block(0);
        return;
    }
    ByteReader from(blocks_);
    std::uint64_t end = chunk_begin_;
    std::size_t at = 0;
    std::size_t positions_at = 0;
    for (std::uint32_t i = 0; i < postings; i += kBlockPostings) {
        end += std::uint64_t{from.varint32()} + 1;
        if (end > documents_) throw_damaged_index("end of a block");
        places_.push_back({static_cast<std::uint32_t>(end), at, positions_at});
        at += from.varint32();
        positions_at += from.varint32();
    }
    blocks_ = from.bytes(at);
    positions_total_ = positions_at;
    if (list_->is_long() && end != list_->chunk_ends[chunk]) throw_damaged_index("end of a chunk");
    open_block(0);
}

void PostingCursor::open_block(std::size_t block) {
    block_ = block;
    begin_ = block == 0 ? chunk_begin_ : places_[block - 1].end;
    end_ = places_[block].end;
    unpacked_ = false;
}

bool PostingCursor::next() {
    if (at_end_) return false;
    if (block_ + 1 < places_.size()) {
        open_block(block_ + 1);
    } else if (chunk_ + 1 < list_->chunk_ends.size()) {
        open_chunk(chunk_ + 1);
    } else {
        at_end_ = true;
    }
    return !at_end_;
}

bool PostingCursor::seek(std::uint32_t ordinal) {
    if (at_end_) return false;
    if (ordinal < end_) return true;
    if (ordinal >= places_.back().end) {
        const auto& ends = list_->chunk_ends;
        const auto found = std::upper_bound(ends.begin(), ends.end(), ordinal);
        if (found == ends.end()) {
            at_end_ = true;
            return false;
        }
        open_chunk(static_cast<std::size_t>(found - ends.begin()));
    }
    const auto place =
        std::upper_bound(places_.begin() + static_cast<std::ptrdiff_t>(block_), places_.end(),
                         ordinal, [](std::uint32_t o, const BlockPlace& p) { return o < p.end; });
    if (place == places_.end()) throw_damaged_index("order of blocks");
    open_block(static_cast<std::size_t>(place - places_.begin()));
    return true;
}

const PostingBlock& PostingCursor::block() {
    if (unpacked_) return postings_;
    const std::size_t at = places_[block_].at;
    if (at > blocks_.size()) throw_damaged_index("place of a block");
    ByteReader from(blocks_.substr(at));
    const std::size_t before = block_ * kBlockPostings;
    const std::size_t count = std::min(kBlockPostings, chunk_postings() - before);
    const bool exact = list_->is_long() || places_.size() > 1;
    read_block(from, count, begin_, end_ - 1, exact, postings_);
    unpacked_ = true;
    return postings_;
}

std::string_view PostingCursor::positions() {
    if (!positions_read_) {
        if (list_->is_long()) {
            positions_row_ = rows_->read(list_->row + 2 + 2 * static_cast<std::int64_t>(chunk_));
            positions_ = positions_row_;
        } else {
            if (shared_positions_.empty()) {
                positions_row_ = rows_->read(list_->row + 1);
                shared_positions_ = positions_row_;
            }
            ByteReader from(shared_positions_);
            from.bytes(list_->positions_at);
            positions_ = from.bytes(list_->positions_length);
        }
        if (positions_.size() != positions_total_) throw_damaged_index("length of positions");
        positions_read_ = true;
    }
    const std::size_t at = places_[block_].positions_at;
    const std::size_t end =
        block_ + 1 < places_.size() ? places_[block_ + 1].positions_at : positions_total_;
    return positions_.substr(at, end - at);
}

}  // namespace bm
