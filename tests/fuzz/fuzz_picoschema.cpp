#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "fuzz_promise.hpp"
#include "markdown/frontmatter.hpp"
#include "markdown/json_reader.hpp"
#include "markdown/note_parser.hpp"
#include "markdown/schema_usage.hpp"
#include "markdown/text.hpp"

namespace {

using bm::FieldKind;
using bm::ValueMap;

std::size_t check_fields(const std::vector<bm::SchemaField>& fields) {
    std::size_t count = fields.size();
    for (std::size_t i = 0; i < fields.size(); ++i) {
        const bm::SchemaField& field = fields[i];
        promise(!field.name.empty() && !field.type.empty(), "a field has a name and a type");
        promise((field.kind == FieldKind::enumeration) == !field.allowed.empty(),
                "an enum has values and nothing else has");
        promise(field.allowed.size() <= bm::kMaxEnumValues, "enums are bounded");
        promise(field.kind == FieldKind::object || field.children.empty(),
                "only objects have children");
        promise((field.kind == FieldKind::reference) ==
                    (field.kind != FieldKind::object && field.kind != FieldKind::enumeration &&
                     bm::names_note_type(field.type)),
                "a type that begins with a capital is a reference");
        for (std::size_t k = 0; k < i; ++k) {
            promise(fields[k].name != field.name, "names are unique");
        }
        count += check_fields(field.children);
    }
    return count;
}

void check_schema(const ValueMap& map) {
    const auto fields = bm::parse_picoschema(map);
    if (fields) {
        promise(check_fields(*fields) <= bm::kMaxSchemaFields, "schemas are bounded");
    } else {
        promise(!fields.error().message.empty(), "a refusal says why");
    }
}

/// What a note says fits the schema that is inferred from it.
void check_inference(std::string_view text) {
    const auto note = bm::parse_note(text, bm::RelativePath::parse("a.md").value());
    bm::NoteFacts facts;
    for (const auto& each : note.observations) {
        facts.observations.push_back({each.category.value_or("note"), each.content});
    }
    for (const auto& each : note.relations) {
        facts.relations.push_back({each.type, each.target, each.context});
    }
    bm::TypeUsage usage;
    usage.add(facts);
    const auto suggested = bm::suggest_schema(usage.fields(), bm::kOptionalShare);
    auto fields = bm::parse_picoschema(suggested.fields);
    promise(fields || suggested.fields.size() > bm::kMaxSchemaFields, "a suggestion can be read");
    if (!fields) return;
    promise(fields->size() == suggested.required.size(), "each suggested name is a field");
    const bm::NoteSchema schema{"t", *std::move(fields), {}, bm::SchemaMode::strict};
    promise(bm::check_note(schema, facts, {}).passed, "a note fits what was inferred from it");
    promise(bm::drift_of(schema, usage).dropped_fields.empty(), "nothing of it is dropped");
    promise(bm::drift_of(schema, usage).cardinality_changes.empty(), "its arrays are arrays");
}

}  // namespace

/// A whole note, whose frontmatter is a schema note, a note with a schema, and a schema by itself;
/// or JSON of a schema.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const ValueMap raw = bm::split_frontmatter(text).values;
    for (const ValueMap& map : {raw, bm::normalized(raw)}) {
        check_schema(map);
        bm::schema_reference(map);
        const auto own = bm::read_inline_schema(map, "t");
        promise(own || !own.error().message.empty(), "a refusal says why");
        const auto schema = bm::read_schema_note(map);
        if (!schema) continue;
        promise(!schema->entity.empty() && !schema->fields.empty(), "a schema describes something");
        const auto check = bm::check_note(*schema, {}, map);
        promise(check.passed == check.errors.empty(), "errors fail a note");
        promise(check.fields.size() == schema->fields.size() + schema->frontmatter.size(),
                "each field has a result");
    }
    if (const auto json = bm::parse_json(text); json && json->map() != nullptr) {
        check_schema(*json->map());
    }
    if (bm::is_valid_utf8(text)) check_inference(text);
    return 0;
}
