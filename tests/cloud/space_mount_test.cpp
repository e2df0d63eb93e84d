#include "cloud/space_mount.hpp"

#include <chrono>
#include <csignal>
#include <thread>

#include <doctest/doctest.h>

#include "cloud/known_tenant.hpp"
#include "markdown/text.hpp"
#include "tests/cloud/cloud_rig.hpp"

using namespace bm;
using namespace bm::test;

namespace {

/// A device with an rclone that notes its words and "mounts" by leaving a file, and an unmounter
/// that takes it away again.
class MountRig {
public:
    MountRig() : rig_("/no/rclone"), device_(rig_.device("a")) {
        device_.config.settings.rclone_path =
            program("rclone",
                    "case \"$1\" in version) echo 'rclone "
                    "v1.70.0'; exit 0;; esac\n"
                    "for word in \"$@\"; do echo \"$word\"; done "
                    "> '" +
                        words_file().string() + "'\n" + "touch '" + mounted().string() + "'\n");
        means.has_device = true;
        means.unmounter = program("fusermount3", "rm '" + mounted().string() + "'\n");
    }
    fs::path program(const std::string& name, const std::string& text) const {
        const auto file = rig_.folder.path() / "bin" / name;
        rig_.folder.write("bin/" + name, "#!/bin/sh\n" + text);
        fs::permissions(file, fs::perms::owner_all);
        return file;
    }
    SyncContext context() {
        auto made = device_.context();
        made.mounts = [this] {
            return fs::exists(mounted())
                       ? std::vector<fs::path>{device_.config.settings.mount_point}
                       : std::vector<fs::path>();
        };
        return made;
    }
    CloudResult<bool> mount(const MountWish& wish = {}) {
        auto now = context();
        return mount_space(now, device_.host.the_tenant, wish, means,
                           std::chrono::milliseconds(300));
    }
    CloudResult<bool> unmount() {
        return unmount_space(context(), means,
                             {std::chrono::milliseconds(300), std::chrono::milliseconds(300)});
    }
    [[nodiscard]] std::string words() const {
        std::ifstream in(words_file());
        std::string all;
        for (std::string line; std::getline(in, line);) all += (all.empty() ? "" : " ") + line;
        return all;
    }
    [[nodiscard]] fs::path mounted() const { return rig_.folder.path() / "mounted"; }
    [[nodiscard]] fs::path words_file() const { return rig_.folder.path() / "words"; }
    SyncSettings& settings() { return device_.config.settings; }
    Device& device() { return device_; }

    MountMeans means;

private:
    CloudRig rig_;
    Device device_;
};

}  // namespace

TEST_CASE("9-511, 9-521: the root of the bucket is mounted at the fixed place") {
    MountRig rig;
    auto& settings = rig.settings();
    rig.device().host.the_tenant.bucket = "bucket";
    CHECK(rig.mount() == CloudResult<bool>(true));
    CHECK(rig.words() ==
          "mount basic-memory-cloud:bucket " + settings.mount_point.string() +
              " --vfs-cache-mode writes --dir-cache-time 10s --vfs-cache-poll-interval 5s "
              "--attr-timeout 5s --vfs-write-back 2s --daemon --daemon-wait 10s --cache-dir " +
              (settings.data_directory / "mount-cache" / rig.device().host.the_tenant.tenant_id)
                  .string() +
              " --config " + settings.rclone_config.string() + " --log-file " +
              (settings.data_directory / "rclone-mount.log").string());
    // What people see has no account in its name.
    const auto what_and_where = rig.words().substr(0, rig.words().find(" --vfs-cache-mode"));
    CHECK(what_and_where.find(rig.device().host.the_tenant.tenant_id) == std::string::npos);
    // A second time there is nothing to do.
    fs::remove(rig.words_file());
    CHECK(rig.mount() == CloudResult<bool>(false));
    CHECK(rig.words().empty());
    CHECK(rig.unmount() == CloudResult<bool>(true));
    CHECK(rig.unmount() == CloudResult<bool>(false));
}

TEST_CASE("profiles and flags of a mount become flags of rclone") {
    MountRig rig;
    MountWish wish;
    wish.profile = "safe";
    wish.read_only = true;
    wish.foreground = true;
    const auto words = join(mount_arguments(rig.settings(), {"t", "b", {}}, wish), " ");
    CHECK(words.find("--dir-cache-time 15s --vfs-cache-poll-interval 10s --attr-timeout 10s "
                     "--vfs-write-back 5s --read-only --cache-dir") != std::string::npos);
    wish.profile = "fast";
    CHECK(join(mount_arguments(rig.settings(), {"t", "b", {}}, wish), " ")
              .find("--dir-cache-time 5s --vfs-cache-poll-interval 3s --attr-timeout 3s "
                    "--vfs-write-back 1s") != std::string::npos);
    CHECK(find_mount_profile("zzz") == nullptr);
}

TEST_CASE("a machine without FUSE is told what to install") {
    MountRig rig;
    rig.means.has_device = false;
    auto mounted = rig.mount();
    REQUIRE_FALSE(mounted);
    CHECK(mounted.error().message ==
          "Mount needs FUSE (install fuse3) or an rclone build with nfsmount.");
    rig.means = {true, std::nullopt};
    CHECK_FALSE(rig.mount());
    CHECK(rig.words().empty());
    CHECK_FALSE(means_of_mounting("").unmounter);
    const auto found = means_of_mounting(
        (rig.program("fusermount", "exit 0").parent_path()).string() + ":/nowhere");
    CHECK(found.unmounter->filename() == "fusermount3");
}

TEST_CASE("9-611: neither a folder that is kept in step nor a full one becomes a mount point") {
    MountRig rig;
    auto& settings = rig.settings();
    fs::create_directories(settings.mount_point);
    const fs::path before = settings.sync_dir;
    fs::create_directory_symlink(settings.mount_point, settings.home / "link");
    for (const fs::path& root : {settings.mount_point, settings.home / "link" / "x" / "..",
                                 settings.mount_point / "inner"}) {
        settings.sync_dir = root;
        const auto mounted = rig.mount();
        REQUIRE_FALSE(mounted);
        CHECK(mounted.error().fault == CloudFault::mount_conflict);
    }
    settings.sync_dir = before;
    settings.attached = {{"p", settings.mount_point}};
    CHECK_FALSE(rig.mount());
    settings.attached.clear();
    std::ofstream(settings.mount_point / "mine.md") << "x";
    const auto mounted = rig.mount();
    REQUIRE_FALSE(mounted);
    CHECK(mounted.error().message.find("is not empty") != std::string::npos);
    CHECK(rig.words().empty());
}

TEST_CASE("a mount that does not become active is told with the end of its log") {
    MountRig rig;
    rig.settings().rclone_path =
        rig.program("rclone2",
                    "case \"$1\" in version) echo 'rclone v1.70.0'; exit 0;; esac\n"
                    "echo 'the reason' > '" +
                        mount_log(rig.settings()).string() + "'\n");
    const auto mounted = rig.mount();
    REQUIRE_FALSE(mounted);
    CHECK(mounted.error().message == "Mount did not become active");
    CHECK(mounted.error().hint == "the reason");
}

TEST_CASE("a mount that is in use stays, and is told") {
    MountRig rig;
    REQUIRE(rig.mount());
    rig.means.unmounter =
        rig.program("fusermount3",
                    "echo 'fusermount3: failed to unmount x: Device or resource busy' >&2\n"
                    "exit 1\n");
    const auto done = rig.unmount();
    REQUIRE_FALSE(done);
    CHECK(done.error().message == "Mount is busy; close programs using it.");
}

TEST_CASE("what was written is waited for before a mount goes away, and told when it stays here") {
    MountRig rig;
    REQUIRE(rig.mount());
    const auto cache = rig.settings().data_directory / "mount-cache/vfsMeta/basic-memory-cloud";
    fs::create_directories(cache / "b" / "p");
    std::ofstream(cache / "b" / "p" / "sent.md") << R"({"Size": 3, "Dirty": false})";
    std::ofstream(cache / "b" / "odd.md") << "no JSON";
    CHECK(unsent_files(rig.settings()).empty());
    std::ofstream(cache / "b" / "p" / "new.md") << R"({"Size": 3, "Dirty": true})";
    CHECK(unsent_files(rig.settings()) == std::vector<std::string>{"b/p/new.md"});
    const auto began = std::chrono::steady_clock::now();
    CHECK(rig.unmount() == CloudResult<bool>(true));
    CHECK(std::chrono::steady_clock::now() - began >= std::chrono::milliseconds(300));
    REQUIRE_FALSE(rig.device().said.empty());
    CHECK(rig.device().said[0].find("has been sent") != std::string::npos);
}

TEST_CASE(
    "9-522: a real mount shows every project, sends what is written, and is gone afterwards") {
    const char* path = std::getenv("PATH");
    const auto means = means_of_mounting(path != nullptr ? path : "");
    if (!means.are_enough()) {
        MESSAGE("skipped: this machine has no /dev/fuse or no fusermount3");
        return;
    }
    for (const char* variable : {"BM_TEST_RCLONE", "BM_TEST_RCLONE_OLD"}) {
        CAPTURE(variable);
        const auto rclone = real_rclone(variable);
        if (!rclone) continue;
        CloudRig rig(*rclone);
        auto device = rig.device("a");
        for (const char* name : {"a/1.md", "b/2.md", "c/3.md"}) rig.write(name, name);
        auto context = device.context();
        context.mounts = rclone_mounts;
        const fs::path point = device.config.settings.mount_point;
        const auto mounted =
            mount_space(context, device.host.the_tenant, {}, means, std::chrono::seconds(10));
        if (!mounted && mounted.error().hint.find("not permitted") != std::string::npos) {
            MESSAGE("skipped: this machine lets nobody mount: " << mounted.error().hint);
            return;
        }
        REQUIRE_MESSAGE(mounted, (mounted ? std::string() : mounted.error().hint));
        CHECK(tree_of(point).size() == 3);
        CHECK(mount_processes(point).size() == 1);
        CHECK(space_mount_state(context) == MountState::active);
        std::ofstream(point / "a" / "new.md") << "written through the mount";
        // At once: rclone itself would end without having sent it.
        CHECK(unmount_space(context, means, {}) == CloudResult<bool>(true));
        CHECK(space_mount_state(context) == MountState::absent);
        CHECK(mount_processes(point).empty());
        CHECK(unsent_files(device.config.settings).empty());
        CHECK(tree_of(rig.cloud()).count("a/new.md") == 1);

        // A mount whose rclone was killed is told, and can be taken away.
        REQUIRE(mount_space(context, device.host.the_tenant, {}, means, std::chrono::seconds(10)));
        const auto servers = mount_processes(point);
        REQUIRE(servers.size() == 1);
        REQUIRE(::kill(servers[0], SIGKILL) == 0);
        for (int i = 0; i < 100 && space_mount_state(context) != MountState::dead; ++i)
            std::this_thread::sleep_for(std::chrono::milliseconds(50));
        CHECK(space_mount_state(context) == MountState::dead);
        const auto again =
            mount_space(context, device.host.the_tenant, {}, means, std::chrono::seconds(10));
        REQUIRE_FALSE(again);
        CHECK(again.error().hint == "Run: bm cloud unmount, then bm cloud mount");
        CHECK(unmount_space(context, means, {}) == CloudResult<bool>(true));
        CHECK(space_mount_state(context) == MountState::absent);
    }
}

TEST_CASE("what one account has not sent waits for it, and is not sent to another one") {
    MountRig rig;
    auto& settings = rig.settings();
    auto& tenant = rig.device().host.the_tenant;
    const auto write_record = [&](const fs::path& cache) {
        const auto folder = cache / "vfsMeta" / "basic-memory-cloud" / "bucket" / "p";
        fs::create_directories(folder);
        std::ofstream(folder / "n.md") << R"({"Dirty": true})";
    };
    const std::vector<std::string> waiting{"bucket/p/n.md"};
    // From a program that had one cache for everybody.
    tenant = {"one", "bucket", {}};
    REQUIRE(note_tenant(settings, tenant));
    write_record(settings.data_directory / "mount-cache");
    CHECK(unsent_files(settings) == waiting);
    CHECK(rig.mount() == CloudResult<bool>(true));
    CHECK(rig.words().find("/mount-cache/one --config") != std::string::npos);
    CHECK(unsent_files(settings) == waiting);
    CHECK_FALSE(fs::exists(settings.data_directory / "mount-cache/vfsMeta"));
    fs::remove(rig.mounted());
    tenant = {"../two", "bucket", {}};
    REQUIRE(note_tenant(settings, tenant));
    CHECK(unsent_files(settings).empty());
    CHECK(rig.mount() == CloudResult<bool>(true));
    CHECK(rig.words().find("/mount-cache/___two --config") != std::string::npos);
    fs::remove(rig.mounted());
    tenant = {"one", "bucket", {}};
    REQUIRE(note_tenant(settings, tenant));
    CHECK(unsent_files(settings) == waiting);
}

TEST_CASE("a mount in the foreground lasts as long as its rclone") {
    MountRig rig;
    MountWish wish;
    wish.foreground = true;
    // This rclone says what it mounts, waits for its end, and takes the mount away.
    rig.settings().rclone_path =
        rig.program("rclone",
                    "case \"$1\" in version) echo 'rclone v1.70.0'; exit 0;; esac\n"
                    "echo \"$@\" > '" +
                        rig.words_file().string() + "'\ntouch '" + rig.mounted().string() +
                        "'\nsleep 0.3\nrm '" + rig.mounted().string() + "'\n");
    CHECK(rig.mount(wish) == CloudResult<bool>(true));
    CHECK(rig.words().find("--daemon") == std::string::npos);
    CHECK_FALSE(fs::exists(rig.mounted()));
    // One that ends and leaves its mount behind is told.
    rig.settings().rclone_path = rig.program(
        "rclone", "case \"$1\" in version) echo 'rclone v1.70.1'; exit 0;; esac\ntouch '" +
                      rig.mounted().string() + "'\n");
    const auto left = rig.mount(wish);
    REQUIRE_FALSE(left);
    CHECK(left.error().message == "rclone has ended, and the mount is still there.");
    fs::remove(rig.mounted());
    // One that fails says why in its log.
    rig.settings().rclone_path =
        rig.program("rclone",
                    "case \"$1\" in version) echo 'rclone v1.70.2'; exit 0;; esac\necho 'no fuse'\n"
                    "exit 1\n");
    const auto failed = rig.mount(wish);
    REQUIRE_FALSE(failed);
    CHECK(failed.error().message == "Mount did not become active");
    CHECK(failed.error().hint.find("no fuse") != std::string::npos);
}
