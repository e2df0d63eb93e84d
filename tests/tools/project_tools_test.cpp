#include <doctest/doctest.h>

#include "tests/support/temporary_knowledge_base.hpp"

namespace {

using bm::Json;
using bm::test::TemporaryKnowledgeBase;

std::string text(TemporaryKnowledgeBase& base, const char* tool, const Json& arguments) {
    const auto answer = base.reply(tool, arguments);
    CAPTURE(TemporaryKnowledgeBase::text_of(answer));
    CHECK_FALSE(answer.is_error);
    return TemporaryKnowledgeBase::text_of(answer);
}

std::string error(TemporaryKnowledgeBase& base, const char* tool, const Json& arguments) {
    const auto answer = base.reply(tool, arguments);
    CHECK(answer.is_error);
    return TemporaryKnowledgeBase::text_of(answer);
}

std::string path_in(const TemporaryKnowledgeBase& base, const char* name) {
    return (base.scratch() / name).string();
}

Json creation(const TemporaryKnowledgeBase& base, const char* name, const char* folder) {
    return {{"project_name", name}, {"project_path", path_in(base, folder)}};
}

bool contains(const std::string& whole, std::string_view part) {
    return whole.find(part) != std::string::npos;
}

TemporaryKnowledgeBase::Options bound_server() { return {Json::object(), "test-project"}; }

}  // namespace

TEST_CASE("list_memory_projects lists the names and asks to choose") {
    TemporaryKnowledgeBase base;
    base.reply("create_memory_project", creation(base, "My Proj", "p2"));
    CHECK(text(base, "list_memory_projects", Json::object()) ==
          "Available projects:\n"
          "• test-project\n"
          "• My Proj\n"
          "\n"
          "────────────────────────────────────────\n"
          "Next: Ask which project to use for this session.\n"
          "Example: 'Which project should I use for this task?'\n"
          "\n"
          "Session reminder: Track the selected project for all subsequent operations in this "
          "conversation.\n"
          "The user can say 'switch to [project]' to change projects.");
}

TEST_CASE("list_memory_projects gives objects to programs") {
    TemporaryKnowledgeBase base;
    auto answer = base.reply("list_memory_projects", {{"output_format", "json"}}).value;
    auto& project = answer["projects"][0];
    CHECK(project["external_id"].get<std::string>().size() == 36);
    project["external_id"] = "id";
    const auto path = base.project_folder().string();
    CHECK(
        answer.dump() ==
        R"({"projects":[{"name":"test-project","external_id":"id","path":")" + path +
            R"(","local_path":")" + path +
            R"(","cloud_path":null,"source":"local","is_default":true,"is_private":false,"display_name":null,"workspace_name":null,"workspace_slug":null,"workspace_type":null,"workspace_tenant_id":null,"qualified_name":"test-project"}],"default_project":"test-project","constrained_project":null})");
}

TEST_CASE("a bound server lists its own project only") {
    TemporaryKnowledgeBase base(bound_server());
    CHECK(text(base, "list_memory_projects", Json::object()) ==
          "Project: test-project\n"
          "\n"
          "Note: This MCP server is constrained to a single project.\n"
          "All operations will automatically use this project.");
    CHECK(base.reply("list_memory_projects", {{"output_format", "json"}})
              .value["constrained_project"] == "test-project");
}

TEST_CASE("create_memory_project makes the folder and tells how to use the project") {
    TemporaryKnowledgeBase base;
    auto arguments = creation(base, "D2", "deep/d2");
    arguments["set_default"] = true;
    const auto path = path_in(base, "deep/d2");
    CHECK(text(base, "create_memory_project", arguments) ==
          "✓ Project 'D2' added successfully\n"
          "\n"
          "Project Details:\n"
          "• Name: D2\n"
          "• Path: " +
              path +
              "\n"
              "• Set as default project\n"
              "\n"
              "Project is now available for use in tool calls.\n"
              "Use 'D2' as the project parameter in MCP tool calls.\n");
    CHECK(std::filesystem::is_directory(path));
    CHECK(base.knowledge().config()->default_project == "D2");
    CHECK(error(base, "delete_project", {{"project_name", "D2"}}) ==
          "Error calling tool 'delete_project': Cannot delete default project 'D2'. Set another "
          "project as default first. Available: test-project");
}

TEST_CASE("create_memory_project may be repeated and never moves a project") {
    TemporaryKnowledgeBase base;
    text(base, "create_memory_project", creation(base, "dup", "dup"));
    CHECK(text(base, "create_memory_project", creation(base, "dup", "dup"))
              .rfind("✓ Project 'dup' already exists\n\nProject Details:\n• Name: dup\n", 0) == 0);
    CHECK(error(base, "create_memory_project", creation(base, "dup", "other")) ==
          "Error calling tool 'create_memory_project': Project 'dup' already exists with different "
          "path. Existing: " +
              path_in(base, "dup") + ", Requested: " + path_in(base, "other"));
}

TEST_CASE("create_memory_project tells programs what it did") {
    TemporaryKnowledgeBase base;
    auto arguments = creation(base, "jp", "jp");
    arguments["output_format"] = "json";
    auto first = base.reply("create_memory_project", arguments).value;
    CHECK(first["external_id"].get<std::string>().size() == 36);
    first["external_id"] = "id";
    CHECK(first.dump() == R"({"name":"jp","external_id":"id","path":")" + path_in(base, "jp") +
                              R"(","is_default":false,"created":true,"already_exists":false})");
    // The name decides, whatever the path.
    arguments["project_path"] = path_in(base, "elsewhere");
    arguments["set_default"] = true;
    const auto second = base.reply("create_memory_project", arguments).value;
    CHECK(second["created"] == false);
    CHECK(second["already_exists"] == true);
    CHECK(second["path"] == path_in(base, "jp"));
    CHECK(second["is_default"] == true);
}

TEST_CASE("projects never lie inside each other") {
    TemporaryKnowledgeBase base;
    text(base, "create_memory_project", creation(base, "outer", "outer"));
    CHECK(contains(error(base, "create_memory_project", creation(base, "inner", "outer/inner")),
                   "path is nested within existing project 'outer' at '"));
    CHECK(contains(error(base, "create_memory_project", creation(base, "above", "")),
                   "is nested within this path"));
}

TEST_CASE("delete_project forgets the project and leaves its files") {
    TemporaryKnowledgeBase base;
    text(base, "create_memory_project", creation(base, "My Proj", "mp"));
    base.call("write_note",
              {{"title", "Kept"}, {"folder", ""}, {"content", "x"}, {"project", "My Proj"}});
    CHECK(text(base, "delete_project", {{"project_name", "MY PROJ"}}) ==
          "✓ Project 'My Proj' removed successfully\n"
          "\n"
          "Removed project details:\n"
          "• Name: My Proj\n"
          "• Path: " +
              path_in(base, "mp") +
              "\n"
              "Files remain on disk but project is no longer tracked by Basic Memory.\n"
              "Re-add the project to access its content again.\n");
    CHECK(std::filesystem::exists(base.scratch() / "mp" / "Kept.md"));
    CHECK_FALSE(contains(text(base, "list_memory_projects", Json::object()), "My Proj"));
}

TEST_CASE("delete_project deletes notes only when told to and nothing but notes") {
    TemporaryKnowledgeBase base;
    text(base, "create_memory_project", creation(base, "gone", "gone"));
    base.call("write_note",
              {{"title", "A"}, {"folder", "sub"}, {"content", "x"}, {"project", "gone"}});
    const auto folder = base.scratch() / "gone";
    std::ofstream(folder / "unindexed.md") << "written by an editor";
    std::ofstream(folder / "picture.png") << "png";
    const auto answer =
        text(base, "delete_project", {{"project_name", "gone"}, {"delete_notes", true}});
    CHECK(contains(answer, "deleted along with the project"));
    CHECK_FALSE(contains(answer, "Files remain"));
    CHECK_FALSE(std::filesystem::exists(folder / "sub" / "A.md"));
    CHECK_FALSE(std::filesystem::exists(folder / "unindexed.md"));
    CHECK(std::filesystem::exists(folder / "picture.png"));
}

TEST_CASE("delete_project deletes nothing when the project has to stay") {
    TemporaryKnowledgeBase base;
    base.note("n", "Kept", "x");
    CHECK(
        error(base, "delete_project", {{"project_name", "test-project"}, {"delete_notes", true}}) ==
        "Error calling tool 'delete_project': Cannot delete default project 'test-project'. This "
        "is the only project in your configuration.");
    CHECK(contains(base.file("n/Kept.md"), "title: Kept"));
    CHECK(error(base, "delete_project", {{"project_name", "nope"}}) ==
          "Error calling tool 'delete_project': Project 'nope' not found. Available projects: "
          "test-project");
}

TEST_CASE("a bound server neither makes nor removes projects") {
    TemporaryKnowledgeBase base(bound_server());
    CHECK(text(base, "create_memory_project", {{"project_name", "a"}, {"project_path", "/x"}}) ==
          "# Error\n"
          "\n"
          "Project creation disabled - MCP server is constrained to project 'test-project'.\n"
          "Use the CLI to create projects: `basic-memory project add \"a\" \"/x\"`");
    CHECK(text(base, "delete_project", {{"project_name", "a"}}) ==
          "# Error\n"
          "\n"
          "Project deletion disabled - MCP server is constrained to project 'test-project'.\n"
          "Use the CLI to delete projects: `basic-memory project remove \"a\"`");
}

TEST_CASE("project tools know one workspace") {
    TemporaryKnowledgeBase base;
    auto arguments = creation(base, "w", "w");
    arguments["workspace"] = "team";
    CHECK(contains(error(base, "create_memory_project", arguments), "'team'"));
    arguments["workspace"] = "Personal";
    text(base, "create_memory_project", arguments);
    CHECK(contains(error(base, "delete_project", {{"project_name", "w"}, {"workspace", "team"}}),
                   "'team'"));
    text(base, "delete_project", {{"project_name", "w"}, {"workspace", "local"}});
}

TEST_CASE("project tools take a blank workspace for none") {
    TemporaryKnowledgeBase base;
    auto arguments = creation(base, "w", "w");
    arguments["workspace"] = "";
    text(base, "create_memory_project", arguments);
    text(base, "delete_project", {{"project_name", "w"}, {"workspace", " "}});
}

TEST_CASE("a project is made where its absolute path says and nowhere else") {
    TemporaryKnowledgeBase base;
    for (const char* path : {"notes/work", ".", "../x", "~other/x", "", " "}) {
        CAPTURE(path);
        CHECK(contains(
            error(base, "create_memory_project", {{"project_name", "w"}, {"project_path", path}}),
            "an absolute path, such as /home/me/notes, or from ~, such as ~/notes."));
    }
    text(base, "create_memory_project", {{"project_name", "w"}, {"project_path", "~/w"}});
}

TEST_CASE("project tools name the argument that is missing") {
    TemporaryKnowledgeBase base;
    CHECK(error(base, "create_memory_project", {{"project_name", "x"}}) ==
          "Input validation error: 'project_path' is a required property");
    CHECK(error(base, "delete_project", Json::object()) ==
          "Input validation error: 'project_name' is a required property");
}

TEST_CASE("list_workspaces shows the one workspace there is") {
    TemporaryKnowledgeBase base;
    CHECK(text(base, "list_workspaces", {{"project", "test-project"}}) ==
          "# Available Workspaces (1)\n"
          "\n"
          "- Personal (slug=personal, type=personal, role=owner, default, tenant_id=personal)");
    CHECK(
        base.reply("list_workspaces", {{"output_format", "json"}}).value.dump() ==
        R"({"workspaces":[{"tenant_id":"personal","workspace_type":"personal","slug":"personal","name":"Personal","role":"owner","is_default":true,"has_active_subscription":true}],"count":1,"default_workspace_id":"personal","current_workspace_id":null})");
}

TEST_CASE("diagnostics show versions and settings and never a secret") {
    TemporaryKnowledgeBase base(
        TemporaryKnowledgeBase::Options{Json{{"cloud_api_key", "bmc_do-not-show"}}, std::nullopt});
    const auto answer = text(base, "basic_memory_diagnostics", {{"project", "test-project"}});
    CHECK(answer.rfind("# Basic Memory Diagnostics\n"
                       "\n"
                       "## Version\n"
                       "- basic-memory: 1.2.3\n"
                       "- API: 1.2.3\n"
                       "\n"
                       "## System\n"
                       "- Runtime: C++20 (",
                       0) == 0);
    CHECK(contains(answer, "\n- Platform: "));
    CHECK(contains(answer, "\n- Architecture: "));
    CHECK(contains(answer, "\n\n## Configuration\n- Config path: " +
                               base.knowledge().directory().config().string() +
                               "\n- Config exists: True\n\n```json\n{"));
    CHECK(contains(answer, "\"default_project\": \"test-project\""));
    CHECK(answer.substr(answer.size() - 4) == "\n```");
    CHECK_FALSE(contains(answer, "do-not-show"));
}
