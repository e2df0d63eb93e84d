#include "sync/schema_check.hpp"

#include <doctest/doctest.h>

#include "repository/typed_notes.hpp"
#include "sync/schema_notes.hpp"
#include "tests/repository/fixture.hpp"
#include "tests/sync/fixture.hpp"

namespace bm {
namespace {

using Texts = std::vector<std::string>;
using test::RepositoryFixture;
using test::TestNote;

std::string schema_json(const std::string& entity, const std::string& fields,
                        const std::string& rest = "") {
    return R"({"type":"schema","entity":")" + entity + R"(","schema":{)" + fields + "}" + rest +
           "}";
}

/// Rows alone: what is read from files comes from the index then.
struct Fixture : test::KnowledgeFixture {
    void add(const TestNote& note) {
        const ProjectId id = project().id;
        knowledge().index().write([&](Tables& tables) {
            const auto first =
                tables.text.allocate(1 + note.observations.size() + note.relations.size());
            const Entity entity = tables.entities.upsert(id, RepositoryFixture::draft(note), first);
            const std::vector<std::optional<EntityId>> targets(note.relations.size());
            tables.graph.replace(entity.id,
                                 {note.observations, note.relations, targets, {first.value + 1}});
        });
    }
    void add_schema(const std::string& path, const std::string& metadata) {
        add({.path = path, .type = "schema", .metadata = metadata});
    }
    void add_person(const std::string& name, std::vector<Observation> observations,
                    const std::string& metadata = "{}", const std::string& type = "person") {
        add({.path = "people/" + name + ".md",
             .type = type,
             .metadata = metadata,
             .observations = std::move(observations)});
    }
    SchemaReport of_type(const std::string& type) {
        const auto report = check_type_schema(knowledge(), project(), type);
        REQUIRE(report);
        return *report;
    }
    SchemaReport of_all() {
        const auto report = check_all_schemas(knowledge(), project());
        REQUIRE(report);
        return *report;
    }
};

Observation said(const std::string& category, const std::string& content) {
    return {category, content, {}, {}};
}

Texts identifiers(const SchemaReport& report) {
    Texts list;
    for (const auto& note : report.results) list.push_back(note.identifier);
    return list;
}

TEST_CASE("notes of a type come one by one, with one query however many there are") {
    RepositoryFixture rows;
    for (int i = 0; i < 50; ++i) {
        rows.add({.path = "n" + std::to_string(i) + ".md",
                  .type = i % 2 == 0 ? "person" : "Person",
                  .observations = {said("b", "2"), said("a", "1")},
                  .relations = {{"knows", "n0", {}}, {"knows", "nobody", {}}}});
    }
    rows.add({.path = "other.md", .type = "place", .observations = {said("a", "x")}});
    rows.add({.path = "bare.md", .type = "person"});
    rows.resolve();
    const auto elsewhere = rows.add_project("elsewhere");
    rows.add(elsewhere, {.path = "far.md", .type = "person"});
    const auto before = rows.tables.database.queries_run();
    Texts titles;
    each_typed_note(rows.tables.database, rows.project, {.types = {"person"}},
                    [&](TypedNote& note) {
                        titles.push_back(note.title);
                        CHECK(note.type == "person");
                        if (note.title == "bare") {
                            CHECK(note.facts.observations.empty());
                            return true;
                        }
                        REQUIRE(note.facts.observations.size() == 2);
                        CHECK(note.facts.observations[0].category == "b");
                        CHECK(note.facts.observations[1].content == "1");
                        REQUIRE(note.facts.relations.size() == 2);
                        CHECK(note.facts.relations[0].target == "n0");
                        CHECK(note.facts.relations[0].target_type == "person");
                        CHECK(note.facts.relations[1].target == "nobody");
                        CHECK_FALSE(note.facts.relations[1].target_type);
                        return true;
                    });
    CHECK(rows.tables.database.queries_run() - before == 1);
    CHECK(titles.size() == 51);
    CHECK(titles.front() == "n0");
    CHECK(titles.back() == "bare");

    std::size_t seen = 0;
    each_typed_note(rows.tables.database, rows.project, {.types = {"person"}},
                    [&](TypedNote&) { return ++seen < 3; });
    CHECK(seen == 3);
}

TEST_CASE("no way of choosing notes lets the database sort them in memory") {
    RepositoryFixture rows;
    for (const TypedNotesWish& wish :
         {TypedNotesWish{.types = {"person"}}, TypedNotesWish{.types = {"a", "b"}},
          TypedNotesWish{.types = {"a"}, .with_own_schema = true},
          TypedNotesWish{.types = {}, .only = EntityId{1}}}) {
        auto statement =
            rows.tables.database.prepare("EXPLAIN QUERY PLAN " + typed_notes_sql(wish));
        auto query = statement.run();
        while (query.step()) {
            CAPTURE(query.string(3));
            CHECK(query.text(3).find("TEMP B-TREE") == std::string_view::npos);
        }
    }
}

TEST_CASE("the schema of a type applies to all spellings of it") {
    Fixture base;
    base.add_schema("schemas/Person.md", schema_json("Person", R"("name":"string")"));
    base.add_person("Ada", {said("name", "Ada L")});
    base.add_person("Bob", {}, "{}", "PERSON");
    base.add_person("Eve", {}, "{}", "place");
    for (const char* type : {"person", "Person", " person "}) {
        CAPTURE(type);
        const SchemaReport report = base.of_type(type);
        CHECK(identifiers(report) == Texts{"Ada", "Bob"});
        CHECK(report.looked_at == 2);
        CHECK(report.counts.notes == 2);
        CHECK(report.counts.valid == 2);
        CHECK(report.counts.warnings == 1);
        CHECK(report.counts.errors == 0);
        CHECK(report.results[0].entity == "Person");
    }
    CHECK(base.of_type("ghost").looked_at == 0);
    CHECK(base.of_type("place").looked_at == 1);
    CHECK(base.of_type("place").counts.notes == 0);
}

TEST_CASE("a note's own schema goes first, then the one it names, then that of its type") {
    Fixture base;
    base.add_schema("schemas/Person.md", schema_json("person", R"("name":"string")"));
    base.add_schema("schemas/Staff.md", schema_json("employee", R"("desk":"string")"));
    base.add_schema("schemas/Lost.md", R"({"type":"schema"})");
    base.add_person("own", {}, R"({"schema":{"x":"string"}})");
    base.add_person("by-type", {}, R"({"schema":"Employee"})");
    base.add_person("by-title", {}, R"({"schema":"Staff"})");
    base.add_person("by-permalink", {}, R"({"schema":"schemas/Staff"})");
    base.add_person("falls-through", {}, R"({"schema":"nothing"})");
    base.add_person("of-type", {});
    const SchemaReport report = base.of_type("person");
    const std::vector<std::pair<std::string, std::string>> table{{"own", "x"},
                                                                 {"by-type", "desk"},
                                                                 {"by-title", "desk"},
                                                                 {"by-permalink", "desk"},
                                                                 {"falls-through", "name"},
                                                                 {"of-type", "name"}};
    REQUIRE(report.results.size() == table.size());
    for (std::size_t i = 0; i < table.size(); ++i) {
        CAPTURE(table[i].first);
        CHECK(report.results[i].identifier == table[i].first);
        CHECK(report.results[i].check.fields[0].name == table[i].second);
    }
    CHECK(report.results[0].entity == "person");
    CHECK(report.results[1].entity == "employee");
}

TEST_CASE("a broken schema is an error only for those that it applies to") {
    Fixture base;
    base.add_schema("schemas/Person.md", schema_json("person", R"("name":"string")",
                                                     R"(,"settings":{"validation":"loud"})"));
    base.add_schema("schemas/Place.md", schema_json("place", R"("name":"string")"));
    base.add_person("Ada", {});
    base.add_person("Rome", {}, "{}", "place");
    CHECK(base.of_type("place").counts.warnings == 1);
    const std::string reason =
        "Invalid settings.validation value 'loud'; expected one of: 'warn', 'strict', or 'error' "
        "(alias for 'strict') (in schemas/Person.md)";
    auto report = check_type_schema(base.knowledge(), base.project(), "person");
    REQUIRE_FALSE(report);
    CHECK(report.error() == Error{Fault::invalid, reason});
    report = check_all_schemas(base.knowledge(), base.project());
    REQUIRE_FALSE(report);
    CHECK(report.error().message == reason);
    const auto drift = schema_drift(base.knowledge(), base.project(), "person");
    REQUIRE_FALSE(drift);
    CHECK(drift.error().message == reason);

    base.add_person("Own", {}, R"({"schema":{"a":"string"},"settings":{"validation":"x"}})",
                    "thing");
    const auto own = base.of_type("thing");
    REQUIRE(own.results.size() == 1);
    CHECK_FALSE(own.results[0].check.passed);
    CHECK(own.results[0].check.errors[0].starts_with("its own schema cannot be read: Invalid"));
    CHECK(own.counts.errors == 1);
}

TEST_CASE("a schema note that names no type is told of, and the others are checked") {
    Fixture base;
    base.add_schema("schemas/Nameless.md", R"({"type":"schema","schema":{"a":"string"}})");
    base.add_schema("schemas/Place.md", schema_json("place", R"("name":"string")"));
    base.add_person("Rome", {}, "{}", "place");
    const auto report = base.of_all();
    CHECK(report.counts.errors == 1);
    CHECK(report.counts.warnings == 1);
    REQUIRE(report.results.size() == 2);
    CHECK(report.results[0].check.errors[0].starts_with(
        "Schema note missing required 'entity' field in frontmatter"));
}

TEST_CASE("a schema note is read from its file and from the index where that says none") {
    Fixture base;
    base.add_schema("schemas/Person.md", schema_json("person", R"("old":"string")"));
    base.add_person("Ada", {});
    CHECK(base.of_type("person").results[0].check.fields[0].name == "old");
    base.write("schemas/Person.md",
               "---\ntype: schema\nentity: person\nschema:\n  fresh: string\n---\n");
    CHECK(base.of_type("person").results[0].check.fields[0].name == "fresh");
    base.write("schemas/Person.md", "---\ntype: schema\n---\n");
    CHECK(base.of_type("person").results[0].check.fields[0].name == "old");
    base.write("schemas/Person.md", "---\nentity: person\nschema: {}\n---\n");
    CHECK(base.of_type("person").results[0].check.fields[0].name == "old");
}

TEST_CASE("of two schemas for a type the first file counts") {
    Fixture base;
    base.add_schema("b.md", schema_json("person", R"("second":"string")"));
    base.add_schema("a.md", schema_json("Person", R"("first":"string")"));
    base.add_person("Ada", {});
    CHECK(base.of_type("person").results[0].check.fields[0].name == "first");
}

TEST_CASE("all types with a schema are told of, those without notes too") {
    Fixture base;
    CHECK_FALSE(base.of_all().has_schemas);
    base.add_person("Plain", {}, R"({"x":{"schema":"nested"}})");
    CHECK_FALSE(base.of_all().has_schemas);
    base.add_schema("Person.md", schema_json("person", R"("name":"string")"));
    base.add_schema("Empty.md", schema_json("planet", R"("name":"string")"));
    base.add_person("Own", {said("a", "x")},
                    R"({"schema":{"a":"string","b":"string"},"settings":{"validation":"strict"}})",
                    "thing");
    base.add_person("Loose", {}, R"({"schema":"nowhere"})", "stray");
    base.add_person("Rome", {}, "{}", "place");
    const SchemaReport report = base.of_all();
    CHECK(report.has_schemas);
    CHECK(identifiers(report) == Texts{"Plain", "Own"});
    CHECK(report.looked_at == 3);
    CHECK(report.counts.notes == 2);
    CHECK(report.counts.valid == 1);
    CHECK(report.counts.warnings == 1);
    CHECK(report.counts.errors == 1);
    Texts types;
    for (const auto& each : report.types) {
        types.push_back(each.type + " " + std::to_string(each.counts.valid) + "/" +
                        std::to_string(each.counts.notes));
    }
    CHECK(types == Texts{"person 1/1", "planet 0/0", "stray 0/0", "thing 0/1"});
}

TEST_CASE("where not all results fit those with messages stay") {
    Fixture base;
    base.add_schema("Person.md", schema_json("person", R"("name":"string")"));
    for (std::size_t i = 0; i < kMaxCheckedNotes; ++i) {
        base.add_person("v" + std::to_string(i), {said("name", "x")});
    }
    for (int i = 0; i < 5; ++i) base.add_person("w" + std::to_string(i), {});
    const SchemaReport report = base.of_type("person");
    CHECK(report.counts.notes == kMaxCheckedNotes + 5);
    CHECK(report.results.size() == kMaxCheckedNotes);
    CHECK(report.omitted == 5);
    CHECK(report.results.front().identifier == "v0");
    CHECK(report.results.back().identifier == "w4");
}

TEST_CASE("the results are bounded in bytes") {
    Fixture base;
    base.add_schema("Person.md", schema_json("person", R"("name":"string")"));
    const std::string long_name(200, 'c');
    for (int i = 0; i < 60; ++i) {
        std::vector<Observation> many;
        for (int k = 0; k < 500; ++k) many.push_back(said(long_name + std::to_string(k), "x"));
        base.add_person("n" + std::to_string(i), std::move(many));
    }
    const SchemaReport report = base.of_type("person");
    CHECK(report.counts.notes == 60);
    CHECK(report.omitted > 0);
    CHECK(report.results.size() + report.omitted == 60);
}

TEST_CASE("a cancelled run ends with a fault") {
    Fixture base;
    base.add_schema("Person.md", schema_json("person", R"("name":"string")"));
    base.add_person("Ada", {said("name", "x")});
    std::stop_source source;
    source.request_stop();
    const auto checked =
        check_type_schema(base.knowledge(), base.project(), "person", source.get_token());
    REQUIRE_FALSE(checked);
    CHECK(checked.error().fault == Fault::unavailable);
    CHECK_FALSE(infer_schema(base.knowledge(), base.project(), "person", 0.25, source.get_token()));
}

TEST_CASE("what is listed of an inference is bounded") {
    Fixture base;
    std::vector<Observation> many;
    for (std::size_t i = 0; i < kMaxListedFields + 7; ++i) {
        many.push_back(said("c" + std::to_string(i), "x"));
    }
    base.add_person("Ada", std::move(many));
    const auto inference = infer_schema(base.knowledge(), base.project(), "Person", 0.25);
    REQUIRE(inference);
    CHECK(inference->notes == 1);
    CHECK(inference->fields.size() == kMaxListedFields);
    CHECK(inference->omitted == 7);
    CHECK(inference->suggested.required.size() == kMaxListedFields);
}

TEST_CASE("drift needs a schema note, and notes") {
    Fixture base;
    CHECK_FALSE(*schema_drift(base.knowledge(), base.project(), "person"));
    base.add_schema("Person.md", schema_json("person", R"("name":"string")"));
    auto drift = schema_drift(base.knowledge(), base.project(), "Person");
    REQUIRE(*drift);
    CHECK((*drift)->is_empty());
    base.add_person("Ada", {said("hobby", "x")});
    drift = schema_drift(base.knowledge(), base.project(), "Person");
    CHECK((*drift)->new_fields.size() == 1);
    CHECK((*drift)->dropped_fields.size() == 1);
}

}  // namespace
}  // namespace bm
