#pragma once

#include <string_view>
#include <vector>

#include "sync/knowledge_base.hpp"
#include "tools/tool.hpp"

namespace bm {

/// What a running tool works with. Lives as long as one call; one thread.
struct ToolContext {
    KnowledgeBase& knowledge;
    const CallContext& call;
    std::string_view tool;             ///< its name, for log lines
    std::vector<ImageContent> images;  ///< sent beside the value
};

}  // namespace bm
