#include "cloud/local_changes.hpp"

#include <algorithm>
#include <array>

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include "cloud/cloud_watch.hpp"
#include "repository/file_status.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace bm;
using namespace bm::test;

namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using Woken = LocalChanges::Woken;

constexpr ChangePauses kSoon{milliseconds(20), milliseconds(0)};

bool is_log(std::string_view path) { return path.ends_with(".log"); }

std::vector<LocalChanges::Folder> without_logs(const std::vector<std::filesystem::path>& paths) {
    std::vector<LocalChanges::Folder> folders;
    for (const auto& path : paths) folders.push_back({path, "*.log", is_log});
    return folders;
}

}  // namespace

TEST_CASE("3.10: a file that changes here ends the wait, and one that is left out does not") {
    TemporaryFolder folder;
    folder.write("space/p/a.md", "a");
    folder.write("own/b.md", "b");
    LocalChanges changes(open_file_events());
    const std::vector<std::filesystem::path> both{folder.path() / "space", folder.path() / "own"};
    REQUIRE(changes.watch(without_logs(both)));
    CHECK(changes.wait(milliseconds(50), {}, kSoon) == Woken::time);
    folder.write("space/p/a.md", "other");
    CHECK(changes.wait(minutes(10), {}, kSoon) == Woken::change);
    CHECK(changes.wait(milliseconds(50), {}, kSoon) == Woken::time);
    folder.write("own/new/deep.md", "new");
    CHECK(changes.wait(minutes(10), {}, kSoon) == Woken::change);
    folder.write("space/p/x.log", "log");
    CHECK(changes.wait(milliseconds(200), {}, kSoon) == Woken::time);
    // What is not watched any more is not heard.
    REQUIRE(changes.watch(without_logs({folder.path() / "space"})));
    folder.write("own/c.md", "c");
    CHECK(changes.wait(milliseconds(200), {}, kSoon) == Woken::time);
}

TEST_CASE("3.10: a wait is never shorter than the least one, and ends when somebody stops it") {
    TemporaryFolder folder;
    folder.write("space/a.md", "a");
    LocalChanges changes(open_file_events());
    REQUIRE(changes.watch(without_logs({folder.path() / "space"})));
    folder.write("space/a.md", "other");
    const auto begun = std::chrono::steady_clock::now();
    CHECK(changes.wait(minutes(10), {}, {milliseconds(1), milliseconds(300)}) == Woken::change);
    CHECK(std::chrono::steady_clock::now() - begun >= milliseconds(300));
    std::array<int, 2> ends{};
    REQUIRE(::pipe(ends.data()) == 0);
    REQUIRE(::write(ends[1], "x", 1) == 1);
    CHECK(changes.wait(minutes(10), StopRequest{ends[0]}, kSoon) == Woken::stop);
    ::close(ends[0]);
    ::close(ends[1]);
}

TEST_CASE("3.10: a folder that cannot be watched is told, and watched once it is there") {
    TemporaryFolder folder;
    LocalChanges changes(open_file_events());
    const std::vector<std::filesystem::path> folders{folder.path() / "late"};
    CHECK_FALSE(changes.watch(without_logs(folders)));
    folder.write("late/a.md", "a");
    CHECK(changes.watch(without_logs(folders)));
    folder.write("late/b.md", "b");
    CHECK(changes.wait(minutes(10), {}, kSoon) == Woken::change);
    LocalChanges deaf(nullptr);
    CHECK_FALSE(deaf.watch(without_logs(folders)));
    CHECK(deaf.wait(milliseconds(20), {}, kSoon) == Woken::time);
}

TEST_CASE("3.10: rules that have changed hold from the next wait on") {
    TemporaryFolder folder;
    folder.write("space/a.md", "a");
    const auto space = folder.path() / "space";
    LocalChanges changes(open_file_events());
    REQUIRE(changes.watch(without_logs({space})));
    REQUIRE(changes.watch(
        {{space, "*.md", [](std::string_view path) { return path.ends_with(".md"); }}}));
    folder.write("space/a.md", "other");
    CHECK(changes.wait(milliseconds(200), {}, kSoon) == Woken::time);
    folder.write("space/x.log", "log");
    CHECK(changes.wait(minutes(10), {}, kSoon) == Woken::change);
}

TEST_CASE("3.10: what a round has written itself is no news, and what others wrote meanwhile is") {
    TemporaryFolder folder;
    folder.write("space/p/a.md", "a");
    folder.write("space/p/old.md", "old");
    const auto space = folder.path() / "space";
    LocalChanges changes(open_file_events());
    REQUIRE(changes.watch(without_logs({space})));
    // Of another time than now, as what is fetched is.
    const auto fetch = [&](const std::string& name, std::string_view bytes) {
        folder.write("space/" + name, bytes);
        std::filesystem::last_write_time(
            space / name, std::filesystem::file_time_type::clock::now() - std::chrono::hours(1));
    };
    FileSet agreed;
    const auto agree_on = [&](const std::string& name) {
        const auto status = status_of(AT_FDCWD, (space / name).string());
        REQUIRE(status);
        agreed[name] = {status->stamp.size, status->stamp.mtime_ns, false};
    };
    const auto pass_over = [&] {
        changes.pass_over([&] { return LocalChanges::Agreed{{space, agreed}}; });
    };
    fetch("p/a.md", "fetched");
    fetch("new/deep/b.md", "fetched");
    folder.write("space/new/deep/x.log", "not synced");
    std::filesystem::create_directories(space / "empty");
    std::filesystem::remove(space / "p/old.md");
    for (const char* name : {"p/a.md", "new/deep/b.md"}) agree_on(name);
    pass_over();
    CHECK(changes.wait(milliseconds(200), {}, kSoon) == Woken::time);
    // What the user has written, made or removed before the round ended.
    for (const std::string what : {"edited", "beside", "made", "removed"}) {
        CAPTURE(what);
        fetch("p/a.md", what);
        agree_on("p/a.md");
        fetch(what + "/b.md", "fetched");
        agree_on(what + "/b.md");
        if (what == "edited") folder.write("space/p/a.md", "mine!!");
        if (what == "beside") folder.write("space/p/mine.md", "mine");
        if (what == "made") folder.write("space/made/mine.md", "mine");
        if (what == "removed") std::filesystem::remove(space / "removed/b.md");
        pass_over();
        CHECK(changes.wait(minutes(10), {}, kSoon) == Woken::change);
        CHECK(changes.wait(milliseconds(200), {}, kSoon) == Woken::time);
        for (const char* name : {"p/mine.md", "made/mine.md"}) {
            if (std::filesystem::exists(space / name)) agree_on(name);
        }
        agreed.erase("removed/b.md");
    }
    changes.pass_over([&]() -> LocalChanges::Agreed {
        FAIL("nothing has changed, and the lists are read");
        return {};
    });
    folder.write("space/p/a.md", "edited");
    CHECK(changes.wait(minutes(10), {}, kSoon) == Woken::change);
}

TEST_CASE("3.10: a watch tells each warning once in an hour") {
    std::vector<std::string> said;
    std::chrono::minutes later{0};
    CloudWatch watch;
    watch.round = [&] {
        CloudReport report;
        report.warnings = {"Links are not followed: x"};
        return std::vector<CloudReport>{report};
    };
    watch.wait = [&](milliseconds) {
        later += minutes(25);
        return later < minutes(80);
    };
    watch.now = [&] { return std::chrono::steady_clock::time_point(later); };
    watch.say = [&](const std::string& line) { said.push_back(line); };
    watch_cloud(watch);
    CHECK(std::count(said.begin(), said.end(), "Warning: Links are not followed: x") == 2);
}

TEST_CASE("3.10: after a failure a change here does not shorten the wait") {
    std::vector<std::string> waits;
    int round = 0;
    CloudWatch watch;
    watch.round = [&] {
        CloudReport report;
        if (round++ == 1) report.failure = CloudFailure{CloudFault::rclone_failed, "no", ""};
        return std::vector<CloudReport>{report};
    };
    watch.wait = [&](milliseconds) {
        waits.emplace_back("time");
        return true;
    };
    watch.wait_or_change = [&](milliseconds) {
        waits.emplace_back("change");
        return waits.size() < 3;
    };
    watch.now = [] { return std::chrono::steady_clock::now(); };
    watch.say = [](const std::string&) {};
    watch_cloud(watch);
    CHECK(waits == std::vector<std::string>{"change", "time", "change"});
}
