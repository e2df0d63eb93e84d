#include <filesystem>

#include <doctest/doctest.h>

#include "tests/sync/history_fixture.hpp"

// Changes that come to nothing, and what the note and its history say afterwards.

namespace bm {
namespace {

using namespace std::chrono_literals;
using test::HistoryFixture;
using enum HistoryAction;

constexpr const char* kNoText = "caf\xe9";

RelativePath place(std::string_view path) { return RelativePath::parse(path).value(); }

/// The actions that the journal of the project holds, the latest first, whatever was taken back.
std::vector<HistoryAction> journal(HistoryFixture& fixture) {
    std::vector<HistoryAction> found;
    fixture.knowledge().history().each(fixture.project().path, [&](const HistoryRecord& record) {
        found.push_back(record.action);
        return true;
    });
    return found;
}

WriteOutcome write_note(HistoryFixture& fixture, std::string content) {
    NoteDraft draft;
    draft.title = "Log";
    draft.type = "note";
    draft.content = std::move(content);
    return NoteStore(fixture.knowledge(), fixture.project()).write("ops", draft, true);
}

EditOutcome append_to(HistoryFixture& fixture, const Entity& note, std::string content) {
    NoteEdit edit{};
    edit.operation = NoteEdit::Operation::append;
    edit.content = std::move(content);
    return NoteStore(fixture.knowledge(), fixture.project()).edit(note, edit, {});
}

template <class Outcome>
Error refusal(const Outcome& outcome) {
    REQUIRE(std::holds_alternative<Error>(outcome));
    return std::get<Error>(outcome);
}

TEST_CASE("bytes that no note can hold are refused before anything is replaced") {
    HistoryFixture fixture;
    const auto note = fixture.put("ops", "Log", "good").entity;
    const std::string before = fixture.read("ops/Log.md");
    const Error wanted{Fault::invalid, "Cannot read ops/Log.md as a note: it is not UTF-8 text"};
    CHECK(refusal(write_note(fixture, kNoText)) == wanted);
    CHECK(refusal(append_to(fixture, note, kNoText)) == wanted);
    CHECK(fixture.read("ops/Log.md") == before);
    CHECK(fixture.actions("ops/log").empty());
    CHECK(fixture.entity("ops/Log.md")->checksum == checksum_of(before));
    std::filesystem::remove(fixture.notes() / "ops/Log.md");
    CHECK(refusal(write_note(fixture, kNoText)) == wanted);
    CHECK_FALSE(std::filesystem::exists(fixture.notes() / "ops/Log.md"));
}

TEST_CASE("a version that is no text comes back byte by byte and is told to be unread") {
    HistoryFixture fixture;
    fixture.put("ops", "Log", "good");
    const std::string good = fixture.read("ops/Log.md");
    fixture.write("ops/Log.md", kNoText);
    REQUIRE(fixture.restore("ops/Log.md"));
    CHECK(fixture.read("ops/Log.md") == good);
    const auto back = fixture.restore("ops/Log.md");
    REQUIRE(back);
    CHECK(fixture.read("ops/Log.md") == kNoText);
    CHECK_FALSE(back->note.indexed);
    CHECK(back->note.entity.path == place("ops/Log.md"));
    CHECK(back->note.entity.title == "Log");
    CHECK(back->note.entity.checksum == checksum_of(kNoText));
    CHECK_FALSE(back->note.is_text);
    REQUIRE(fixture.restore("ops/Log.md"));
    CHECK(fixture.read("ops/Log.md") == good);
}

TEST_CASE("a note that was no text when it was deleted comes back") {
    HistoryFixture fixture;
    const auto note = fixture.put("ops", "Log", "good").entity;
    fixture.write("ops/Log.md", kNoText);
    fixture.remove(note);
    const auto back = fixture.restore("ops/Log.md");
    REQUIRE(back);
    CHECK(back->note.created);
    CHECK_FALSE(back->note.indexed);
    CHECK(fixture.read("ops/Log.md") == kNoText);
}

TEST_CASE("a move that fails leaves file and history as they were") {
    HistoryFixture fixture("BASIC_MEMORY_UPDATE_PERMALINKS_ON_MOVE", "true");
    fixture.put("ops", "Log", "first");
    const auto note = fixture.put("ops", "Log", "second").entity;
    const std::string garbled = fixture.read("ops/Log.md") + kNoText;
    fixture.write("ops/Log.md", garbled);
    const auto before = fixture.actions("ops/Log.md");
    NoteStore store(fixture.knowledge(), fixture.project());
    const auto moved = store.move(note, place("b/Diary.md"));
    REQUIRE_FALSE(moved);
    CHECK(moved.error() ==
          Error{Fault::invalid,
                "Move failed: Cannot read b/Diary.md as a note: it is not UTF-8 text"});
    CHECK(fixture.read("ops/Log.md") == garbled);
    CHECK_FALSE(std::filesystem::exists(fixture.notes() / "b"));
    CHECK(fixture.actions("ops/Log.md") == before);
    CHECK(fixture.versions("Log").path == place("ops/Log.md"));
    REQUIRE(fixture.restore("ops/Log.md"));
    CHECK(fixture.read("ops/Log.md").ends_with("second"));
}

TEST_CASE("a move that another program stops takes its record back") {
    HistoryFixture fixture("BASIC_MEMORY_UPDATE_PERMALINKS_ON_MOVE", "true");
    const auto note = fixture.put("ops", "Log", "first").entity;
    fixture.when_time_is_asked([&] { fixture.write("b/Diary.md", "theirs"); });
    NoteStore store(fixture.knowledge(), fixture.project());
    const auto moved = store.move(note, place("b/Diary.md"));
    REQUIRE_FALSE(moved);
    CHECK(moved.error().fault == Fault::conflict);
    CHECK(journal(fixture) == std::vector{withdrawn, HistoryAction::moved, written});
    CHECK(fixture.read("ops/Log.md") == "theirs");
    CHECK(fixture.actions("ops/Log.md") == std::vector{written});
}

TEST_CASE("changes that another program stops take their records back") {
    HistoryFixture fixture;
    const auto note = fixture.put("ops", "Log", "first").entity;
    fixture.advance(1min);
    const std::string first = fixture.read("ops/Log.md");
    const auto in_between = [&] {
        fixture.write("ops/Log.md", first);
        fixture.when_time_is_asked([&] { fixture.write("ops/Log.md", kNoText); });
    };
    SUBCASE("a write") {
        in_between();
        CHECK(refusal(write_note(fixture, "second")).fault == Fault::invalid);
    }
    SUBCASE("an edit") {
        in_between();
        CHECK(refusal(append_to(fixture, note, "second")).fault == Fault::invalid);
    }
    SUBCASE("a write of a whole file") {
        fixture.when_time_is_asked([&] {
            fixture.write("ops/Log.md", "");
            std::filesystem::resize_file(fixture.notes() / "ops/Log.md", kMaxKeptBytes + 1);
        });
        NoteStore store(fixture.knowledge(), fixture.project());
        const auto outcome = store.write_file(place("ops/Log.md"), "second", ReplacedVersion::kept);
        CHECK(refusal(outcome).fault == Fault::unavailable);
        CHECK(journal(fixture) ==
              std::vector{withdrawn, overwritten, withdrawn, overwritten, written});
        CHECK(fixture.actions("ops/Log.md") == std::vector{written});
        return;
    }
    CHECK(journal(fixture) == std::vector{withdrawn, overwritten, written});
    CHECK(fixture.actions("ops/Log.md") == std::vector{written});
}

TEST_CASE("a deletion that another program stops takes its record back") {
    HistoryFixture fixture;
    const auto note = fixture.put("ops", "Log", "first").entity;
    const std::string first = fixture.read("ops/Log.md");
    fixture.advance(1min);
    fixture.when_time_is_asked([&] { fixture.write("ops/Log.md", "theirs"); });
    NoteStore store(fixture.knowledge(), fixture.project());
    REQUIRE(store.remove(note));
    CHECK(journal(fixture) == std::vector{deleted, withdrawn, deleted, written});
    CHECK(fixture.actions("ops/Log.md") == std::vector{deleted, written});
    REQUIRE(fixture.restore("ops/Log.md"));
    CHECK(fixture.read("ops/Log.md") == "theirs");
}

TEST_CASE("what another program saves while its project is deleted is kept") {
    HistoryFixture fixture;
    auto& knowledge = fixture.knowledge();
    const auto folder = fixture.folder().path() / "side";
    const auto side = knowledge.add_project("side", folder.string(), false);
    REQUIRE(side);
    fixture.folder().write("side/ops/Log.md", "first");
    REQUIRE(knowledge.remove_project("side"));
    fixture.when_time_is_asked([&] { fixture.folder().write("side/ops/Log.md", "theirs"); });
    REQUIRE(remove_doomed(knowledge, side->project, place("ops/Log.md")));
    CHECK_FALSE(std::filesystem::exists(folder / "ops"));
    std::vector<std::string> kept;
    knowledge.history().each(folder, [&](const HistoryRecord& record) {
        if (record.checksum) kept.push_back(*knowledge.history().bytes(folder, record));
        return true;
    });
    CHECK(kept == std::vector<std::string>{"theirs", "first"});
    CHECK(remove_doomed(knowledge, side->project, place("ops/Log.md")));
}

TEST_CASE("a file that cannot be removed with its project leaves no record") {
    HistoryFixture fixture;
    auto& knowledge = fixture.knowledge();
    fixture.write("ops/Log.md", "first");
    fixture.when_time_is_asked([&] {
        // In its place is something that no removal of a file takes away.
        std::filesystem::remove(fixture.notes() / "ops/Log.md");
        fixture.write("ops/Log.md/inner.md", "theirs");
    });
    CHECK_FALSE(remove_doomed(knowledge, fixture.project(), place("ops/Log.md")));
    CHECK(fixture.read("ops/Log.md/inner.md") == "theirs");
    CHECK(journal(fixture) == std::vector{withdrawn, deleted});
    CHECK_FALSE(versions_of(knowledge, fixture.project(), true, "ops/Log.md"));
}

}  // namespace
}  // namespace bm
