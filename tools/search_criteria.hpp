#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "markdown/result.hpp"
#include "repository/project_repository.hpp"
#include "repository/search_repository.hpp"

/// How a typed query is meant. Pure, except for search_by which asks the index.
namespace bm {

using SearchCriterion = decltype(SearchRequest::criterion);

enum class SearchMode { text, title, permalink };

/// The criteria that `query` may stand for, the likeliest first. Blank queries and "*" mean
/// everything; an address (memory://...) is a search by permalink whatever the mode. Fault::invalid
/// for a malformed address.
Result<std::vector<SearchCriterion>> criteria_for(SearchMode mode, std::string_view query,
                                                  const Project& project);

/// The page of the first criterion that matches anything at all.
SearchPage search_by(SearchRepository& search, ProjectId project, SearchRequest request,
                     const std::vector<SearchCriterion>& criteria);

}  // namespace bm
