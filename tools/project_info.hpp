#pragma once

#include <string_view>

#include "repository/project_repository.hpp"
#include "sync/knowledge_base.hpp"
#include "tools/tool.hpp"

namespace bm {

/// Numbers about a project, what changed in it lately, and the system it lives on.
Json project_info_json(KnowledgeBase& knowledge, const Project& project, std::string_view version);

}  // namespace bm
