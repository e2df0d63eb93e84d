#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "markdown/file_naming.hpp"
#include "markdown/memory_url.hpp"
#include "markdown/names.hpp"
#include "markdown/relation_syntax.hpp"
#include "markdown/text.hpp"
#include "sync/note_lookup.hpp"
#include "sync/note_store.hpp"
#include "tools/all_tools.hpp"
#include "tools/call_text.hpp"
#include "tools/file_trouble.hpp"
#include "tools/folder_place.hpp"
#include "tools/folder_report.hpp"
#include "tools/json_value.hpp"
#include "tools/note_report.hpp"
#include "tools/path_guard.hpp"
#include "tools/project_choice.hpp"
#include "tools/tool_builder.hpp"
#include "tools/unindexed_file.hpp"

namespace bm {

namespace {

constexpr std::string_view kDeleteNoteDescription =
    "Delete one note: its file and everything the index knows about it. Ask the "
    "user first; restore_note brings back what the history keeps. identifier must match a title, "
    "permalink or path exactly; a note that merely "
    "contains the words is never touched. The answer is true when a note was deleted and false "
    "when there is none. is_directory=true deletes every file below the folder identifier instead; "
    "the project root is refused.";

struct DeleteNote {
    std::string identifier;
    bool is_directory = false;
    bool json = false;
    ProjectWish wish;

    static std::vector<Parameter> parameters() {
        return {{.name = "identifier", .required = true, .max_bytes = kMaxNameBytes},
                project_parameter(),
                {.name = "is_directory",
                 .kind = Parameter::Kind::boolean,
                 .fallback = false,
                 .aliases = {"is_dir"}},
                output_format_parameter(),
                project_id_parameter()};
    }

    static tl::expected<DeleteNote, ArgumentProblem> from(const Arguments& arguments) {
        return DeleteNote{arguments.text("identifier"), arguments.flag("is_directory"),
                          wants_json(arguments), read_project_wish(arguments)};
    }
};

Json single_json(const Entity* entity) {
    if (entity == nullptr) {
        return {
            {"deleted", false}, {"title", nullptr}, {"permalink", nullptr}, {"file_path", nullptr}};
    }
    return {{"deleted", true},
            {"title", entity->title},
            {"permalink", permalink_json(*entity)},
            {"file_path", entity->path.str()}};
}

/// The short answer says that all is well, and no more.
Json deleted(const DeleteNote& input, const Entity& entity, const NotDone& not_done) {
    if (input.json) {
        Json value = single_json(&entity);
        add_not_done(value, not_done);
        return value;
    }
    if (not_done.empty()) return true;
    return "# Deleted note\nfile_path: " + entity.path.str() + "\n" + not_done_section(not_done);
}

Json directory_json(const DeleteNote& input, const FolderOutcome& outcome) {
    Json errors = Json::array();
    for (const auto& [path, reason] : outcome.failed) {
        errors.push_back({{"file_path", path}, {"error", reason}});
    }
    Json value = {{"deleted", is_whole(outcome)},
                  {"is_directory", true},
                  {"identifier", input.identifier},
                  {"total_files", outcome.total},
                  {"successful_deletes", outcome.done.size()},
                  {"failed_deletes", outcome.failed.size()},
                  {"deleted_files", outcome.done},
                  {"errors", std::move(errors)}};
    add_not_done(value, outcome.not_done);
    return value;
}

/// A failure as the text for a model, or with its short word or reason for a program.
Json failure(ToolContext& context, const DeleteNote& input, std::string text, std::string error) {
    context.failed = true;
    if (!input.json) return text;
    Json value = input.is_directory ? directory_json(input, {}) : single_json(nullptr);
    add_failure(value, std::move(error), std::move(text));
    return value;
}

std::string search_hint(const DeleteNote& input, const Project& project) {
    return '`' +
           call_text("search_notes",
                     {{"", project.name.str()}, {"", file_name(input.identifier)}}) +
           '`';
}

std::string retry_hint(const DeleteNote& input, const Project& project) {
    return "\n\nLook at it first: " + search_hint(input, project) + ". Then try again: `" +
           call_text("delete_note", {{"", input.identifier}, {"project", project.name.str()}}) +
           '`';
}

/// The sentence of `error` lists the candidates with their permalinks.
std::string ambiguous_text(const DeleteNote& input, const Error& error, const Project& project) {
    return "# Delete Failed - Ambiguous Identifier\n\n" + error.message +
           "\n\nNothing was deleted. Call delete_note again with one of these permalinks or paths "
           "as "
           "identifier. To see which one is meant: " +
           search_hint(input, project);
}

Json store_failure(ToolContext& context, const DeleteNote& input, const Error& error,
                   const Project& project) {
    std::string heading = "# Delete Failed";
    if (is_permission_problem(error)) {
        heading += " - Permission Error";
    } else if (error.fault == Fault::unavailable) {
        heading += " - System Error";
    }
    return failure(context, input,
                   heading + "\n\n'" + echoed(input.identifier) +
                       "' was not deleted: " + error.message + retry_hint(input, project),
                   error.message);
}

Json refusal(ToolContext& context, const DeleteNote& input, const Project& project) {
    log_refusal(context, project, input.identifier);
    return failure(context, input, refusal_text("Identifier", input.identifier),
                   "SECURITY_VALIDATION_ERROR");
}

/// The symbolic link that `identifier` spells, when `note` is what lies behind it.
std::optional<std::string> link_to(KnowledgeBase& knowledge, const FoundNote& found,
                                   std::string_view identifier) {
    const std::string_view text = link_target(without_memory_scheme(trim(identifier)));
    std::vector<std::string> spellings{normalized_path(text)};
    if (const auto front = project_in_front(knowledge, text);
        front && front->project.id == found.project.id) {
        spellings.push_back(normalized_path(front->rest));
    }
    const auto files = knowledge.files(found.project);
    for (const auto& spelling : spellings) {
        for (const auto& path : {spelling, spelling + ".md"}) {
            const auto typed = RelativePath::parse(path);
            if (!typed || !files->exists(*typed)) continue;
            const auto itself = files->place_of(*typed, FinalLink::itself);
            const auto behind = files->place_of(*typed, FinalLink::followed);
            if (!itself || !behind || itself->path == behind->path) continue;
            if (behind->path == found.entity.path) return itself->path.str();
        }
    }
    return std::nullopt;
}

Json delete_single(ToolContext& context, const DeleteNote& input, const ChosenProject& chosen) {
    const auto found = find_note(context.knowledge, chosen.project, chosen.is_explicit,
                                 input.identifier, LookupPurpose::changing);
    if (!found) {
        const Error& error = found.error();
        switch (error.fault) {
            case Fault::not_found:
                if (const auto file = unindexed_file(context.knowledge, chosen, input.identifier)) {
                    return store_failure(context, input, {Fault::invalid, file->reason()},
                                         file->project);
                }
                return input.json ? single_json(nullptr) : Json(false);
            case Fault::forbidden:
                return refusal(context, input, chosen.project);
            case Fault::ambiguous:
                return failure(context, input, ambiguous_text(input, error, chosen.project),
                               "AMBIGUOUS_IDENTIFIER");
            default:
                return store_failure(context, input, error, chosen.project);
        }
    }
    if (const auto link = link_to(context.knowledge, *found, input.identifier)) {
        const std::string reason = "'" + *link + "' is a symbolic link to '" +
                                   found->entity.path.str() +
                                   "': name the note itself to delete it";
        return failure(context, input, "# Delete Failed\n\n" + reason + ".", reason);
    }
    NoteStore store(context.knowledge, found->project);
    const auto removed = store.remove(found->entity);
    if (removed) return deleted(input, found->entity, *removed);
    if (removed.error().fault == Fault::forbidden) return refusal(context, input, found->project);
    return store_failure(context, input, removed.error(), found->project);
}

constexpr FolderReportWords kDeletedWords{
    "# Directory Deleted Successfully", "# Directory Delete Failed", "# Directory Delete Cancelled",
    "Successfully deleted", "## Deleted Files"};

Result<Json> delete_directory(ToolContext& context, const DeleteNote& input,
                              const ChosenProject& chosen) {
    const auto place = folder_place(context, chosen, input.identifier);
    if (!place) return tl::unexpected(place.error());
    if (place->folder.empty()) {
        const std::string reason = "The project root cannot be deleted; name a folder below it.";
        return failure(context, input, "# Directory Delete Failed\n\n" + reason, reason);
    }
    NoteStore store(context.knowledge, place->project);
    const FolderOutcome outcome =
        place->with_unusable(store.remove_folder(place->folder, watch_of(context, "Deleted")));
    context.failed = !is_whole(outcome);
    const std::string& project = place->project.name.str();
    if (input.json) {
        Json value = directory_json(input, outcome);
        if (outcome.total == 0) {
            value["error"] = "No files found in directory '" + echoed(input.identifier) + "'";
        } else if (outcome.cancelled) {
            value["error"] = "The call was cancelled before all files were deleted";
        }
        return value;
    }
    if (outcome.total == 0) {
        return empty_folder_text("# Directory Delete Failed", input.identifier, project);
    }
    return folder_report(kDeletedWords, "**Directory:** `" + echoed(input.identifier) + "`\n",
                         outcome, project);
}

Result<Json> delete_note(ToolContext& context, const DeleteNote& input) {
    const auto chosen = project_for(context.knowledge, input.wish, input.identifier);
    if (!chosen) return tl::unexpected(chosen.error());
    // "/" is the root, which has an answer of its own.
    const bool is_root = input.is_directory && trim(input.identifier) == "/";
    if (!is_root && !stays_inside(chosen->project, input.identifier)) {
        return refusal(context, input, chosen->project);
    }
    if (input.is_directory) return delete_directory(context, input, *chosen);
    return delete_single(context, input, *chosen);
}

}  // namespace

Tool delete_note_tool(KnowledgeBase& knowledge) {
    return make_tool(knowledge,
                     {.name = "delete_note",
                      .title = "Delete Note",
                      .description = kDeleteNoteDescription,
                      .parameters = DeleteNote::parameters(),
                      .output_schema = wrapped_schema({"boolean", "string", "object"}),
                      .annotations = kChanges},
                     delete_note);
}

}  // namespace bm
