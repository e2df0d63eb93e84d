#pragma once

#include <string>
#include <vector>

#include "sync/knowledge_base.hpp"
#include "tools/arguments.hpp"
#include "tools/search_criteria.hpp"
#include "tools/search_result.hpp"

/// Searches for words, titles and permalinks, a page at a time. Fail as criteria_for does.
namespace bm {

/// The request of one call, ready to be run against any project.
struct PreparedSearch {
    SearchMode mode;
    std::string query;  ///< without the tag shorthand
    SearchRequest request;
};

Result<SearchAnswer> search_one(KnowledgeBase& knowledge, const Project& project,
                                const PreparedSearch& search, const Paging& paging);

/// The results of every project as one list, best first.
Result<SearchAnswer> search_all(KnowledgeBase& knowledge, const std::vector<Project>& projects,
                                const PreparedSearch& search, const Paging& paging);

}  // namespace bm
