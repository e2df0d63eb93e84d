#include <filesystem>
#include <memory>
#include <string>
#include <utility>

#include <doctest/doctest.h>
#include <unistd.h>

#include "sync/watcher.hpp"
#include "tests/sync/watched_fixture.hpp"

namespace bm {
namespace {

namespace fs = std::filesystem;
using test::eventually;
using test::Told;
using test::WatchedFixture;

std::string status_of(const WatchedFixture& fixture) {
    return fixture.folder().read("data/watch-status.json");
}

bool comes_to_say(const WatchedFixture& fixture, const std::string& text) {
    const bool does =
        eventually([&] { return status_of(fixture).find(text) != std::string::npos; });
    if (!does) MESSAGE("not in the status: ", text, "\n", status_of(fixture));
    return does;
}

TEST_CASE("the watcher's state stands in watch-status.json") {
    WatchedFixture fixture;
    fixture.start();
    CHECK(comes_to_say(fixture, "\"running\": true"));
    CHECK(comes_to_say(fixture, "\"pid\": " + std::to_string(::getpid())));
    fixture.write("a.md", "# A");
    CHECK(comes_to_say(fixture, "\"action\": \"new\""));
    CHECK(comes_to_say(fixture, checksum_of("# A").hex()));
    fixture.write("bad.md", "\xFF");
    CHECK(comes_to_say(fixture, "\"status\": \"error\""));
    CHECK(comes_to_say(fixture, "\"error_count\": 1"));
    fs::rename(fixture.notes() / "a.md", fixture.notes() / "b.md");
    CHECK(comes_to_say(fixture, "\"a.md -> b.md\""));
    CHECK(comes_to_say(fixture, "\"synced_files\": 2"));
    fs::remove(fixture.notes() / "b.md");
    CHECK(comes_to_say(fixture, "\"action\": \"deleted\""));
    // The newest comes first.
    const std::string status = status_of(fixture);
    CHECK(status.find("\"deleted\"") < status.find("\"moved\""));
    CHECK(status.find("\"moved\"") < status.find("\"new\""));
    const auto mode = fs::status(fixture.data() / "watch-status.json").permissions();
    CHECK((mode & ~fs::perms(0644)) == fs::perms::none);

    Told told;
    Watcher::Options options;
    options.listener = told.listener();
    auto waiting = std::make_unique<Watcher>(fixture.knowledge(), std::move(options));
    REQUIRE(told.is(WatchState::waiting));
    waiting.reset();
    CHECK(status_of(fixture).find("\"running\": true") != std::string::npos);
    fixture.watcher.reset();
    CHECK(status_of(fixture).find("\"running\": false") != std::string::npos);
}

TEST_CASE("at most a hundred changes are kept in watch-status.json") {
    WatchedFixture fixture;
    for (int i = 0; i < 130; ++i) fixture.write("n" + std::to_string(i) + ".md", "x");
    fixture.start();
    REQUIRE(comes_to_say(fixture, "\"synced_files\": 130"));
    const std::string status = status_of(fixture);
    int changes = 0;
    for (auto at = status.find("\"path\""); at != std::string::npos;
         at = status.find("\"path\"", at + 1)) {
        ++changes;
    }
    CHECK(changes == 100);
}

}  // namespace
}  // namespace bm
