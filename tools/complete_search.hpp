#pragma once

#include <algorithm>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "repository/search_repository.hpp"
#include "sync/first_scans.hpp"
#include "sync/knowledge_base.hpp"

namespace bm {

/// One page of one project.
struct FoundPage {
    SearchPage page;
    std::vector<std::string> unscanned;  ///< the project, when its first scan is not finished
};

/// Runs `search(projects)`, whose result has the names of the projects that it met before their
/// first scan was finished as `unscanned`. While somebody is about to scan them it waits a little
/// and searches again; where nobody is, what the index holds is all there is to know.
template <class Search>
auto complete_search(KnowledgeBase& knowledge, std::vector<Project> projects,
                     const std::stop_token& stop, const Search& search) {
    auto found = search(std::as_const(projects));
    const auto leave_out_missing = [&] {
        if (!found) return;
        std::erase_if(found->unscanned, [&](const std::string& name) {
            return std::any_of(projects.begin(), projects.end(), [&](const Project& project) {
                return project.name.str() == name && !can_be_scanned(project);
            });
        });
    };
    leave_out_missing();
    if (!found || found->unscanned.empty()) return found;
    if (wait_for_first_scans(knowledge, projects, stop)) {
        found = search(std::as_const(projects));
        leave_out_missing();
    } else {
        found->unscanned.clear();
    }
    return found;
}

}  // namespace bm
