#include "tools/make_catalog.hpp"

#include <filesystem>
#include <set>

#include <doctest/doctest.h>

#include "tests/support/golden.hpp"
#include "tests/support/json_schema.hpp"
#include "tests/support/temporary_knowledge_base.hpp"

namespace {

using bm::Json;
using bm::test::TemporaryKnowledgeBase;

/// Structured content as the server sends it.
Json structured(const bm::Tool& tool, const Json& value) {
    return tool.wraps_result ? Json{{"result", value}} : value;
}

}  // namespace

TEST_CASE("what the machine refuses is an answer, whatever was asked for") {
    TemporaryKnowledgeBase base;
    (void)base.knowledge().config();
    const auto catalog = bm::make_catalog(base.knowledge(), "1.2.3");
    // Nobody can open the index without its lock.
    std::filesystem::create_directory(base.knowledge().directory().index().string() + ".lock");
    int refused = 0;
    const auto look = [&](const auto& answer) {
        if (answer) return;
        CHECK(answer.error().fault == bm::Fault::unavailable);
        CHECK(answer.error().message.find("index.db") != std::string::npos);
        ++refused;
    };
    for (const auto& prompt : catalog.prompts()) {
        CAPTURE(prompt.name);
        for (const auto& argument : prompt.arguments) {
            look(prompt.complete(argument.name, "x", {}));
        }
    }
    CHECK(refused >= 4);
    for (const auto& each : catalog.templates()) {
        CAPTURE(each.name);
        const int before = refused;
        for (const char* variable : {"project", "path"}) look(each.complete(variable, "x", {}));
        CHECK(refused > before);
    }
    const int before = refused;
    look(catalog.change_key({}, "memory://n/root"));
    CHECK(refused == before + 1);
}

TEST_CASE("the catalogue has a name and a version and tells models what to do") {
    TemporaryKnowledgeBase base;
    const auto catalog = bm::make_catalog(base.knowledge(), "1.2.3");
    CHECK(catalog.server_name() == "Basic Memory");
    CHECK(catalog.server_version() == "1.2.3");
    CHECK(catalog.instructions().find("unprompted") != std::string::npos);
    CHECK(catalog.prompts().size() == 4);
    CHECK(catalog.find_tool("search_notes") != nullptr);
    CHECK(catalog.find_prompt("getting_started") != nullptr);
}

TEST_CASE(
    "the catalogue of a bound caller is the same, and works in one project whatever it is told") {
    TemporaryKnowledgeBase base;
    REQUIRE(base.knowledge().add_project("other", (base.scratch() / "o").string(), true));
    base.note("n", "Mine", "of mine");
    base.call("write_note",
              {{"title", "Mine"}, {"folder", "n"}, {"content", "of others"}, {"project", "other"}});
    const auto catalog = bm::make_catalog(base.knowledge(), "1.2.3");
    const bm::Catalog* const bound = catalog.bound_to("test-project");
    REQUIRE(bound != nullptr);
    REQUIRE(bound->tools().size() == catalog.tools().size());
    for (std::size_t i = 0; i < catalog.tools().size(); ++i) {
        CHECK(bound->tools()[i].name == catalog.tools()[i].name);
        CHECK(bound->tools()[i].description == catalog.tools()[i].description);
        CHECK(bound->tools()[i].input_schema == catalog.tools()[i].input_schema);
    }
    for (const char* identifier : {"n/mine", "memory://other/n/mine", "other::Mine"}) {
        CAPTURE(identifier);
        const Json arguments{{"identifier", identifier}, {"project", "other"}};
        const auto read = [&](const bm::Catalog& from) {
            return TemporaryKnowledgeBase::text_of(from.find_tool("read_note")->run({}, arguments));
        };
        CHECK(read(catalog).find("of others") != std::string::npos);
        CHECK(read(*bound).find("of others") == std::string::npos);
    }
    CHECK(bound->read_resource({}, "memory://test-project/info"));
    CHECK_FALSE(bound->read_resource({}, "memory://other/info"));
}

TEST_CASE("the declarations of the searching and project tools are as recorded") {
    TemporaryKnowledgeBase base;
    for (const char* name : {"search_notes", "search", "fetch", "build_context", "recent_activity",
                             "list_memory_projects", "create_memory_project", "delete_project",
                             "list_workspaces", "basic_memory_diagnostics"}) {
        CAPTURE(name);
        const auto& tool = base.tool(name);
        Json declaration = Json::object();
        declaration["description"] = tool.description;
        declaration["inputSchema"] = tool.input_schema;
        declaration["outputSchema"] = tool.output_schema;
        declaration["wraps"] = tool.wraps_result;
        bm::test::check_golden("tools/declaration_" + std::string(name) + ".json",
                               declaration.dump(2) + "\n");
    }
}

TEST_CASE("structured answers of every form fit the declared output schemas") {
    TemporaryKnowledgeBase base;
    base.note("n", "Root", "- [fact] one\n- to [[Leaf]]\n- to [[Ghost]]");
    base.note("n", "Leaf", "x");
    struct Case {
        const char* tool;
        Json arguments;
    };
    const std::vector<Case> cases = {
        {"search_notes", {{"query", "one"}, {"project", "test-project"}}},
        {"search_notes",
         {{"query", "one"}, {"project", "test-project"}, {"output_format", "text"}}},
        {"search_notes",
         {{"query", "one"}, {"project", "test-project"}, {"output_format", "json"}}},
        {"search", {{"query", "one"}}},
        {"fetch", {{"id", "n/root"}}},
        {"build_context", {{"url", "n/root"}, {"project", "test-project"}}},
        {"recent_activity", {{"project", "test-project"}}},
        {"recent_activity", {{"project", "test-project"}, {"output_format", "json"}}},
        {"list_memory_projects", Json::object()},
        {"list_memory_projects", {{"output_format", "json"}}},
        {"create_memory_project",
         {{"project_name", "p"}, {"project_path", (base.scratch() / "p").string()}}},
        {"create_memory_project",
         {{"project_name", "p"}, {"project_path", "/"}, {"output_format", "json"}}},
        {"delete_project", {{"project_name", "p"}}},
        {"list_workspaces", {{"output_format", "json"}}},
        {"basic_memory_diagnostics", Json::object()},
    };
    for (const auto& each : cases) {
        CAPTURE(each.tool);
        CAPTURE(each.arguments.dump());
        const auto& tool = base.tool(each.tool);
        const auto answer = base.reply(each.tool, each.arguments);
        REQUIRE_FALSE(answer.is_error);
        REQUIRE(tool.output_schema.is_object());
        auto schema = tool.output_schema;
        schema.erase("x-fastmcp-wrap-result");
        const auto violation =
            bm::test::JsonSchema(schema).violation(structured(tool, answer.value));
        CAPTURE(violation.value_or(""));
        CHECK_FALSE(violation);
    }
}

TEST_CASE("every file of a tool is in the list of tools") {
    TemporaryKnowledgeBase base;
    std::set<std::string> listed;
    for (const auto& tool : base.tools()) {
        listed.insert(tool.name);
        CHECK(std::filesystem::exists("../tools/" + tool.name + ".cpp"));
    }
    // A file that defines `{name}_tool(` is the file of a tool.
    for (const auto& entry : std::filesystem::directory_iterator("../tools")) {
        const auto name = entry.path().stem().string();
        std::ifstream in(entry.path());
        const std::string text{std::istreambuf_iterator<char>(in),
                               std::istreambuf_iterator<char>()};
        const bool defines = entry.path().extension() == ".cpp" &&
                             text.find("\nTool ") != std::string::npos &&
                             text.find("_tool(KnowledgeBase&") != std::string::npos;
        CAPTURE(name);
        if (defines) {
            CHECK(listed.count(name) == 1);
        }
    }
}
