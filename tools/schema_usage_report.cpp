#include "tools/schema_usage_report.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

#include <nlohmann/json.hpp>

#include "markdown/frontmatter.hpp"
#include "markdown/permalink.hpp"
#include "markdown/text.hpp"
#include "tools/call_text.hpp"
#include "tools/json_value.hpp"

namespace bm {

namespace {

std::string number_text(double number) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%g", number);
    return text.data();
}

/// `**role** (observation) — 80% (4/5)`
std::string usage_text(const FieldUsage& field) {
    return "**" + field.name + "** (" + std::string(name_of(field.source)) + ") \u2014 " +
           percent_of(field) + " (" + std::to_string(field.count) + "/" +
           std::to_string(field.total) + ")";
}

Json usage_json(const FieldUsage& field) {
    return {{"name", field.name},
            {"source", name_of(field.source)},
            {"count", field.count},
            {"total", field.total},
            {"percentage", field.share()},
            {"sample_values", field.samples},
            {"is_array", field.is_array},
            {"target_type", field.target_type ? Json(*field.target_type) : Json(nullptr)}};
}

Json usages_json(const std::vector<FieldUsage>& fields) {
    Json list = Json::array();
    for (const auto& field : fields) list.push_back(usage_json(field));
    return list;
}

bool holds(const std::vector<std::string>& names, const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

std::string field_lines(const SchemaInference& inference) {
    std::string text = "## Field Frequencies\n\n";
    for (const auto& field : inference.fields) {
        text += "- " + usage_text(field);
        if (const auto role = role_of(field, inference.suggested); !role.empty()) {
            text += " [" + std::string(role) + "]";
        }
        if (!field.samples.empty()) text += " (e.g. " + join(field.samples, ", ") + ")";
        text += "\n";
    }
    if (inference.omitted > 0) {
        text += "\n" + std::to_string(inference.omitted) + " rarer ones are not listed.\n";
    }
    return text;
}

std::string drifted_fields(std::string_view heading, const std::vector<FieldUsage>& fields) {
    if (fields.empty()) return "";
    std::string text = "\n\n## " + std::string(heading) + "\n";
    for (const auto& field : fields) text += "\n- " + usage_text(field);
    return text;
}

}  // namespace

std::string percent_of(const FieldUsage& field) {
    std::array<char, 16> text{};
    std::snprintf(text.data(), text.size(), "%.0f%%", field.share() * 100);
    return text.data();
}

std::string_view name_of(FieldSource source) {
    return source == FieldSource::relation ? "relation" : "observation";
}

std::string_view role_of(const FieldUsage& field, const SuggestedSchema& suggested) {
    if (holds(suggested.required, field.name)) return "required";
    return holds(suggested.optional, field.name) ? "optional" : "";
}

std::string inference_text(const SchemaInference& inference, std::string_view type) {
    std::string text = "# Schema Inference: " + echoed(type) +
                       "\n\nNotes analyzed: " + std::to_string(inference.notes) +
                       "\n\n## Suggested Schema\n\n```markdown\n" +
                       schema_note_text(type, inference.suggested.fields) + "\n```\n\n" +
                       field_lines(inference);
    if (!inference.suggested.excluded.empty()) {
        text += "\n## Excluded (below threshold)\n\n";
        for (const auto& name : inference.suggested.excluded) text += "- " + name + "\n";
    }
    text.pop_back();
    return text;
}

Json inference_json(const SchemaInference& inference, std::string_view type) {
    return {{"note_type", type},
            {"notes_analyzed", inference.notes},
            {"field_frequencies", usages_json(inference.fields)},
            {"fields_omitted", inference.omitted},
            {"suggested_schema", json_of(inference.suggested.fields)},
            {"suggested_required", inference.suggested.required},
            {"suggested_optional", inference.suggested.optional},
            {"excluded", inference.suggested.excluded}};
}

std::string no_pattern_sentence(double threshold) {
    return "No category of observations and no type of relation is in at least " +
           number_text(threshold * 100) + "% of the notes (threshold " + number_text(threshold) +
           ")";
}

std::string drift_text(const SchemaDrift& drift, std::string_view type) {
    std::string text = "# Schema Drift: " + echoed(type);
    if (drift.is_empty()) {
        return text + "\n\nNo drift detected \u2014 schema matches actual usage.";
    }
    text += drifted_fields("New Fields (in notes but not in schema)", drift.new_fields);
    text += drifted_fields("Dropped Fields (in schema but rare in notes)", drift.dropped_fields);
    if (drift.cardinality_changes.empty()) return text;
    text += "\n\n## Cardinality Changes\n";
    for (const auto& change : drift.cardinality_changes) text += "\n- " + change;
    return text;
}

Json drift_json(const std::optional<SchemaDrift>& drift, std::string_view type) {
    const SchemaDrift shown = drift.value_or(SchemaDrift{});
    return {{"note_type", type},
            {"schema_found", drift.has_value()},
            {"new_fields", usages_json(shown.new_fields)},
            {"dropped_fields", usages_json(shown.dropped_fields)},
            {"cardinality_changes", shown.cardinality_changes}};
}

std::string schema_title(std::string_view type) {
    std::string title = canonical_type(type);
    if (!title.empty() && title.front() >= 'a' && title.front() <= 'z') {
        title.front() = static_cast<char>(title.front() - 'a' + 'A');
    }
    return title;
}

std::string schema_note_text(std::string_view type, const ValueMap& fields) {
    const std::string title = schema_title(type);
    const ValueMap frontmatter{{"title", Value::string(title)},
                               {"type", Value::string("schema")},
                               {"entity", Value::string(canonical_type(type))},
                               {"version", Value::integer(1)},
                               {"schema", Value(fields)}};
    return compose_note(frontmatter, "# " + title);
}

std::optional<std::string> threshold_problem(double threshold) {
    if (threshold >= 0 && threshold <= 1) return std::nullopt;
    return "threshold must be between 0 and 1, got " + number_text(threshold);
}

}  // namespace bm
