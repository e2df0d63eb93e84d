#include "markdown/picoschema.hpp"

#include <doctest/doctest.h>

#include "markdown/frontmatter.hpp"

namespace bm {
namespace {

ValueMap map_of(const std::string& yaml) {
    return split_frontmatter("---\n" + yaml + "\n---\n").values;
}

Result<std::vector<SchemaField>> parsed(const std::string& yaml) {
    return parse_picoschema(map_of(yaml));
}

SchemaField single(const std::string& yaml) {
    const auto fields = parsed(yaml);
    REQUIRE(fields);
    REQUIRE(fields->size() == 1);
    return fields->front();
}

struct Row {
    std::string declaration;
    SchemaField field;
};

TEST_CASE("every kind of declaration is read as the table says") {
    using enum FieldKind;
    const std::vector<Row> table{
        {"name: string", {"name", "string"}},
        {"role?: string, job title", {"role", "string", scalar, false, false, "job title"}},
        {"tags?(array): string", {"tags", "string", scalar, false, true}},
        {"tags?(array, free labels): string, any text",
         {"tags", "string", scalar, false, true, "free labels"}},
        {"tags(array): string, any text", {"tags", "string", scalar, true, true, "any text"}},
        {"status(enum): [active, done]",
         {"status", "enum", enumeration, true, false, "", {"active", "done"}}},
        {"flag(enum): [yes, 007, 1.5]",
         {"flag", "enum", enumeration, true, false, "", {"True", "7", "1.5"}}},
        {"status(enum): \"[active, done], current state\"",
         {"status", "enum", enumeration, true, false, "current state", {"active", "done"}}},
        {"status?(enum, the key's): \"[active, done], the value's\"",
         {"status", "enum", enumeration, false, false, "the key's", {"active", "done"}}},
        {"status(enum): active", {"status", "enum", enumeration, true, false, "", {"active"}}},
        {"status(enum): \"[active\"",
         {"status", "enum", enumeration, true, false, "", {"[active"}}},
        {"meta(object): {a: string, 'b?': Person}",
         {"meta",
          "object",
          object,
          true,
          false,
          "",
          {},
          {{"a", "string"}, {"b", "Person", reference, false}}}},
        {"meta: {a: string}", {"meta", "object", object, true, false, "", {}, {{"a", "string"}}}},
        {"meta(object): string, free form", {"meta", "object", object, true, false, "free form"}},
        {"works_at: Organization", {"works_at", "Organization", reference}},
        {"works_at?(array): Organization, employers",
         {"works_at", "Organization", reference, false, true, "employers"}},
        {"liegt_in: \u00d6rtlichkeit", {"liegt_in", "\u00d6rtlichkeit", reference}},
        {"risk(score): string", {"risk(score)", "string"}},
        {"risk(score)?: string", {"risk(score)", "string", scalar, false}},
        {"born: date", {"born", "date"}},
        {"anything: any", {"anything", "any"}},
        {"empty:", {"empty", "any"}},
        {"list: [a, b]", {"list", "any"}},
        {"'tags(array, one (or two) words)': string",
         {"tags", "string", scalar, true, true, "one (or two) words"}},
        {"'note (a)(array)': string", {"note (a)", "string", scalar, true, true}},
        {"'odd)': string", {"odd)", "string"}},
        {"'odd(array': string", {"odd(array", "string"}},
        {"' spaced ? ( array , with blanks ) ': ' string , more '",
         {"spaced", "string", scalar, false, true, "with blanks"}},
        {"name: string, one, two", {"name", "string", scalar, true, false, "one, two"}},
    };
    for (const Row& row : table) {
        CAPTURE(row.declaration);
        const SchemaField field = single(row.declaration);
        CHECK(field.name == row.field.name);
        CHECK(field.type == row.field.type);
        CHECK(field.kind == row.field.kind);
        CHECK(field.required == row.field.required);
        CHECK(field.is_array == row.field.is_array);
        CHECK(field.description == row.field.description);
        CHECK(field.allowed == row.field.allowed);
        CHECK(field == row.field);
    }
}

TEST_CASE("fields keep their order and the last of one name wins") {
    const auto fields = parsed("b: string\na: string\n'b?': number");
    REQUIRE(fields);
    REQUIRE(fields->size() == 2);
    CHECK(fields->at(0).name == "b");
    CHECK(fields->at(0).type == "number");
    CHECK_FALSE(fields->at(0).required);
    CHECK(fields->at(1).name == "a");
}

TEST_CASE("what no schema can mean is refused with the field") {
    const std::vector<std::pair<const char*, const char*>> table{
        {"'?': string", "A schema field has no name: '?'"},
        {"'(array)': string", "A schema field has no name: '(array)'"},
        {"status(enum): []", "The schema field 'status' is an enum without values"},
        {"status(enum):", "The schema field 'status' is an enum without values"},
        {"status(enum): '[]'", "The schema field 'status' is an enum without values"},
        {"status(enum): {a: b}", "The schema field 'status' is an enum without values"},
    };
    for (const auto& [yaml, message] : table) {
        CAPTURE(yaml);
        const auto fields = parsed(yaml);
        REQUIRE_FALSE(fields);
        CHECK(fields.error().fault == Fault::invalid);
        CHECK(fields.error().message.starts_with(message));
    }
}

ValueMap many_fields(std::size_t count) {
    ValueMap map;
    for (std::size_t i = 0; i < count; ++i) {
        map.push_back({"f" + std::to_string(i), Value::string("string")});
    }
    return map;
}

ValueMap nested(std::size_t depth) {
    ValueMap map{{"leaf", Value::string("string")}};
    for (std::size_t i = 1; i < depth; ++i) map = {{"m", Value(std::move(map))}};
    return map;
}

ValueMap wide_enum(std::size_t count) {
    ValueList list(count, Value::string("x"));
    return {{"e(enum)", Value(std::move(list))}};
}

TEST_CASE("a schema beyond the limits is refused, one at the limits is not") {
    CHECK(parse_picoschema(many_fields(kMaxSchemaFields)));
    CHECK_FALSE(parse_picoschema(many_fields(kMaxSchemaFields + 1)));
    CHECK(parse_picoschema(nested(kMaxSchemaDepth)));
    CHECK_FALSE(parse_picoschema(nested(kMaxSchemaDepth + 1)));
    CHECK(parse_picoschema(wide_enum(kMaxEnumValues)));
    CHECK_FALSE(parse_picoschema(wide_enum(kMaxEnumValues + 1)));
    // Children count too.
    ValueMap two{{"a", Value(many_fields(kMaxSchemaFields / 2))},
                 {"b", Value(many_fields(kMaxSchemaFields / 2))}};
    CHECK_FALSE(parse_picoschema(two));
}

TEST_CASE("a name can be declared when its key is read as that name") {
    for (const char* name : {"name", "risk(score)", "a b", "\u00fc", "x)", "a,b"}) {
        CAPTURE(name);
        CHECK(can_be_declared(name));
        const auto fields =
            parse_picoschema({{field_key(name, false, true), Value::string("string")}});
        REQUIRE(fields);
        CHECK(fields->front().name == name);
        CHECK_FALSE(fields->front().required);
        CHECK(fields->front().is_array);
    }
    for (const char* name : {"", "?", "why?", "tags(array)", "x(enum, y)", " a", "a "}) {
        CAPTURE(name);
        CHECK_FALSE(can_be_declared(name));
    }
}

}  // namespace
}  // namespace bm
