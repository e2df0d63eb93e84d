#pragma once

#include <vector>

#include "sync/knowledge_base.hpp"
#include "tools/activity_report.hpp"

namespace bm {

/// Reads `limit` rows of each project after `offset`, all from one state of the index.
std::vector<ProjectActivity> read_activity(KnowledgeBase& knowledge,
                                           const std::vector<Project>& projects,
                                           const ActivityQuery& query, std::size_t limit,
                                           std::size_t offset);

}  // namespace bm
