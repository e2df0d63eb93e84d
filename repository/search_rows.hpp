#pragma once

#include <vector>

#include "repository/row_page.hpp"
#include "repository/search_repository.hpp"
#include "repository/stored_rows.hpp"

namespace bm {

/// Turns what a search has found into rows, with a constant number of queries whatever the page.
/// Rows that are gone are left out.
class SearchRowLoader {
public:
    explicit SearchRowLoader(Database& database);

    /// Hits of the text index, in their order and with their scores.
    std::vector<SearchRow> rows(const std::vector<TextHit>& hits);
    /// Rows of a listing; their score is -0.0, as in the engine that others use.
    std::vector<SearchRow> rows(const std::vector<RowRef>& refs);

private:
    struct Scored {
        RowRef ref;
        double score;
    };
    std::vector<SearchRow> load(const std::vector<Scored>& wanted);

    Statement entities_by_doc_;
    RowLoader loader_;
};

}  // namespace bm
