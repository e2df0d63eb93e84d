#include "tests/support/local_zone.hpp"
#include "tests/sync/history_fixture.hpp"

namespace bm {
namespace {

using namespace std::chrono_literals;
using test::HistoryFixture;
using enum HistoryAction;

RelativePath path_of(std::string_view text) { return RelativePath::parse(text).value(); }

Entity move_note(HistoryFixture& fixture, const Entity& note, std::string_view to) {
    fixture.advance(1min);
    NoteStore store(fixture.knowledge(), fixture.project());
    auto there = store.move(note, path_of(to));
    REQUIRE(there);
    return std::move(there->entity);
}

std::string seconds_of(Timestamp at) {
    return iso8601_utc(std::chrono::floor<std::chrono::seconds>(at));
}

TEST_CASE("versions of another program are current from when they were seen") {
    HistoryFixture fixture;
    const auto record = [](std::string_view bytes, int minute, HistoryAction action) {
        return HistoryRecord{.at = Timestamp(std::chrono::minutes(minute)),
                             .action = action,
                             .path = RelativePath::parse("a.md").value(),
                             .from = std::nullopt,
                             .permalink = "",
                             .title = "",
                             .checksum = checksum_of(bytes)};
    };
    const std::vector<HistoryRecord> records{record("c", 30, HistoryAction::external),
                                             record("b", 20, HistoryAction::external),
                                             record("a", 10, HistoryAction::overwritten)};
    const auto at = [&](int minute) {
        return version_at(records, Timestamp(std::chrono::minutes(minute)));
    };
    CHECK(at(5) == &records[2]);
    CHECK(at(15) == nullptr);
    CHECK(at(25) == &records[1]);
    CHECK(at(35) == &records[0]);
}

TEST_CASE("a note made where a moved note was has a past of its own") {
    HistoryFixture fixture;
    const auto first = fixture.put("a", "Log", "secret");
    fixture.put("a", "Log", "secret, changed");
    move_note(fixture, first.entity, "b/Diary.md");
    fixture.put("a", "Log", "new");
    CHECK(fixture.actions("a/Log.md").empty());
    CHECK_FALSE(fixture.restore("a/Log.md"));
    fixture.put("a", "Log", "new, changed");
    CHECK(fixture.actions("a/Log.md") == std::vector{overwritten});
    CHECK(fixture.actions("b/Diary.md") == std::vector{moved, overwritten});
}

/// Writes into the journal what an earlier release would have.
void record(HistoryFixture& fixture, HistoryAction action, std::string_view path,
            const std::optional<std::string>& from, std::optional<std::string_view> bytes) {
    HistoryRecord line{.at = fixture.now(),
                       .action = action,
                       .path = path_of(path),
                       .from = std::nullopt,
                       .permalink = "",
                       .title = ""};
    if (from) line.from = path_of(*from);
    REQUIRE(keep_version(fixture.knowledge(), fixture.project(), line, bytes));
}

TEST_CASE("a move that a scan wrote down as well cuts no past") {
    HistoryFixture fixture;
    fixture.put("in", "Log", "one");
    const auto note = fixture.put("in", "Log", "two").entity;
    SUBCASE("before the tool") {
        fixture.advance(1min);
        record(fixture, moved, "out/Log.md", "in/Log.md", std::nullopt);
        NoteStore store(fixture.knowledge(), fixture.project());
        REQUIRE(store.move(note, path_of("out/Log.md")));
    }
    SUBCASE("after the tool") {
        move_note(fixture, note, "out/Log.md");
        record(fixture, moved, "out/Log.md", "in/Log.md", std::nullopt);
    }
    SUBCASE("with a version that it took for another program's") {
        fixture.advance(1min);
        record(fixture, moved, "out/Log.md", "in/Log.md", std::nullopt);
        record(fixture, external, "out/Log.md", std::nullopt, fixture.read("in/Log.md"));
        NoteStore store(fixture.knowledge(), fixture.project());
        REQUIRE(store.move(note, path_of("out/Log.md")));
    }
    CHECK(fixture.actions("out/Log.md") == std::vector{moved, overwritten});
    REQUIRE(fixture.restore("out/Log.md"));
    CHECK(fixture.read("out/Log.md").ends_with("one"));
}

TEST_CASE("of two notes that moved the same way one after the other each has its own past") {
    HistoryFixture fixture;
    fixture.put("in", "Log", "first note");
    const auto first = fixture.put("in", "Log", "first note, changed").entity;
    fixture.remove(move_note(fixture, first, "out/Log.md"));
    fixture.put("in", "Log", "second note");
    const auto second = fixture.put("in", "Log", "second note, changed").entity;
    move_note(fixture, second, "out/Log.md");
    CHECK(fixture.actions("out/Log.md") == std::vector{moved, overwritten});
    REQUIRE(fixture.restore("out/Log.md"));
    CHECK(fixture.read("out/Log.md").ends_with("second note"));
}

TEST_CASE("what a tool wrote is not told as another program's") {
    HistoryFixture fixture;
    fixture.put("in", "Log", "one");
    SUBCASE("although a scan wrote it down first") {
        fixture.advance(1min);
        record(fixture, overwritten, "in/Log.md", std::nullopt, fixture.read("in/Log.md"));
        record(fixture, external, "in/Log.md", std::nullopt, "two");
        record(fixture, written, "in/Log.md", std::nullopt, "two");
    }
    SUBCASE("although a scan wrote it down afterwards") {
        fixture.advance(1min);
        record(fixture, overwritten, "in/Log.md", std::nullopt, fixture.read("in/Log.md"));
        record(fixture, written, "in/Log.md", std::nullopt, "two");
        record(fixture, external, "in/Log.md", std::nullopt, "two");
    }
    fixture.write("in/Log.md", "two");
    CHECK(fixture.actions("in/Log.md") == std::vector{overwritten});
    CHECK(fixture.versions("in/Log.md").current);
    // Much later it was somebody else.
    fixture.advance(10min);
    record(fixture, external, "in/Log.md", std::nullopt, "two");
    CHECK(fixture.actions("in/Log.md") == std::vector{external, written, overwritten});
}

TEST_CASE("the old path of a moved note leads to where it is now") {
    HistoryFixture fixture;
    const auto note = fixture.put("a", "Log", "first");
    const auto there = move_note(fixture, note.entity, "b/Diary.md");
    fixture.append(there, "more");
    move_note(fixture, there, "c/Diary.md");
    for (const char* name : {"a/Log.md", "a/Log", "b/Diary.md"}) {
        CAPTURE(name);
        const auto versions = fixture.versions(name);
        CHECK(versions.path.str() == "c/Diary.md");
        CHECK(versions.entity);
    }
    REQUIRE(fixture.restore("a/Log.md"));
    CHECK(fixture.read("c/Diary.md").ends_with("first"));
    CHECK_FALSE(std::filesystem::exists(fixture.notes() / "a"));
    fixture.remove(*fixture.entity("c/Diary.md"));
    CHECK(fixture.versions("a/Log.md").path.str() == "c/Diary.md");
    CHECK_FALSE(fixture.versions("a/Log.md").entity);
}

TEST_CASE("no version is given out for a time before the note") {
    HistoryFixture fixture;
    fixture.advance(24h);
    const Timestamp before = fixture.now();
    fixture.advance(24h);
    const auto note = fixture.put("ops", "Log", "first");
    fixture.advance(24h);
    fixture.put("ops", "Log", "second");
    const auto early = fixture.restore("ops/log", seconds_of(before));
    REQUIRE_FALSE(early);
    CHECK(early.error().fault == Fault::not_found);
    CHECK(fixture.read("ops/Log.md").ends_with("second"));
    REQUIRE(fixture.restore("ops/log", seconds_of(before + 30h)));
    CHECK(fixture.read("ops/Log.md").ends_with("first"));
    fixture.remove(note.entity);
    const Timestamp gone = fixture.now() + 1h;
    fixture.advance(24h);
    fixture.put("ops", "Log", "again");
    fixture.advance(24h);
    fixture.put("ops", "Log", "and again");
    CHECK_FALSE(fixture.restore("ops/log", seconds_of(gone)));
    REQUIRE(fixture.restore("ops/log", seconds_of(gone + 30h)));
    CHECK(fixture.read("ops/Log.md").ends_with("again"));
}

TEST_CASE("a version whose bytes are gone still ends the one before") {
    const auto record = [](std::string_view bytes, int minute) {
        HistoryRecord made{.at = Timestamp(std::chrono::minutes(minute)),
                           .action = overwritten,
                           .path = path_of("a.md"),
                           .from = std::nullopt,
                           .permalink = "",
                           .title = ""};
        if (!bytes.empty()) made.checksum = checksum_of(bytes);
        return made;
    };
    const std::vector<HistoryRecord> records{record("c", 30), record("", 20), record("a", 10)};
    const auto at = [&](int minute) {
        return version_at(records, Timestamp(std::chrono::minutes(minute)));
    };
    CHECK(at(15) == nullptr);
    CHECK(at(25) == &records[0]);
    CHECK(at(5) == &records[2]);
}

TEST_CASE("a title that a living and a deleted note share names neither") {
    HistoryFixture fixture;
    fixture.put("a", "Log", "living");
    fixture.put("a", "Log", "living, changed");
    const auto gone = fixture.put("b", "Log", "deleted");
    fixture.remove(gone.entity);
    const std::string living = fixture.read("a/Log.md");
    const auto versions = versions_of(fixture.knowledge(), fixture.project(), true, "Log");
    REQUIRE_FALSE(versions);
    CHECK(versions.error().fault == Fault::ambiguous);
    CHECK(versions.error().message.find("a/Log.md") != std::string::npos);
    CHECK(versions.error().message.find("b/Log.md") != std::string::npos);
    REQUIRE(fixture.restore("b/Log.md"));
    CHECK(fixture.read("a/Log.md") == living);
    CHECK(fixture.versions("a/log").path.str() == "a/Log.md");
}

TEST_CASE("a title names the note that was deleted and written again and moved") {
    HistoryFixture fixture;
    fixture.remove(fixture.put("a", "Log", "first").entity);
    const auto again = fixture.put("a", "Log", "second");
    move_note(fixture, again.entity, "b/Log.md");
    CHECK(fixture.versions("Log").path.str() == "b/Log.md");
}

TEST_CASE("a restored note takes no other note's permalink") {
    HistoryFixture fixture;
    const auto first = fixture.put("a", "Log", "first");
    REQUIRE(first.entity.permalink == "a/log");
    fixture.remove(first.entity);
    fixture.write("b/Other.md", "---\ntitle: Other\npermalink: a/log\n---\ntheirs\n");
    REQUIRE(reconcile_project(fixture.knowledge(), fixture.project()));
    const auto restored = fixture.restore("a/Log.md");
    REQUIRE(restored);
    CHECK(restored->lost_permalink == "a/log");
    CHECK(fixture.read("a/Log.md").find("permalink: a/log-1") != std::string::npos);
    CHECK(fixture.entity("a/Log.md")->permalink == "a/log-1");
    CHECK(fixture.entity("b/Other.md")->permalink == "a/log");
    CHECK(fixture.restore("a/Log.md").error().fault == Fault::conflict);
}

TEST_CASE("a deleted note is found with its project in front as a living one is") {
    HistoryFixture fixture;
    const auto note = fixture.put("pp", "Pre", "text");
    const auto names = {"memory://main/pp/pre", "main/pp/pre", "main::Pre", "main/pp/Pre.md"};
    for (const char* name : names) CHECK(fixture.versions(name).entity);
    fixture.remove(note.entity);
    for (const char* name : names) {
        CAPTURE(name);
        CHECK(fixture.versions(name).path.str() == "pp/Pre.md");
    }
}

TEST_CASE("what a tool wrote last comes back after another program replaced it unseen") {
    HistoryFixture fixture;
    fixture.put("ops", "Log", "by a tool");
    const std::string before = fixture.read("ops/Log.md");
    fixture.advance(1h);
    fixture.write("ops/Log.md", "theirs");
    REQUIRE(reconcile_project(fixture.knowledge(), fixture.project()));
    CHECK(fixture.actions("ops/Log.md") == std::vector{external, written});
    REQUIRE(fixture.restore("ops/Log.md"));
    CHECK(fixture.read("ops/Log.md") == before);
    std::filesystem::remove(fixture.notes() / "ops/Log.md");
    REQUIRE(reconcile_project(fixture.knowledge(), fixture.project()));
    REQUIRE(fixture.restore("ops/Log.md", checksum_of(before).short_hex()));
    CHECK(fixture.read("ops/Log.md") == before);
}

TEST_CASE("what a tool wrote last is there before anybody has seen that it was replaced") {
    HistoryFixture fixture;
    fixture.put("ops", "Log", "by a tool");
    const std::string before = fixture.read("ops/Log.md");
    const std::string id = checksum_of(before).short_hex();
    CHECK(fixture.versions("ops/log").records.empty());
    for (const char* theirs : {"theirs", "caf\xe9"}) {
        CAPTURE(theirs);
        fixture.advance(1h);
        fixture.write("ops/Log.md", theirs);
        CHECK(fixture.actions("ops/Log.md").at(0) == written);
        REQUIRE(fixture.restore("ops/Log.md"));
        CHECK(fixture.read("ops/Log.md") == before);
    }
    fixture.write("ops/Log.md", "theirs");
    REQUIRE(fixture.restore("ops/Log.md", id));
    CHECK(fixture.read("ops/Log.md") == before);
    std::filesystem::remove(fixture.notes() / "ops/Log.md");
    CHECK(fixture.actions("ops/Log.md").at(0) == written);
    REQUIRE(fixture.restore("ops/Log.md"));
    CHECK(fixture.read("ops/Log.md") == before);
}

TEST_CASE("what the note says now can be named too") {
    HistoryFixture fixture;
    fixture.put("ops", "Log", "first");
    fixture.put("ops", "Log", "second");
    const std::string id = checksum_of(fixture.read("ops/Log.md")).short_hex();
    CHECK(fixture.actions("ops/log") == std::vector{overwritten});
    const std::string already = "Nothing to restore: ops/Log.md is what it was then already";
    for (const std::string& at : {id, seconds_of(fixture.now() + 30s), std::string("now")}) {
        CAPTURE(at);
        const auto restored = fixture.restore("ops/log", at);
        REQUIRE_FALSE(restored);
        CHECK(restored.error() == Error{Fault::conflict, already});
    }
    const auto there = move_note(fixture, *fixture.entity("ops/Log.md"), "b/Diary.md");
    CHECK(fixture.restore(there.path.str(), id).error().fault == Fault::conflict);
}

TEST_CASE("a version of a moment is not taken from the time before another program's change") {
    HistoryFixture fixture;
    fixture.put("ops", "Log", "first");
    const Timestamp first = fixture.now();
    fixture.advance(1h);
    fixture.write("ops/Log.md", "theirs");
    REQUIRE(fixture.restore("ops/log", seconds_of(first + 30min)));
    CHECK(fixture.read("ops/Log.md").ends_with("first"));
}

TEST_CASE("a time before the clocks were put back has the offset that it had then") {
    HistoryFixture fixture;
    const test::LocalZone zone(test::kBerlin);
    const auto wait_until = [&](std::chrono::minutes in_day, unsigned day) {
        using namespace std::chrono;
        const Timestamp then = sys_days(year(2030) / October / day) + in_day - 1min;
        fixture.advance(then - fixture.now());
    };
    wait_until(10h + 30min, 26);  // 12:30 in Berlin
    fixture.put("ops", "Log", "first");
    CHECK(local_minute(fixture.now()) == "2030-10-26 12:30");
    wait_until(11h + 10min, 26);
    fixture.put("ops", "Log", "second");
    CHECK(local_minute(fixture.now()) == "2030-10-26 13:10");
    wait_until(12h, 26);
    fixture.put("ops", "Log", "third");
    wait_until(12h, 27);  // they were put back at three o'clock
    REQUIRE(fixture.restore("ops/log", "2030-10-26T12:45"));
    CHECK(fixture.read("ops/Log.md").ends_with("first"));
}

TEST_CASE("a write that fails leaves no record of what did not happen") {
    HistoryFixture fixture;
    const auto note = fixture.put("ops", "Log", "first");
    fixture.put("ops", "Log", "second");
    CHECK(fixture.actions("ops/log").size() == 1);
    const HistoryRecord undone{.at = fixture.now() + 1min,
                               .action = deleted,
                               .path = note.entity.path,
                               .from = std::nullopt,
                               .permalink = "",
                               .title = "Log"};
    HistoryRecord withdrawal = undone;
    withdrawal.action = withdrawn;
    withdrawal.since = undone.at;
    keep_version(fixture.knowledge(), fixture.project(), undone, fixture.read("ops/Log.md"));
    CHECK(fixture.actions("ops/log").size() == 2);
    keep_version(fixture.knowledge(), fixture.project(), withdrawal, std::nullopt);
    CHECK(fixture.actions("ops/log").size() == 1);
}

TEST_CASE("a replaced note is recorded under the names it had") {
    HistoryFixture fixture;
    fixture.write("ops/Log.md", "---\ntitle: Old Name\npermalink: old/name\n---\ntext\n");
    REQUIRE(reconcile_project(fixture.knowledge(), fixture.project()));
    fixture.put("ops", "Log", "first");
    const auto records = fixture.versions("ops/Log.md").records;
    REQUIRE(!records.empty());
    CHECK(records[0].action == overwritten);
    CHECK(records[0].title == "Old Name");
    CHECK(records[0].permalink == "old/name");
}

TEST_CASE("messages show no more of what was sent than helps") {
    HistoryFixture fixture;
    fixture.put("ops", "Log", "first");
    fixture.put("ops", "Log", "second");
    const std::string long_text(3000, 'x');
    CHECK(fixture.restore("ops/log", long_text).error().message.size() < 400);
    CHECK(versions_of(fixture.knowledge(), fixture.project(), true, long_text)
              .error()
              .message.size() < 400);
}

TEST_CASE("a project of the same name in another folder has another past") {
    HistoryFixture fixture;
    auto& knowledge = fixture.knowledge();
    const auto place = [&](const char* name) { return (fixture.folder().path() / name).string(); };
    const auto first = knowledge.add_project("side", place("one"), false);
    REQUIRE(first);
    NoteDraft draft;
    draft.title = "Log";
    draft.type = "note";
    NoteStore store(knowledge, first->project);
    const auto outcome = store.write("", draft, true);
    REQUIRE(store.remove(std::get<StoredNote>(outcome).entity));
    CHECK(versions_of(knowledge, first->project, true, "Log"));
    REQUIRE(knowledge.set_project_path("side", place("moved")));
    CHECK(versions_of(knowledge, *knowledge.find_project("side"), true, "Log"));
    REQUIRE(knowledge.remove_project("side"));
    const auto second = knowledge.add_project("side", place("two"), false);
    REQUIRE(second);
    CHECK_FALSE(versions_of(knowledge, second->project, true, "Log"));
}

}  // namespace
}  // namespace bm
