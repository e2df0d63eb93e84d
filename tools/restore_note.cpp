#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sync/note_history.hpp"
#include "tools/all_tools.hpp"
#include "tools/call_text.hpp"
#include "tools/json_value.hpp"
#include "tools/note_report.hpp"
#include "tools/project_choice.hpp"
#include "tools/tool_builder.hpp"
#include "tools/version_report.hpp"

namespace bm {

namespace {

constexpr std::string_view kRestoreNoteDescription =
    "Bring an earlier version of one note back, or a note that was deleted. at is the id of a "
    "version from note_history, a date, or a time such as \"2 hours ago\" for the version that was "
    "current then; without it the latest version that differs from the note is taken. What the "
    "note says now is kept in its history, so that a second restore_note takes this one back.";

struct RestoreNote {
    std::string identifier;
    std::optional<std::string> at;
    bool json = false;
    ProjectWish wish;

    static std::vector<Parameter> parameters() {
        return {{.name = "identifier", .required = true, .max_bytes = kMaxNameBytes},
                {.name = "at", .aliases = {"version"}, .max_bytes = kMaxNameBytes},
                project_parameter(),
                output_format_parameter(),
                project_id_parameter()};
    }

    static tl::expected<RestoreNote, ArgumentProblem> from(const Arguments& arguments) {
        RestoreNote input{arguments.text("identifier"), arguments.optional_text("at"),
                          wants_json(arguments), read_project_wish(arguments)};
        if (!is_given(input.at)) input.at.reset();
        return input;
    }
};

Json not_restored(const RestoreNote& input, const Error& error,
                  const NoteVersions* versions = nullptr) {
    std::string text = "# Restore Failed\n\n" + error.message;
    if (!input.json) {
        if (versions == nullptr || versions->records.empty()) return text;
        return text + "\n\nThe versions that are kept: `" +
               call_text("note_history",
                         {{"", versions->path.str()}, {"project", versions->project.name.str()}}) +
               '`';
    }
    Json value = {{"title", nullptr},    {"permalink", nullptr}, {"file_path", nullptr},
                  {"checksum", nullptr}, {"action", "error"},    {"version", nullptr}};
    add_failure(value, error.message, std::move(text));
    return value;
}

std::string lost_lines(const RestoredVersion& restored) {
    std::string lines;
    if (restored.lost_permalink) {
        lines += "The permalink " + *restored.lost_permalink + " is another note's by now.\n";
    }
    if (!restored.note.replaced_is_kept) {
        lines += "What it said until now is lost, because history_enabled is false.\n";
    }
    if (!restored.note.is_text) {
        lines +=
            "Its bytes are as they were, which is no UTF-8 text: it is not indexed until somebody "
            "mends that.\n";
    }
    return lines;
}

Json restore_report(const RestoreNote& input, const RestoredVersion& restored,
                    const Project& project) {
    const StoredNote& note = restored.note;
    if (input.json) {
        Json value = {{"title", note.entity.title},
                      {"permalink", permalink_json(note.entity)},
                      {"file_path", note.entity.path.str()},
                      {"checksum", note.entity.checksum.hex()},
                      {"action", note.created ? "recreated" : "restored"},
                      {"version", version_json(restored.version)},
                      {"lost_permalink",
                       restored.lost_permalink ? Json(*restored.lost_permalink) : Json(nullptr)},
                      {"replaced_is_kept", note.replaced_is_kept},
                      {"is_text", note.is_text}};
        add_not_done(value, note.not_done);
        return value;
    }
    return note_head(note.created ? "# Restored deleted note" : "# Restored note", project,
                     note.entity) +
           "version: " + version_id(restored.version) + ", " + version_story(restored.version) +
           " at " + iso8601_utc(restored.version.at) + "\n" + lost_lines(restored) +
           note_sections(note, true) + session_footer(project);
}

Result<Json> restore_note(ToolContext& context, const RestoreNote& input) {
    const auto versions = asked_versions(context, input.wish, input.identifier);
    if (!versions) return context.failure(not_restored(input, versions.error()));
    const auto restored = restore_version(context.knowledge, *versions, input.at);
    if (!restored) return context.failure(not_restored(input, restored.error(), &*versions));
    return restore_report(input, *restored, versions->project);
}

}  // namespace

Tool restore_note_tool(KnowledgeBase& knowledge) {
    return make_tool(knowledge,
                     {.name = "restore_note",
                      .title = "Restore Note",
                      .description = kRestoreNoteDescription,
                      .parameters = RestoreNote::parameters(),
                      .output_schema = wrapped_schema({"string", "object"}),
                      .annotations = kChanges},
                     restore_note);
}

}  // namespace bm
