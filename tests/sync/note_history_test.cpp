#include "sync/note_history.hpp"

#include <thread>

#include <doctest/doctest.h>

#include "sync/reconcile.hpp"
#include "tests/sync/history_fixture.hpp"

namespace bm {
namespace {

using namespace std::chrono_literals;
using test::HistoryFixture;

TEST_CASE("a note that is written for the first time has no earlier version") {
    HistoryFixture fixture;
    fixture.put("ops", "Log", "first");
    CHECK(fixture.versions("ops/log").records.empty());
}

TEST_CASE("what a write replaces is kept byte by byte") {
    HistoryFixture fixture;
    fixture.put("ops", "Log", "first");
    const std::string before = fixture.read("ops/Log.md");
    fixture.put("ops", "Log", "second");
    const auto versions = fixture.versions("ops/log");
    REQUIRE(versions.records.size() == 1);
    CHECK(versions.entity);
    CHECK(versions.title == "Log");
    CHECK(versions.records[0].action == HistoryAction::overwritten);
    CHECK(versions.records[0].at == fixture.now());
    CHECK(fixture.kept(versions.records[0]) == before);
}

TEST_CASE("writing the same again adds no version") {
    HistoryFixture fixture;
    fixture.put("ops", "Log", "same");
    fixture.put("ops", "Log", "same");
    CHECK(fixture.versions("ops/log").records.empty());
}

TEST_CASE("what an edit changes is kept") {
    HistoryFixture fixture;
    const auto note = fixture.put("ops", "Log", "first");
    const std::string before = fixture.read("ops/Log.md");
    fixture.append(note.entity, "more");
    const auto versions = fixture.versions("Log");
    REQUIRE(versions.records.size() == 1);
    CHECK(fixture.kept(versions.records[0]) == before);
}

TEST_CASE("a deleted note is found by path and permalink and title") {
    HistoryFixture fixture;
    const auto note = fixture.put("ops", "Night Log", "text");
    const std::string before = fixture.read("ops/Night Log.md");
    fixture.remove(note.entity);
    for (const char* name : {"ops/Night Log.md", "ops/Night Log", "ops/night-log", "Night Log",
                             "memory://ops/night-log", "[[Night Log]]"}) {
        CAPTURE(name);
        const auto versions = fixture.versions(name);
        CHECK_FALSE(versions.entity);
        REQUIRE(versions.records.size() == 1);
        CHECK(versions.records[0].action == HistoryAction::deleted);
        CHECK(fixture.kept(versions.records[0]) == before);
    }
    const auto nobody = versions_of(fixture.knowledge(), fixture.project(), true, "Day Log");
    REQUIRE_FALSE(nobody);
    CHECK(nobody.error().fault == Fault::not_found);
}

TEST_CASE("every note of a deleted folder comes back") {
    HistoryFixture fixture;
    std::map<std::string, std::string> before;
    for (const char* title : {"A", "B", "C"}) {
        fixture.put("old/deep", title, std::string("text of ") + title);
        const std::string path = std::string("old/deep/") + title + ".md";
        before[path] = fixture.read(path);
    }
    NoteStore store(fixture.knowledge(), fixture.project());
    CHECK(store.remove_folder("old").done.size() == 3);
    CHECK_FALSE(std::filesystem::exists(fixture.notes() / "old"));
    for (const auto& [path, bytes] : before) {
        const auto restored = fixture.restore(path);
        REQUIRE(restored);
        CHECK(restored->note.created);
        CHECK(fixture.read(path) == bytes);
        CHECK(fixture.entity(path));
    }
}

TEST_CASE("the past of a note goes along when it moves") {
    HistoryFixture fixture;
    const auto note = fixture.put("a", "Log", "first");
    fixture.put("a", "Log", "second");
    fixture.advance(1min);
    NoteStore store(fixture.knowledge(), fixture.project());
    const auto moved = store.move(note.entity, RelativePath::parse("b/Diary.md").value());
    REQUIRE(moved);
    fixture.append(moved->entity, "third");
    CHECK(fixture.actions("b/Diary.md") == std::vector{HistoryAction::overwritten,
                                                       HistoryAction::moved,
                                                       HistoryAction::overwritten});
    REQUIRE(fixture.restore("b/Diary.md",
                            fixture.versions("b/Diary.md").records[2].checksum->short_hex()));
    CHECK(fixture.read("b/Diary.md").ends_with("first"));
    CHECK_FALSE(std::filesystem::exists(fixture.notes() / "a"));
}

TEST_CASE("a permalink that is rewritten by a move is kept as it was") {
    HistoryFixture fixture("BASIC_MEMORY_UPDATE_PERMALINKS_ON_MOVE", "true");
    const auto note = fixture.put("a", "Log", "text");
    const std::string before = fixture.read("a/Log.md");
    NoteStore store(fixture.knowledge(), fixture.project());
    REQUIRE(store.move(note.entity, RelativePath::parse("b/Log.md").value()));
    REQUIRE(fixture.read("b/Log.md") != before);
    const auto versions = fixture.versions("b/Log.md");
    REQUIRE(versions.records.size() == 1);
    CHECK(versions.records[0].from->str() == "a/Log.md");
    CHECK(fixture.kept(versions.records[0]) == before);
}

TEST_CASE("a file that is no note is kept when it is replaced") {
    HistoryFixture fixture;
    NoteStore store(fixture.knowledge(), fixture.project());
    const auto path = RelativePath::parse("map.canvas").value();
    store.write_file(path, "{}");
    store.write_file(path, "{\"nodes\":[]}");
    const auto versions = fixture.versions("map.canvas");
    REQUIRE(versions.records.size() == 1);
    CHECK(fixture.kept(versions.records[0]) == "{}");
}

TEST_CASE("restoring twice gives back what was there") {
    HistoryFixture fixture;
    fixture.put("ops", "Log", "first");
    const std::string first = fixture.read("ops/Log.md");
    fixture.put("ops", "Log", "second");
    const std::string second = fixture.read("ops/Log.md");
    REQUIRE(fixture.restore("ops/log"));
    CHECK(fixture.read("ops/Log.md") == first);
    CHECK(fixture.entity("ops/Log.md")->checksum == checksum_of(first));
    REQUIRE(fixture.restore("ops/log"));
    CHECK(fixture.read("ops/Log.md") == second);
}

TEST_CASE("a version is named by its time or by its short checksum") {
    HistoryFixture fixture;
    fixture.put("ops", "Log", "first");
    const Timestamp early = fixture.now();
    fixture.advance(24h);
    fixture.put("ops", "Log", "second");
    const Timestamp middle = fixture.now();
    fixture.advance(24h);
    fixture.put("ops", "Log", "third");
    fixture.advance(24h);
    fixture.put("ops", "Log", "fourth");
    const std::string id = fixture.versions("ops/log").records[0].checksum->short_hex();
    REQUIRE(fixture.restore("ops/log",
                            iso8601_utc(std::chrono::floor<std::chrono::seconds>(early + 2h))));
    CHECK(fixture.read("ops/Log.md").ends_with("first"));
    REQUIRE(fixture.restore("ops/log",
                            iso8601_utc(std::chrono::floor<std::chrono::seconds>(middle + 2h))));
    CHECK(fixture.read("ops/Log.md").ends_with("second"));
    REQUIRE(fixture.restore("ops/log", id));
    CHECK(fixture.read("ops/Log.md").ends_with("third"));
    REQUIRE(fixture.restore("ops/log", "2 days ago"));
    CHECK(fixture.read("ops/Log.md").ends_with("second"));
}

TEST_CASE("a version that cannot be had is told in one sentence") {
    HistoryFixture fixture;
    fixture.put("ops", "Log", "first");
    CHECK(fixture.restore("ops/log").error().message ==
          "No earlier version of ops/Log.md was kept");
    fixture.put("ops", "Log", "second");
    CHECK(fixture.restore("ops/log", "gibberish").error().fault == Fault::invalid);
    const auto later = fixture.restore("ops/log", "now");
    REQUIRE_FALSE(later);
    const std::string id = fixture.versions("ops/log").records[0].checksum->short_hex();
    REQUIRE(fixture.restore("ops/log", id));
    const auto again = fixture.restore("ops/log", id);
    REQUIRE_FALSE(again);
    CHECK(again.error().fault == Fault::conflict);
}

TEST_CASE("a damaged version is never written into the note") {
    HistoryFixture fixture;
    fixture.put("ops", "Log", "first");
    fixture.put("ops", "Log", "second");
    const std::string now = fixture.read("ops/Log.md");
    for (const auto& entry :
         std::filesystem::recursive_directory_iterator(fixture.data() / "history")) {
        if (entry.path().extension() == ".pack") std::fstream(entry.path()) << "broken";
    }
    const auto restored = fixture.restore("ops/log");
    REQUIRE_FALSE(restored);
    CHECK(restored.error().message.ends_with("it is damaged"));
    CHECK(fixture.read("ops/Log.md") == now);
}

TEST_CASE("what another program wrote is found by the permalink in it when it is gone") {
    HistoryFixture fixture;
    const auto scan = [&] { REQUIRE(reconcile_project(fixture.knowledge(), fixture.project())); };
    scan();
    const std::string bytes = "---\ntitle: Log\npermalink: my/log\n---\ntheirs\n";
    fixture.write("Log.md", bytes);
    scan();
    std::filesystem::remove(fixture.notes() / "Log.md");
    scan();
    const auto versions = fixture.versions("my/log");
    REQUIRE(versions.records.size() == 1);
    CHECK(versions.records[0].action == HistoryAction::external);
    REQUIRE(fixture.restore("my/log"));
    CHECK(fixture.read("Log.md") == bytes);
}

TEST_CASE("a scan keeps what other programs wrote and follows what they moved") {
    HistoryFixture fixture;
    fixture.write("old.md", "was there before anybody looked");
    const auto scan = [&] { REQUIRE(reconcile_project(fixture.knowledge(), fixture.project())); };
    scan();
    CHECK_FALSE(std::filesystem::exists(fixture.data() / "history"));
    fixture.write("Log.md", "theirs");
    scan();
    fixture.advance(1min);
    std::filesystem::rename(fixture.notes() / "Log.md", fixture.notes() / "Diary.md");
    scan();
    fixture.advance(1min);
    fixture.write("Diary.md", "theirs, changed");
    scan();
    using enum HistoryAction;
    CHECK(fixture.actions("Diary.md") == std::vector{external, moved, external});
    REQUIRE(fixture.restore("Diary.md"));
    CHECK(fixture.read("Diary.md") == "theirs");
}

TEST_CASE("nothing is kept where the settings switch the history off") {
    HistoryFixture fixture("BASIC_MEMORY_HISTORY_ENABLED", "false");
    const auto note = fixture.put("ops", "Log", "first");
    fixture.put("ops", "Log", "second");
    fixture.append(note.entity, "third");
    fixture.remove(note.entity);
    CHECK_FALSE(std::filesystem::exists(fixture.data() / "history"));
}

TEST_CASE("a history that cannot be written stops no change and is logged once") {
    HistoryFixture fixture;
    fixture.put("ops", "Log", "first");
    std::filesystem::rename(fixture.data() / "history", fixture.data() / "away");
    std::ofstream(fixture.data() / "history") << "in the way";
    fixture.put("ops", "Log", "second");
    fixture.put("ops", "Log", "third");
    CHECK(fixture.read("ops/Log.md").ends_with("third"));
    const auto log = fixture.log();
    CHECK(std::count_if(log.begin(), log.end(), [](const std::string& line) {
              return line.find("could not be kept") != std::string::npos;
          }) == 1);
}

TEST_CASE("a note whose text cannot be kept is not restored over") {
    HistoryFixture fixture;
    fixture.put("ops", "Log", "first");
    fixture.put("ops", "Log", "second");
    const auto versions = fixture.versions("ops/log");
    fixture.write("ops/Log.md", std::string(kMaxKeptBytes + 1, 'x'));
    const std::string now = fixture.read("ops/Log.md");
    const auto restored = restore_version(fixture.knowledge(), versions, std::nullopt);
    REQUIRE_FALSE(restored);
    CHECK(fixture.read("ops/Log.md") == now);
}

TEST_CASE("a restore says when the settings cost what was there") {
    HistoryFixture fixture;
    fixture.put("ops", "Log", "first");
    const std::string first = fixture.read("ops/Log.md");
    fixture.put("ops", "Log", "second");
    const auto kept = fixture.restore("ops/log");
    REQUIRE(kept);
    CHECK(kept->note.replaced_is_kept);
    fixture.folder().write("data/config.json",
                           R"({"projects": {"main": ")" + fixture.notes().string() +
                               R"("}, "default_project": "main", "history_enabled": false})");
    const auto lost = fixture.restore("ops/log");
    REQUIRE(lost);
    CHECK_FALSE(lost->note.replaced_is_kept);
}

TEST_CASE("a file that is too large is recorded when it goes") {
    HistoryFixture fixture;
    fixture.write("Big.md", "---\ntitle: Big\n---\n" + std::string(kMaxKeptBytes, 'x'));
    REQUIRE(reconcile_project(fixture.knowledge(), fixture.project()));
    const auto big = fixture.entity("Big.md");
    REQUIRE(big);
    fixture.remove(*big);
    const auto versions = fixture.versions("Big.md");
    REQUIRE(versions.records.size() == 1);
    CHECK_FALSE(versions.records[0].checksum);
}

TEST_CASE("a restored note never leads out of its project") {
    HistoryFixture fixture;
    const auto note = fixture.put("ops", "Log", "first");
    fixture.remove(note.entity);
    std::filesystem::create_directories(fixture.folder().path() / "outside");
    std::filesystem::create_directory_symlink(fixture.folder().path() / "outside",
                                              fixture.notes() / "ops");
    const auto restored = fixture.restore("ops/Log.md");
    REQUIRE_FALSE(restored);
    CHECK(restored.error().fault == Fault::forbidden);
    CHECK(std::filesystem::is_empty(fixture.folder().path() / "outside"));
}

TEST_CASE("a large history shrinks by itself while notes are written") {
    HistoryFixture fixture("BASIC_MEMORY_HISTORY_MAX_SIZE_MB", "1");
    std::string noise;
    std::uint32_t seed = 1;
    for (int i = 0; i < 40; ++i) {
        for (int j = 0; j < 100'000; ++j) {
            seed = seed * 1664525U + 1013904223U;
            noise += static_cast<char>('!' + (seed >> 24U) % 64U);
        }
        fixture.put("ops", "Log", std::exchange(noise, ""));
    }
    const NoteHistory& history = fixture.knowledge().history();
    for (int i = 0; i < 500 && history.size().bytes > 2'000'000; ++i) {
        std::this_thread::sleep_for(10ms);
    }
    CHECK(history.size().bytes <= 2'000'000);
    CHECK(fixture.versions("ops/log").records.size() > 3);
}

TEST_CASE("an age limit of millions of days keeps everything") {
    HistoryFixture fixture("BASIC_MEMORY_HISTORY_MAX_AGE_DAYS", "2000000000");
    fixture.put("ops", "Log", "first");
    fixture.put("ops", "Log", "second");
    for (int day = 0; day < 3; ++day) {
        fixture.advance(25h);
        prune_history(fixture.knowledge(), fixture.now());
    }
    CHECK(fixture.versions("ops/log").records.size() == 1);
}

TEST_CASE("the history stays within the settings") {
    HistoryFixture fixture("BASIC_MEMORY_HISTORY_MAX_AGE_DAYS", "7");
    fixture.put("ops", "Log", "first");
    fixture.put("ops", "Log", "second");
    fixture.advance(24h * 6);
    prune_history(fixture.knowledge(), fixture.now());
    CHECK(fixture.versions("ops/log").records.size() == 1);
    fixture.advance(24h * 2);
    prune_history(fixture.knowledge(), fixture.now());
    CHECK(fixture.versions("ops/log").records.empty());
}

}  // namespace
}  // namespace bm
