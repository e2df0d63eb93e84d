#include <algorithm>

#include <doctest/doctest.h>

#include "cloud/project_sync.hpp"
#include "cloud/space_sync.hpp"
#include "tests/cloud/cloud_rig.hpp"

using namespace bm;
using namespace bm::test;

TEST_CASE("3.10: what is watched is what is in step, and rounds tell what they agreed on") {
    const auto rclone = real_rclone();
    if (!rclone) return;
    const CloudRig rig(*rclone);
    auto a = rig.device("a");
    const fs::path own = a.config.settings.home / "own";
    a.host.known = {{"p", "id-p", "p", false}, {"q", "id-q", "q", false}};
    a.config.settings.attached = {{"q", own}};
    fs::create_directories(own);
    fs::create_directories(rig.cloud() / "q");
    a.write("p/n.md", "n");
    std::ofstream(own / "mine.md") << "mine";
    rig.write("q/theirs.md", "theirs");
    SyncContext context = a.context();
    const auto view = look_at_host(context);
    REQUIRE(view);
    const auto watched = [&](bool space_only) {
        std::vector<fs::path> paths;
        for (const auto& folder : folders_to_watch(context, *view, space_only))
            paths.push_back(folder.path);
        return paths;
    };
    // A space without a baseline is not synced, and nobody waits for what happens in it.
    CHECK(watched(false) == std::vector<fs::path>{own});
    SyncWish wish;
    wish.profile = "balanced";
    wish.command = "bm cloud bisync";
    wish.resync = true;
    std::vector<CloudReport> reports{sync_space(context, *view, wish)};
    wish.command = "bm project bisync --name q";
    reports.push_back(bisync_project(context, *view, "q", wish));
    for (const auto& report : reports) REQUIRE(code_of(report) == "ok");
    CHECK(watched(false) == std::vector<fs::path>{a.root(), own});
    CHECK(watched(true) == std::vector<fs::path>{a.root()});
    const auto folders = folders_to_watch(context, *view, false);
    CHECK(folders[0].excludes("q/a.md"));
    CHECK_FALSE(folders[1].excludes("q/a.md"));
    auto agreed = agreed_here(context, *view, reports);
    REQUIRE(agreed.size() == 2);
    CHECK(count_files(agreed[a.root()]) == 1);
    CHECK(agreed[a.root()].contains("p/n.md"));
    CHECK(count_files(agreed[own]) == 2);
    CHECK(agreed[own].contains("theirs.md"));
    // A run that failed has agreed on nothing, and neither has one of a project that has gone.
    reports[0].failure = CloudFailure{CloudFault::network, "down", ""};
    reports[1].project = "gone";
    CHECK(agreed_here(context, *view, reports).empty());
}
