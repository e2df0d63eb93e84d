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

constexpr std::string_view kSchemaInferDescription =
    "Derive a schema from the notes of a type: how many of them have each category of observations "
    "and each type of relation. In at least 95% of the notes a field is required, from threshold "
    "(0.25) on optional, below that excluded. The answer holds the text of a schema note that "
    "write_note can store once the user agrees. Only reads.";

struct SchemaInfer {
    std::string note_type;
    double threshold = kOptionalShare;
    bool json = false;
    ProjectWish wish;

    static std::vector<Parameter> parameters() {
        return {{.name = "note_type",
                 .required = true,
                 .aliases = {"noteType"},
                 .max_bytes = kMaxNameBytes},
                {.name = "threshold",
                 .kind = Parameter::Kind::number,
                 .fallback = kOptionalShare,
                 .description = "Share of notes from which a field is optional, 0 to 1"},
                project_parameter(),
                output_format_parameter(),
                project_id_parameter()};
    }

    static tl::expected<SchemaInfer, ArgumentProblem> from(const Arguments& arguments) {
        SchemaInfer input{arguments.text("note_type"),
                          arguments.optional_number("threshold").value_or(kOptionalShare),
                          wants_json(arguments), read_project_wish(arguments)};
        if (auto problem = threshold_problem(input.threshold)) return body_problem(*problem);
        return input;
    }
};

Json not_inferred(ToolContext& context, const SchemaInfer& input, const std::string& reason) {
    if (input.json) return context.failure(Json{{"error", "Schema inference failed: " + reason}});
    return context.failure(Json("# Schema Inference Failed\n\n" + reason));
}

Result<Json> schema_infer(ToolContext& context, const SchemaInfer& input) {
    const auto chosen = project_for(context.knowledge, input.wish);
    if (!chosen) return tl::unexpected(chosen.error());
    const auto inference = infer_schema(context.knowledge, chosen->project, input.note_type,
                                        input.threshold, context.call.cancelled);
    if (!inference) return not_inferred(context, input, inference.error().message);
    context.failed = inference->suggested.fields.empty();
    if (input.json) return inference_json(*inference, input.note_type);
    if (inference->notes == 0) return no_notes_text(input.note_type);
    if (context.failed) {
        return "# No Schema Pattern Found\n\n" + no_pattern_sentence(input.threshold) + ". " +
               std::to_string(inference->notes) + " notes were analyzed. Try a smaller threshold.";
    }
    return inference_text(*inference, input.note_type);
}

}  // namespace

Tool schema_infer_tool(KnowledgeBase& knowledge) {
    return make_tool(knowledge,
                     {.name = "schema_infer",
                      .title = "Infer Schema",
                      .description = kSchemaInferDescription,
                      .parameters = SchemaInfer::parameters(),
                      .output_schema = wrapped_schema({"string", "object"}),
                      .annotations = kReadsOnly},
                     schema_infer);
}

}  // namespace bm
