#pragma once

#include <string>
#include <vector>

#include "repository/search_repository.hpp"
#include "tools/tool.hpp"

/// What search_notes answers, as an object and as text. Pure: the caller has searched.
namespace bm {

/// A row, and the project it was found in when several were searched.
struct FoundRow {
    SearchRow row;
    std::string project;       ///< its name; empty when one project was searched
    std::string project_slug;  ///< stands in front of permalinks then
    Json why = nullptr;        ///< how a search by meaning came by it; null for others
    /// By a search by meaning, the text that it compared; empty for others.
    std::string matched_chunk = {};
};

/// One page of results.
struct SearchAnswer {
    std::vector<FoundRow> rows;
    std::int64_t total = 0;
    bool has_more = false;
    std::size_t page = 1;
    std::size_t page_size = 10;
    /// Names of the projects whose first scan is not finished: there the rest is missing, and
    /// `total` is not exact.
    std::vector<std::string> unscanned = {};
    std::string notice = {};  ///< for the reader; may be empty
    /// Whether `total` counts everything that there is, but for `unscanned`.
    bool total_is_exact = true;
};

enum class RowForm {
    complete,  ///< every member, null where empty
    compact,   ///< more members, and those that are empty left out
};

/// `{"results":[...],"current_page":..,"page_size":..,"total":..,"total_is_exact":..,"has_more":..}`
/// and a `notice` for people and models when projects are not scanned yet.
Json search_object(const SearchAnswer& answer, RowForm form);

/// Markdown for people and models. `query` is empty when only filters were given; `project` is what
/// the second line names.
std::string search_text(const SearchAnswer& answer, const std::string& query,
                        const std::string& project);

}  // namespace bm
