#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sync/note_lookup.hpp"
#include "sync/schema_check.hpp"
#include "tools/all_tools.hpp"
#include "tools/path_guard.hpp"
#include "tools/project_choice.hpp"
#include "tools/schema_report.hpp"
#include "tools/tool_builder.hpp"

namespace bm {

namespace {

constexpr std::string_view kSchemaValidateDescription =
    "Check notes against their schema: which fields are missing, and which values an enum does not "
    "allow. note_type checks all notes of that type, identifier one note, neither of them every "
    "type that has a schema. A schema is a note with type: schema, entity: the type, and schema: a "
    "map with one line for each field, such as `name: string`, `role?: string`, `tag?(array): "
    "string`, `works_at?: Organization`; a note may also carry one itself. Fields are observations "
    "of that category, capitalised types are relations. Only reads.";

struct SchemaValidate {
    std::optional<std::string> note_type;
    std::optional<std::string> identifier;
    bool json = false;
    ProjectWish wish;

    static std::vector<Parameter> parameters() {
        return {{.name = "note_type", .aliases = {"noteType"}, .max_bytes = kMaxNameBytes},
                {.name = "identifier",
                 .description = "Title, permalink or path of one note",
                 .max_bytes = kMaxNameBytes},
                project_parameter(),
                output_format_parameter(),
                project_id_parameter()};
    }

    static tl::expected<SchemaValidate, ArgumentProblem> from(const Arguments& arguments) {
        SchemaValidate input{arguments.optional_text("note_type"),
                             arguments.optional_text("identifier"), wants_json(arguments),
                             read_project_wish(arguments)};
        if (!is_given(input.note_type)) input.note_type.reset();
        if (!is_given(input.identifier)) input.identifier.reset();
        return input;
    }
};

class Validation {
public:
    Validation(ToolContext& context, const SchemaValidate& input)
        : context_(context), input_(input) {}

    Result<Json> run() {
        const auto chosen =
            project_for(context_.knowledge, input_.wish, input_.identifier.value_or(""));
        if (!chosen) return tl::unexpected(chosen.error());
        if (input_.identifier) return check_note_named(*chosen);
        if (input_.note_type) {
            return told(check_type_schema(context_.knowledge, chosen->project, *input_.note_type,
                                          context_.call.cancelled),
                        *input_.note_type);
        }
        const auto report =
            check_all_schemas(context_.knowledge, chosen->project, context_.call.cancelled);
        if (!report) return failed(report.error().message);
        if (!report->has_schemas) return nothing(kNoSchemasSentence, no_schemas_text());
        if (input_.json) return schema_report_json(*report, std::nullopt);
        return schema_report_text(*report, "all");
    }

private:
    Result<Json> check_note_named(const ChosenProject& chosen) {
        if (!stays_inside(chosen.project, *input_.identifier)) {
            log_refusal(context_, chosen.project, *input_.identifier);
            return failed(refusal_sentence("Identifier", *input_.identifier));
        }
        const auto found = find_note(context_.knowledge, chosen.project, chosen.is_explicit,
                                     *input_.identifier, LookupPurpose::reading);
        if (!found) return failed(found.error().message);
        return told(check_note_schema(context_.knowledge, found->project, found->entity.id,
                                      context_.call.cancelled),
                    found->entity.type);
    }

    Json told(const Result<SchemaReport>& report, const std::string& type) {
        if (!report) return failed(report.error().message);
        if (report->looked_at == 0) return nothing(no_notes_sentence(type), no_notes_text(type));
        if (report->counts.notes == 0)
            return nothing(no_schema_sentence(type), no_schema_text(type));
        if (input_.json) return schema_report_json(*report, type);
        return schema_report_text(*report, type);
    }

    Json nothing(std::string_view sentence, std::string text) {
        if (input_.json) return context_.failure(Json{{"error", sentence}});
        return context_.failure(Json(std::move(text)));
    }

    Json failed(const std::string& reason) {
        return nothing("Schema validation failed: " + reason,
                       "# Schema Validation Failed\n\n" + reason);
    }

    ToolContext& context_;
    const SchemaValidate& input_;
};

Result<Json> schema_validate(ToolContext& context, const SchemaValidate& input) {
    return Validation(context, input).run();
}

}  // namespace

Tool schema_validate_tool(KnowledgeBase& knowledge) {
    return make_tool(knowledge,
                     {.name = "schema_validate",
                      .title = "Validate Schema",
                      .description = kSchemaValidateDescription,
                      .parameters = SchemaValidate::parameters(),
                      .output_schema = wrapped_schema({"string", "object"}),
                      .annotations = kReadsOnly},
                     schema_validate);
}

}  // namespace bm
