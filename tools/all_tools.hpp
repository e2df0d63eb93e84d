#pragma once

#include <string>
#include <vector>

#include "tools/tool.hpp"

namespace bm {

class KnowledgeBase;

// One factory for each file of a tool. The tools use `knowledge` for as long as they live.
Tool basic_memory_diagnostics_tool(KnowledgeBase& knowledge, std::string version);
Tool build_context_tool(KnowledgeBase& knowledge);
Tool canvas_tool(KnowledgeBase& knowledge);
Tool create_memory_project_tool(KnowledgeBase& knowledge);
Tool delete_note_tool(KnowledgeBase& knowledge);
Tool delete_project_tool(KnowledgeBase& knowledge);
Tool edit_note_tool(KnowledgeBase& knowledge);
Tool fetch_tool(KnowledgeBase& knowledge);
Tool list_directory_tool(KnowledgeBase& knowledge);
Tool list_memory_projects_tool(KnowledgeBase& knowledge);
Tool list_workspaces_tool(KnowledgeBase& knowledge);
Tool move_note_tool(KnowledgeBase& knowledge);
Tool note_history_tool(KnowledgeBase& knowledge);
Tool read_content_tool(KnowledgeBase& knowledge);
Tool read_note_tool(KnowledgeBase& knowledge);
Tool recent_activity_tool(KnowledgeBase& knowledge);
Tool restore_note_tool(KnowledgeBase& knowledge);
Tool schema_diff_tool(KnowledgeBase& knowledge);
Tool schema_infer_tool(KnowledgeBase& knowledge);
Tool schema_validate_tool(KnowledgeBase& knowledge);
Tool search_notes_tool(KnowledgeBase& knowledge);
Tool search_tool(KnowledgeBase& knowledge);
Tool view_note_tool(KnowledgeBase& knowledge);
Tool write_note_tool(KnowledgeBase& knowledge);

/// Every tool, in the order in which clients see them. `version` is the program's.
std::vector<Tool> all_tools(KnowledgeBase& knowledge, const std::string& version);

}  // namespace bm
