#include <doctest/doctest.h>

#include "tests/support/golden.hpp"
#include "tests/support/temporary_knowledge_base.hpp"

namespace bm {
namespace {

using test::TemporaryKnowledgeBase;

bool has_part(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

constexpr const char* kPersonSchema =
    "---\ntype: schema\nentity: person\nversion: 1\nschema:\n  name: string, full name\n"
    "  role?: string, job\n  works_at?: Organization, employer\nsettings:\n  validation: ";

struct Fixture : TemporaryKnowledgeBase {
    void schema(const std::string& mode = "warn") {
        note("schemas", "Person", kPersonSchema + mode + "\n---\n\n# Person");
    }
    void person(const std::string& title, const std::string& content) {
        call("write_note", {{"title", title},
                            {"folder", "people"},
                            {"content", content},
                            {"note_type", "person"}});
    }
    Json json(const char* tool, Json arguments) {
        arguments["output_format"] = "json";
        return call(tool, std::move(arguments)).value;
    }
    bool failed(const char* tool, const Json& arguments) {
        const ToolReply reply = call(tool, arguments);
        CHECK_FALSE(reply.is_error);
        return reply.failed;
    }
};

TEST_CASE("validation tells of each note below a summary") {
    Fixture base;
    base.schema();
    base.person("Ada", "- [name] Ada L\n- [role] engineer");
    base.person("Bob", "- [role] cook");
    const std::string text =
        "# Schema Validation: person\n\nNotes: 2 | Valid: 2 | Warnings: 1 | Errors: 0\n\n"
        "- **Ada** \u2014 valid\n- **Bob** \u2014 valid\n"
        "  - warning: Missing required field: name (expected [name] observation)";
    CHECK(base.text("schema_validate", {{"note_type", "person"}}) == text);
    CHECK(base.text("schema_validate", {{"noteType", "person"}}) == text);
    CHECK_FALSE(base.failed("schema_validate", {{"note_type", "person"}}));
}

TEST_CASE("a strict schema makes notes invalid") {
    Fixture base;
    base.schema("strict");
    base.person("Bob", "- [role] cook");
    CHECK(base.text("schema_validate", {{"identifier", "people/bob"}}) ==
          "# Schema Validation: person\n\nNotes: 1 | Valid: 0 | Warnings: 0 | Errors: 1\n\n"
          "- **Bob** \u2014 INVALID\n"
          "  - error: Missing required field: name (expected [name] observation)");
    // What was found wrong is an answer, and no failure of the call.
    CHECK_FALSE(base.failed("schema_validate", {{"identifier", "Bob"}}));
}

TEST_CASE("validation as JSON has every field and what the schema does not name") {
    Fixture base;
    base.schema();
    base.person("Ada", "- [name] Ada L\n- [hobby] chess\n- [hobby] go\n- knows [[Bob]]");
    const Json report = base.json("schema_validate", {{"note_type", "Person"}});
    CHECK(report["note_type"] == "Person");
    CHECK(report["total_notes"] == 1);
    CHECK(report["total_entities"] == 1);
    CHECK(report["valid_count"] == 1);
    CHECK(report["warning_count"] == 0);
    CHECK(report["error_count"] == 0);
    CHECK(report["results_omitted"] == 0);
    CHECK(report["type_summaries"] == Json::array());
    const Json& note = report["results"][0];
    CHECK(note["note_identifier"] == "Ada");
    CHECK(note["schema_entity"] == "person");
    CHECK(note["passed"] == true);
    CHECK(note["unmatched_observations"] == Json{{"hobby", 2}});
    CHECK(note["unmatched_relations"] == Json::array({"knows"}));
    CHECK(note["field_results"][0] == Json{{"field_name", "name"},
                                           {"field_type", "string"},
                                           {"required", true},
                                           {"status", "present"},
                                           {"values", {"Ada L"}},
                                           {"message", nullptr}});
    CHECK(note["field_results"][2] ==
          Json{{"field_name", "works_at"},
               {"field_type", "Organization"},
               {"required", false},
               {"status", "missing"},
               {"values", Json::array()},
               {"message",
                "Missing optional field: works_at (no 'works_at [[...]]' relation "
                "found)"}});
}

TEST_CASE("without a type all that have a schema are checked") {
    Fixture base;
    CHECK(base.text("schema_validate", Json::object()).starts_with("# No Schemas Defined\n"));
    CHECK(base.json("schema_validate", Json::object()) ==
          Json{{"error", "No schemas defined in this project"}});
    CHECK(base.failed("schema_validate", Json::object()));
    base.schema();
    base.note("schemas", "Planet",
              "---\ntype: schema\nentity: planet\nschema: {name: string}\n---\n");
    base.person("Bob", "- [role] cook");
    CHECK(base.text("schema_validate", {{"note_type", " "}}) ==
          "# Schema Validation: all\n\nNotes: 1 | Valid: 1 | Warnings: 1 | Errors: 0\n\n"
          "## By Type\n- **person**: 1/1 valid\n- **planet**: no notes\n\n"
          "- **Bob** \u2014 valid\n"
          "  - warning: Missing required field: name (expected [name] observation)");
    const Json report = base.json("schema_validate", Json::object());
    CHECK(report["note_type"].is_null());
    CHECK(report["type_summaries"][0] == Json{{"note_type", "person"},
                                              {"total_notes", 1},
                                              {"valid_count", 1},
                                              {"warning_count", 1},
                                              {"error_count", 0}});
}

TEST_CASE("validation says what there is nothing of, and how to go on") {
    Fixture base;
    base.person("Bob", "- [role] cook");
    CHECK(base.text("schema_validate", {{"note_type", "ghost"}})
              .starts_with("# No Notes Found of Type 'ghost'\n"));
    CHECK(base.json("schema_validate", {{"note_type", "ghost"}}) ==
          Json{{"error", "No notes found of type 'ghost'"}});
    for (const Json& arguments : {Json{{"note_type", "person"}}, Json{{"identifier", "Bob"}}}) {
        const std::string text = base.text("schema_validate", arguments);
        CHECK(text.starts_with("# No Schema Found for 'person'\n"));
        CHECK(has_part(text, "```\n---\ntitle: Person\ntype: schema\nentity: person\n"));
        CHECK(base.json("schema_validate", arguments) ==
              Json{{"error", "No schema found for type 'person'"}});
        CHECK(base.failed("schema_validate", arguments));
    }
    CHECK(base.text("schema_validate", {{"identifier", "Nobody"}})
              .starts_with("# Schema Validation Failed\n\n"));
    CHECK(base.json("schema_validate", {{"identifier", "Nobody"}})["error"]
              .get<std::string>()
              .starts_with("Schema validation failed: "));
    CHECK(has_part(base.text("schema_validate", {{"identifier", "../../etc/passwd"}}),
                   "paths must stay within project boundaries"));
}

TEST_CASE("a schema that cannot be used fails the call with its file") {
    Fixture base;
    base.schema("loud");
    base.person("Bob", "- [role] cook");
    const std::string reason =
        "Invalid settings.validation value 'loud'; expected one of: 'warn', 'strict', or 'error' "
        "(alias for 'strict') (in schemas/Person.md)";
    CHECK(base.text("schema_validate", {{"note_type", "person"}}) ==
          "# Schema Validation Failed\n\n" + reason);
    CHECK(base.json("schema_validate", {{"note_type", "person"}}) ==
          Json{{"error", "Schema validation failed: " + reason}});
    CHECK(base.text("schema_diff", {{"note_type", "person"}}) ==
          "# Schema Diff Failed\n\n" + reason);
    CHECK(base.failed("schema_diff", {{"note_type", "person"}}));
}

TEST_CASE("inference suggests a schema note that can be stored as it is") {
    Fixture base;
    for (const char* name : {"N0", "N1", "N2"}) {
        base.person("Pers " + std::string(name),
                    "- [name] " + std::string(name) + "\n- [role] r\n- works_at [[Org]]");
    }
    const std::string text = base.text("schema_infer", {{"note_type", "person"}});
    const std::string schema =
        "---\ntitle: Person\ntype: schema\nentity: person\nversion: 1\nschema:\n"
        "  name: string\n  role: string\n  works_at: Any\n---\n\n# Person";
    CHECK(
        text ==
        "# Schema Inference: person\n\nNotes analyzed: 3\n\n## Suggested Schema\n\n```markdown\n" +
            schema +
            "\n```\n\n## Field Frequencies\n\n"
            "- **name** (observation) \u2014 100% (3/3) [required] (e.g. N0, N1, N2)\n"
            "- **role** (observation) \u2014 100% (3/3) [required] (e.g. r)\n"
            "- **works_at** (relation) \u2014 100% (3/3) [required] (e.g. Org)");
    base.note("schemas", "Person", schema);
    CHECK(base.text("schema_validate", {{"note_type", "person"}})
              .starts_with("# Schema Validation: person\n\nNotes: 3 | Valid: 3 | Warnings: 0 | "
                           "Errors: 0\n"));
    CHECK(base.text("schema_diff", {{"note_type", "person"}}) ==
          "# Schema Drift: person\n\nNo drift detected \u2014 schema matches actual usage.");
    // Once the target is there its type is known.
    base.call(
        "write_note",
        {{"title", "Org"}, {"folder", "orgs"}, {"content", "x"}, {"note_type", "project_doc"}});
    const Json json = base.json("schema_infer", {{"note_type", "Person"}});
    CHECK(json["suggested_schema"] ==
          Json{{"name", "string"}, {"role", "string"}, {"works_at", "Project_doc"}});
    CHECK(json["field_frequencies"][2] == Json{{"name", "works_at"},
                                               {"source", "relation"},
                                               {"count", 3},
                                               {"total", 3},
                                               {"percentage", 1.0},
                                               {"sample_values", {"Org"}},
                                               {"is_array", false},
                                               {"target_type", "project_doc"}});
}

TEST_CASE("inference lists what is excluded and obeys the threshold") {
    Fixture base;
    for (int i = 0; i < 5; ++i) {
        base.person("P" + std::to_string(i), i == 0 ? "- [rare] x" : "- [often] a\n- [often] b");
    }
    const std::string text = base.text("schema_infer", {{"note_type", "person"}});
    CHECK(has_part(text, "\n  often?(array): string\n"));
    CHECK(has_part(text, "80% (4/5) [optional] (e.g. a, b)\n"));
    CHECK(has_part(text, "20% (1/5) (e.g. x)\n"));
    CHECK(text.ends_with("\n\n## Excluded (below threshold)\n\n- rare"));
    const Json all = base.json("schema_infer", {{"note_type", "person"}, {"threshold", "0.2"}});
    CHECK(all["suggested_optional"] == Json::array({"often", "rare"}));
    CHECK(all["excluded"] == Json::array());
    const Json none = {{"note_type", "person"}, {"threshold", 0.9}};
    CHECK(base.text("schema_infer", none) ==
          "# No Schema Pattern Found\n\nNo category of observations and no type of relation is in "
          "at least 90% of the notes (threshold 0.9). 5 notes were analyzed. Try a smaller "
          "threshold.");
    CHECK(base.failed("schema_infer", none));
    CHECK(base.json("schema_infer", none)["suggested_schema"] == Json::object());
    for (const double odd : {-0.1, 1.1}) {
        const ToolReply reply =
            base.call("schema_infer", {{"note_type", "person"}, {"threshold", odd}});
        CHECK(reply.is_error);
        CHECK(has_part(reply.value.get<std::string>(), "threshold must be between 0 and 1, got "));
    }
}

TEST_CASE("inference of a type without notes is empty") {
    Fixture base;
    CHECK(base.text("schema_infer", {{"note_type", "ghost"}})
              .starts_with("# No Notes Found of Type 'ghost'\n"));
    const Json json = base.json("schema_infer", {{"noteType", "ghost"}});
    CHECK(json["note_type"] == "ghost");
    CHECK(json["notes_analyzed"] == 0);
    CHECK(json["field_frequencies"] == Json::array());
    CHECK(json["suggested_schema"] == Json::object());
    CHECK(json["suggested_required"] == Json::array());
    CHECK(json["excluded"] == Json::array());
}

TEST_CASE("drift names new and dropped fields and changed cardinality") {
    Fixture base;
    CHECK(base.text("schema_diff", {{"note_type", "ghost"}})
              .starts_with("# No Schema Found for 'ghost'\n"));
    CHECK(base.failed("schema_diff", {{"note_type", "ghost"}}));
    CHECK(base.json("schema_diff", {{"note_type", "ghost"}}) ==
          Json{{"note_type", "ghost"},
               {"schema_found", false},
               {"new_fields", Json::array()},
               {"dropped_fields", Json::array()},
               {"cardinality_changes", Json::array()}});
    base.schema();
    for (int i = 0; i < 4; ++i) {
        base.person("Pers " + std::to_string(i), "- [name] N\n- [name] M\n- [hobby] chess");
    }
    CHECK(base.text("schema_diff", {{"noteType", "person"}}) ==
          "# Schema Drift: person\n\n## New Fields (in notes but not in schema)\n\n"
          "- **hobby** (observation) \u2014 100% (4/4)\n\n"
          "## Dropped Fields (in schema but rare in notes)\n\n"
          "- **role** (observation) \u2014 0% (0/4)\n- **works_at** (relation) \u2014 0% (0/4)\n\n"
          "## Cardinality Changes\n\n"
          "- name: schema declares single-value but usage is typically array");
    const Json json = base.json("schema_diff", {{"note_type", "person"}});
    CHECK(json["schema_found"] == true);
    CHECK(json["new_fields"][0]["name"] == "hobby");
    CHECK(json["dropped_fields"].size() == 2);
    CHECK(json["cardinality_changes"].size() == 1);
}

TEST_CASE("the declarations of the schema tools are as recorded") {
    TemporaryKnowledgeBase base;
    for (const char* name : {"schema_validate", "schema_infer", "schema_diff"}) {
        CAPTURE(name);
        const Tool& tool = base.tool(name);
        const Json declaration = {{"description", tool.description},
                                  {"inputSchema", tool.input_schema},
                                  {"outputSchema", tool.output_schema},
                                  {"wraps", tool.wraps_result}};
        test::check_golden("tools/declaration_" + std::string(name) + ".json",
                           declaration.dump(2) + "\n");
    }
}

}  // namespace
}  // namespace bm
