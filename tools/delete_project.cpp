#include <utility>

#include "sync/note_history.hpp"
#include "sync/read_only.hpp"
#include "sync/reconcile.hpp"
#include "tools/all_tools.hpp"
#include "tools/call_text.hpp"
#include "tools/project_choice.hpp"
#include "tools/tool_builder.hpp"

namespace bm {
namespace {

constexpr std::string_view kDeleteProjectDescription =
    "Remove a project from the knowledge base. Its files stay on disk, and adding the folder again "
    "brings everything back; with delete_notes=true its Markdown notes are deleted too. The "
    "default project cannot be removed. Ask the user before you call this.";

struct DeleteProject {
    std::string name;
    bool delete_notes = false;
    std::optional<std::string> workspace;

    static tl::expected<DeleteProject, ArgumentProblem> from(const Arguments& arguments) {
        return DeleteProject{arguments.text("project_name"), arguments.flag("delete_notes"),
                             arguments.optional_text("workspace")};
    }
};

std::vector<Parameter> delete_project_parameters() {
    return {
        {.name = "project_name",
         .required = true,
         .description = "Name of the project",
         .nullable = false,
         .max_bytes = kMaxNameBytes},
        {.name = "delete_notes",
         .kind = Parameter::Kind::boolean,
         .fallback = false,
         .description = "Also delete its notes from the disk",
         .nullable = false},
        workspace_parameter(),
    };
}

std::string disabled(const std::string& constraint, const std::string& name) {
    return "# Error\n\nProject deletion disabled - MCP server is constrained to project '" +
           constraint + "'.\nUse the CLI to delete projects: `basic-memory project remove " +
           string_literal(name) + '`';
}

/// The notes of a project as they are on disk now. Other files are not ours to delete.
Result<std::vector<RelativePath>> notes_of(KnowledgeBase& knowledge, const Project& project,
                                           const CallContext& call) {
    SyncOptions options;
    options.stop = call.cancelled;
    if (const auto report = reconcile_project(knowledge, project, options); !report) {
        return tl::unexpected<Error>(report.error());
    }
    if (call.cancelled.stop_requested()) {
        return fail(Fault::unavailable, "The call was cancelled; nothing was deleted.");
    }
    return notes_in(knowledge, project);
}

/// The line that says what became of the notes.
std::string deleted_line(KnowledgeBase& knowledge, const Project& project,
                         const std::vector<RelativePath>& notes) {
    std::size_t failures = 0;
    for (const auto& note : notes) {
        if (!remove_doomed(knowledge, project, note)) {
            ++failures;
        }
    }
    if (failures == 0) {
        return "Its note files were deleted along with the project (" +
               std::to_string(notes.size()) + ").\n";
    }
    return std::to_string(failures) + " note files could not be deleted: files may remain below " +
           project.path.string() + ".\n";
}

Result<Json> delete_project(ToolContext& context, const DeleteProject& input) {
    auto& knowledge = context.knowledge;
    if (const auto& constraint = knowledge.constraint()) {
        return context.failure(disabled(*constraint, input.name));
    }
    if (const auto known = check_workspace(input.workspace); !known) {
        return tl::unexpected<Error>(known.error());
    }
    // What is to be deleted has to be known before the project is forgotten, and must not be
    // touched when it cannot be.
    std::vector<RelativePath> notes;
    const auto known = knowledge.find_project(input.name);
    // Forgotten and added anew it would be open to changes: that is for its owner to decide.
    if (known) {
        if (auto refusal = why_read_only(knowledge, *known)) {
            return tl::unexpected<Error>(*std::move(refusal));
        }
    }
    if (input.delete_notes && known && known->name.str() != knowledge.config()->default_project) {
        auto found = notes_of(knowledge, *known, context.call);
        if (!found) {
            return tl::unexpected<Error>(found.error());
        }
        notes = *std::move(found);
    }
    const auto removed = knowledge.remove_project(input.name);
    if (!removed) {
        return tl::unexpected<Error>(removed.error());
    }
    const std::string& name = removed->name;
    return "✓ Project '" + name +
           "' removed successfully\n\nRemoved project details:\n• Name: " + name +
           "\n• Path: " + (removed->path.empty() ? "none" : removed->path.string()) + '\n' +
           (input.delete_notes && known
                ? deleted_line(knowledge, *known, notes)
                : "Files remain on disk but project is no longer tracked by Basic Memory.\n"
                  "Re-add the project to access its content again.\n");
}

}  // namespace

Tool delete_project_tool(KnowledgeBase& knowledge) {
    return make_tool<DeleteProject>(knowledge,
                                    {.name = "delete_project",
                                     .title = "Delete Project",
                                     .description = kDeleteProjectDescription,
                                     .parameters = delete_project_parameters(),
                                     .output_schema = wrapped_schema({"string"}),
                                     .annotations = kChanges,
                                     .wraps_result = true},
                                    delete_project);
}

}  // namespace bm
