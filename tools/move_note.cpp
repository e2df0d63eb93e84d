#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "markdown/file_naming.hpp"
#include "markdown/memory_url.hpp"
#include "markdown/names.hpp"
#include "markdown/text.hpp"
#include "sync/note_lookup.hpp"
#include "sync/note_store.hpp"
#include "tools/all_tools.hpp"
#include "tools/call_text.hpp"
#include "tools/file_trouble.hpp"
#include "tools/folder_place.hpp"
#include "tools/folder_report.hpp"
#include "tools/json_value.hpp"
#include "tools/move_failure_text.hpp"
#include "tools/note_report.hpp"
#include "tools/path_guard.hpp"
#include "tools/project_choice.hpp"
#include "tools/tool_builder.hpp"
#include "tools/typed_place.hpp"
#include "tools/unindexed_file.hpp"

namespace bm {

namespace {

constexpr std::string_view kMoveNoteDescription =
    "Move or rename a note inside its project; its permalink and text stay, and links to it keep "
    "working. identifier must match a title, permalink or path exactly. destination_path is the "
    "new path with file name and extension, relative to the project root; destination_folder keeps "
    "the file name instead. is_directory=true moves everything below the folder identifier to "
    "destination_path. Nothing is ever overwritten.";

struct MoveNote {
    std::string identifier;
    std::string destination_path;
    std::optional<std::string> destination_folder;
    bool is_directory = false;
    bool json = false;
    ProjectWish wish;

    static std::vector<Parameter> parameters() {
        using Kind = Parameter::Kind;
        return {{.name = "identifier", .required = true, .max_bytes = kMaxNameBytes},
                {.name = "destination_path",
                 .fallback = "",
                 .aliases = {"destination", "dest_path", "new_path", "to"},
                 .max_bytes = kMaxNameBytes},
                project_parameter(),
                {.name = "destination_folder",
                 .aliases = {"dest_folder", "to_folder"},
                 .max_bytes = kMaxNameBytes},
                {.name = "is_directory",
                 .kind = Kind::boolean,
                 .fallback = false,
                 .aliases = {"is_dir"}},
                output_format_parameter(),
                project_id_parameter()};
    }

    static tl::expected<MoveNote, ArgumentProblem> from(const Arguments& arguments) {
        auto folder = arguments.optional_text("destination_folder");
        if (!is_given(folder)) folder.reset();
        return MoveNote{arguments.text("identifier"),
                        arguments.text("destination_path"),
                        std::move(folder),
                        arguments.flag("is_directory"),
                        wants_json(arguments),
                        read_project_wish(arguments)};
    }

    /// What the caller gave as destination.
    [[nodiscard]] const std::string& destination() const {
        return destination_folder ? *destination_folder : destination_path;
    }
};

/// One call: the steps share these.
struct Move {
    ToolContext& context;
    const MoveNote& input;
    const ChosenProject& chosen;
    Project home;  ///< of what moves; the chosen one until that is found

    [[nodiscard]] MoveAttempt attempt() const {
        return {home.name.str(), input.identifier, input.destination()};
    }

    [[nodiscard]] Json failed(MoveFailure failure) const {
        context.failed = true;
        if (!input.json) return std::move(failure.text);
        Json value = {{"moved", false},
                      {"title", nullptr},
                      {"permalink", nullptr},
                      {"file_path", nullptr},
                      {"source", input.identifier},
                      {"destination", input.destination()}};
        if (input.is_directory) value["is_directory"] = true;
        add_failure(value, std::move(failure.code), std::move(failure.text));
        return value;
    }

    [[nodiscard]] Json refused(MoveFailure failure, std::string_view path) const {
        log_refusal(context, home, path);
        return failed(std::move(failure));
    }
};

/// Blanks, a dot segment or a backslash make no other place, nor does "memory://".
std::string normalised_destination(const MoveNote& input) {
    return normalized_path(without_memory_scheme(trim(input.destination())));
}

/// Checks that need no look at the note; none when all is well.
std::optional<Json> early_failure(const Move& move) {
    const MoveNote& input = move.input;
    const MoveAttempt attempt = move.attempt();
    if (input.destination_folder && !is_blank(input.destination_path)) {
        return move.failed(both_destinations(attempt));
    }
    if (input.destination_folder && input.is_directory) {
        return move.failed(folder_for_directory(attempt));
    }
    if (is_blank(input.destination())) return move.failed(missing_destination(attempt));
    if (!stays_inside(move.chosen.project, input.destination())) {
        return move.refused(unsafe_destination(attempt), input.destination());
    }
    if (!stays_inside(move.chosen.project, input.identifier)) {
        return move.refused(unsafe_identifier(attempt), input.identifier);
    }
    return std::nullopt;
}

/// The destination, or the failure when it begins with another project. A folder of this project
/// with that name comes first. Only a memory URL may name the project that it is in.
tl::expected<std::string, Json> destination_at_home(const Move& move, const std::string& typed) {
    const bool names_folder = move.input.destination_folder || move.input.is_directory;
    const std::size_t slash = typed.find('/');
    if (slash == std::string::npos && !names_folder) return typed;
    const std::string first = typed.substr(0, slash);
    KnowledgeBase& knowledge = move.context.knowledge;
    const auto named = knowledge.find_project(first);
    // A bound server knows no other project.
    const bool is_hidden = named && knowledge.constraint() && named->id != move.home.id;
    if (!named || is_hidden || knowledge.files(move.home)->folder_exists(first)) return typed;
    if (named->id == move.home.id) {
        if (!is_memory_url(move.input.destination())) return typed;
        return slash == std::string::npos ? "" : typed.substr(slash + 1);
    }
    return tl::unexpected(move.failed(other_project(move.attempt(), named->name.str())));
}

std::string_view extension_of(std::string_view path) {
    std::string_view suffix = file_suffix(path);
    if (suffix.starts_with('.')) suffix.remove_prefix(1);
    return suffix;
}

Json store_failure(const Move& move, const Error& error, const Entity& source,
                   const RelativePath& to) {
    const MoveAttempt attempt = move.attempt();
    switch (error.fault) {
        case Fault::conflict:
            return move.failed(destination_exists(attempt, to.str()));
        case Fault::not_found:
            return move.failed(source_file_missing(attempt, source.path.str()));
        case Fault::forbidden:
            // The note itself may have become a link that leads out.
            if (!stays_inside(move.home, source.path.str())) {
                return move.refused(unsafe_identifier(attempt), source.path.str());
            }
            return move.refused(unsafe_destination(attempt), to.str());
        case Fault::unavailable:
            if (is_path_problem(error)) {
                return move.failed(invalid_destination(attempt, error.message));
            }
            return move.failed(is_permission_problem(error) ? no_permission(attempt, error.message)
                                                            : system_error(attempt, error.message));
        case Fault::invalid:
        case Fault::ambiguous:
            break;
    }
    return move.failed(move_failed(attempt, error.message));
}

Json success(const Move& move, const Entity& before, const MovedNote& moved,
             const Project& project) {
    const Entity& after = moved.entity;
    if (move.input.json) {
        Json value = {{"moved", true},
                      {"title", after.title},
                      {"permalink", permalink_json(after)},
                      {"file_path", after.path.str()},
                      {"source", move.input.identifier},
                      {"destination", after.path.str()},
                      {"previous_path", before.path.str()}};
        add_not_done(value, moved.not_done);
        return value;
    }
    return "✅ Note moved successfully\n\n📁 **" + echoed(move.input.identifier) + "** → **" +
           after.path.str() + "**\n🔗 Permalink: " + shown_permalink(after) +
           (moved.indexed ? "\n📊 Database and search index updated\n" : "\n") +
           not_done_section(moved.not_done) + "\n<!-- Project: " + project.name.str() + " -->";
}

/// The note that moves; the failure as a client reads it when there is none.
tl::expected<FoundNote, Json> find_source(const Move& move) {
    auto found = find_note(move.context.knowledge, move.chosen.project, move.chosen.is_explicit,
                           move.input.identifier, LookupPurpose::changing);
    if (found) return *std::move(found);
    const MoveAttempt attempt = move.attempt();
    switch (found.error().fault) {
        case Fault::not_found:
            if (const auto file =
                    unindexed_file(move.context.knowledge, move.chosen, move.input.identifier)) {
                return tl::unexpected(move.failed(move_failed(attempt, file->reason())));
            }
            return tl::unexpected(move.failed(source_not_found(attempt)));
        case Fault::ambiguous:
            return tl::unexpected(move.failed(ambiguous_source(attempt, found.error().message)));
        case Fault::forbidden:
            return tl::unexpected(move.refused(unsafe_identifier(attempt), move.input.identifier));
        default:
            break;
    }
    return tl::unexpected(move.failed(move_failed(attempt, found.error().message)));
}

/// The extension of the destination has to be the source's.
std::optional<Json> extension_failure(const Move& move, const std::string& destination,
                                      const std::string& source_path) {
    const std::string source_extension(extension_of(source_path));
    const std::string wanted_extension(extension_of(destination));
    if (to_lower(file_name(destination)) == '.' + to_lower(source_extension)) {
        return move.failed(missing_name(move.attempt(), file_name(source_path)));
    }
    // A file without extension may keep having none.
    if (wanted_extension.empty() && !source_extension.empty()) {
        return move.failed(missing_extension(move.attempt(), source_extension));
    }
    if (to_lower(wanted_extension) != to_lower(source_extension)) {
        return move.failed(
            other_extension(move.attempt(), wanted_extension, source_extension, source_path));
    }
    return std::nullopt;
}

Json move_single(Move move) {
    const auto found = find_source(move);
    if (found) move.home = found->project;
    auto destination = destination_at_home(move, normalised_destination(move.input));
    if (!destination) return destination.error();
    const std::string source_path = found ? found->entity.path.str() : "";
    if (move.input.destination_folder) {
        if (!found) return found.error();
        *destination = normalized_path(*destination + '/' + std::string(file_name(source_path)));
    }
    // What is wrong with the destination is said first, also when there is no such note.
    if (auto failure = extension_failure(move, *destination, found ? source_path : "note.md");
        failure && (found || extension_of(*destination).empty())) {
        return *std::move(failure);
    }
    if (!found) return found.error();
    const MoveAttempt attempt = move.attempt();
    if (*destination == source_path) return move.failed(same_place(attempt, source_path));
    const auto to = RelativePath::parse(*destination);
    if (!to) return move.failed(invalid_destination(attempt, to.error().message));
    NoteStore store(move.context.knowledge, found->project);
    const auto moved = store.move(found->entity, *to);
    if (!moved) return store_failure(move, moved.error(), found->entity, *to);
    return success(move, found->entity, *moved, found->project);
}

Json directory_json(const Move& move, const FolderOutcome& outcome) {
    Json value = {{"moved", !outcome.done.empty()},
                  {"title", nullptr},
                  {"permalink", nullptr},
                  {"file_path", nullptr},
                  {"source", move.input.identifier},
                  {"destination", move.input.destination()},
                  {"is_directory", true},
                  {"total_files", outcome.total},
                  {"successful_moves", outcome.done.size()},
                  {"failed_moves", outcome.failed.size()}};
    if (outcome.total == 0) {
        value["error"] = "No files found in directory '" + echoed(move.input.identifier) + "'";
    } else if (outcome.cancelled) {
        value["error"] = "The call was cancelled before all files were moved";
    } else if (outcome.done.empty()) {
        value["error"] = outcome.failed.front().second;
    }
    add_not_done(value, outcome.not_done);
    return value;
}

constexpr FolderReportWords kMovedWords{"# Directory Moved Successfully", "# Directory Move Failed",
                                        "# Directory Move Cancelled", "Successfully moved",
                                        "## Moved Files"};

Result<Json> move_directory(Move move) {
    const auto place = folder_place(move.context, move.chosen, move.input.identifier);
    if (!place) return tl::unexpected(place.error());
    move.home = place->project;
    const std::string& from = place->folder;
    const auto to = destination_at_home(move, normalised_destination(move.input));
    if (!to) return to.error();
    const MoveAttempt attempt = move.attempt();
    if (from.empty()) {
        return move.failed(directory_not_moved(attempt, "The project root cannot be moved."));
    }
    if (from == *to) return move.failed(same_place(attempt, from));
    if (to->starts_with(from + '/')) {
        return move.failed(
            directory_not_moved(attempt, "A directory cannot be moved into itself."));
    }
    NoteStore store(move.context.knowledge, place->project);
    const FolderOutcome outcome =
        place->with_unusable(store.move_folder(from, *to, watch_of(move.context, "Moved")));
    move.context.failed = !is_whole(outcome);
    if (move.input.json) return directory_json(move, outcome);
    if (outcome.total == 0) {
        return empty_folder_text("# Directory Move Failed", move.input.identifier, attempt.project);
    }
    const std::string subject = "**Source:** `" + echoed(move.input.identifier) +
                                "`\n**Destination:** `" + echoed(move.input.destination()) + "`\n";
    return folder_report(kMovedWords, subject, outcome, attempt.project);
}

Result<Json> move_note(ToolContext& context, const MoveNote& input) {
    const auto chosen = project_for(context.knowledge, input.wish, input.identifier);
    if (!chosen) return tl::unexpected(chosen.error());
    Move move{context, input, *chosen, chosen->project};
    if (auto failure = early_failure(move)) return *std::move(failure);
    if (input.is_directory) return move_directory(std::move(move));
    return move_single(std::move(move));
}

}  // namespace

Tool move_note_tool(KnowledgeBase& knowledge) {
    return make_tool(knowledge,
                     {.name = "move_note",
                      .title = "Move Note",
                      .description = kMoveNoteDescription,
                      .parameters = MoveNote::parameters(),
                      .output_schema = wrapped_schema({"string", "object"}),
                      .annotations = kAdds},
                     move_note);
}

}  // namespace bm
