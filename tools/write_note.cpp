#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "markdown/file_naming.hpp"
#include "markdown/frontmatter.hpp"
#include "markdown/permalink.hpp"
#include "markdown/text.hpp"
#include "sync/note_store.hpp"
#include "tools/all_tools.hpp"
#include "tools/json_value.hpp"
#include "tools/note_report.hpp"
#include "tools/path_guard.hpp"
#include "tools/project_choice.hpp"
#include "tools/tool_builder.hpp"

namespace bm {

namespace {

constexpr std::string_view kWriteNoteDescription =
    "Store a Markdown note: creates it, or replaces the body of the note with the same title in "
    "the "
    "same folder. title, content and folder (or directory) are required; folder \"\" is the "
    "project "
    "root. In the content, '- [category] fact #tag' records an observation and '- relation_type "
    "[[Other Note]]' a relation; link freely to notes that do not exist yet. To change a part of a "
    "note use edit_note. overwrite=false refuses to replace an existing note. metadata adds "
    "frontmatter keys. Write only what the user wants to keep.";

struct WriteNote {
    std::string title;
    std::string content;
    std::string folder;
    std::string_view folder_subject;  ///< how a refusal calls it
    std::vector<std::string> tags;
    std::string note_type;
    std::optional<bool> overwrite;
    ValueMap metadata;
    bool json = false;
    ProjectWish wish;

    static std::vector<Parameter> parameters() {
        using Kind = Parameter::Kind;
        return {{.name = "title", .required = true},
                {.name = "content", .required = true, .description = "Markdown"},
                {.name = "folder",
                 .required = true,
                 .aliases = {"dir", "path"},
                 .second_name = "directory",
                 .description = "Folder in the project, e.g. \"specs/search\""},
                project_parameter(),
                {.name = "tags", .kind = Kind::strings},
                {.name = "note_type",
                 .fallback = "note",
                 .description = "Frontmatter type, e.g. note, guide, person"},
                {.name = "overwrite", .kind = Kind::boolean},
                {.name = "metadata", .kind = Kind::object},
                output_format_parameter(),
                project_id_parameter(),
                workspace_parameter()};
    }

    static tl::expected<WriteNote, ArgumentProblem> from(const Arguments& arguments) {
        WriteNote input;
        // Blanks around a title would be invisible in a file name.
        input.title = trim(arguments.text("title"));
        input.content = arguments.text("content");
        input.folder = arguments.text("folder");
        const bool is_folder = arguments.spelling_of("folder") == "folder";
        input.folder_subject = is_folder ? "Folder path" : "Directory path";
        input.tags = parse_tags(value_of(arguments.json("tags")));
        std::erase_if(input.tags, [](const std::string& tag) { return is_blank(tag); });
        input.note_type = canonical_type(arguments.text("note_type"));
        if (input.note_type.empty()) input.note_type = "note";
        input.overwrite = arguments.optional_flag("overwrite");
        input.metadata = value_map_of(arguments.json("metadata"));
        input.json = wants_json(arguments);
        input.wish = read_project_wish(arguments);
        return input;
    }
};

std::string name_of(const Entity& entity) {
    return entity.permalink ? *entity.permalink : entity.path.str();
}

std::string conflict_text(const std::string& title, const Entity& entity, const Project& project) {
    const std::string name = name_of(entity);
    return "# Error: Note already exists\n\n**\"" + title + "\"** already exists (permalink: `" +
           name +
           "`).\n\nNothing was written, because this call does not allow to replace a note. Choose "
           "what you mean:\n\n| To | call |\n| --- | --- |\n| add text at the end | `edit_note(\"" +
           name +
           "\", operation=\"append\", content=\"...\")` |\n| add text at the start | "
           "`edit_note(\"" +
           name +
           "\", operation=\"prepend\", content=\"...\")` |\n| rewrite one section | `edit_note(\"" +
           name +
           "\", operation=\"replace_section\", section=\"## ...\", content=\"...\")` |\n| replace "
           "the whole note | `write_note(\"" +
           title + "\", ..., overwrite=True)` |\n| see what it says first | `read_note(\"" + name +
           "\")` |\n\nProject: " + project.name.str();
}

Json conflict(const WriteNote& input, const Entity& entity, const Project& project) {
    if (!input.json) return conflict_text(input.title, entity, project);
    return {{"title", input.title}, {"permalink", permalink_json(entity)},
            {"file_path", nullptr}, {"checksum", nullptr},
            {"action", "conflict"}, {"error", "NOTE_ALREADY_EXISTS"}};
}

Json refusal(const WriteNote& input, std::string text) {
    if (!input.json) return text;
    return {{"title", input.title}, {"permalink", nullptr}, {"file_path", nullptr},
            {"checksum", nullptr},  {"action", "error"},    {"error", "SECURITY_VALIDATION_ERROR"}};
}

Json report(const WriteNote& input, const StoredNote& note, const Project& project) {
    if (input.json) {
        return {{"title", note.entity.title},
                {"permalink", permalink_json(note.entity)},
                {"file_path", note.entity.path.str()},
                {"checksum", note.entity.checksum.hex()},
                {"action", note.created ? "created" : "updated"}};
    }
    std::string text =
        note_head(note.created ? "# Created note" : "# Updated note", project, note.entity);
    text += note_sections(note, true);
    if (!input.tags.empty()) text += "\n## Tags\n- " + join(input.tags, ", ") + "\n";
    return text + session_footer(project);
}

Result<Json> write_note(ToolContext& context, const WriteNote& input) {
    const auto chosen = project_for(context.knowledge, input.wish);
    if (!chosen) return tl::unexpected(chosen.error());
    const Project& project = chosen->project;
    const std::string folder = input.folder == "/" ? "" : input.folder;
    if (auto text = refuse_outside(context, project, input.folder_subject, folder)) {
        return refusal(input, *std::move(text));
    }
    const NoteDraft draft{input.title, input.note_type, input.content, input.tags, input.metadata};
    const bool overwrite =
        input.overwrite.value_or(context.knowledge.config()->write_note_overwrite_default);
    NoteStore store(context.knowledge, project);
    auto outcome = store.write(sanitized_folder(folder), draft, overwrite);
    return std::visit(
        Match{[&](const StoredNote& note) -> Result<Json> { return report(input, note, project); },
              [&](const NoteExists& exists) -> Result<Json> {
                  return conflict(input, exists.entity, project);
              },
              [&](const Error& error) -> Result<Json> {
                  if (error.fault != Fault::forbidden) return tl::unexpected(error);
                  // Cleaning the folder can lead to a link that its raw spelling does not name.
                  log_refusal(context, project, folder);
                  return refusal(input, refusal_text(input.folder_subject, folder));
              }},
        outcome);
}

}  // namespace

Tool write_note_tool(KnowledgeBase& knowledge) {
    return make_tool(knowledge,
                     {.name = "write_note",
                      .title = "Write Note",
                      .description = kWriteNoteDescription,
                      .parameters = WriteNote::parameters(),
                      .output_schema = wrapped_schema({"string", "object"}),
                      .annotations = kChanges},
                     write_note);
}

}  // namespace bm
