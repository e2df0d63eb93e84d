#pragma once

#include "tools/tool.hpp"

namespace bm {

class KnowledgeBase;

// The factories of the tools about schemas, for all_tools. They use `knowledge` for as long as they
// live.
Tool schema_diff_tool(KnowledgeBase& knowledge);
Tool schema_infer_tool(KnowledgeBase& knowledge);
Tool schema_validate_tool(KnowledgeBase& knowledge);

}  // namespace bm
