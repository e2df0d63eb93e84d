#include "tools/activity_reading.hpp"

namespace bm {

std::vector<ProjectActivity> read_activity(KnowledgeBase& knowledge,
                                           const std::vector<Project>& projects,
                                           const ActivityQuery& query, std::size_t limit,
                                           std::size_t offset) {
    return knowledge.index().read([&](Tables& tables) {
        std::vector<ProjectActivity> activities;
        for (const auto& project : projects) {
            activities.push_back({project, tables.activity.recent(project.id, query.kinds,
                                                                  query.since, limit, offset)});
        }
        return activities;
    });
}

}  // namespace bm
