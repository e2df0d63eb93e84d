#include "cloud/old_state.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include "cloud/scope_memory.hpp"
#include "cloud/scope_state.hpp"
#include "cloud/session_name.hpp"
#include "tests/cloud/cloud_rig.hpp"

using namespace bm;
using namespace bm::test;

namespace {

constexpr const char* kListing =
    "# bisync listing v1 from 2026-01-01T00:00:00+0000\n"
    "- 1 - - 2026-01-01T00:00:00.000000000+0000 \"a.md\"\n";

void leave_pair(const CloudScope& scope, const std::string& session) {
    fs::create_directories(scope.state);
    for (const char* side : {".path1.lst", ".path2.lst"})
        std::ofstream(scope.state / (session + side)) << kListing;
}

std::string old_name(const CloudScope& scope, const fs::path& root) {
    return bisync_session_name(root.string(),
                               old_remote_name(scope.tenant_id) + ":" + scope.bucket);
}

CloudScope own_scope(Device& device, const fs::path& folder) {
    fs::create_directories(folder);
    device.config.settings.attached = {{"p", folder}};
    device.host.known = {{"p", "id-p", "p", false}};
    return project_scope(device.config.settings, device.host.the_tenant, device.host.known[0],
                         folder);
}

}  // namespace

TEST_CASE("the space's memory under the name of the old remote is taken over") {
    CloudRig rig("/no/rclone");
    auto device = rig.device("a");
    const auto scope = device.space();
    leave_pair(scope, old_name(scope, scope.local_root));
    CHECK(adopt_old_state(scope) == CloudResult<bool>(true));
    const auto state = read_scope_state(scope);
    CHECK(is_initialized(scope, state));
    CHECK(state->baseline->local_files == 1);
    CHECK(read_baseline(scope));
    struct stat seen {};
    REQUIRE(::stat(scope.state.c_str(), &seen) == 0);
    CHECK((seen.st_mode & 0777) == 0700);
    // Once is enough.
    CHECK(adopt_old_state(scope) == CloudResult<bool>(false));
}

TEST_CASE("memory of another folder, of several, and half of one is left alone") {
    CloudRig rig("/no/rclone");
    auto device = rig.device("a");
    const auto scope = device.space();
    leave_pair(scope, old_name(scope, "/somewhere/else"));
    const auto before = tree_of(scope.state);
    CHECK(adopt_old_state(scope) == CloudResult<bool>(false));
    CHECK(tree_of(scope.state) == before);
    leave_pair(scope, old_name(scope, scope.local_root));
    CHECK(adopt_old_state(scope) == CloudResult<bool>(false));
    fs::remove_all(scope.state);
    leave_pair(scope, old_name(scope, scope.local_root));
    fs::remove(scope.state / (old_name(scope, scope.local_root) + ".path2.lst"));
    CHECK(adopt_old_state(scope) == CloudResult<bool>(false));
    fs::remove_all(scope.state);
    CHECK(adopt_old_state(scope) == CloudResult<bool>(false));
    CHECK_FALSE(fs::exists(scope.state));
}

TEST_CASE("a project's memory is taken over under its own name only") {
    CloudRig rig("/no/rclone");
    auto device = rig.device("a");
    const auto scope = own_scope(device, rig.folder.path() / "a" / "own");
    leave_pair(scope, old_name(scope, scope.local_root));
    CHECK(adopt_old_state(scope) == CloudResult<bool>(false));
    CHECK_FALSE(read_scope_state(scope));
    fs::remove_all(scope.state);
    // What a dry run or a failure has left is no memory.
    fs::create_directories(scope.state);
    std::ofstream(scope.state / (scope.session() + ".path1.lst-dry")) << kListing;
    CHECK(adopt_old_state(scope) == CloudResult<bool>(false));
    leave_pair(scope, scope.session());
    auto context = device.context();
    const auto view = look_at_host(context);
    REQUIRE(view);
    CHECK(adopt_old_states(context, *view));
    CHECK(is_initialized(scope, read_scope_state(scope)));
    REQUIRE(device.said.size() == 1);
    CHECK(device.said[0].find("project 'p'") != std::string::npos);
}

TEST_CASE("a run goes on from memory that was taken over, deletions included") {
    const auto rclone = real_rclone();
    if (!rclone) return;
    CloudRig rig(*rclone);
    auto device = rig.device("a");
    for (const char* name : {"p/a.md", "p/b.md", "p/c.md"}) device.write(name, name);
    REQUIRE(code_of(device.resync()) == "ok");
    const auto scope = device.space();
    // As an older set-up has it: no state of ours, the old remote in the names.
    fs::remove(scope.state_file());
    const auto given_up = adopt_old_state(scope);
    CHECK(given_up == CloudResult<bool>(false));
    fs::remove_all(scope.backup());
    fs::remove(scope.filter_file());
    fs::remove(scope.log_file());
    const std::string old = old_name(scope, scope.local_root);
    fs::rename(scope.listing(1), scope.state / (old + ".path1.lst"));
    fs::rename(scope.listing(2), scope.state / (old + ".path2.lst"));
    fs::remove(device.root() / "p" / "a.md");
    rig.write("p/d.md", "d");
    CHECK(code_of(device.sync()).starts_with("not_initialized"));
    for (const auto& file : {scope.state_file(), scope.filter_file(), scope.log_file()})
        fs::remove(file);
    REQUIRE(adopt_old_state(scope) == CloudResult<bool>(true));
    CHECK(code_of(device.sync()) == "ok");
    CHECK_FALSE(fs::exists(rig.cloud() / "p" / "a.md"));
    CHECK(fs::exists(device.root() / "p" / "d.md"));
}

TEST_CASE("a section of rclone.conf is told by its whole name") {
    TemporaryFolder folder;
    folder.write("rclone.conf", "# [basic-memory-x]\n [basic-memory-t1] \ntype = s3\n");
    const auto file = folder.path() / "rclone.conf";
    CHECK(has_rclone_section(file, old_remote_name("t1")));
    CHECK_FALSE(has_rclone_section(file, old_remote_name("x")));
    CHECK_FALSE(has_rclone_section(file, old_remote_name("t")));
    CHECK_FALSE(has_rclone_section(folder.path() / "none", "x"));
}
