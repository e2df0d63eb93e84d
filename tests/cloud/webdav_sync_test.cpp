#include <chrono>
#include <thread>

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include "tests/cloud/cloud_rig.hpp"
#include "tests/support/child_process.hpp"

using namespace bm;
using namespace bm::test;

namespace {

/// rclone serving a folder over WebDAV on a free port, until the end of its life.
class WebDavServer {
public:
    WebDavServer(const fs::path& rclone, const fs::path& served, fs::path log)
        : log_(std::move(log)), process_([&] {
              const int file = ::open(log_.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
              ::dup2(file, STDOUT_FILENO);
              ::dup2(file, STDERR_FILENO);
              ::execl(rclone.c_str(), "rclone", "serve", "webdav", served.c_str(), "--addr",
                      "127.0.0.1:0", "--dir-cache-time", "0s", "--vfs-cache-mode", "off",
                      static_cast<char*>(nullptr));
              return 1;
          }) {}

    std::string url() const {
        for (int i = 0; i < 600; ++i) {
            std::ifstream in(log_);
            const std::string text{std::istreambuf_iterator<char>(in),
                                   std::istreambuf_iterator<char>()};
            const auto at = text.find("http://");
            const auto end = text.find(']', at);
            if (at != std::string::npos && end != std::string::npos) {
                return text.substr(at, end - at);
            }
            std::this_thread::sleep_for(std::chrono::milliseconds(100));
        }
        return {};
    }

private:
    fs::path log_;
    ChildProcess process_;
};

}  // namespace

TEST_CASE("over WebDAV too, changes go both ways and both versions of a conflict stay") {
    const auto rclone = real_rclone();
    if (!rclone) return;
    const CloudRig rig(*rclone);
    const WebDavServer server(*rclone, rig.cloud(), rig.folder.path() / "server.log");
    const std::string url = server.url();
    REQUIRE_FALSE(url.empty());
    auto a = rig.device("a");
    auto b = rig.device("b");
    for (auto* device : {&a, &b}) {
        device->host.the_tenant.bucket = "bucket";
        std::ofstream(device->config.settings.rclone_config)
            << "[basic-memory-cloud]\ntype = webdav\nvendor = owncloud\nurl = " << url << "\n";
    }
    for (int i = 0; i < 12; ++i) a.write("p/n" + std::to_string(i) + " ü#.md", "note");
    REQUIRE(code_of(a.resync()) == "ok");
    REQUIRE(code_of(b.resync()) == "ok");
    CHECK(tree_of(b.root()) == tree_of(a.root()));
    SyncWish safe;
    safe.profile = "safe";
    b.write("p/n0 ü#.md", "of b");
    fs::last_write_time(b.root() / "p/n0 ü#.md",
                        fs::file_time_type::clock::now() - std::chrono::hours(1));
    fs::remove(b.root() / "p/n1 ü#.md");
    const auto up = b.sync(safe);
    REQUIRE(code_of(up) == "ok");
    CHECK(up.actions.uploaded == std::vector<std::string>{"p/n0 ü#.md"});
    CHECK(up.actions.deleted_remote == std::vector<std::string>{"p/n1 ü#.md"});
    a.write("p/n0 ü#.md", "of a, longer");
    const auto conflict = a.sync(safe);
    REQUIRE(code_of(conflict) == "ok");
    REQUIRE(conflict.actions.conflicts.size() == 1);
    CHECK(conflict.actions.conflicts[0].kept.size() == 2);
    CHECK(conflict.actions.deleted_local == std::vector<std::string>{"p/n1 ü#.md"});
    REQUIRE(code_of(b.sync(safe)) == "ok");
    const auto tree = tree_of(a.root());
    CHECK(tree == tree_of(b.root()));
    CHECK(tree == tree_of(rig.cloud() / "bucket"));
    CHECK(tree.at("p/n0 ü#.md.conflict1") == "of a, longer");
    CHECK(tree.at("p/n0 ü#.md.conflict2") == "of b");
    CHECK_FALSE(tree.contains("p/n0 ü#.md"));
    for (int i = 2; i < 12; ++i) fs::remove(b.root() / ("p/n" + std::to_string(i) + " ü#.md"));
    CHECK(code_of(b.sync(safe)) == "ok");
    CHECK(tree_of(a.root()).size() == 12);
}

TEST_CASE("over WebDAV folders do not hide that all files are gone") {
    const auto rclone = real_rclone();
    if (!rclone) return;
    const CloudRig rig(*rclone);
    const WebDavServer server(*rclone, rig.cloud(), rig.folder.path() / "server.log");
    const std::string url = server.url();
    REQUIRE_FALSE(url.empty());
    auto a = rig.device("a");
    a.host.the_tenant.bucket = "bucket";
    std::ofstream(a.config.settings.rclone_config)
        << "[basic-memory-cloud]\ntype = webdav\nvendor = owncloud\nurl = " << url << "\n";
    for (int i = 0; i < 20; ++i) a.write("p/n" + std::to_string(i) + ".md", "note");
    REQUIRE(code_of(a.resync()) == "ok");
    for (int i = 0; i < 20; ++i) fs::remove(a.root() / ("p/n" + std::to_string(i) + ".md"));
    CHECK(code_of(a.sync()).starts_with("side_empty: "));
    CHECK(tree_of(rig.cloud()).size() == 20);
    SyncWish forced;
    forced.force = true;
    CHECK(code_of(a.sync(forced)) == "ok");
    CHECK(tree_of(rig.cloud()).empty());
}

TEST_CASE("a storage that does not answer is told as such, and costs nothing") {
    const auto rclone = real_rclone();
    if (!rclone) return;
    const CloudRig rig(*rclone);
    auto a = rig.device("a");
    a.write("p/n.md", "n");
    a.write("p/m.md", "m");
    REQUIRE(code_of(a.resync()) == "ok");
    a.write("p/n.md", "changed");
    std::ofstream(a.config.settings.rclone_config)
        << "[basic-memory-cloud]\ntype = webdav\nvendor = owncloud\nurl = http://127.0.0.1:1/\n";
    CHECK(code_of(a.sync()).starts_with(
        "network: Cannot reach cloud storage at http://127.0.0.1:1/: "));
    std::ofstream(a.config.settings.rclone_config) << "[basic-memory-cloud]\ntype = local\n";
    CHECK(code_of(a.sync()) == "ok");
    CHECK(tree_of(rig.cloud()) == tree_of(a.root()));
    fs::remove(a.config.settings.rclone_config);
    auto context = a.context();
    CHECK(ready_rclone(context, RcloneNeed::two_way).error().message ==
          "Cloud sync is not set up.");
}
