#include "tools/all_prompts.hpp"

namespace bm {

std::vector<Prompt> all_prompts(KnowledgeBase& knowledge) {
    return {continue_conversation_prompt(knowledge), recent_activity_prompt(knowledge),
            search_knowledge_base_prompt(knowledge), getting_started_prompt(knowledge)};
}

}  // namespace bm
