#include "cli/assistant_sync.hpp"

#include <doctest/doctest.h>

#include "cloud/project_sync.hpp"
#include "cloud/sync_lock.hpp"
#include "tests/cli/shell.hpp"
#include "tests/cloud/cloud_rig.hpp"

using namespace bm;
using namespace bm::test;

namespace {

/// A device whose assistant syncs project `p`, which has a folder of its own, and the space.
class AssistantRig {
public:
    explicit AssistantRig(const fs::path& rclone) : rig_(rclone), device_(rig_.device("a")) {
        fs::create_directories(own());
        // A host makes the folder of a new project at once.
        fs::create_directories(rig_.cloud() / "p");
        device_.config.settings.attached.push_back({"p", own()});
        device_.host.known = {{"p", "id-p", "p", true}, {"q", "id-q", "q", false}};
    }
    [[nodiscard]] fs::path own() const { return rig_.folder.path() / "a" / "own"; }
    void write(const std::string& name, std::string_view bytes) const {
        std::ofstream(own() / name, std::ios::binary | std::ios::trunc) << bytes;
    }
    AssistantSync assistant() {
        return AssistantSync({[this]() -> CloudResult<SyncSession> {
                                  auto host = std::make_unique<FakeHost>();
                                  host->the_tenant = device_.host.the_tenant;
                                  host->known = device_.host.known;
                                  host->failure = device_.host.failure;
                                  auto config = std::make_unique<FakeConfig>();
                                  config->settings = device_.config.settings;
                                  return SyncSession{device_.config.settings, std::move(config),
                                                     std::move(host), plain_filter};
                              },
                              [this] { return now; }, [](LogLevel, std::string_view) {},
                              [] { return std::vector<fs::path>(); }});
    }
    /// The first run, which is the user's.
    void begin() {
        auto context = device_.context();
        SyncWish wish;
        wish.profile = "balanced";
        wish.command = "bm project bisync --name p";
        wish.resync = true;
        const auto view = look_at_host(context);
        REQUIRE(view);
        CHECK(code_of(bisync_project(context, *view, "p", wish)) == "ok");
    }
    CloudRig& rig() { return rig_; }
    Device& device() { return device_; }

    Timestamp now = system_now();

private:
    CloudRig rig_;
    Device device_;
};

}  // namespace

TEST_CASE("an assistant must look before it syncs, and a look is good for a quarter of an hour") {
    AssistantRig rig("/no/rclone");
    auto assistant = rig.assistant();
    const auto refused = assistant.sync({}, "p", false);
    CHECK(refused.failed);
    CHECK(refused.object["error"]["code"] == "usage");
    CHECK(contains(refused.text, "Look first"));
    // A look that failed is none.
    const auto failed = assistant.sync({}, "p", true);
    CHECK(failed.object["error"]["code"] == "rclone_missing");
    CHECK(assistant.sync({}, "p", false).object["error"]["code"] == "usage");
}

TEST_CASE("what the host or another command refuses is an answer") {
    AssistantRig rig("/no/rclone");
    auto assistant = rig.assistant();
    {
        const auto lock =
            SyncLock::take(rig.device().config.settings.lock_file(), "bm sync", "now");
        REQUIRE(lock);
        CHECK(assistant.sync({}, "p", true).object["error"]["code"] == "locked");
        CHECK(assistant.status("p").object["running"] == "bm sync");
    }
    CHECK(assistant.status("zzz").object["error"]["code"] == "project_not_found");
    rig.device().host.failure = CloudFailure{CloudFault::network, "no cloud", "wait"};
    CHECK(assistant.status("").failed);
    CHECK(contains(assistant.sync({}, "p", true).text, "no cloud"));
}

TEST_CASE("status tells of the space and of projects with folders of their own") {
    AssistantRig rig("/no/rclone");
    auto assistant = rig.assistant();
    const auto all = assistant.status("");
    CHECK_FALSE(all.failed);
    REQUIRE(all.object["scopes"].size() == 2);
    CHECK(all.object["scopes"][0]["is_space"] == true);
    CHECK(all.object["scopes"][1]["scope"] == "p");
    CHECK(contains(all.text, "bm project bisync --name p --resync"));
    CHECK(assistant.status("p").object["scopes"].size() == 1);
    CHECK(contains(assistant.status("q").text, "synced with all projects"));
}

TEST_CASE("an assistant looks, syncs once, and forces nothing") {
    const auto rclone = real_rclone();
    if (!rclone) return;
    AssistantRig rig(*rclone);
    auto assistant = rig.assistant();
    rig.write("a.md", "a");
    // The first run is the user's, however often the assistant looks.
    auto answer = assistant.sync({}, "p", true);
    CHECK_FALSE(answer.failed);
    CHECK(contains(answer.text, "bm project bisync --name p --resync"));
    // Such a look allows nothing, not even after the user has made the first run.
    CHECK(assistant.sync({}, "p", false).object["error"]["code"] == "usage");
    rig.begin();
    rig.write("b.md", "b");
    CHECK(assistant.sync({}, "p", false).object["error"]["code"] == "usage");
    CHECK_FALSE(fs::exists(rig.rig().cloud() / "p" / "b.md"));
    answer = assistant.sync({}, "p", true);
    CHECK(contains(answer.text, "would upload: b.md"));
    CHECK(contains(answer.text, "dry_run=false"));
    CHECK_FALSE(fs::exists(rig.rig().cloud() / "p" / "b.md"));
    answer = assistant.sync({}, "p", false);
    CHECK_MESSAGE(!answer.failed, answer.text);
    CHECK(answer.object["uploaded"][0] == "b.md");
    CHECK(fs::exists(rig.rig().cloud() / "p" / "b.md"));
    // The look was used up, and an old one is none.
    CHECK(assistant.sync({}, "p", false).object["error"]["code"] == "usage");
    CHECK_FALSE(assistant.sync({}, "p", true).failed);
    rig.now += std::chrono::minutes(16);
    CHECK(assistant.sync({}, "p", false).object["error"]["code"] == "usage");
}

TEST_CASE("the guard against deletions holds for assistants") {
    const auto rclone = real_rclone();
    if (!rclone) return;
    AssistantRig rig(*rclone);
    auto assistant = rig.assistant();
    for (int i = 0; i < 40; ++i) rig.write("n" + std::to_string(i) + ".md", "text");
    rig.begin();
    for (int i = 0; i < 30; ++i) fs::remove(rig.own() / ("n" + std::to_string(i) + ".md"));
    auto answer = assistant.sync({}, "p", true);
    if (!answer.failed) answer = assistant.sync({}, "p", false);
    CHECK(answer.object["error"]["code"] == "deletion_limit");
    CHECK(tree_of(rig.rig().cloud() / "p").size() == 40);
}

TEST_CASE("a cancelled call stops its run") {
    const auto rclone = real_rclone();
    if (!rclone) return;
    AssistantRig rig(*rclone);
    auto assistant = rig.assistant();
    rig.write("a.md", "a");
    rig.begin();
    rig.write("b.md", "b");
    std::stop_source cancelled;
    cancelled.request_stop();
    CallContext call;
    call.cancelled = cancelled.get_token();
    CHECK(assistant.sync(call, "p", true).object["error"]["code"] == "interrupted");
}

TEST_CASE("a cloud is set up where it is meant to be used and its keys are there") {
    TemporaryFolder folder;
    std::map<std::string, std::string, std::less<>> variables{
        {"HOME", folder.path().string()},
        {"BASIC_MEMORY_CONFIG_DIR", (folder.path() / "data").string()},
        {"RCLONE_CONFIG", (folder.path() / "rclone.conf").string()}};
    const Environment environment = [&](std::string_view name) -> std::optional<std::string> {
        const auto found = variables.find(name);
        if (found == variables.end()) return std::nullopt;
        return found->second;
    };
    const auto directory = data_directory(environment);
    CHECK_FALSE(is_cloud_set_up(directory, environment));
    variables["BASIC_MEMORY_CLOUD_MODE"] = "true";
    CHECK_FALSE(is_cloud_set_up(directory, environment));
    folder.write("rclone.conf", "[basic-memory-cloud]\ntype = s3\n");
    CHECK(is_cloud_set_up(directory, environment));
    variables["BASIC_MEMORY_CLOUD_MODE"] = "false";
    CHECK_FALSE(is_cloud_set_up(directory, environment));
}
