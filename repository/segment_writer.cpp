#include "repository/segment_writer.hpp"

#include <algorithm>

#include "repository/segment_format.hpp"

namespace bm {

namespace {

// Large enough that a row costs little beside its bytes, small enough that one lookup reads little.
constexpr std::size_t kPageBytes = 8 * 1024;

std::int64_t first_free_page(Database& database) {
    auto statement = database.prepare("SELECT coalesce(max(id), 0) + 1 FROM text_page");
    auto query = statement.run();
    query.step();
    return query.integer(0);
}

}  // namespace

SegmentWriter::SegmentWriter(Database& database, std::int64_t segment)
    : insert_(database,
              "INSERT INTO text_page (id, segment_id, first_term, data) VALUES (?, ?, ?, ?)"),
      segment_(segment),
      next_id_(first_free_page(database)) {}

void SegmentWriter::begin(std::string_view term) {
    term_ = term;
    postings_ = 0;
    title_documents_ = 0;
    content_documents_ = 0;
    block_.count = 0;
    base_ = 0;
    list_id_ = 0;
    chunk_ends_.clear();
    last_chunk_end_ = 0;
}

void SegmentWriter::add(std::uint32_t ordinal, Hits hits, std::string_view positions) {
    if (block_.count == kBlockPostings) {
        end_block();
        if (postings_ % kChunkPostings == 0) end_chunk();
    }
    block_.ordinals[block_.count] = ordinal;
    block_.hits[block_.count] = hits;
    ++block_.count;
    ++postings_;
    if (hits.title() > 0) ++title_documents_;
    if (hits.content() > 0) ++content_documents_;
    positions_ += positions;
}

void SegmentWriter::end_block() {
    const std::size_t before = blocks_.size();
    append_block(blocks_, block_, base_);
    const std::uint32_t last = block_.ordinals[block_.count - 1];
    append_varint(skips_, last - base_);
    append_varint(skips_, blocks_.size() - before);
    append_varint(skips_, positions_.size() - positions_before_);
    positions_before_ = positions_.size();
    base_ = last + 1;
    block_.count = 0;
}

// Called only for lists that turn out to be long: when a chunk is full and another posting follows,
// and at the end of such a list.
void SegmentWriter::end_chunk() {
    if (list_id_ == 0) {
        write_page();
        list_id_ = next_id_++;
    }
    insert(next_id_++, false, {}, skips_ + blocks_);
    insert(next_id_++, false, {}, positions_);
    append_varint(chunk_ends_, base_ - last_chunk_end_);
    last_chunk_end_ = base_;
    skips_.clear();
    blocks_.clear();
    positions_.clear();
    positions_before_ = 0;
}

void SegmentWriter::end() {
    if (postings_ == 0) return;
    all_postings_ += postings_;
    end_block();
    if (list_id_ != 0) {
        end_chunk();
        std::string row(1, kLongListPage);
        append_varint(row, term_.size());
        row += term_;
        append_list_head(row, {postings_, title_documents_, content_documents_});
        row += chunk_ends_;
        insert(list_id_, true, term_, row);
        return;
    }
    append_entry();
    skips_.clear();
    blocks_.clear();
    positions_.clear();
    positions_before_ = 0;
}

void SegmentWriter::append_entry() {
    std::string body;
    append_list_head(body, {postings_, title_documents_, content_documents_});
    append_varint(body, positions_.size());
    // A single block needs no directions.
    if (postings_ > kBlockPostings) body += skips_;
    body += blocks_;
    if (!page_.empty() && page_.size() + term_.size() + body.size() > kPageBytes) write_page();
    if (page_.empty()) {
        first_term_ = term_;
        last_term_.clear();
        page_ += kShortListsPage;
    }
    const auto shared = static_cast<std::size_t>(
        std::mismatch(term_.begin(), term_.end(), last_term_.begin(), last_term_.end()).first -
        term_.begin());
    append_varint(page_, shared);
    append_varint(page_, term_.size() - shared);
    page_.append(term_, shared);
    append_varint(page_, body.size());
    page_ += body;
    page_positions_ += positions_;
    last_term_ = term_;
}

void SegmentWriter::write_page() {
    if (page_.empty()) return;
    insert(next_id_++, true, first_term_, page_);
    insert(next_id_++, false, {}, page_positions_);
    page_.clear();
    page_positions_.clear();
}

void SegmentWriter::finish() { write_page(); }

void SegmentWriter::insert(std::int64_t id, bool has_term, std::string_view first_term,
                           std::string_view data) {
    auto query = insert_.run();
    query.bind(id).bind(segment_);
    if (has_term) {
        query.bind(first_term);
    } else {
        query.bind_null();
    }
    query.bind_blob(data).done();
    bytes_ += data.size();
}

}  // namespace bm
