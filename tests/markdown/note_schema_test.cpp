#include "markdown/note_schema.hpp"

#include <doctest/doctest.h>

#include "markdown/frontmatter.hpp"

namespace bm {
namespace {

using Texts = std::vector<std::string>;

ValueMap map_of(const std::string& yaml) {
    return normalized(split_frontmatter("---\n" + yaml + "\n---\n").values);
}

NoteSchema schema_of(const std::string& fields, const std::string& settings = "") {
    auto schema = read_schema_note(map_of("entity: Person\nschema: {" + fields + "}\n" + settings));
    REQUIRE(schema);
    return *std::move(schema);
}

NoteFacts facts(std::vector<NoteFacts::Fact> observations,
                std::vector<NoteFacts::Link> relations = {}) {
    return {std::move(observations), std::move(relations)};
}

TEST_CASE("a schema note states its type, its fields and what becomes of issues") {
    const auto schema = read_schema_note(map_of(
        "type: schema\nentity: ' Person '\nversion: 2\nschema:\n  name: string\n"
        "settings:\n  validation: strict\n  frontmatter:\n    status(enum): [open, closed]"));
    REQUIRE(schema);
    CHECK(schema->entity == "Person");
    CHECK(schema->mode == SchemaMode::strict);
    REQUIRE(schema->fields.size() == 1);
    REQUIRE(schema->frontmatter.size() == 1);
    CHECK(schema->frontmatter[0].allowed == Texts{"open", "closed"});
}

TEST_CASE("the modes are warn, strict and error for strict") {
    const std::vector<std::pair<const char*, SchemaMode>> table{
        {"", SchemaMode::warn},
        {"settings: {}", SchemaMode::warn},
        {"settings: {validation: null}", SchemaMode::warn},
        {"settings: {validation: warn}", SchemaMode::warn},
        {"settings: {validation: strict}", SchemaMode::strict},
        {"settings: {validation: error}", SchemaMode::strict}};
    for (const auto& [settings, mode] : table) {
        CAPTURE(settings);
        CHECK(schema_of("a: string", settings).mode == mode);
    }
}

TEST_CASE("a schema note that cannot be used says why") {
    const std::vector<std::pair<const char*, const char*>> table{
        {"schema: {a: string}", "Schema note missing required 'entity' field in frontmatter"},
        {"entity:\nschema: {a: string}",
         "Schema note missing required 'entity' field in frontmatter"},
        {"entity: ' '\nschema: {a: string}",
         "Schema note missing required 'entity' field in frontmatter"},
        {"entity: [a]\nschema: {a: string}",
         "Schema note missing required 'entity' field in frontmatter"},
        {"entity: a", "Schema note missing required 'schema' dict in frontmatter"},
        {"entity: a\nschema: {}", "Schema note missing required 'schema' dict in frontmatter"},
        {"entity: a\nschema: text", "Schema note missing required 'schema' dict in frontmatter"},
        {"entity: a\nschema: {a: string}\nsettings: {validation: loud}",
         "Invalid settings.validation value 'loud'; expected one of: 'warn', 'strict', or 'error' "
         "(alias for 'strict')"},
        {"entity: a\nschema: {a: string}\nsettings: {validation: Strict}",
         "Invalid settings.validation value 'Strict'; expected one of: 'warn', 'strict', or "
         "'error' (alias for 'strict')"},
        {"entity: a\nschema: {a: string}\nsettings: {validation: [warn]}",
         "Invalid settings.validation value '['warn']'; expected one of: 'warn', 'strict', or "
         "'error' (alias for 'strict')"},
        {"entity: a\nschema: {a: string}\nsettings: {frontmatter: status}",
         "settings.frontmatter of a schema must be a map of keys to types, such as {status: "
         "string}"}};
    for (const auto& [yaml, message] : table) {
        CAPTURE(yaml);
        const auto schema = read_schema_note(map_of(yaml));
        REQUIRE_FALSE(schema);
        CHECK(schema.error() == Error{Fault::invalid, message});
    }
}

TEST_CASE("a note's own schema has its mode and no rules for the frontmatter") {
    const auto own = read_inline_schema(
        map_of("schema: {a: string}\nsettings: {validation: strict, frontmatter: {x: string}}"),
        "person");
    REQUIRE(own);
    REQUIRE(*own);
    CHECK((*own)->entity == "person");
    CHECK((*own)->mode == SchemaMode::strict);
    CHECK((*own)->frontmatter.empty());
    for (const char* none : {"a: b", "schema: person", "schema:", "schema: [a]"}) {
        CAPTURE(none);
        CHECK_FALSE(*read_inline_schema(map_of(none), "person"));
    }
    CHECK_FALSE(
        read_inline_schema(map_of("schema: {a: string}\nsettings: {validation: x}"), "person"));
}

TEST_CASE("a note refers to a schema by a text") {
    CHECK(schema_reference(map_of("schema: ' schemas/person '")) == "schemas/person");
    for (const char* none : {"a: b", "schema: {a: string}", "schema:", "schema: ''"}) {
        CAPTURE(none);
        CHECK_FALSE(schema_reference(map_of(none)));
    }
}

TEST_CASE("scalars, arrays and objects want an observation, references a relation") {
    for (const char* declared :
         {"f: string", "'f(array)': string", "f: {a: string}", "f: integer"}) {
        CAPTURE(declared);
        const NoteSchema schema = schema_of(declared);
        // Types of values are never checked, and anything may repeat.
        NoteCheck check = check_note(schema, facts({{"f", "text"}, {"f", "more"}}), {});
        CHECK(check.warnings.empty());
        REQUIRE(check.fields.size() == 1);
        CHECK(check.fields[0].status == FieldStatus::present);
        CHECK(check.fields[0].values == Texts{"text", "more"});
        CHECK(check.fields[0].message.empty());
        for (const auto& other : {facts({}), facts({{"F", "text"}}), facts({}, {{"f", "X", {}}})}) {
            check = check_note(schema, other, {});
            CHECK(check.warnings == Texts{"Missing required field: f (expected [f] observation)"});
            CHECK(check.fields[0].status == FieldStatus::missing);
        }
    }
    const NoteSchema schema = schema_of("f: Organization");
    // Resolved or not, and whatever the target is.
    CHECK(check_note(schema, facts({}, {{"f", "Acme", {}}}), {}).warnings.empty());
    CHECK(check_note(schema, facts({}, {{"f", "Acme", "person"}}), {}).fields[0].values ==
          Texts{"Acme"});
    CHECK(check_note(schema, facts({{"f", "Acme"}}), {}).warnings ==
          Texts{"Missing required field: f (no 'f [[...]]' relation found)"});
}

TEST_CASE("a missing optional field is told and no issue") {
    const NoteSchema schema = schema_of("'a?': string, 'b?': Organization",
                                        "settings: {validation: strict, frontmatter: {'c?': any}}");
    const NoteCheck check = check_note(schema, facts({}), {});
    CHECK(check.passed);
    CHECK(check.errors.empty());
    CHECK(check.warnings.empty());
    REQUIRE(check.fields.size() == 3);
    CHECK(check.fields[0].message == "Missing optional field: a (expected [a] observation)");
    CHECK(check.fields[1].message == "Missing optional field: b (no 'b [[...]]' relation found)");
    CHECK(check.fields[2].message == "Missing optional frontmatter key: c");
}

TEST_CASE("every value of an enum must be allowed, also of an optional one") {
    for (const char* declared : {"'s(enum)': [open, done]", "'s?(enum)': [open, done]"}) {
        CAPTURE(declared);
        const NoteSchema schema = schema_of(declared);
        CHECK(check_note(schema, facts({{"s", "open"}, {"s", "done"}}), {}).warnings.empty());
        const NoteCheck check =
            check_note(schema, facts({{"s", "open"}, {"s", "Done"}, {"s", "later"}}), {});
        CHECK(check.warnings ==
              Texts{"Field 's' has invalid value(s): Done, later (allowed: open, done)"});
        CHECK(check.fields[0].status == FieldStatus::enum_mismatch);
        CHECK(check.fields[0].values == Texts{"open", "Done", "later"});
    }
}

TEST_CASE("frontmatter keys are there or not, and an enum compares their text") {
    const NoteSchema schema = schema_of(
        "'x?': string", "settings: {frontmatter: {owner: string, 'status(enum)': [open, 'True']}}");
    CHECK(check_note(schema, facts({}), map_of("owner: me\nstatus: open")).warnings.empty());
    CHECK(check_note(schema, facts({}), map_of("owner: [a]\nstatus: yes")).warnings.empty());
    CHECK(check_note(schema, facts({}), map_of("owner:\nstatus: [open]")).warnings ==
          Texts{"Missing required frontmatter key: owner",
                "Frontmatter key 'status' has invalid value: ['open'] (allowed: open, True)"});
    CHECK(check_note(schema, facts({}), {}).warnings ==
          Texts{"Missing required frontmatter key: owner",
                "Missing required frontmatter key: status"});
}

TEST_CASE("strict fails the note, warn lets it pass") {
    const NoteCheck warned = check_note(schema_of("a: string"), facts({}), {});
    CHECK(warned.passed);
    CHECK(warned.warnings.size() == 1);
    CHECK(warned.errors.empty());
    const NoteCheck failed =
        check_note(schema_of("a: string", "settings: {validation: error}"), facts({}), {});
    CHECK_FALSE(failed.passed);
    CHECK(failed.warnings.empty());
    CHECK(failed.errors.size() == 1);
}

TEST_CASE("what the schema does not name is listed and no issue") {
    const NoteCheck check =
        check_note(schema_of("a: string, r: Person", "settings: {validation: strict}"),
                   facts({{"z", "1"}, {"a", "2"}, {"b", "3"}, {"z", "4"}, {"r", "5"}},
                         {{"r", "X", {}}, {"knows", "Y", {}}, {"knows", "Z", {}}, {"a", "W", {}}}),
                   {});
    CHECK(check.passed);
    using Counts = std::vector<std::pair<std::string, std::size_t>>;
    CHECK(check.unmatched_observations == Counts{{"z", 2}, {"b", 1}, {"r", 1}});
    CHECK(check.unmatched_relations == Texts{"knows", "a"});
}

TEST_CASE("what is shown of a huge note is bounded") {
    std::vector<NoteFacts::Fact> many(1000, {"a", std::string(10'000, 'x')});
    const NoteCheck check = check_note(schema_of("'a(enum)': [b]"), facts(std::move(many)), {});
    CHECK(check.fields[0].values.size() == kMaxShownValues);
    CHECK(check.fields[0].values[0].size() < 300);
    CHECK(check.warnings[0].size() < 30'000);
}

}  // namespace
}  // namespace bm
