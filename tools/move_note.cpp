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
#include "tools/file_trouble.hpp"
#include "tools/folder_report.hpp"
#include "tools/json_value.hpp"
#include "tools/move_failure_text.hpp"
#include "tools/note_report.hpp"
#include "tools/path_guard.hpp"
#include "tools/project_choice.hpp"
#include "tools/tool_builder.hpp"

namespace bm {

namespace {

constexpr std::string_view kMoveNoteDescription =
    "Move or rename a note inside its project; its permalink and text stay, and links to it keep "
    "working. identifier must match a title, permalink or path exactly. destination_path is the "
    "new "
    "path with file name and extension, relative to the project root; destination_folder keeps the "
    "file name instead. is_directory=true moves everything below the folder identifier to "
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
        return {{.name = "identifier", .required = true},
                {.name = "destination_path",
                 .fallback = "",
                 .aliases = {"destination", "dest_path", "new_path", "to"}},
                project_parameter(),
                {.name = "destination_folder", .aliases = {"dest_folder", "to_folder"}},
                {.name = "is_directory",
                 .kind = Kind::boolean,
                 .fallback = false,
                 .aliases = {"is_dir"}},
                output_format_parameter(),
                project_id_parameter()};
    }

    static tl::expected<MoveNote, ArgumentProblem> from(const Arguments& arguments) {
        auto folder = arguments.optional_text("destination_folder");
        // An empty text says as little as none.
        if (folder && is_blank(*folder)) folder.reset();
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

    [[nodiscard]] MoveAttempt attempt() const {
        return {chosen.project.name.str(), input.identifier, input.destination()};
    }

    [[nodiscard]] Json failed(MoveFailure failure) const {
        if (!input.json) return std::move(failure.text);
        Json value = {{"moved", false},
                      {"title", nullptr},
                      {"permalink", nullptr},
                      {"file_path", nullptr},
                      {"source", input.identifier},
                      {"destination", input.destination()}};
        if (input.is_directory) value["is_directory"] = true;
        value["error"] = std::move(failure.code);
        return value;
    }

    [[nodiscard]] Json refused(MoveFailure failure, std::string_view path) const {
        log_refusal(context, chosen.project, path);
        return failed(std::move(failure));
    }
};

/// Blanks, a dot segment or a backslash make no other place.
std::string normalised_destination(const MoveNote& input) {
    return normalized_path(trim(input.destination()));
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

/// The other project that a destination begins with. A folder of this project with that name comes
/// first.
std::optional<std::string> foreign_project(const Move& move, std::string_view destination) {
    const std::size_t slash = destination.find('/');
    if (slash == std::string_view::npos) return std::nullopt;
    const std::string_view first = destination.substr(0, slash);
    KnowledgeBase& knowledge = move.context.knowledge;
    const auto other = knowledge.find_project(first);
    if (!other || other->id == move.chosen.project.id) return std::nullopt;
    if (knowledge.files(move.chosen.project)->folder_exists(first)) return std::nullopt;
    return other->name.str();
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
            return move.refused(unsafe_destination(attempt), to.str());
        case Fault::unavailable:
            return move.failed(is_permission_problem(error) ? no_permission(attempt, error.message)
                                                            : system_error(attempt, error.message));
        case Fault::invalid:
        case Fault::ambiguous:
            break;
    }
    return move.failed(move_failed(attempt, error.message));
}

Json success(const Move& move, const Entity& before, const Entity& after, const Project& project) {
    if (move.input.json) {
        return {{"moved", true},
                {"title", after.title},
                {"permalink", permalink_json(after)},
                {"file_path", after.path.str()},
                {"source", move.input.identifier},
                {"destination", after.path.str()},
                {"previous_path", before.path.str()}};
    }
    return "✅ Note moved successfully\n\n📁 **" + move.input.identifier + "** → **" +
           after.path.str() + "**\n🔗 Permalink: " + shown_permalink(after) +
           "\n📊 Database and search index updated\n\n<!-- Project: " + project.name.str() + " -->";
}

/// The note that moves; the failure as a client reads it when there is none.
tl::expected<FoundNote, Json> find_source(const Move& move) {
    auto found = find_note(move.context.knowledge, move.chosen.project, move.chosen.is_explicit,
                           move.input.identifier, LookupPurpose::changing);
    if (found) return *std::move(found);
    const MoveAttempt attempt = move.attempt();
    switch (found.error().fault) {
        case Fault::not_found:
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

Json move_single(const Move& move) {
    std::string destination = normalised_destination(move.input);
    const std::string first_part = move.input.destination_folder ? destination + '/' : destination;
    const MoveAttempt attempt = move.attempt();
    if (const auto other = foreign_project(move, first_part)) {
        return move.failed(other_project(attempt, *other));
    }
    const auto found = find_source(move);
    const std::string source_path = found ? found->entity.path.str() : "";
    if (move.input.destination_folder) {
        if (!found) return found.error();
        const std::string name(file_name(source_path));
        destination = destination.empty() ? name : destination + '/' + name;
    }
    const std::string source_extension(found ? extension_of(source_path) : "md");
    const std::string wanted_extension(extension_of(destination));
    // A file without extension may keep having none.
    if (wanted_extension.empty() && !source_extension.empty()) {
        return move.failed(missing_extension(attempt, source_extension));
    }
    if (!found) return found.error();
    if (to_lower(wanted_extension) != to_lower(source_extension)) {
        return move.failed(
            other_extension(attempt, wanted_extension, source_extension, source_path));
    }
    if (destination == source_path) return move.failed(same_place(attempt, source_path));
    const auto to = RelativePath::parse(destination);
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
        value["error"] = "No files found in directory '" + move.input.identifier + "'";
    } else if (outcome.done.empty()) {
        value["error"] = outcome.failed.front().second;
    }
    return value;
}

Json move_directory(const Move& move) {
    const std::string from = normalized_path(without_memory_scheme(trim(move.input.identifier)));
    const std::string to = normalised_destination(move.input);
    const MoveAttempt attempt = move.attempt();
    if (const auto other = foreign_project(move, to + '/')) {
        return move.failed(other_project(attempt, *other));
    }
    if (from.empty()) {
        return move.failed(directory_not_moved(attempt, "The project root cannot be moved."));
    }
    if (from == to) return move.failed(same_place(attempt, from));
    if (to.starts_with(from + '/')) {
        return move.failed(
            directory_not_moved(attempt, "A directory cannot be moved into itself."));
    }
    NoteStore store(move.context.knowledge, move.chosen.project);
    const FolderOutcome outcome = store.move_folder(from, to);
    if (move.input.json) return directory_json(move, outcome);
    const std::string& project = move.chosen.project.name.str();
    if (outcome.total == 0) {
        return empty_folder_text("# Directory Move Failed", move.input.identifier, project);
    }
    const std::string subject = "**Source:** `" + move.input.identifier + "`\n**Destination:** `" +
                                move.input.destination() + "`\n";
    const std::string_view heading =
        outcome.done.empty() ? "# Directory Move Failed" : "# Directory Moved Successfully";
    return folder_report({heading, "Successfully moved", "## Moved Files"}, subject, outcome,
                         project);
}

Result<Json> move_note(ToolContext& context, const MoveNote& input) {
    const auto chosen = project_for(context.knowledge, input.wish, input.identifier);
    if (!chosen) return tl::unexpected(chosen.error());
    const Move move{context, input, *chosen};
    if (auto failure = early_failure(move)) return *std::move(failure);
    return input.is_directory ? move_directory(move) : move_single(move);
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
