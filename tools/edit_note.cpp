#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "markdown/file_naming.hpp"
#include "markdown/memory_url.hpp"
#include "markdown/mime_type.hpp"
#include "markdown/names.hpp"
#include "markdown/relation_syntax.hpp"
#include "markdown/text.hpp"
#include "sync/note_lookup.hpp"
#include "sync/note_store.hpp"
#include "tools/all_tools.hpp"
#include "tools/edit_failure_text.hpp"
#include "tools/json_value.hpp"
#include "tools/note_naming.hpp"
#include "tools/note_report.hpp"
#include "tools/path_guard.hpp"
#include "tools/project_choice.hpp"
#include "tools/tool_builder.hpp"
#include "tools/unindexed_file.hpp"

namespace bm {

namespace {

constexpr std::string_view kEditNoteDescription =
    "Change part of a note. operation: append; prepend (below the frontmatter); find_replace "
    "(find_text becomes content, expected_replacements times); replace_section, "
    "insert_before_section, insert_after_section (section is a heading such as \"## Tasks\"). "
    "identifier must match a title, permalink or path exactly. replace_section keeps sub-sections "
    "unless replace_subsections is true, and adds a missing section at the end. metadata merges "
    "keys into the frontmatter. create_if_missing lets append and prepend start a new note.";

using Operation = NoteEdit::Operation;

struct NamedOperation {
    std::string_view name;
    Operation operation;
};
constexpr std::array<NamedOperation, 6> kOperations{{
    {"append", Operation::append},
    {"prepend", Operation::prepend},
    {"find_replace", Operation::find_replace},
    {"replace_section", Operation::replace_section},
    {"insert_before_section", Operation::insert_before_section},
    {"insert_after_section", Operation::insert_after_section},
}};

std::optional<Operation> operation_named(std::string_view name) {
    for (const auto& each : kOperations) {
        if (each.name == name) return each.operation;
    }
    return std::nullopt;
}

std::string operation_names() {
    std::vector<std::string> names;
    for (const auto& each : kOperations) names.emplace_back(each.name);
    return join(names, ", ");
}

struct EditNote {
    std::string identifier;
    std::string operation;
    NoteEdit edit;
    ValueMap metadata;
    bool create_if_missing = false;
    bool json = false;
    ProjectWish wish;

    static std::vector<Parameter> parameters() {
        using Kind = Parameter::Kind;
        return {{.name = "identifier", .required = true, .max_bytes = kMaxNameBytes},
                {.name = "operation", .required = true, .description = "One of the six above"},
                {.name = "content",
                 .aliases = {"new_content", "replacement", "replace_with"},
                 .description = "Required unless metadata is all that changes"},
                project_parameter(),
                {.name = "section", .aliases = {"section_heading", "heading"}},
                {.name = "find_text", .aliases = {"find", "old_text", "old_content", "search"}},
                {.name = "expected_replacements", .kind = Kind::integer, .fallback = 1},
                {.name = "replace_subsections", .kind = Kind::boolean},
                {.name = "metadata", .kind = Kind::object},
                {.name = "create_if_missing", .kind = Kind::boolean, .fallback = false},
                output_format_parameter(),
                project_id_parameter()};
    }

    static tl::expected<EditNote, ArgumentProblem> from(const Arguments& arguments);
};

/// What the operation needs beyond the content.
std::optional<std::string> missing_argument(Operation operation, const Arguments& arguments) {
    const auto is_empty = [&](std::string_view name) {
        return arguments.optional_text(name).value_or("").empty();
    };
    switch (operation) {
        case Operation::append:
        case Operation::prepend:
            return std::nullopt;
        case Operation::find_replace:
            if (!is_empty("find_text")) return std::nullopt;
            return "find_text parameter is required for find_replace operation";
        case Operation::replace_section:
            if (!is_empty("section")) return std::nullopt;
            return "section parameter is required for replace_section operation";
        case Operation::insert_before_section:
        case Operation::insert_after_section:
            if (!is_empty("section")) return std::nullopt;
            return "section parameter is required for section-based operations";
    }
    return std::nullopt;
}

tl::expected<EditNote, ArgumentProblem> EditNote::from(const Arguments& arguments) {
    EditNote input;
    input.identifier = arguments.text("identifier");
    input.operation = arguments.text("operation");
    const auto operation = operation_named(input.operation);
    if (!operation) {
        return body_problem("Invalid operation '" + input.operation +
                            "'. Must be one of: " + operation_names());
    }
    if (auto missing = missing_argument(*operation, arguments)) {
        return body_problem(*std::move(missing));
    }
    std::vector<std::string> null_keys;
    input.metadata = value_map_of(arguments.json("metadata"));
    for (const auto& member : input.metadata) {
        if (member.value.is_null()) null_keys.push_back(member.key);
    }
    if (!null_keys.empty()) {
        return body_problem("metadata values cannot be null (key deletion is not supported): " +
                            join(null_keys, ", "));
    }
    input.edit.operation = *operation;
    const auto content = arguments.optional_text("content");
    const bool may_add_nothing =
        *operation == Operation::append || *operation == Operation::prepend;
    if (!content && (input.metadata.empty() || !may_add_nothing)) {
        return schema_problem("'content' is a required property");
    }
    input.edit.content = content.value_or("");
    input.edit.section = arguments.optional_text("section");
    input.edit.find_text = arguments.optional_text("find_text");
    input.edit.expected_replacements = arguments.integer("expected_replacements");
    input.edit.replace_subsections = arguments.optional_flag("replace_subsections").value_or(false);
    input.edit.separate_next_heading = true;
    input.create_if_missing = arguments.flag("create_if_missing");
    input.json = wants_json(arguments);
    input.wish = read_project_wish(arguments);
    return input;
}

std::string effect_of(const EditNote& input) {
    const std::string lines =
        std::to_string(input.edit.content.empty() ? 0 : line_count(input.edit.content));
    const std::string section = "section '" + input.edit.section.value_or("") + "'";
    switch (input.edit.operation) {
        case Operation::append:
            return "Added " + lines + " lines to end of note";
        case Operation::prepend:
            return "Added " + lines + " lines to beginning of note";
        case Operation::find_replace:
            return "Find and replace operation completed";
        case Operation::replace_section:
            return "Replaced content under " + section;
        case Operation::insert_before_section:
            return "Inserted content before " + section;
        case Operation::insert_after_section:
            return "Inserted content after " + section;
    }
    return {};
}

Json report(const EditNote& input, const StoredNote& note, const Project& project, bool created) {
    if (input.json) {
        Json value = {
            {"title", note.entity.title},          {"permalink", permalink_json(note.entity)},
            {"file_path", note.entity.path.str()}, {"checksum", note.entity.checksum.hex()},
            {"operation", input.operation},        {"fileCreated", created}};
        add_not_done(value, note.not_done);
        return value;
    }
    std::string text =
        note_head((created ? "# Created note (" : "# Edited note (") + input.operation + ")",
                  project, note.entity);
    if (created) text += "fileCreated: true\n";
    text += "operation: ";
    text += created
                ? "Created note with " + std::to_string(line_count(input.edit.content)) + " lines"
                : effect_of(input);
    return text + "\n" + note_sections(note, false) + session_footer(project);
}

/// A failure as the text for a model, or as the short word or reason for a program.
Json failure(ToolContext& context, const EditNote& input, std::string text, std::string error) {
    context.failed = true;
    if (!input.json) return text;
    Json value = {{"title", nullptr},    {"permalink", nullptr},         {"file_path", nullptr},
                  {"checksum", nullptr}, {"operation", input.operation}, {"fileCreated", false}};
    add_failure(value, std::move(error), std::move(text));
    return value;
}

Json refusal(ToolContext& context, const EditNote& input, const Project& project) {
    log_refusal(context, project, input.identifier);
    return failure(context, input, refusal_text("Identifier", input.identifier),
                   "SECURITY_VALIDATION_ERROR");
}

/// Only notes have the parts that the operations speak of.
Json not_a_note(ToolContext& context, const EditNote& input, const Project& project,
                const std::string& reason) {
    const EditAttempt attempt{project.name.str(), input.identifier};
    return failure(context, input, edit_error_text(attempt, {Fault::invalid, reason}), reason);
}

Result<Json> edit_found(ToolContext& context, const EditNote& input, const FoundNote& found) {
    if (!is_note_name(found.entity.path.str())) {
        return not_a_note(context, input, found.project,
                          found.entity.path.str() +
                              " is not a Markdown note. `read_content` shows such a file, and a "
                              "canvas is written anew with `canvas`.");
    }
    NoteStore store(context.knowledge, found.project);
    const EditAttempt attempt{found.project.name.str(), input.identifier};
    auto outcome = store.edit(found.entity, input.edit, input.metadata);
    return std::visit(
        Match{[&](const StoredNote& note) -> Result<Json> {
                  return report(input, note, found.project, false);
              },
              [&](const EditFailure& failed) -> Result<Json> {
                  return failure(context, input, edit_failure_text(attempt, input.edit, failed),
                                 failed.message);
              },
              [&](const Error& error) -> Result<Json> {
                  if (error.fault == Fault::forbidden) {
                      return refusal(context, input, found.project);
                  }
                  if (error.fault == Fault::not_found) {
                      return failure(context, input, note_not_found_text(attempt), error.message);
                  }
                  return failure(context, input, edit_error_text(attempt, error), error.message);
              }},
        outcome);
}

/// Where a note that does not exist yet belongs.
struct NewNotePlace {
    Project project;
    std::string folder;
    std::string title;
};

/// The identifier read as a path. A project in front of it is no folder, unless a folder of that
/// name exists.
NewNotePlace place_of(KnowledgeBase& knowledge, const ChosenProject& chosen,
                      std::string_view identifier) {
    std::string_view path = link_target(without_memory_scheme(trim(identifier)));
    Project project = chosen.project;
    const auto front = project_in_front(knowledge, path);
    if (front && !front->rest.empty() && may_reach(knowledge, chosen, front->project) &&
        !knowledge.files(project)->folder_exists(path.substr(0, path.find_first_of(":/")))) {
        project = front->project;
        path = front->rest;
    }
    std::string_view title = file_name(path);
    if (ends_with_ignoring_case(title, ".md")) title.remove_suffix(3);
    return {std::move(project), sanitized_folder(parent_folder(path)), std::string(trim(title))};
}

Result<Json> create(ToolContext& context, const EditNote& input, const ChosenProject& chosen) {
    const NewNotePlace place = place_of(context.knowledge, chosen, input.identifier);
    if (!stays_inside(place.project, place.folder)) return refusal(context, input, place.project);
    const EditAttempt attempt{place.project.name.str(), input.identifier};
    const auto name = note_file_name(place.title, context.knowledge.config()->kebab_filenames);
    if (!name) {
        return failure(context, input, edit_error_text(attempt, name.error()),
                       name.error().message);
    }
    const NoteDraft draft{place.title, "note", input.edit.content, {}, input.metadata};
    NoteStore store(context.knowledge, place.project);
    auto outcome = store.write(place.folder, draft, false);
    return std::visit(Match{[&](const StoredNote& note) -> Result<Json> {
                                return report(input, note, place.project, true);
                            },
                            // Somebody wrote it in the meantime.
                            [&](const NoteExists& exists) -> Result<Json> {
                                return edit_found(context, input, {place.project, exists.entity});
                            },
                            [&](const Error& error) -> Result<Json> {
                                if (error.fault == Fault::forbidden) {
                                    return refusal(context, input, place.project);
                                }
                                return failure(context, input, edit_error_text(attempt, error),
                                               error.message);
                            }},
                      outcome);
}

Result<Json> edit_note(ToolContext& context, const EditNote& input) {
    const auto chosen = project_for(context.knowledge, input.wish, input.identifier);
    if (!chosen) return tl::unexpected(chosen.error());
    if (!stays_inside(chosen->project, input.identifier)) {
        return refusal(context, input, chosen->project);
    }
    const auto found = find_note(context.knowledge, chosen->project, chosen->is_explicit,
                                 input.identifier, LookupPurpose::changing);
    if (found) return edit_found(context, input, *found);
    const EditAttempt attempt{chosen->project.name.str(), input.identifier};
    const bool may_create = input.create_if_missing && (input.edit.operation == Operation::append ||
                                                        input.edit.operation == Operation::prepend);
    switch (found.error().fault) {
        case Fault::not_found:
            if (const auto file = unindexed_file(context.knowledge, *chosen, input.identifier)) {
                return not_a_note(context, input, file->project, file->reason());
            }
            if (const auto trouble = missing_folder(context.knowledge, chosen->project)) {
                return failure(context, input, edit_error_text(attempt, *trouble),
                               trouble->message);
            }
            if (may_create && !is_blank(input.identifier)) return create(context, input, *chosen);
            return failure(context, input, note_not_found_text(attempt), found.error().message);
        case Fault::ambiguous:
            return failure(context, input, ambiguous_note_text(attempt, found.error()),
                           "AMBIGUOUS_IDENTIFIER");
        case Fault::forbidden:
            return refusal(context, input, chosen->project);
        default:
            return failure(context, input, edit_error_text(attempt, found.error()),
                           found.error().message);
    }
}

}  // namespace

Tool edit_note_tool(KnowledgeBase& knowledge) {
    return make_tool(knowledge,
                     {.name = "edit_note",
                      .title = "Edit Note",
                      .description = kEditNoteDescription,
                      .parameters = EditNote::parameters(),
                      .output_schema = wrapped_schema({"string", "object"}),
                      .annotations = kChanges},
                     edit_note);
}

}  // namespace bm
