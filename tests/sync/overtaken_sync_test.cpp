#include <filesystem>
#include <thread>

#include <doctest/doctest.h>

#include "repository/indexed_files.hpp"
#include "sync/file_storing.hpp"
#include "sync/files_in_work.hpp"
#include "sync/note_store.hpp"
#include "tests/sync/fixture.hpp"

// A sync in whose middle somebody else changes the index.

namespace bm {
namespace {

namespace fs = std::filesystem;
using test::KnowledgeFixture;

RelativePath place(std::string_view path) { return RelativePath::parse(path).value(); }

TEST_CASE(
    "13.1 item 91: a project that is removed while it is synced ends the sync in a sentence") {
    KnowledgeFixture fixture;
    fs::create_directories(fixture.folder().path() / "second");
    REQUIRE(fixture.knowledge().add_project("second", (fixture.folder().path() / "second").string(),
                                            false));
    const auto second = *fixture.knowledge().find_project("second");
    int notes = 0;
    SUBCASE("of a few notes") { notes = 100; }
    SUBCASE("of many") { notes = 700; }
    for (int i = 0; i < notes; ++i) {
        fixture.folder().write("second/" + std::to_string(i) + ".md", "- x [[1]]\n");
    }
    SyncOptions options;
    options.background = true;
    bool is_removed = false;
    options.progress = [&](std::size_t, std::size_t) {
        if (std::exchange(is_removed, true)) return;
        const auto other = fixture.another_process();
        REQUIRE(other->remove_project("second"));
    };
    const auto report = reconcile_project(fixture.knowledge(), second, options);
    REQUIRE(is_removed);
    REQUIRE_FALSE(report);
    CHECK(report.error().fault == Fault::not_found);
    CHECK(report.error().message ==
          "The project second was removed while it was synced. Its files are as they were.");
    CHECK(fixture.log().empty());
    CHECK_FALSE(fixture.knowledge().find_project("second"));
    CHECK(fixture.read_index([&](Tables& tables) { return tables.entities.count(second.id); }) ==
          0);
}

TEST_CASE("what was read before a note changed there and back again does not replace it") {
    KnowledgeFixture fixture;
    fixture.write("a.md", "as before");
    REQUIRE(reconcile_project(fixture.knowledge(), fixture.project()));
    const auto other = fixture.another_process();
    const auto project = *other->default_project();
    const auto files = other->files(project);
    fixture.write("a.md", "for a moment");
    const SyncOptions options;
    SyncRun run(*other, project, options);
    const auto row = other->index().read([&](Tables& tables) {
        return indexed_files_at(tables.database, project.id, {"a.md"}).front();
    });
    const StoringJob job{{place("a.md"), *files->stamp(place("a.md"))}, row};
    std::jthread storing;
    fixture.knowledge().index().write([&](Tables& tables) {
        // It reads the file and waits for the index.
        storing = std::jthread([&] { store_files(run, {&job, 1}, 1); });
        std::this_thread::sleep_for(std::chrono::milliseconds(300));
        fixture.write("a.md", "as before");
        tables.entities.set_stamp(row.id, *files->stamp(place("a.md")));
    });
    storing.join();
    CHECK(fixture.entity("a.md")->checksum == checksum_of("as before"));
    CHECK(run.report.left_alone.contains("a.md"));
}

TEST_CASE("an edit of a note that moves on all the time says where it has gone") {
    KnowledgeFixture fixture;
    fixture.write("0.md", "begins");
    REQUIRE(reconcile_project(fixture.knowledge(), fixture.project()));
    const auto note = *fixture.entity("0.md");
    const auto files = fixture.knowledge().files(fixture.project());
    const auto names_of = [&](const std::string& path) {
        const auto there = *files->place_of(place(path), FinalLink::followed);
        return std::vector<PathLocks::Name>{{there.folder, there.name},
                                            lock_of_change(fixture.project(), place(path))};
    };
    // Whoever holds them is another process to the edit. None shares its lock with another.
    PathLocks locks(fixture.knowledge().directory().locks());
    std::vector<std::string> stops;
    std::vector<PathLocks::Held> held;
    for (int i = 0; stops.size() < 5; ++i) {
        const std::string path = std::to_string(i) + ".md";
        PathLocks::Look look(locks);
        const auto names = names_of(path);
        if (look.is_locked(names.front()) || look.is_locked(names.back())) continue;
        stops.push_back(path);
        held.push_back(locks.lock(names));
    }
    REQUIRE(stops.front() == "0.md");
    stops.push_back("last.md");
    EditOutcome outcome = Error{Fault::invalid, "never edited"};
    std::jthread editing([&] {
        NoteStore store(fixture.knowledge(), fixture.project());
        NoteEdit edit{};
        edit.operation = NoteEdit::Operation::append;
        edit.content = "more";
        outcome = store.edit(note, edit, {});
    });
    for (std::size_t i = 0; i < held.size(); ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds(200));
        fixture.knowledge().index().write([&](Tables& tables) {
            tables.entities.move(note.id, place(stops[i + 1]), std::nullopt);
        });
        [[maybe_unused]] const auto released = std::move(held[i]);
    }
    editing.join();
    REQUIRE(std::holds_alternative<Error>(outcome));
    CHECK(std::get<Error>(outcome).fault == Fault::conflict);
    CHECK(std::get<Error>(outcome).message ==
          "0.md was moved to last.md by somebody else in the meantime. Try again.");
}

}  // namespace
}  // namespace bm
