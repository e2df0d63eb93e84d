#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "sync/schema_check.hpp"
#include "tools/tool.hpp"

/// What people and programs read of what notes have in common, and of how they drifted from their
/// schema. Pure.
namespace bm {

std::string inference_text(const SchemaInference& inference, std::string_view type);
Json inference_json(const SchemaInference& inference, std::string_view type);
/// No field is frequent enough.
std::string no_pattern_sentence(double threshold);

/// Without a drift: there is no schema.
std::string drift_text(const SchemaDrift& drift, std::string_view type);
Json drift_json(const std::optional<SchemaDrift>& drift, std::string_view type);

/// "80%", rounded.
std::string percent_of(const FieldUsage& field);
std::string_view name_of(FieldSource source);
/// "required", "optional", or "" for what is not suggested.
std::string_view role_of(const FieldUsage& field, const SuggestedSchema& suggested);

/// The name of a schema note: the type with its first letter upper-case.
std::string schema_title(std::string_view type);
/// The text of a whole schema note.
std::string schema_note_text(std::string_view type, const ValueMap& fields);

/// A threshold that is no share; none when it is one.
std::optional<std::string> threshold_problem(double threshold);

}  // namespace bm
