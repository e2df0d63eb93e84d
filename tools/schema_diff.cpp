#include <string>
#include <vector>

#include "sync/schema_check.hpp"
#include "tools/all_tools.hpp"
#include "tools/project_choice.hpp"
#include "tools/schema_report.hpp"
#include "tools/schema_usage_report.hpp"
#include "tools/tool_builder.hpp"

namespace bm {

namespace {

constexpr std::string_view kSchemaDiffDescription =
    "Compare the schema of a note type with what its notes say: fields that are in at least 25% of "
    "the notes and not in the schema, fields of the schema that are in less than 10% of the notes, "
    "and fields that are declared single and used as a list, or the other way round. Change the "
    "schema note with edit_note when the user agrees. Only reads.";

struct SchemaDiff {
    std::string note_type;
    bool json = false;
    ProjectWish wish;

    static std::vector<Parameter> parameters() {
        return {{.name = "note_type",
                 .required = true,
                 .aliases = {"noteType"},
                 .max_bytes = kMaxNameBytes},
                project_parameter(),
                output_format_parameter(),
                project_id_parameter()};
    }

    static tl::expected<SchemaDiff, ArgumentProblem> from(const Arguments& arguments) {
        return SchemaDiff{arguments.text("note_type"), wants_json(arguments),
                          read_project_wish(arguments)};
    }
};

Json not_compared(ToolContext& context, const SchemaDiff& input, const std::string& reason) {
    if (input.json) return context.failure(Json{{"error", "Schema diff failed: " + reason}});
    return context.failure(Json("# Schema Diff Failed\n\n" + reason));
}

Result<Json> schema_diff(ToolContext& context, const SchemaDiff& input) {
    const auto chosen = project_for(context.knowledge, input.wish);
    if (!chosen) return tl::unexpected(chosen.error());
    const auto drift =
        schema_drift(context.knowledge, chosen->project, input.note_type, context.call.cancelled);
    if (!drift) return not_compared(context, input, drift.error().message);
    if (!*drift) context.failed = true;
    if (input.json) return drift_json(*drift, input.note_type);
    return *drift ? drift_text(**drift, input.note_type) : no_schema_text(input.note_type);
}

}  // namespace

Tool schema_diff_tool(KnowledgeBase& knowledge) {
    return make_tool(knowledge,
                     {.name = "schema_diff",
                      .title = "Schema Diff",
                      .description = kSchemaDiffDescription,
                      .parameters = SchemaDiff::parameters(),
                      .output_schema = wrapped_schema({"string", "object"}),
                      .annotations = kReadsOnly},
                     schema_diff);
}

}  // namespace bm
