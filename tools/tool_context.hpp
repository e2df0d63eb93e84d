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
    bool failed = false;               ///< see ToolReply::failed

    /// The answer that tells of a failure.
    template <class Answer>
    [[nodiscard]] Answer failure(Answer answer) {
        failed = true;
        return answer;
    }
};

}  // namespace bm
