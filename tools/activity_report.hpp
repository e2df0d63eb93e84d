#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "repository/activity_repository.hpp"
#include "repository/project_repository.hpp"
#include "tools/tool.hpp"

/// What recent_activity answers, as text and as rows. Pure: the caller has read the index.
namespace bm {

/// What was asked for.
struct ActivityQuery {
    KindSet kinds = kAllKinds;
    bool kinds_were_named = false;  ///< the caller chose them
    std::string timeframe;          ///< normalised, as headings print it
    Timestamp since;
    std::size_t page = 1;
    std::size_t page_size = 10;
};

/// What changed lately in one project.
struct ProjectActivity {
    Project project;
    ActivityPage page;
};

/// One project: notes, observations and connections, newest first.
std::string project_activity_text(const ProjectActivity& activity, const ActivityQuery& query);

/// All projects: which is the busiest, and what to ask the user. Projects without activity may be
/// among them.
std::string discovery_text(const std::vector<ProjectActivity>& activities,
                           const ActivityQuery& query, Timestamp now);

/// A list with one object for each row; `project` is a member of each when it is not empty.
Json activity_rows(const std::vector<ActivityRow>& rows, std::string_view project);

/// The first project with the most changes; null when nothing changed anywhere.
const ProjectActivity* most_active(const std::vector<ProjectActivity>& activities);

}  // namespace bm
