#include "markdown/schema_usage.hpp"

#include <doctest/doctest.h>

#include "markdown/frontmatter.hpp"

namespace bm {
namespace {

using Texts = std::vector<std::string>;

struct Fixture {
    /// Adds `count` notes that say this.
    void add(std::size_t count, const std::vector<NoteFacts::Fact>& observations,
             const std::vector<NoteFacts::Link>& relations = {}) {
        for (std::size_t i = 0; i < count; ++i) usage.add({observations, relations});
    }
    SuggestedSchema suggested(double threshold = kOptionalShare) const {
        return suggest_schema(usage.fields(), threshold);
    }
    TypeUsage usage;
};

Texts names(const std::vector<FieldUsage>& fields) {
    Texts list;
    for (const auto& field : fields) list.push_back(field.name);
    return list;
}

std::string yaml(const SuggestedSchema& suggested) { return write_yaml(suggested.fields); }

NoteSchema schema_of(const std::string& fields) {
    const std::string text = "---\nentity: t\nschema: {" + fields + "}\n---\n";
    auto schema = read_schema_note(split_frontmatter(text).values);
    REQUIRE(schema);
    return *std::move(schema);
}

TEST_CASE("fields are counted by note, observations first, each by falling count") {
    Fixture notes;
    notes.add(1, {{"rare", "x"}, {"same", "x"}, {"name", "Ada"}}, {{"knows", "Bob", {}}});
    notes.add(2, {{"name", "Bob"}, {"name", "Rob"}, {"same2", "x"}}, {{"works_at", "Acme", {}}});
    const auto fields = notes.usage.fields();
    CHECK(names(fields) == Texts{"name", "same2", "rare", "same", "works_at", "knows"});
    CHECK(fields[0].count == 3);
    CHECK(fields[0].total == 3);
    CHECK(fields[0].share() == 1.0);
    CHECK(fields[0].samples == Texts{"Ada", "Bob", "Rob"});
    CHECK(fields[0].source == FieldSource::observation);
    CHECK(fields[4].source == FieldSource::relation);
}

TEST_CASE("samples are distinct, few and short") {
    Fixture notes;
    for (int i = 0; i < 20; ++i) notes.add(2, {{"a", "v" + std::to_string(i)}});
    CHECK(notes.usage.fields()[0].samples == Texts{"v0", "v1", "v2", "v3", "v4"});
    Fixture huge;
    huge.add(1, {{"a", std::string(100'000, 'x')}});
    CHECK(huge.usage.fields()[0].samples[0].size() == 103);
}

TEST_CASE("an array is what more than half of its notes have more than once") {
    const std::vector<NoteFacts::Fact> once{{"a", "x"}};
    const std::vector<NoteFacts::Fact> twice{{"a", "x"}, {"a", "y"}};
    Fixture half;
    half.add(5, once);
    half.add(5, twice);
    half.add(10, {});
    CHECK_FALSE(half.usage.fields()[0].is_array);
    half.add(1, twice);
    CHECK(half.usage.fields()[0].is_array);
}

TEST_CASE("95 percent are required, the threshold and more optional, less is excluded") {
    Fixture notes;
    notes.add(5, {{"always", "x"}, {"often", "x"}, {"quarter", "x"}});
    notes.add(1, {{"always", "x"}, {"often", "x"}, {"fifth", "x"}});
    notes.add(3, {{"always", "x"}, {"often", "x"}, {"fifth", "x"}});
    notes.add(10, {{"always", "x"}, {"often", "x"}});
    notes.add(1, {{"always", "x"}});
    const auto suggested = notes.suggested();
    CHECK(suggested.required == Texts{"always", "often"});  // 20 and 19 of 20
    CHECK(suggested.optional == Texts{"quarter"});          // 5 of 20
    CHECK(suggested.excluded == Texts{"fifth"});            // 4 of 20
    CHECK(yaml(suggested) == "always: string\noften: string\nquarter?: string\n");
    CHECK(notes.suggested(0.2).optional == Texts{"quarter", "fifth"});
    CHECK(notes.suggested(0.5).excluded == Texts{"quarter", "fifth"});
    CHECK(notes.suggested(1).required == Texts{"always", "often"});
}

TEST_CASE("18 of 19 is less than 95 percent") {
    Fixture notes;
    notes.add(18, {{"a", "x"}});
    notes.add(1, {});
    CHECK(notes.suggested().optional == Texts{"a"});
}

TEST_CASE("relations are declared with the type that they lead to most often") {
    Fixture notes;
    notes.add(2, {}, {{"works_at", "A", "company"}, {"works_at", "B", "project_doc"}});
    notes.add(1, {}, {{"works_at", "C", "project_doc"}});
    CHECK(notes.usage.fields()[0].target_type == "project_doc");
    CHECK(yaml(notes.suggested()) == "works_at(array): Project_doc\n");
}

TEST_CASE("of equally frequent target types the first one is taken") {
    Fixture notes;
    notes.add(1, {}, {{"r", "A", "zebra"}, {"r", "B", "ant"}});
    CHECK(notes.usage.fields()[0].target_type == "zebra");
}

TEST_CASE("a relation whose targets are unknown stays a relation") {
    for (const std::optional<std::string>& type :
         {std::optional<std::string>{}, {""}, {"3d"}, {"a,b"}}) {
        Fixture notes;
        notes.add(1, {}, {{"works_at", "A", type}});
        const auto suggested = notes.suggested();
        CHECK(yaml(suggested) == "works_at: Any\n");
        const auto fields = parse_picoschema(suggested.fields);
        REQUIRE(fields);
        CHECK(fields->front().kind == FieldKind::reference);
    }
}

TEST_CASE("of an observation and a relation with one name the relation is declared once") {
    Fixture notes;
    notes.add(4, {{"owner", "me"}}, {{"owner", "Me", "person"}});
    const auto suggested = notes.suggested();
    CHECK(yaml(suggested) == "owner: Person\n");
    CHECK(suggested.required == Texts{"owner"});
    // A rare relation stands in nobody's way.
    notes.add(96, {{"owner", "me"}});
    CHECK(yaml(notes.suggested()) == "owner: string\n");
}

TEST_CASE("a category that cannot be written as a field is excluded") {
    Fixture notes;
    notes.add(1, {{"why?", "x"}, {"tags(array)", "x"}, {"fine", "x"}});
    const auto suggested = notes.suggested();
    CHECK(suggested.required == Texts{"fine"});
    CHECK(suggested.excluded == Texts{"why?", "tags(array)"});
}

TEST_CASE("no notes give no fields") {
    const Fixture none;
    CHECK(none.usage.notes() == 0);
    CHECK(none.usage.fields().empty());
    CHECK(none.suggested().fields.empty());
    CHECK(drift_of(schema_of("a: string"), none.usage).is_empty());
}

TEST_CASE("what is counted is bounded however many names there are") {
    TypeUsage usage;
    for (std::size_t i = 0; i < kMaxCountedNames + 10; ++i) {
        usage.add({{{"c" + std::to_string(i), "x"}}, {{"r" + std::to_string(i), "X", {}}}});
    }
    CHECK(usage.fields().size() == 2 * kMaxCountedNames);
}

TEST_CASE("new fields are not declared and in a quarter of the notes") {
    Fixture notes;
    notes.add(1, {{"name", "x"}, {"hobby", "x"}}, {{"knows", "B", {}}});
    notes.add(3, {{"name", "x"}});
    notes.add(1, {{"name", "x"}, {"rare", "x"}});
    auto drift = drift_of(schema_of("name: string"), notes.usage);
    CHECK(drift.new_fields.empty());  // 1 of 5
    Fixture more;
    more.add(1, {{"name", "x"}, {"hobby", "x"}}, {{"knows", "B", {}}});
    more.add(3, {{"name", "x"}});
    drift = drift_of(schema_of("name: string"), more.usage);
    CHECK(names(drift.new_fields) == Texts{"hobby", "knows"});
    CHECK(drift.new_fields[1].source == FieldSource::relation);
    CHECK(drift.dropped_fields.empty());
    CHECK(drift.cardinality_changes.empty());
}

TEST_CASE("dropped fields are declared and in less than a tenth of the notes") {
    Fixture notes;
    notes.add(1, {{"tenth", "x"}, {"name", "x"}});
    notes.add(9, {{"name", "x"}});
    const NoteSchema schema = schema_of("name: string, tenth: string, never: string, gone: Place");
    auto drift = drift_of(schema, notes.usage);
    CHECK(names(drift.dropped_fields) == Texts{"never", "gone"});
    CHECK(drift.dropped_fields[0].source == FieldSource::observation);
    CHECK(drift.dropped_fields[1].source == FieldSource::relation);
    CHECK(drift.dropped_fields[1].total == 10);
    notes.add(1, {{"name", "x"}});
    drift = drift_of(schema, notes.usage);
    CHECK(names(drift.dropped_fields) == Texts{"tenth", "never", "gone"});
}

TEST_CASE("cardinality compares the declaration with the usage") {
    Fixture notes;
    notes.add(1, {{"one", "x"}, {"many", "x"}, {"many", "y"}});
    const auto drift = drift_of(
        schema_of("'one(array)': string, many: string, 'never(array)': string"), notes.usage);
    CHECK(drift.cardinality_changes ==
          Texts{"one: schema declares array but usage is typically single-value",
                "many: schema declares single-value but usage is typically array"});
    CHECK(drift_of(schema_of("one: string, 'many(array)': string"), notes.usage).is_empty());
}

TEST_CASE("a relation stands for the observations of the same name") {
    Fixture notes;
    notes.add(1, {{"owner", "a"}, {"owner", "b"}}, {{"owner", "Me", {}}});
    notes.add(19, {{"owner", "a"}, {"owner", "b"}});
    const auto drift = drift_of(schema_of("owner: string"), notes.usage);
    CHECK(names(drift.dropped_fields) == Texts{"owner"});  // the relation is in 1 of 20
    CHECK(drift_of(schema_of("x: string"), notes.usage).new_fields.empty());
}

}  // namespace
}  // namespace bm
