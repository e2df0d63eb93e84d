#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "tests/cli/shell.hpp"

namespace bm {
namespace {

using nlohmann::json;
using test::contains;
using test::Shell;

struct Vault : Shell {
    void note(const std::string& title, const std::string& content,
              const std::string& type = "person", const std::string& folder = "people") {
        const auto outcome = run({"tool", "write-note", "--title", title, "--folder", folder,
                                  "--content", content, "--type", type});
        REQUIRE(outcome.code == 0);
    }
    void schema(const std::string& mode) {
        note("Person",
             "---\ntype: schema\nentity: person\nschema:\n  name: string\n  job?: string\n"
             "settings:\n  validation: " +
                 mode + "\n---\n",
             "schema", "schemas");
    }
};

TEST_CASE("every schema command has a help of its own") {
    Shell shell;
    for (const std::vector<std::string>& words : {std::vector<std::string>{"schema"},
                                                  {"schema", "validate"},
                                                  {"schema", "infer"},
                                                  {"schema", "diff"}}) {
        auto asked = words;
        asked.push_back("--help");
        const auto outcome = shell.run(asked);
        CHECK(outcome.code == 0);
        CHECK(contains(outcome.out, "Usage: basic-memory"));
        CHECK(contains(outcome.out, words.back()));
    }
    CHECK(contains(shell.run({"--complete-words", "schema", ""}).out, "validate\n"));
    CHECK(contains(shell.run({"--complete-words", "schema", "infer", "--s"}).out, "--save\n"));
}

TEST_CASE("mistakes in a schema command are usage errors") {
    Shell shell;
    for (const std::vector<std::string>& words : {std::vector<std::string>{"schema"},
                                                  {"schema", "nonsense"},
                                                  {"schema", "infer"},
                                                  {"schema", "diff"},
                                                  {"schema", "infer", "x", "--threshold", "2"},
                                                  {"schema", "infer", "x", "--threshold", "much"},
                                                  {"schema", "validate", "a", "b"}}) {
        CAPTURE(words.back());
        const auto outcome = shell.run(words);
        CHECK(outcome.code == 2);
        CHECK(outcome.out.empty());
    }
}

TEST_CASE("validate prints a table, the messages and a summary") {
    Vault vault;
    vault.schema("warn");
    vault.note("Ada", "- [name] Ada L");
    vault.note("Bob", "- [job] cook");
    auto outcome = vault.run({"schema", "validate", "person"});
    CHECK(outcome.code == 0);
    CHECK(outcome.out ==
          "Schema Validation: person\n"
          "Note  Status  Warnings  Errors\n"
          "----  ------  --------  ------\n"
          "Ada   pass    0         0\n"
          "Bob   warn    1         0\n"
          "Bob: Missing required field: name (expected [name] observation)\n"
          "Summary: 2/2 valid, 1 warnings, 0 errors\n");
    CHECK(vault.run({"schema", "validate", "person", "--strict"}).code == 0);
    CHECK(vault.run({"schema", "validate"}).out.starts_with("Schema Validation: all\n"));
    outcome = vault.run({"schema", "validate", "people/bob"});
    CHECK(contains(outcome.out, "Bob   warn"));
    CHECK_FALSE(contains(outcome.out, "Ada"));
    CHECK(contains(vault.run({"schema", "validate", "people/Ada.md"}).out, "Ada   pass"));
}

TEST_CASE("errors fail a strict run alone, and JSON says the same") {
    Vault vault;
    vault.schema("strict");
    vault.note("Bob", "- [job] cook");
    auto outcome = vault.run({"schema", "validate", "person"});
    CHECK(outcome.code == 0);
    CHECK(contains(outcome.out, "Bob   fail    0         1"));
    CHECK(contains(outcome.out, "Summary: 0/1 valid, 0 warnings, 1 errors\n"));
    outcome = vault.run({"schema", "validate", "person", "--strict", "--json"});
    CHECK(outcome.code == 1);
    const auto object = json::parse(outcome.out);
    CHECK(object["note_type"] == "person");
    CHECK(object["error_count"] == 1);
    CHECK(object["results"][0]["passed"] == false);
}

TEST_CASE("a schema command says on the error stream what there is nothing of") {
    Vault vault;
    vault.note("Bob", "- [job] cook");
    const std::vector<std::pair<std::vector<std::string>, std::string>> table{
        {{"schema", "validate"}, "Error: No schemas defined in this project\n"},
        {{"schema", "validate", "ghost"}, "Error: No notes found of type 'ghost'\n"},
        {{"schema", "validate", "person"},
         "Error: No schema found for type 'person'. Derive one: basic-memory schema infer "
         "person\n"},
        {{"schema", "infer", "ghost"}, "Error: No notes found of type 'ghost'\n"},
        {{"schema", "diff", "person"},
         "Error: No schema found for type 'person'. Derive one: basic-memory schema infer "
         "person\n"},
        {{"schema", "diff", "person", "--project", "nowhere"},
         "No project found named: nowhere\n"}};
    for (const auto& [words, message] : table) {
        CAPTURE(message);
        const auto outcome = vault.run(words);
        CHECK(outcome.code == 1);
        CHECK(outcome.out.empty());
        CHECK(outcome.err == message);
    }
    CHECK(vault.run({"schema", "validate", "no/where"}).code == 1);
}

TEST_CASE("infer prints frequencies and a schema, and stores it once") {
    Vault vault;
    vault.note("Ada", "- [name] Ada L\n- knows [[Bob]]");
    vault.note("Bob", "- [name] Bob M\n- [name] Rob M\n- [job] cook");
    auto outcome = vault.run({"schema", "infer", "person"});
    CHECK(outcome.code == 0);
    CHECK(outcome.out.starts_with("Field Frequencies\n"));
    CHECK(contains(outcome.out, "name   observation  100%   2/2    required\n"));
    CHECK(contains(outcome.out, "knows  relation     50%    1/2    optional\n"));
    CHECK(contains(outcome.out, "schema:\n  name: string\n  job?: string\n  knows?: Person\n"));
    CHECK(contains(vault.run({"schema", "infer", "person", "--threshold", "0.6"}).out,
                   "50%    1/2    excluded\n"));
    CHECK_FALSE(std::filesystem::exists(vault.folder().path() / "notes/schemas"));

    outcome = vault.run({"schema", "infer", "person", "--save"});
    CHECK(outcome.code == 0);
    CHECK(outcome.out.ends_with("\nSaved as schemas/Person.md\n"));
    const std::string bytes = vault.folder().read("notes/schemas/Person.md");
    CHECK(contains(bytes, "type: schema\n"));
    CHECK(contains(bytes, "entity: person\n"));
    CHECK(vault.run({"schema", "diff", "person"}).out == "No drift detected for person schema.\n");

    outcome = vault.run({"schema", "infer", "Person", "--save"});
    CHECK(outcome.code == 1);
    CHECK(outcome.err ==
          "Error: There is a schema for 'Person' already: schemas/Person.md. See how it differs: "
          "basic-memory schema diff Person\n");
    CHECK(vault.folder().read("notes/schemas/Person.md") == bytes);
}

TEST_CASE("a note that has the place of a new schema is not replaced") {
    Vault vault;
    vault.note("Ada", "- [name] Ada L");
    vault.note("Person", "mine", "note", "schemas");
    const std::string bytes = vault.folder().read("notes/schemas/Person.md");
    const auto outcome = vault.run({"schema", "infer", "person", "--save", "--json"});
    CHECK(outcome.code == 1);
    CHECK(json::parse(outcome.out)["ok"] == false);
    CHECK(outcome.err == "Error: schemas/Person.md is there already and was not replaced\n");
    CHECK(vault.folder().read("notes/schemas/Person.md") == bytes);
}

TEST_CASE("infer as JSON names the file that it stored") {
    Vault vault;
    vault.note("Ada", "- [name] Ada L");
    auto object = json::parse(vault.run({"schema", "infer", "person", "--json"}).out);
    CHECK(object["suggested_schema"] == json{{"name", "string"}});
    CHECK_FALSE(object.contains("saved"));
    object = json::parse(vault.run({"schema", "infer", "person", "--json", "--save"}).out);
    CHECK(object["saved"] == "schemas/Person.md");
}

TEST_CASE("diff lists what is new, dropped and used otherwise") {
    Vault vault;
    vault.schema("warn");
    vault.note("Ada", "- [name] Ada L\n- [name] Ada M\n- [hobby] chess");
    const auto outcome = vault.run({"schema", "diff", "person"});
    CHECK(outcome.code == 0);
    CHECK(outcome.out ==
          "+ New fields\n  hobby (observation): 100% (1/1)\n"
          "- Dropped fields\n  job (observation): 0% (0/1)\n"
          "~ Cardinality changes\n"
          "  name: schema declares single-value but usage is typically array\n");
    const auto object = json::parse(vault.run({"schema", "diff", "person", "--json"}).out);
    CHECK(object["schema_found"] == true);
    CHECK(object["new_fields"][0]["name"] == "hobby");
}

TEST_CASE("the schema tools take a type or a note from the shell") {
    Vault vault;
    vault.schema("warn");
    vault.note("Ada", "- [name] Ada L");
    vault.note("Bob", "- [job] cook");
    CHECK(json::parse(vault.run({"tool", "schema-validate", "person"}).out)["total_notes"] == 2);
    CHECK(json::parse(vault.run({"tool", "schema-validate", "people/bob"}).out)["total_notes"] ==
          1);
    CHECK(json::parse(vault.run({"tool", "schema-validate"}).out)["note_type"].is_null());
    CHECK(
        contains(vault.run({"tool", "schema-infer", "person", "--threshold", "0.9", "--text"}).err,
                 "# No Schema Pattern Found"));
    CHECK(json::parse(vault.run({"tool", "schema-diff", "person"}).out)["schema_found"] == true);
    CHECK(vault.run({"tool", "schema-diff", "ghost", "--text"}).code == 1);
}

TEST_CASE("the people of the example vault fit their schema") {
    Shell shell;
    std::filesystem::copy(std::filesystem::path(BM_SOURCE_DIR) / "examples/vault",
                          shell.folder().path() / "notes",
                          std::filesystem::copy_options::recursive);
    const auto outcome = shell.run({"schema", "validate", "--json", "--strict"});
    CHECK(outcome.code == 0);
    const auto report = json::parse(outcome.out);
    CHECK(report["error_count"] == 0);
    CHECK(report["type_summaries"][0]["note_type"] == "person");
    CHECK(report["total_notes"] == report["total_entities"]);
    CHECK(report["total_notes"] > 0);
    CHECK(shell.run({"schema", "diff", "person"}).code == 0);
    const auto inferred = json::parse(shell.run({"schema", "infer", "person", "--json"}).out);
    CHECK(inferred["suggested_schema"].contains("name"));
}

}  // namespace
}  // namespace bm
