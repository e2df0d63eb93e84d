#include "sync/index_change.hpp"

#include <algorithm>
#include <filesystem>
#include <stdexcept>

#include <doctest/doctest.h>

#include "sync/note_store.hpp"
#include "tests/sync/history_fixture.hpp"

// Whatever brings the version of another program into the index keeps it and tells of it.

namespace bm {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using test::HistoryFixture;
using enum HistoryAction;

RelativePath place(std::string_view path) { return RelativePath::parse(path).value(); }

/// A project that was scanned, and whoever follows its notes.
struct FollowedFixture : HistoryFixture {
    FollowedFixture() {
        scan();
        listener_ = knowledge().changes().listen(
            [this](const NoteChange& change) { heard.push_back(change); });
    }
    ~FollowedFixture() { knowledge().changes().stop(listener_); }
    FollowedFixture(const FollowedFixture&) = delete;
    FollowedFixture& operator=(const FollowedFixture&) = delete;

    SyncReport scan() {
        auto report = reconcile_project(knowledge(), project());
        REQUIRE(report);
        return *std::move(report);
    }
    NoteStore store() { return {knowledge(), project()}; }
    /// In the place of a note, with another stamp.
    void save_elsewhere(std::string_view path, std::string_view bytes) {
        write("new.tmp", bytes);
        fs::rename(notes() / "new.tmp", notes() / path);
    }
    std::ptrdiff_t told(NoteChange::Kind kind, std::string_view path) {
        return std::count_if(heard.begin(), heard.end(), [&](const NoteChange& change) {
            return change.kind == kind && change.path == path;
        });
    }
    bool has_external(std::string_view path, std::string_view bytes) {
        const auto records = versions(path).records;
        return std::any_of(records.begin(), records.end(), [&](const HistoryRecord& record) {
            return record.action == external && record.checksum == checksum_of(bytes);
        });
    }

    std::vector<NoteChange> heard;

private:
    int listener_ = 0;
};

TEST_CASE("a version of another program that a read brings into the index is kept and told") {
    FollowedFixture fixture;
    fixture.put("ops", "Log", "ours");
    fixture.heard.clear();
    fixture.save_elsewhere("ops/Log.md", "theirs");
    REQUIRE(fixture.store().index_from_disk(place("ops/Log.md")));
    CHECK(fixture.has_external("ops/Log.md", "theirs"));
    CHECK(fixture.told(NoteChange::Kind::written, "ops/Log.md") == 1);
    fixture.heard.clear();
    CHECK(fixture.scan().is_clean());
    REQUIRE(fixture.store().index_from_disk(place("ops/Log.md")));
    CHECK(fixture.heard.empty());
    // The same for a note that nobody knew.
    fixture.write("New.md", "new");
    REQUIRE(fixture.store().index_from_disk(place("New.md")));
    CHECK(fixture.has_external("New.md", "new"));
    CHECK(fixture.told(NoteChange::Kind::written, "New.md") == 1);
}

TEST_CASE("a version of another program that a refused write finds is kept and told") {
    FollowedFixture fixture;
    fixture.put("ops", "Log", "ours");
    fixture.heard.clear();
    fixture.save_elsewhere("ops/Log.md", "theirs");
    const auto outcome = fixture.store().write("ops", {"Log", "note", "more", {}, {}}, false);
    REQUIRE(std::holds_alternative<NoteExists>(outcome));
    CHECK(fixture.has_external("ops/Log.md", "theirs"));
    CHECK(fixture.told(NoteChange::Kind::written, "ops/Log.md") == 1);
}

TEST_CASE("what another program saves right after a write is kept and told and comes after it") {
    FollowedFixture fixture;
    fixture.put("ops", "Log", "first");
    fixture.heard.clear();
    // Questions before the file is written are for the history.
    const std::function<void()> save_once_written = [&] {
        if (fixture.read("ops/Log.md").find("second") == std::string::npos) {
            return fixture.when_time_is_asked(save_once_written);
        }
        fixture.save_elsewhere("ops/Log.md", "theirs");
    };
    fixture.when_time_is_asked(save_once_written);
    fixture.put("ops", "Log", "second");
    CHECK(fixture.entity("ops/Log.md")->checksum == checksum_of("theirs"));
    CHECK(fixture.has_external("ops/Log.md", "theirs"));
    CHECK(fixture.told(NoteChange::Kind::written, "ops/Log.md") == 2);
    CHECK(fixture.actions("ops/Log.md") == std::vector{external, written, overwritten});
    fixture.save_elsewhere("ops/Log.md", "once more");
    REQUIRE(fixture.restore("ops/Log.md"));
    CHECK(fixture.read("ops/Log.md") == "theirs");
}

TEST_CASE("a move keeps and tells what another program has saved before it") {
    FollowedFixture fixture;
    const std::string theirs = "---\npermalink: ops/log\n---\ntheirs\n";
    const auto note = fixture.put("ops", "Log", "ours").entity;
    fixture.heard.clear();
    fixture.save_elsewhere("ops/Log.md", theirs);
    REQUIRE(fixture.store().move(note, place("b/Diary.md")));
    CHECK(fixture.has_external("b/Diary.md", theirs));
    CHECK(fixture.told(NoteChange::Kind::removed, "ops/Log.md") == 1);
    CHECK(fixture.told(NoteChange::Kind::moved, "b/Diary.md") == 1);
    CHECK(fixture.entity("b/Diary.md")->id == note.id);
}

TEST_CASE("a move that rewrites the permalink keeps both versions") {
    FollowedFixture fixture;
    const auto note = fixture.put("ops", "Log", "ours").entity;
    // Without a permalink, which the move puts in.
    fixture.save_elsewhere("ops/Log.md", "theirs");
    REQUIRE(fixture.store().move(note, place("b/Diary.md")));
    const std::string ours = fixture.read("b/Diary.md");
    fixture.save_elsewhere("b/Diary.md", "gone in a moment");
    const auto records = fixture.versions("b/Diary.md").records;
    const auto has = [&](std::string_view bytes) {
        return std::any_of(records.begin(), records.end(), [&](const HistoryRecord& record) {
            return record.checksum == checksum_of(bytes);
        });
    };
    CHECK(has("theirs"));
    CHECK(has(ours));
}

TEST_CASE("a scan keeps and tells what was moved and changed since") {
    FollowedFixture fixture;
    fixture.write("Log.md", "old");
    fixture.scan();
    fixture.advance(std::chrono::minutes(1));
    fixture.heard.clear();
    fs::rename(fixture.notes() / "Log.md", fixture.notes() / "Diary.md");
    fixture.write("Diary.md", "changed in its new place");
    const auto report = fixture.scan();
    REQUIRE(report.moved.contains("Log.md"));
    CHECK(fixture.actions("Diary.md") == std::vector{external, moved, external});
    CHECK(fixture.has_external("Diary.md", "changed in its new place"));
    CHECK(fixture.told(NoteChange::Kind::removed, "Log.md") == 1);
    CHECK(fixture.told(NoteChange::Kind::moved, "Diary.md") == 1);
}

TEST_CASE("a note that lies where another one moves to is told to be gone") {
    FollowedFixture fixture;
    const auto a = fixture.put("", "A", "text of a").entity;
    fixture.put("", "B", "text of b");
    fs::remove(fixture.notes() / "B.md");
    fixture.heard.clear();
    REQUIRE(fixture.store().move(a, place("B.md")));
    CHECK(fixture.told(NoteChange::Kind::removed, "B.md") == 1);
    CHECK(fixture.told(NoteChange::Kind::moved, "B.md") == 1);
}

TEST_CASE("what was there before anybody looked is told and not kept") {
    HistoryFixture fixture;
    fixture.write("old.md", "old");
    NoteStore store(fixture.knowledge(), fixture.project());
    REQUIRE(store.index_from_disk(place("old.md")));
    fixture.write("old too.md", "old");
    REQUIRE(reconcile_project(fixture.knowledge(), fixture.project()));
    CHECK_FALSE(fs::exists(fixture.data() / "history"));
}

TEST_CASE("a mass edit by another program keeps every version and new files of a checkout do not") {
    FollowedFixture fixture;
    constexpr int kNotes = 220;  // more than are indexed one by one
    const auto name = [](int i) { return "bulk/" + std::to_string(i) + ".md"; };
    for (int i = 0; i < kNotes; ++i) fixture.write(name(i), "one");
    fixture.scan();
    CHECK(fixture.versions(name(7)).records.empty());
    for (const std::string text : {"second", "and third"}) {
        fixture.advance(1min);
        for (int i = 0; i < kNotes; ++i) fixture.write(name(i), text);
        CHECK(fixture.scan().modified.size() == kNotes);
    }
    for (const int i : {0, 7, kNotes - 1}) {
        CAPTURE(i);
        CHECK(fixture.has_external(name(i), "second"));
        CHECK(fixture.has_external(name(i), "and third"));
    }
}

TEST_CASE("a new note beside many that were only touched is kept") {
    FollowedFixture fixture;
    const auto name = [](int i) { return "bulk/" + std::to_string(i) + ".md"; };
    for (int i = 0; i < 220; ++i) fixture.write(name(i), "one");
    fixture.scan();
    for (int i = 0; i < 220; ++i) fixture.save_elsewhere(name(i), "one");
    fixture.write("New.md", "new");
    fixture.scan();
    CHECK(fixture.has_external("New.md", "new"));
    CHECK(fixture.versions(name(7)).records.empty());
}

TEST_CASE("a version that is overwritten before it could be kept is kept all the same") {
    FollowedFixture fixture;
    fixture.put("ops", "Log", "ours");
    bool is_small = false;
    std::string theirs(100'000, 'x');
    SUBCASE("whole") {
        is_small = true;
        theirs = "theirs";
    }
    SUBCASE("as a fact when it is large") {}
    fixture.save_elsewhere("ops/Log.md", theirs);
    // Whoever hears of it is faster than the history.
    const int listener = fixture.knowledge().changes().listen([&](const NoteChange& change) {
        if (change.kind == NoteChange::Kind::written) fixture.write("ops/Log.md", "overwritten");
    });
    fixture.scan();
    fixture.knowledge().changes().stop(listener);
    CHECK(fixture.has_external("ops/Log.md", theirs) == is_small);
    const auto records = fixture.versions("ops/Log.md").records;
    CHECK(std::any_of(records.begin(), records.end(), [&](const HistoryRecord& record) {
        return record.action == external && record.size == static_cast<std::int64_t>(theirs.size());
    }));
}

TEST_CASE("of a version of another program that is too large the history keeps that it was there") {
    FollowedFixture fixture;
    fixture.put("ops", "Log", "ours");
    bool is_kept = false;
    std::string theirs(11'000'000, 'x');
    SUBCASE("larger than anything that is kept") {}
    SUBCASE("larger than what is taken apart") {
        is_kept = true;
        theirs.resize(9'000'000);
    }
    fixture.save_elsewhere("ops/Log.md", theirs);
    fixture.scan();
    CHECK(fixture.has_external("ops/Log.md", theirs) == is_kept);
    CHECK(fixture.actions("ops/Log.md") == std::vector{external, written});
}

TEST_CASE("a note whose change nobody could be told of is written and indexed and says so") {
    FollowedFixture fixture;
    const int listener = fixture.knowledge().changes().listen(
        [](const NoteChange&) { throw std::runtime_error("the listener is broken"); });
    const auto note = fixture.put("ops", "Log", "- [fact] first");
    CHECK(note.indexed);
    CHECK(note.entity.id == fixture.entity("ops/Log.md")->id);
    CHECK(note.observation_categories.at("fact") == 1);
    CHECK(note.not_done == NotDone{"Those who follow it were not told of the change: the listener "
                                   "is broken"});
    // All else is done: an earlier version can be had.
    const auto moved = fixture.store().move(note.entity, place("b/Diary.md"));
    REQUIRE(moved);
    CHECK(moved->indexed);
    CHECK(moved->entity.path == place("b/Diary.md"));
    CHECK(moved->not_done.size() == 1);
    const auto removed = fixture.store().remove(moved->entity);
    REQUIRE(removed);
    CHECK(removed->size() == 1);
    CHECK_FALSE(fixture.entity("b/Diary.md"));
    fixture.knowledge().changes().stop(listener);
    CHECK(fixture.restore("b/Diary.md"));
}

TEST_CASE("a change whose versions cannot be kept says so each time") {
    FollowedFixture fixture;
    const auto first = fixture.put("ops", "Log", "first");
    CHECK(first.not_done.empty());
    fs::rename(fixture.data() / "history", fixture.data() / "away");
    std::ofstream(fixture.data() / "history") << "in the way";
    for (const char* text : {"second", "third"}) {
        const auto note = fixture.put("ops", "Log", text);
        CHECK(note.indexed);
        REQUIRE(note.not_done.size() == 2);
        CHECK(note.not_done[0].starts_with("What it says now is not in the history: "));
        CHECK(note.not_done[1].starts_with("What it said before is not in the history: "));
    }
}

}  // namespace
}  // namespace bm
