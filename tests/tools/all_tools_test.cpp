#include "tools/all_tools.hpp"

#include <map>
#include <set>

#include <doctest/doctest.h>

#include "tests/support/golden.hpp"
#include "tests/support/temporary_knowledge_base.hpp"

namespace bm {
namespace {

using test::TemporaryKnowledgeBase;

TEST_CASE("the tools keep their order and new ones come last") {
    TemporaryKnowledgeBase base;
    std::vector<std::string> names;
    for (const auto& tool : base.tools()) names.push_back(tool.name);
    const std::vector<std::string> known{"list_memory_projects",
                                         "delete_note",
                                         "read_content",
                                         "build_context",
                                         "recent_activity",
                                         "search_notes",
                                         "read_note",
                                         "view_note",
                                         "write_note",
                                         "canvas",
                                         "list_directory",
                                         "edit_note",
                                         "move_note",
                                         "create_memory_project",
                                         "delete_project",
                                         "search",
                                         "fetch"};
    REQUIRE(names.size() >= known.size());
    CHECK(std::vector<std::string>(
              names.begin(), names.begin() + static_cast<std::ptrdiff_t>(known.size())) == known);
    CHECK(base.has_tool("list_workspaces"));
    CHECK(base.has_tool("basic_memory_diagnostics"));
    // New ones come last, so that what hosts have cached of the others stays as it is.
    CHECK(std::vector<std::string>(names.end() - 5, names.end()) ==
          std::vector<std::string>{"note_history", "restore_note", "schema_validate",
                                   "schema_infer", "schema_diff"});
}

TEST_CASE("the first tool works without arguments because clients try it like that") {
    TemporaryKnowledgeBase base;
    const ToolReply reply = base.tools().front().run(CallContext{}, Json::object());
    CHECK_FALSE(reply.is_error);
    CHECK_FALSE(reply.failed);
    CHECK_FALSE(TemporaryKnowledgeBase::text_of(reply).empty());
}

struct Hints {
    const char* title;
    bool read_only;
    bool destructive;
};

TEST_CASE("titles and hints tell hosts what a tool may do") {
    const std::map<std::string, Hints> table{
        {"write_note", {"Write Note", false, true}},
        {"read_note", {"Read Note", true, false}},
        {"view_note", {"View Note", true, false}},
        {"edit_note", {"Edit Note", false, true}},
        {"move_note", {"Move Note", false, false}},
        {"delete_note", {"Delete Note", false, true}},
        {"read_content", {"Read Content", true, false}},
        {"search_notes", {"Search Notes", true, false}},
        {"build_context", {"Build Context", true, false}},
        {"recent_activity", {"Recent Activity", true, false}},
        {"list_directory", {"List Directory", true, false}},
        {"canvas", {"Canvas", false, true}},
        {"list_memory_projects", {"List Memory Projects", true, false}},
        {"create_memory_project", {"Create Memory Project", false, false}},
        {"delete_project", {"Delete Project", false, true}},
        {"list_workspaces", {"List Workspaces", true, false}},
        {"basic_memory_diagnostics", {"Basic Memory Diagnostics", true, false}},
        {"note_history", {"Note History", true, false}},
        {"restore_note", {"Restore Note", false, true}},
        {"schema_validate", {"Validate Schema", true, false}},
        {"schema_infer", {"Infer Schema", true, false}},
        {"schema_diff", {"Schema Diff", true, false}},
        {"search", {"Search Knowledge Base", true, false}},
        {"fetch", {"Fetch Document", true, false}},
    };
    TemporaryKnowledgeBase base;
    for (const auto& tool : base.tools()) {
        CAPTURE(tool.name);
        REQUIRE(table.count(tool.name) == 1);
        const Hints& hints = table.at(tool.name);
        CHECK(tool.title == hints.title);
        CHECK(tool.annotations.read_only == hints.read_only);
        CHECK(tool.annotations.destructive == hints.destructive);
        CHECK_FALSE(tool.annotations.open_world);
        CHECK_FALSE(tool.annotations.idempotent);
    }
}

TEST_CASE("a tool fits the limits that hosts set") {
    TemporaryKnowledgeBase base;
    CHECK(base.tools().size() <= 24);
    for (const auto& tool : base.tools()) {
        CAPTURE(tool.name);
        CHECK(tool.name.size() <= 40);
        CHECK(tool.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz_") == std::string::npos);
        CHECK(tool.description.size() <= 600);
        CHECK(tool.description.size() >= 80);
    }
}

TEST_CASE("input schemas are flat objects that every host can read") {
    TemporaryKnowledgeBase base;
    for (const auto& tool : base.tools()) {
        CAPTURE(tool.name);
        const Json& schema = tool.input_schema;
        CHECK(schema["type"] == "object");
        const std::set<std::string> allowed{"type", "properties", "required"};
        for (const auto& member : schema.items()) CHECK(allowed.count(member.key()) == 1);
        for (const auto& property : schema["properties"].items()) {
            CAPTURE(property.key());
            const Json& value = property.value();
            CHECK(value["title"].is_string());
            CHECK((value.contains("type") || value.contains("anyOf")));
            CHECK(value.dump().find("$ref") == std::string::npos);
            if (value.value("type", "") == "array") CHECK(value.contains("items"));
        }
        for (const auto& name : schema.value("required", Json::array())) {
            CHECK(schema["properties"].contains(name.get<std::string>()));
        }
    }
}

TEST_CASE("the declarations of the note tools are as recorded") {
    TemporaryKnowledgeBase base;
    for (const char* name :
         {"write_note", "read_note", "view_note", "edit_note", "move_note", "delete_note",
          "read_content", "list_directory", "canvas", "note_history", "restore_note"}) {
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

TEST_CASE("a tool answers whatever it is called with") {
    TemporaryKnowledgeBase base;
    for (const auto& tool : base.tools()) {
        CAPTURE(tool.name);
        for (const Json& odd : {Json(nullptr), Json::array(), Json(5), Json("text"), Json(true),
                                Json({{"unheard_of", 1}})}) {
            CAPTURE(odd.dump());
            const ToolReply reply = tool.run(CallContext{}, odd);
            if (!odd.is_null()) CHECK(reply.is_error);
        }
    }
}

TEST_CASE("no schema refuses an argument under one of its other names") {
    TemporaryKnowledgeBase base;
    for (const auto& [tool, name] :
         std::vector<std::pair<const char*, std::string>>{{"canvas", "folder"},
                                                          {"write_note", "folder"},
                                                          {"edit_note", "content"},
                                                          {"read_content", "path"},
                                                          {"build_context", "url"}}) {
        CAPTURE(tool);
        const Json required = base.tool(tool).input_schema.value("required", Json::array());
        CHECK(std::find(required.begin(), required.end(), Json(name)) == required.end());
        // The call is refused all the same when no name is there.
        const Json complete{{"identifier", "x"},      {"operation", "append"},
                            {"title", "x"},           {"content", "x"},
                            {"nodes", Json::array()}, {"edges", Json::array()}};
        Json arguments = Json::object();
        for (const auto& member : complete.items()) {
            if (member.key() != name &&
                base.tool(tool).input_schema["properties"].contains(member.key())) {
                arguments[member.key()] = member.value();
            }
        }
        CHECK(base.call(tool, arguments).value ==
              "Input validation error: '" + name + "' is a required property");
    }
    for (const char* name : {"folder", "directory"}) {
        CHECK(base.tool("canvas").input_schema["properties"].contains(name));
    }
}

}  // namespace
}  // namespace bm
