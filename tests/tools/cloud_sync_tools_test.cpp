#include "tools/cloud_sync_tools.hpp"

#include <doctest/doctest.h>

#include "tests/support/golden.hpp"
#include "tests/support/json_schema.hpp"
#include "tests/support/temporary_knowledge_base.hpp"
#include "tools/cloud_sync.hpp"
#include "tools/make_catalog.hpp"

namespace {

using bm::Json;
using bm::test::TemporaryKnowledgeBase;

/// Notes what it is asked for.
class FakeCloud final : public bm::CloudSync {
public:
    bm::CloudSyncAnswer status(const std::string& project) override {
        asked.push_back("status " + project);
        return {"fine", {{"ok", true}}, false};
    }
    bm::CloudSyncAnswer sync(const bm::CallContext& call, const std::string& project,
                             bool dry_run) override {
        asked.push_back((dry_run ? "look " : "run ") + project);
        if (call.progress) call.progress(1, 2, "Syncing a.md");
        return {"stopped", {{"ok", false}}, true};
    }
    std::vector<std::string> asked;
};

bm::ToolReply call(const bm::Catalog& catalog, const char* name, const Json& arguments) {
    const auto* tool = catalog.find_tool(name);
    REQUIRE(tool != nullptr);
    return tool->run({}, arguments);
}

}  // namespace

TEST_CASE("tools that sync are listed last, and only where a cloud is set up") {
    TemporaryKnowledgeBase base;
    const auto cloud = std::make_shared<FakeCloud>();
    const auto plain = bm::make_catalog(base.knowledge(), "1.2.3");
    CHECK(plain.find_tool("sync_project") == nullptr);
    CHECK(plain.find_tool("sync_status") == nullptr);
    const auto catalog = bm::make_catalog(base.knowledge(), "1.2.3", cloud);
    REQUIRE(catalog.tools().size() == plain.tools().size() + 2);
    const auto& sync = catalog.tools()[plain.tools().size()];
    CHECK(sync.name == "sync_project");
    CHECK_FALSE(sync.annotations.read_only);
    CHECK(sync.annotations.destructive);
    CHECK(sync.annotations.open_world);
    const auto& status = catalog.tools().back();
    CHECK(status.name == "sync_status");
    CHECK(status.annotations.read_only);
    CHECK(status.annotations.open_world);
}

TEST_CASE("a run is a look unless it is asked for otherwise, and nothing can be forced") {
    TemporaryKnowledgeBase base;
    const auto cloud = std::make_shared<FakeCloud>();
    const auto catalog = bm::make_catalog(base.knowledge(), "1.2.3", cloud);
    const auto looked = call(catalog, "sync_project", {{"project", "p"}});
    CHECK(looked.value == "stopped");
    CHECK(looked.failed);
    CHECK_FALSE(looked.is_error);
    (void)call(catalog, "sync_project", {{"project", "p"}, {"dry_run", "false"}});
    (void)call(catalog, "sync_project", Json::object());
    CHECK(call(catalog, "sync_status", {{"output_format", "json"}}).value == Json{{"ok", true}});
    CHECK(cloud->asked == std::vector<std::string>{"look p", "run p", "look ", "status "});
    for (const char* word : {"force", "yes", "resync"}) {
        CAPTURE(word);
        CHECK(call(catalog, "sync_project", {{"project", "p"}, {word, true}}).is_error);
    }
    CHECK(cloud->asked.size() == 4);
}

TEST_CASE("how far a run is goes to whoever has called") {
    TemporaryKnowledgeBase base;
    const auto cloud = std::make_shared<FakeCloud>();
    const auto catalog = bm::make_catalog(base.knowledge(), "1.2.3", cloud);
    std::string told;
    bm::CallContext context;
    context.progress = [&](double done, std::optional<double> total, std::string_view message) {
        told = std::to_string(static_cast<int>(done)) + '/' +
               std::to_string(static_cast<int>(*total)) + ' ' + std::string(message);
    };
    (void)catalog.find_tool("sync_project")->run(context, Json::object());
    CHECK(told == "1/2 Syncing a.md");
}

TEST_CASE("a caller who is bound to a project syncs that one only") {
    TemporaryKnowledgeBase base;
    const auto cloud = std::make_shared<FakeCloud>();
    const auto catalog = bm::make_catalog(base.knowledge(), "1.2.3", cloud);
    const auto* bound = catalog.bound_to("test-project");
    REQUIRE(bound != nullptr);
    (void)call(*bound, "sync_project", Json::object());
    (void)call(*bound, "sync_status", {{"project", "test-project"}});
    CHECK(cloud->asked == std::vector<std::string>{"look test-project", "status test-project"});
    const auto refused = call(*bound, "sync_project", {{"project", "secret"}, {"dry_run", false}});
    CHECK(refused.failed);
    CHECK(refused.value.get<std::string>().find("out of reach") != std::string::npos);
    CHECK(call(*bound, "sync_status", {{"project", "secret"}, {"output_format", "json"}})
              .value["error"]["code"] == "project_not_found");
    CHECK(cloud->asked.size() == 2);
}

TEST_CASE("the declarations of the tools that sync are as recorded") {
    const auto cloud = std::make_shared<FakeCloud>();
    for (const auto& tool : bm::cloud_sync_tools(cloud, std::nullopt)) {
        CAPTURE(tool.name);
        Json declaration = Json::object();
        declaration["description"] = tool.description;
        declaration["inputSchema"] = tool.input_schema;
        declaration["outputSchema"] = tool.output_schema;
        declaration["wraps"] = tool.wraps_result;
        bm::test::check_golden("tools/declaration_" + tool.name + ".json",
                               declaration.dump(2) + "\n");
    }
}
