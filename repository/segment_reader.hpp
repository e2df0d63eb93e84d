#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "repository/database.hpp"
#include "repository/posting_cursor.hpp"

namespace bm {

/// The terms that one row of text_page describes, in ascending order.
class PageTerms {
public:
    /// `page` is the row `row`; it must outlive this and the lists that come from it.
    PageTerms(std::string_view page, std::int64_t row);

    bool next();
    [[nodiscard]] const std::string& term() const noexcept { return term_; }
    [[nodiscard]] const PostingList& list() const noexcept { return list_; }

private:
    void read_long_list();

    ByteReader from_;
    bool is_long_;
    std::string term_;
    PostingList list_;
};

/// Finds lists of postings by their terms.
class SegmentReader {
public:
    explicit SegmentReader(Database& database);

    /// Appends the list of `term` in `segment` to `lists`, when there is one; with `prefix`, the
    /// lists of all terms that begin with it. The pages they point into go to `pages`.
    void find(std::int64_t segment, std::string_view term, bool prefix,
              std::deque<std::string>& pages, std::vector<PostingList>& lists);

    [[nodiscard]] PageRows& rows() noexcept { return rows_; }

private:
    PageRows rows_;
    Statement page_of_;
    Statement pages_between_;
};

/// Walks all terms of a segment in order, from the one after `after`.
class SegmentTerms {
public:
    SegmentTerms(Database& database, std::int64_t segment, std::string_view after);
    // Views into its own strings keep it in place.
    SegmentTerms(const SegmentTerms&) = delete;
    SegmentTerms& operator=(const SegmentTerms&) = delete;

    bool next();
    [[nodiscard]] const std::string& term() const noexcept { return terms_->term(); }
    [[nodiscard]] const PostingList& list() const noexcept { return terms_->list(); }
    /// Positions of all short lists of the page.
    [[nodiscard]] std::string_view positions();

private:
    bool next_page();

    PageRows rows_;
    Statement page_of_;
    Statement page_after_;
    std::int64_t segment_;
    std::string after_;
    std::string first_term_;
    bool started_ = false;
    std::string page_;
    std::int64_t row_ = 0;
    std::optional<PageTerms> terms_;
    bool positions_read_ = false;
    std::string positions_;
};

}  // namespace bm
