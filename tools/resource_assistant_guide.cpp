#include "sync/knowledge_base.hpp"
#include "tools/all_resources.hpp"
#include "tools/assistant_guide.hpp"

namespace bm {
namespace {

// The guide is Markdown; clients that know it expect this type.
constexpr const char* kAssistantGuideMimeType = "text/plain";

ProjectMode mode_of(KnowledgeBase& knowledge) {
    const auto config = knowledge.config();
    ProjectMode mode;
    if (!config->cloud_mode) {
        mode.constrained_to = knowledge.constraint();
    }
    if (config->default_project_mode && !config->cloud_mode) {
        mode.default_project = config->default_project;
    }
    return mode;
}

}  // namespace

Resource assistant_guide_resource(KnowledgeBase& knowledge) {
    return {"memory://ai_assistant_guide",
            "ai assistant guide",
            "AI Assistant Guide",
            "How to read, write, search and connect notes, for AI assistants",
            kAssistantGuideMimeType,
            [&knowledge](const CallContext&) -> Result<ResourceText> {
                return ResourceText{kAssistantGuideMimeType, assistant_guide(mode_of(knowledge))};
            }};
}

}  // namespace bm
