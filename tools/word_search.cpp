#include "tools/word_search.hpp"

#include <algorithm>
#include <utility>

namespace bm {
namespace {

/// How deep the merged results of several projects can be read: each project gives as many rows.
constexpr std::size_t kMaxMergedRows = 10'000;

}  // namespace

Result<SearchAnswer> search_one(KnowledgeBase& knowledge, const Project& project,
                                const PreparedSearch& search, const Paging& paging) {
    const auto criteria = criteria_for(search.mode, search.query, project);
    if (!criteria) {
        return tl::unexpected<Error>(criteria.error());
    }
    auto request = search.request;
    request.limit = paging.size;
    request.offset = paging.offset();
    SearchAnswer answer{{}, 0, false, paging.page, paging.size};
    auto page = knowledge.index().read([&](Tables& tables) {
        if (!tables.projects.last_scan(project.id)) answer.unscanned = {project.name.str()};
        return search_by(tables.search, project.id, std::move(request), *criteria);
    });
    answer.total = page.total;
    answer.has_more = page.has_more;
    for (auto& row : page.rows) {
        answer.rows.push_back({std::move(row), "", ""});
    }
    return answer;
}

Result<SearchAnswer> search_all(KnowledgeBase& knowledge, const std::vector<Project>& projects,
                                const PreparedSearch& search, const Paging& paging) {
    std::vector<std::vector<SearchCriterion>> criteria;
    for (const auto& project : projects) {
        auto one = criteria_for(search.mode, search.query, project);
        if (!one) {
            return tl::unexpected<Error>(one.error());
        }
        criteria.push_back(std::move(*one));
    }
    auto request = search.request;
    request.offset = 0;
    request.limit = paging.offset() < kMaxMergedRows
                        ? std::min(paging.offset() + paging.size, kMaxMergedRows)
                        : kMaxMergedRows;
    std::vector<FoundRow> merged;
    SearchAnswer answer{{}, 0, false, paging.page, paging.size};
    const auto collect = [&](Tables& tables) {
        for (std::size_t i = 0; i < projects.size(); ++i) {
            auto page = search_by(tables.search, projects[i].id, request, criteria[i]);
            answer.total += page.total;
            for (auto& row : page.rows) {
                merged.push_back({std::move(row), projects[i].name.str(), projects[i].permalink});
            }
        }
    };
    knowledge.index().read([&](Tables& tables) {
        for (const auto& project : projects) {
            if (!tables.projects.last_scan(project.id)) {
                answer.unscanned.push_back(project.name.str());
            }
        }
        // What one project has word for word comes before what another has in part.
        request.relax = false;
        collect(tables);
        request.relax = search.request.relax;
        if (answer.total == 0 && request.relax) collect(tables);
    });
    std::stable_sort(merged.begin(), merged.end(), [](const FoundRow& left, const FoundRow& right) {
        return left.row.score < right.row.score;
    });
    const auto end = std::min(request.limit, merged.size());
    for (std::size_t i = std::min(paging.offset(), end); i < end; ++i) {
        answer.rows.push_back(std::move(merged[i]));
    }
    answer.has_more = static_cast<std::int64_t>(end) < answer.total && end < kMaxMergedRows;
    return answer;
}

}  // namespace bm
