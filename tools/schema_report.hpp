#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "sync/schema_check.hpp"
#include "tools/tool.hpp"

/// What people and programs read of notes and their schemas. Pure.
namespace bm {

/// `about` is the type, or "all".
std::string schema_report_text(const SchemaReport& report, std::string_view about);
/// `note_type` is null when every type was asked for.
Json schema_report_json(const SchemaReport& report, const std::optional<std::string>& note_type);

/// Why there is nothing to report: a sentence, for texts and for `error`.
std::string no_notes_sentence(std::string_view type);
std::string no_schema_sentence(std::string_view type);
inline constexpr std::string_view kNoSchemasSentence = "No schemas defined in this project";

/// The same with how to go on.
std::string no_notes_text(std::string_view type);
std::string no_schema_text(std::string_view type);
std::string no_schemas_text();

}  // namespace bm
