#pragma once

#include <vector>

#include "tools/tool.hpp"

namespace bm {

class CloudSync;
class KnowledgeBase;

/// `sync_project` and `sync_status`, for machines where a cloud is set up. A caller who is bound to
/// one project reaches no other. Both arguments outlive the tools.
std::vector<Tool> cloud_sync_tools(KnowledgeBase& knowledge, CloudSync& cloud);

}  // namespace bm
