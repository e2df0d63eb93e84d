#include "cli/relay_tools.hpp"

#include <optional>

#include <doctest/doctest.h>

#include "tools/cloud_sync.hpp"
#include "tools/cloud_sync_tools.hpp"

using namespace bm;

namespace {

/// Tells its caller how far it is, twice the same, and then what it was asked for.
class SlowCloud final : public CloudSync {
public:
    CloudSyncAnswer status(const std::string& project) override {
        if (project == "broken") throw std::runtime_error("a fault of ours");
        return {"status of " + project, {{"ok", true}}, false};
    }
    CloudSyncAnswer sync(const CallContext& call, const std::string& project,
                         bool dry_run) override {
        for (const double done : {1.0, 1.0, 2.0}) {
            if (call.progress) call.progress(done, 2, "Syncing");
        }
        return {(dry_run ? "look at " : "sync of ") + project, {{"ok", false}}, true};
    }
};

struct RelayRig {
    RelayTools tools =
        make_relay_tools(cloud_sync_tools(std::make_shared<SlowCloud>(), std::nullopt), "1.2.3",
                         [](LogLevel, std::string_view) {});
    std::vector<Json> sent;

    Json call(const Json& params, std::string_view revision = "2025-11-25") {
        const RelayToolCall made{
            .revision = revision,
            .params = params.dump(),
            .write = [this](std::string_view text) { sent.push_back(Json::parse(text)); },
            .cancelled = {}};
        return Json::parse(tools.call(made));
    }
};

}  // namespace

TEST_CASE("a relay declares the tools of this machine as each revision has them") {
    const RelayRig rig;
    CHECK(rig.tools.names == std::vector<std::string>{"sync_project", "sync_status"});
    const auto newest = Json::parse(rig.tools.declarations("2025-11-25"));
    REQUIRE(newest.size() == 2);
    CHECK(newest[0]["name"] == "sync_project");
    CHECK(newest[0]["annotations"]["destructiveHint"] == true);
    CHECK(newest[1]["annotations"]["readOnlyHint"] == true);
    CHECK(newest[0].contains("outputSchema"));
    const auto oldest = Json::parse(rig.tools.declarations("2024-11-05"));
    CHECK(oldest[0]["inputSchema"] == newest[0]["inputSchema"]);
    CHECK_FALSE(oldest[0].contains("annotations"));
    CHECK_FALSE(oldest[0].contains("outputSchema"));
}

TEST_CASE("a relay answers their calls as our own server would") {
    RelayRig rig;
    auto result = rig.call({{"name", "sync_project"}, {"arguments", {{"project", "p"}}}});
    CHECK(result["content"][0]["text"] == "look at p");
    CHECK(result["structuredContent"]["result"] == "look at p");
    CHECK(result["isError"] == false);
    CHECK(rig.sent.empty());
    result = rig.call({{"name", "sync_status"}});
    CHECK(result["content"][0]["text"] == "status of ");
    result = rig.call({{"name", "sync_project"}, {"arguments", {{"force", true}}}});
    CHECK(result["isError"] == true);
    result = rig.call({{"name", "sync_status"}, {"arguments", {{"project", "broken"}}}});
    CHECK(result["isError"] == true);
    CHECK(result.dump().find("a fault of ours") == std::string::npos);
    CHECK_FALSE(rig.call({{"name", "sync_status"}}, "2024-11-05").contains("structuredContent"));
}

TEST_CASE("progress goes to who has asked for it, and never backwards") {
    RelayRig rig;
    (void)rig.call({{"name", "sync_project"}, {"_meta", {{"progressToken", "t"}}}});
    REQUIRE(rig.sent.size() == 2);
    CHECK(rig.sent[0]["method"] == "notifications/progress");
    CHECK(rig.sent[1]["params"] ==
          Json{{"progressToken", "t"}, {"progress", 2.0}, {"total", 2.0}, {"message", "Syncing"}});
}
