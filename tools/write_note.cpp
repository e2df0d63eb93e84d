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
#include "tools/call_text.hpp"
#include "tools/json_value.hpp"
#include "tools/note_naming.hpp"
#include "tools/note_report.hpp"
#include "tools/path_guard.hpp"
#include "tools/project_choice.hpp"
#include "tools/row_json.hpp"
#include "tools/tool_builder.hpp"
#include "tools/typed_place.hpp"

namespace bm {

namespace {

constexpr std::string_view kWriteNoteDescription =
    "Store a Markdown note: creates it, or replaces the body of the note with the same title in "
    "the same folder. title, content and folder (or directory) are required; folder \"\" is the "
    "project root. In the content, '- [category] fact #tag' records an observation and '- "
    "relation_type [[Other Note]]' a relation; link freely to notes that do not exist yet. To "
    "change a part of a note use edit_note. overwrite=false refuses to replace an existing note. "
    "metadata adds frontmatter keys. Write only what the user wants to keep.";

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
        return {{.name = "title", .required = true, .max_bytes = kMaxNameBytes},
                {.name = "content", .required = true, .description = "Markdown"},
                {.name = "folder",
                 .required = true,
                 .aliases = {"dir", "path"},
                 .second_name = "directory",
                 .description = "Folder in the project, e.g. \"specs/search\"",
                 .max_bytes = kMaxNameBytes},
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

/// A call on one note with further arguments that are not spelled out.
std::string call_on(std::string_view function, const std::string& name, std::string_view rest) {
    return '`' + std::string(function) + '(' + string_literal(name) + std::string(rest) + ")`";
}

std::string conflict_text(const std::string& title, const std::string& name,
                          const Project& project) {
    return "# Error: Note already exists\n\n**\"" + echoed(title) +
           "\"** already exists (permalink: `" + name +
           "`).\n\nNothing was written, because this call does not allow to replace a note. Choose "
           "what you mean:\n\n| To | call |\n| --- | --- |\n| add text at the end | " +
           call_on("edit_note", name, ", operation=\"append\", content=\"...\"") +
           " |\n| add text at the start | " +
           call_on("edit_note", name, ", operation=\"prepend\", content=\"...\"") +
           " |\n| rewrite one section | " +
           call_on("edit_note", name,
                   ", operation=\"replace_section\", section=\"## ...\", content=\"...\"") +
           " |\n| replace the whole note | " +
           call_on("write_note", title, ", ..., overwrite=True") +
           " |\n| see what it says first | " + call_on("read_note", name, "") +
           " |\n\nProject: " + project.name.str();
}

/// The answer that nothing was written; `action` and `error` are for programs.
Json failure(const WriteNote& input, std::string text, std::string_view action,
             std::string_view error) {
    if (!input.json) return text;
    Json value = {{"title", input.title},
                  {"permalink", nullptr},
                  {"file_path", nullptr},
                  {"checksum", nullptr},
                  {"action", action}};
    add_failure(value, std::string(error), std::move(text));
    return value;
}

Json conflict(const WriteNote& input, const std::optional<std::string>& permalink,
              const std::string& path, const Project& project) {
    Json value = failure(input, conflict_text(input.title, permalink.value_or(path), project),
                         "conflict", "NOTE_ALREADY_EXISTS");
    if (input.json) value["permalink"] = json_or_null(permalink);
    return value;
}

Json refusal(const WriteNote& input, std::string text) {
    return failure(input, std::move(text), "error", "SECURITY_VALIDATION_ERROR");
}

Json report(const WriteNote& input, const StoredNote& note, const Project& project) {
    if (input.json) {
        Json value = {{"title", note.entity.title},
                      {"permalink", permalink_json(note.entity)},
                      {"file_path", note.entity.path.str()},
                      {"checksum", note.entity.checksum.hex()},
                      {"action", note.created ? "created" : "updated"}};
        add_not_done(value, note.not_done);
        return value;
    }
    std::string text =
        note_head(note.created ? "# Created note" : "# Updated note", project, note.entity);
    text += note_sections(note, true);
    if (!input.tags.empty()) text += "\n## Tags\n- " + join(input.tags, ", ") + "\n";
    return text + session_footer(project);
}

bool file_exists(KnowledgeBase& knowledge, const Project& project, const std::string& path) {
    const auto file = RelativePath::parse(path);
    return file && knowledge.files(project)->exists(*file);
}

Result<Json> not_written(ToolContext& context, const WriteNote& input, const Error& error,
                         const Project& project, const std::string& path, bool overwrite) {
    switch (error.fault) {
        case Fault::forbidden:
            // A link in the place of the note itself.
            log_refusal(context, project, path);
            return context.failure(refusal(input, refusal_text("File path", path)));
        case Fault::conflict:
        case Fault::invalid:
            if (!overwrite && file_exists(context.knowledge, project, path) &&
                !context.knowledge.ignore_rules(project).ignores(path)) {
                return context.failure(conflict(input, std::nullopt, path, project));
            }
            break;
        case Fault::not_found:
        case Fault::ambiguous:
        case Fault::unavailable:
            return tl::unexpected(error);
    }
    return context.failure(failure(input, "# Error\n\n" + error.message, "error", error.message));
}

Result<Json> write_note(ToolContext& context, const WriteNote& input) {
    const auto chosen = is_memory_url(input.folder)
                            ? project_for(context.knowledge, input.wish, input.folder)
                            : project_for(context.knowledge, input.wish);
    if (!chosen) return tl::unexpected(chosen.error());
    const TypedPlace place =
        typed_place(context.knowledge, *chosen, input.folder == "/" ? "" : input.folder);
    const Project& project = place.project;
    const std::string& typed = place.path;
    if (!stays_inside(project, typed) ||
        (is_memory_url(input.folder) && !stays_inside(project, input.folder))) {
        log_refusal(context, project, input.folder);
        return context.failure(refusal(input, refusal_text(input.folder_subject, input.folder)));
    }
    const auto config = context.knowledge.config();
    const auto name = note_file_name(input.title, config->kebab_filenames);
    if (!name) return tl::unexpected(name.error());
    const NoteDraft draft{input.title, input.note_type, input.content, input.tags, input.metadata};
    const bool overwrite = input.overwrite.value_or(config->write_note_overwrite_default);
    const std::string folder = sanitized_folder(typed);
    const std::string path = normalized_path(folder + '/' + *name);
    NoteStore store(context.knowledge, project);
    auto outcome = store.write(folder, draft, overwrite);
    return std::visit(
        Match{[&](const StoredNote& note) -> Result<Json> { return report(input, note, project); },
              [&](const NoteExists& exists) -> Result<Json> {
                  return context.failure(
                      conflict(input, exists.entity.permalink, exists.entity.path.str(), project));
              },
              [&](const Error& error) -> Result<Json> {
                  return not_written(context, input, error, project, path, overwrite);
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
