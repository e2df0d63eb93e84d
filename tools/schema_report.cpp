#include "tools/schema_report.hpp"

#include <nlohmann/json.hpp>

#include "tools/call_text.hpp"
#include "tools/schema_usage_report.hpp"

namespace bm {

namespace {

std::string_view name_of(FieldStatus status) {
    switch (status) {
        case FieldStatus::present:
            return "present";
        case FieldStatus::missing:
            return "missing";
        case FieldStatus::enum_mismatch:
            break;
    }
    return "enum_mismatch";
}

std::string note_lines(const CheckedNote& note) {
    std::string text =
        "- **" + note.identifier + "** \u2014 " + (note.check.passed ? "valid" : "INVALID") + "\n";
    for (const auto& warning : note.check.warnings) text += "  - warning: " + warning + "\n";
    for (const auto& error : note.check.errors) text += "  - error: " + error + "\n";
    return text;
}

std::string type_lines(const SchemaReport& report) {
    if (report.types.empty()) return "";
    std::string text = "## By Type\n";
    for (const auto& [type, counts] : report.types) {
        text += "- **" + type + "**: ";
        text += counts.notes == 0
                    ? "no notes"
                    : std::to_string(counts.valid) + "/" + std::to_string(counts.notes) + " valid";
        text += "\n";
    }
    return text + "\n";
}

Json field_json(const FieldCheck& field) {
    return {{"field_name", field.name},
            {"field_type", field.type},
            {"required", field.required},
            {"status", name_of(field.status)},
            {"values", field.values},
            {"message", field.message.empty() ? Json(nullptr) : Json(field.message)}};
}

Json checked_note_json(const CheckedNote& note) {
    Json fields = Json::array();
    for (const auto& field : note.check.fields) fields.push_back(field_json(field));
    Json unmatched = Json::object();
    for (const auto& [category, count] : note.check.unmatched_observations) {
        unmatched[category] = count;
    }
    return {{"note_identifier", note.identifier},
            {"schema_entity", note.entity},
            {"passed", note.check.passed},
            {"field_results", std::move(fields)},
            {"unmatched_observations", std::move(unmatched)},
            {"unmatched_relations", note.check.unmatched_relations},
            {"warnings", note.check.warnings},
            {"errors", note.check.errors}};
}

}  // namespace

std::string schema_report_text(const SchemaReport& report, std::string_view about) {
    const SchemaCounts& counts = report.counts;
    std::string text = "# Schema Validation: " + echoed(about) +
                       "\n\nNotes: " + std::to_string(counts.notes) +
                       " | Valid: " + std::to_string(counts.valid) +
                       " | Warnings: " + std::to_string(counts.warnings) +
                       " | Errors: " + std::to_string(counts.errors) + "\n\n" + type_lines(report);
    for (const auto& note : report.results) text += note_lines(note);
    if (report.omitted > 0) {
        text += "\n" + std::to_string(report.omitted) +
                " more notes are counted above and not listed.\n";
    }
    while (text.ends_with('\n')) text.pop_back();
    return text;
}

Json schema_report_json(const SchemaReport& report, const std::optional<std::string>& note_type) {
    Json results = Json::array();
    for (const auto& note : report.results) results.push_back(checked_note_json(note));
    Json types = Json::array();
    for (const auto& [type, counts] : report.types) {
        types.push_back({{"note_type", type},
                         {"total_notes", counts.notes},
                         {"valid_count", counts.valid},
                         {"warning_count", counts.warnings},
                         {"error_count", counts.errors}});
    }
    return {{"note_type", note_type ? Json(*note_type) : Json(nullptr)},
            {"total_notes", report.counts.notes},
            {"total_entities", report.looked_at},
            {"valid_count", report.counts.valid},
            {"warning_count", report.counts.warnings},
            {"error_count", report.counts.errors},
            {"results", std::move(results)},
            {"results_omitted", report.omitted},
            {"type_summaries", std::move(types)}};
}

std::string no_notes_sentence(std::string_view type) {
    return "No notes found of type '" + echoed(type) + "'";
}

std::string no_schema_sentence(std::string_view type) {
    return "No schema found for type '" + echoed(type) + "'";
}

std::string no_notes_text(std::string_view type) {
    return "# No Notes Found of Type '" + echoed(type) +
           "'\n\nNo note of this project has `type: " + echoed(type) +
           "` in its frontmatter. See which types there are with `recent_activity`, or write such "
           "a note with `write_note(..., note_type=" +
           string_literal(type) + ")`.";
}

std::string no_schema_text(std::string_view type) {
    const ValueMap fields{{"name", Value::string("string, what it is called")},
                          {"role?", Value::string("string")},
                          {"tag?(array)", Value::string("string")},
                          {"works_at?", Value::string("Organization")}};
    return "# No Schema Found for '" + echoed(type) +
           "'\n\nA schema is a note of type `schema` that names this type under `entity`. Let `" +
           call_text("schema_infer", {{"note_type", type}}) +
           "` derive one from the notes, or store a note like this one with write_note:\n\n" +
           fenced(schema_note_text(echoed(type), fields));
}

std::string no_schemas_text() {
    return "# No Schemas Defined\n\n" + std::string(kNoSchemasSentence) +
           ": there is no note of type `schema`, and no note with a `schema` in its frontmatter. "
           "Let `schema_infer(note_type=\"...\")` derive one from the notes of a type.";
}

}  // namespace bm
