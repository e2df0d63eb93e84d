#include <nlohmann/json.hpp>

#include "cli/cloud_connection.hpp"
#include "cli/commands.hpp"
#include "cli/schema_commands.hpp"
#include "markdown/permalink.hpp"
#include "markdown/text.hpp"
#include "sync/note_lookup.hpp"
#include "sync/read_only.hpp"
#include "sync/schema_check.hpp"
#include "sync/schema_notes.hpp"
#include "tools/schema_report.hpp"
#include "tools/schema_usage_report.hpp"

namespace bm {

namespace {

constexpr const char* kSchemaFolder = "schemas";

void print_schema_json(Application& application, const Json& value) {
    application.terminal().line(value.dump(2, ' ', true, Json::error_handler_t::replace));
}

/// The project of a command, indexed. None, and `code`, when the command ends here.
std::optional<Project> schema_project(Application& application,
                                      const std::optional<std::string>& name, int& code) {
    if (const auto refused = refused_on_cloud(application, "schema", name)) {
        code = *refused;
        return std::nullopt;
    }
    const auto project = chosen_project(application, name);
    code = kExitFailure;
    if (project) index_what_is_unscanned(application, project->name.str());
    return project;
}

/// What was checked, and what it is called.
struct Validated {
    SchemaReport report;
    std::optional<std::string> type;
};

Result<Validated> validated(KnowledgeBase& knowledge, const Project& project,
                            const SchemaValidateCommand& command) {
    std::optional<std::string> type;
    Result<SchemaReport> report;
    if (!command.target) {
        report = check_all_schemas(knowledge, project);
    } else if (is_note_target(*command.target)) {
        const auto found = find_note(knowledge, project, command.project.has_value(),
                                     *command.target, LookupPurpose::reading);
        if (!found) return tl::unexpected(found.error());
        type = found->entity.type;
        report = check_note_schema(knowledge, found->project, found->entity.id);
    } else {
        type = *command.target;
        report = check_type_schema(knowledge, project, *command.target);
    }
    if (!report) return tl::unexpected(report.error());
    if (!report->has_schemas) return fail(Fault::not_found, std::string(kNoSchemasSentence));
    if (type && report->looked_at == 0) return fail(Fault::not_found, no_notes_sentence(*type));
    if (type && report->counts.notes == 0) {
        return fail(Fault::not_found,
                    no_schema_sentence(*type) + ". Derive one: basic-memory schema infer " + *type);
    }
    return Validated{*std::move(report), std::move(type)};
}

std::string status_of(const Terminal& terminal, const NoteCheck& check) {
    if (!check.passed) return terminal.red("fail");
    return check.warnings.empty() ? terminal.green("pass") : terminal.yellow("warn");
}

void print_messages(Terminal& terminal, const SchemaReport& report) {
    for (const auto& note : report.results) {
        for (const auto* texts : {&note.check.warnings, &note.check.errors}) {
            for (const auto& text : *texts) terminal.line(printable(note.identifier + ": " + text));
        }
    }
}

void print_validation(Terminal& terminal, const Validated& done) {
    const SchemaReport& report = done.report;
    Terminal::Table table{"Schema Validation: " + done.type.value_or("all"),
                          {"Note", "Status", "Warnings", "Errors"},
                          {}};
    for (const auto& note : report.results) {
        table.rows.push_back({note.identifier, status_of(terminal, note.check),
                              std::to_string(note.check.warnings.size()),
                              std::to_string(note.check.errors.size())});
    }
    terminal.table(table);
    if (report.omitted > 0) {
        terminal.line(std::to_string(report.omitted) + " more notes are counted and not listed");
    }
    print_messages(terminal, report);
    const SchemaCounts& counts = report.counts;
    terminal.line("Summary: " + std::to_string(counts.valid) + "/" + std::to_string(counts.notes) +
                  " valid, " + std::to_string(counts.warnings) + " warnings, " +
                  std::to_string(counts.errors) + " errors");
}

/// Stores the suggestion as a new note; its path. Nothing is replaced.
Result<std::string> saved_schema(Application& application, const Project& project,
                                 const std::string& type, const SchemaInference& inference) {
    if (auto refusal = why_read_only(application.knowledge(), project)) {
        return tl::unexpected(*std::move(refusal));
    }
    const SchemaNotes schemas(application.knowledge(), project);
    if (const SchemaNote* known = schemas.for_type(canonical_type(type))) {
        return fail(Fault::conflict, "There is a schema for '" + type +
                                         "' already: " + known->path +
                                         ". See how it differs: basic-memory schema diff " + type);
    }
    const Tool& write = *application.catalog().find_tool("write_note");
    const ToolReply reply =
        write.run({}, {{"title", schema_title(type)},
                       {"folder", kSchemaFolder},
                       {"content", schema_note_text(type, inference.suggested.fields)},
                       {"overwrite", false},
                       {"project", project.name.str()},
                       {"output_format", "json"}});
    if (!reply.failed && !reply.is_error) return reply.value["file_path"].get<std::string>();
    if (reply.value.is_object() && reply.value.value("error", "") == "NOTE_ALREADY_EXISTS") {
        return fail(Fault::conflict, std::string(kSchemaFolder) + "/" + schema_title(type) +
                                         ".md is there already and was not replaced");
    }
    return fail(Fault::unavailable,
                reply.value.is_string() ? reply.value.get<std::string>() : reply.value.dump());
}

void print_inference(Terminal& terminal, const SchemaInference& inference,
                     const std::string& type) {
    Terminal::Table table{"Field Frequencies", {"Field", "Source", "Share", "Notes", "Status"}, {}};
    for (const auto& field : inference.fields) {
        const auto role = role_of(field, inference.suggested);
        table.rows.push_back({field.name, std::string(name_of(field.source)), percent_of(field),
                              std::to_string(field.count) + "/" + std::to_string(field.total),
                              role.empty() ? "excluded" : std::string(role)});
    }
    terminal.table(table);
    terminal.line("");
    terminal.line(schema_note_text(type, inference.suggested.fields));
}

void print_fields(Terminal& terminal, const std::string& heading,
                  const std::vector<FieldUsage>& fields) {
    if (fields.empty()) return;
    terminal.line(heading);
    for (const auto& field : fields) {
        terminal.line("  " + field.name + " (" + std::string(name_of(field.source)) +
                      "): " + percent_of(field) + " (" + std::to_string(field.count) + "/" +
                      std::to_string(field.total) + ")");
    }
}

void print_drift(Terminal& terminal, const SchemaDrift& drift, const std::string& type) {
    if (drift.is_empty()) {
        terminal.line("No drift detected for " + type + " schema.");
        return;
    }
    print_fields(terminal, terminal.green("+ New fields"), drift.new_fields);
    print_fields(terminal, terminal.red("- Dropped fields"), drift.dropped_fields);
    if (drift.cardinality_changes.empty()) return;
    terminal.line(terminal.yellow("~ Cardinality changes"));
    for (const auto& change : drift.cardinality_changes) terminal.line("  " + change);
}

}  // namespace

bool is_note_target(const std::string& target) {
    return target.find_first_of("/.") != std::string::npos;
}

int run_schema_validate(Application& application, const SchemaValidateCommand& command) {
    int code = 0;
    const auto project = schema_project(application, command.project, code);
    if (!project) return code;
    const auto done = validated(application.knowledge(), *project, command);
    if (!done) return fail_command(application, done.error().message);
    if (command.json)
        print_schema_json(application, schema_report_json(done->report, done->type));
    else
        print_validation(application.terminal(), *done);
    return command.strict && done->report.counts.errors > 0 ? kExitFailure : 0;
}

int run_schema_infer(Application& application, const SchemaInferCommand& command) {
    int code = 0;
    const auto project = schema_project(application, command.project, code);
    if (!project) return code;
    const auto inference =
        infer_schema(application.knowledge(), *project, command.type, command.threshold);
    if (!inference) return fail_command(application, inference.error().message);
    if (inference->notes == 0) return fail_command(application, no_notes_sentence(command.type));
    if (inference->suggested.fields.empty()) {
        return fail_command(
            application, no_pattern_sentence(command.threshold) + ". Try a smaller --threshold.");
    }
    Json json = inference_json(*inference, command.type);
    std::optional<std::string> path;
    if (command.save) {
        const auto saved = saved_schema(application, *project, command.type, *inference);
        if (!saved) return fail_command(application, saved.error().message);
        path = *saved;
        json["saved"] = *path;
    }
    if (command.json) {
        print_schema_json(application, json);
        return 0;
    }
    print_inference(application.terminal(), *inference, command.type);
    if (path) application.terminal().line("\nSaved as " + *path);
    return 0;
}

int run_schema_diff(Application& application, const SchemaDiffCommand& command) {
    int code = 0;
    const auto project = schema_project(application, command.project, code);
    if (!project) return code;
    const auto drift = schema_drift(application.knowledge(), *project, command.type);
    if (!drift) return fail_command(application, drift.error().message);
    if (!*drift) {
        return fail_command(application, no_schema_sentence(command.type) +
                                             ". Derive one: basic-memory schema infer " +
                                             command.type);
    }
    if (command.json)
        print_schema_json(application, drift_json(*drift, command.type));
    else
        print_drift(application.terminal(), **drift, command.type);
    return 0;
}

}  // namespace bm
