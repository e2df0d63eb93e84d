#pragma once

#include <vector>

#include "tools/prompt.hpp"

namespace bm {

class KnowledgeBase;

// One factory for each file of a prompt. The prompts use `knowledge` for as long as they live.
Prompt continue_conversation_prompt(KnowledgeBase& knowledge);
Prompt getting_started_prompt(KnowledgeBase& knowledge);
Prompt recent_activity_prompt(KnowledgeBase& knowledge);
Prompt search_knowledge_base_prompt(KnowledgeBase& knowledge);

/// Every prompt, in the order in which clients see them.
std::vector<Prompt> all_prompts(KnowledgeBase& knowledge);

}  // namespace bm
