#include "repository/segment_reader.hpp"

#include "repository/text_range.hpp"

namespace bm {

namespace {

constexpr const char* kPageOf = R"sql(
    SELECT id, first_term, data FROM text_page
    WHERE segment_id = ? AND first_term <= ?
    ORDER BY first_term DESC LIMIT 1)sql";

constexpr const char* kPagesBetween = R"sql(
    SELECT id, data FROM text_page
    WHERE segment_id = ? AND first_term > ? AND first_term < ?
    ORDER BY first_term)sql";

constexpr const char* kPageAfter = R"sql(
    SELECT id, first_term, data FROM text_page
    WHERE segment_id = ? AND first_term > ?
    ORDER BY first_term LIMIT 1)sql";

// No term is longer (a tokenizer's limit with room to spare), so damage cannot ask for more.
constexpr std::size_t kMaxTerm = 1024;

bool starts_with(std::string_view text, std::string_view prefix) {
    return text.substr(0, prefix.size()) == prefix;
}

/// Appends the wanted lists of one page; true when some were there.
bool collect(std::string_view page, std::int64_t row, std::string_view term, bool prefix,
             std::vector<PostingList>& lists) {
    const std::size_t before = lists.size();
    PageTerms terms(page, row);
    while (terms.next()) {
        if (terms.term() < term) continue;
        if (prefix ? !starts_with(terms.term(), term) : terms.term() != term) break;
        lists.push_back(terms.list());
        if (!prefix) break;
    }
    return lists.size() > before;
}

}  // namespace

PageTerms::PageTerms(std::string_view page, std::int64_t row) : from_(page), is_long_(false) {
    list_.row = row;
    list_.positions_at = 0;
    list_.positions_length = 0;
    const auto type = from_.byte();
    is_long_ = type == static_cast<std::uint8_t>(kLongListPage);
    if (!is_long_ && type != static_cast<std::uint8_t>(kShortListsPage)) {
        throw_damaged_index("type of a page");
    }
}

bool PageTerms::next() {
    if (from_.at_end()) return false;
    if (is_long_) {
        read_long_list();
        return true;
    }
    const std::uint64_t shared = from_.varint();
    if (shared > term_.size()) throw_damaged_index("shared bytes of a term");
    term_.resize(static_cast<std::size_t>(shared));
    const std::uint32_t rest = from_.varint32();
    if (term_.size() + rest > kMaxTerm) throw_damaged_index("length of a term");
    term_ += from_.bytes(rest);
    ByteReader body(from_.bytes(from_.varint32()));
    list_.positions_at += list_.positions_length;
    list_.head = read_list_head(body);
    list_.positions_length = body.varint32();
    list_.chunk = body.rest();
    return true;
}

void PageTerms::read_long_list() {
    const std::uint32_t length = from_.varint32();
    if (length > kMaxTerm) throw_damaged_index("length of a term");
    term_ = from_.bytes(length);
    list_.head = read_list_head(from_);
    std::uint64_t end = 0;
    while (!from_.at_end()) {
        end += from_.varint32();
        if (end > UINT32_MAX) throw_damaged_index("end of a chunk");
        if (!list_.chunk_ends.empty() && end <= list_.chunk_ends.back()) {
            throw_damaged_index("order of chunks");
        }
        list_.chunk_ends.push_back(static_cast<std::uint32_t>(end));
    }
    if (list_.chunk_ends.empty()) throw_damaged_index("long list without chunks");
}

SegmentReader::SegmentReader(Database& database)
    : rows_(database), page_of_(database, kPageOf), pages_between_(database, kPagesBetween) {}

void SegmentReader::find(std::int64_t segment, std::string_view term, bool prefix,
                         std::deque<std::string>& pages, std::vector<PostingList>& lists) {
    {
        auto query = page_of_.run();
        if (query.bind(segment).bind(term).step()) {
            pages.emplace_back(query.blob(2));
            if (!collect(pages.back(), query.integer(0), term, prefix, lists)) pages.pop_back();
        }
    }
    if (!prefix) return;
    auto query = pages_between_.run();
    query.bind(segment).bind(term).bind(end_of_prefix(term));
    while (query.step()) {
        pages.emplace_back(query.blob(1));
        collect(pages.back(), query.integer(0), term, prefix, lists);
    }
}

SegmentTerms::SegmentTerms(Database& database, std::int64_t segment, std::string_view after)
    : rows_(database),
      page_of_(database, kPageOf),
      page_after_(database, kPageAfter),
      segment_(segment),
      after_(after) {}

bool SegmentTerms::next() {
    while (true) {
        while (terms_ && terms_->next()) {
            if (terms_->term() > after_ || after_.empty()) return true;
        }
        if (!next_page()) return false;
    }
}

bool SegmentTerms::next_page() {
    terms_.reset();
    const auto take = [&](Query& query) {
        row_ = query.integer(0);
        first_term_ = query.string(1);
        page_ = query.blob(2);
        terms_.emplace(page_, row_);
        positions_read_ = false;
    };
    if (!started_) {
        started_ = true;
        // The page that `after` is in may go on beyond it.
        auto query = page_of_.run();
        if (query.bind(segment_).bind(after_).step()) {
            take(query);
            return true;
        }
    }
    auto query = page_after_.run();
    if (!query.bind(segment_).bind(first_term_).step()) return false;
    take(query);
    return true;
}

std::string_view SegmentTerms::positions() {
    if (!positions_read_) {
        positions_ = rows_.read(row_ + 1);
        positions_read_ = true;
    }
    return positions_;
}

}  // namespace bm
