#include "tools/all_tools.hpp"

namespace bm {

std::vector<Tool> all_tools(KnowledgeBase& knowledge, const std::string& version) {
    return {
        // The first one is what a client tries without arguments.
        list_memory_projects_tool(knowledge),
        delete_note_tool(knowledge),
        read_content_tool(knowledge),
        build_context_tool(knowledge),
        recent_activity_tool(knowledge),
        search_notes_tool(knowledge),
        read_note_tool(knowledge),
        view_note_tool(knowledge),
        write_note_tool(knowledge),
        canvas_tool(knowledge),
        list_directory_tool(knowledge),
        edit_note_tool(knowledge),
        move_note_tool(knowledge),
        create_memory_project_tool(knowledge),
        delete_project_tool(knowledge),
        search_tool(knowledge),
        fetch_tool(knowledge),
        list_workspaces_tool(knowledge),
        basic_memory_diagnostics_tool(knowledge, version),
        note_history_tool(knowledge),
        restore_note_tool(knowledge),
        schema_validate_tool(knowledge),
        schema_infer_tool(knowledge),
        schema_diff_tool(knowledge),
    };
}

}  // namespace bm
