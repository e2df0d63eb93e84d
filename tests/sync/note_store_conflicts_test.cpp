#include <algorithm>
#include <filesystem>
#include <thread>

#include <doctest/doctest.h>

#include "sync/note_lookup.hpp"
#include "sync/note_store.hpp"
#include "sync/reconcile.hpp"
#include "sync/scan.hpp"
#include "tests/sync/fixture.hpp"

namespace bm {
namespace {

using test::KnowledgeFixture;

RelativePath at(std::string_view path) { return *RelativePath::parse(path); }

WriteOutcome put(NoteStore& store, std::string_view folder, std::string title, std::string text) {
    NoteDraft draft;
    draft.title = std::move(title);
    draft.type = "note";
    draft.content = std::move(text);
    return store.write(folder, draft, true);
}

StoredNote stored(const WriteOutcome& outcome) {
    REQUIRE(std::holds_alternative<StoredNote>(outcome));
    return std::get<StoredNote>(outcome);
}

Error refused(const WriteOutcome& outcome) {
    REQUIRE(std::holds_alternative<Error>(outcome));
    return std::get<Error>(outcome);
}

EditOutcome append(NoteStore& store, const Entity& entity, std::string line) {
    NoteEdit edit{};
    edit.operation = NoteEdit::Operation::append;
    edit.content = std::move(line);
    return store.edit(entity, edit, {});
}

/// Makes every change of the index fail, and mends it.
void break_index(KnowledgeFixture& fixture) {
    fixture.knowledge().index().write([](Tables& tables) {
        tables.database.exec("ALTER TABLE text_state RENAME TO text_state_away");
    });
}
void mend_index(KnowledgeFixture& fixture) {
    fixture.knowledge().index().write([](Tables& tables) {
        tables.database.exec("ALTER TABLE text_state_away RENAME TO text_state");
    });
}

std::int64_t count_notes(KnowledgeFixture& fixture) {
    const auto id = fixture.project().id;
    return fixture.read_index([&](Tables& tables) { return tables.entities.count(id); });
}

TEST_CASE("a deletion never takes a note that was written where the deleted one lay before") {
    KnowledgeFixture fixture;
    NoteStore store(fixture.knowledge(), fixture.project());
    const auto old = stored(put(store, "", "A", "old")).entity;
    REQUIRE(store.move(old, at("B.md")));
    stored(put(store, "", "A", "new"));
    const auto removed = store.remove(old);
    REQUIRE_FALSE(removed);
    CHECK(removed.error().fault == Fault::conflict);
    CHECK(removed.error().message.find("B.md") != std::string::npos);
    CHECK(fixture.read("A.md").find("new") != std::string::npos);
    CHECK(fixture.read("B.md").find("old") != std::string::npos);
}

TEST_CASE("a deletion of a note that is gone leaves its successor alone") {
    KnowledgeFixture fixture;
    NoteStore store(fixture.knowledge(), fixture.project());
    const auto old = stored(put(store, "", "A", "old")).entity;
    REQUIRE(store.remove(old));
    const auto young = stored(put(store, "", "A", "new")).entity;
    CHECK(store.remove(old));
    CHECK(fixture.read("A.md").find("new") != std::string::npos);
    CHECK(fixture.entity("A.md")->id == young.id);
}

TEST_CASE("an edit follows its note to where it was moved") {
    KnowledgeFixture fixture;
    NoteStore store(fixture.knowledge(), fixture.project());
    const auto old = stored(put(store, "", "A", "old")).entity;
    REQUIRE(store.move(old, at("b/B.md")));
    stored(put(store, "", "A", "new"));
    const auto outcome = append(store, old, "more");
    REQUIRE(std::holds_alternative<StoredNote>(outcome));
    CHECK(std::get<StoredNote>(outcome).entity.path == at("b/B.md"));
    CHECK(fixture.read("b/B.md").find("old\nmore") != std::string::npos);
    CHECK(fixture.read("A.md").find("more") == std::string::npos);
    REQUIRE(store.remove(*fixture.entity("b/B.md")));
    const auto late = append(store, old, "late");
    REQUIRE(std::holds_alternative<Error>(late));
    CHECK(std::get<Error>(late).fault == Fault::not_found);
}

TEST_CASE("a move takes no note that came to the old place later") {
    KnowledgeFixture fixture;
    NoteStore store(fixture.knowledge(), fixture.project());
    const auto old = stored(put(store, "", "A", "old")).entity;
    REQUIRE(store.move(old, at("B.md")));
    stored(put(store, "", "A", "new"));
    const auto moved = store.move(old, at("C.md"));
    REQUIRE_FALSE(moved);
    CHECK(moved.error().fault == Fault::conflict);
    CHECK(fixture.read("A.md").find("new") != std::string::npos);
    CHECK(fixture.entity("B.md"));
    CHECK_FALSE(fixture.entity("C.md"));
}

TEST_CASE("13.1 item 33: a title that only gives the file name of another note is refused") {
    KnowledgeFixture fixture;
    NoteStore store(fixture.knowledge(), fixture.project());
    stored(put(store, "x", "A/B", "first"));
    const auto error = refused(put(store, "x", "A-B", "second"));
    CHECK(error == Error{Fault::conflict,
                         "'A-B' would be stored as x/A-B.md, which holds another note: 'A/B'. "
                         "Choose another title or folder, or edit that note."});
    refused(put(store, "x", "A:B", "third"));
    CHECK(fixture.read("x/A-B.md").find("first") != std::string::npos);
    // The note itself is rewritten, blanks around the title or not.
    CHECK_FALSE(stored(put(store, "x", " A/B ", "fourth")).created);
    CHECK(fixture.read("x/A-B.md").find("fourth") != std::string::npos);
    NoteDraft draft;
    draft.title = "A-B";
    refused(store.write("x", draft, false));
    CHECK(stored(put(store, "y", "A-B", "another folder")).created);
}

TEST_CASE("13.1 item 25: kebab file names do not let one note replace another") {
    KnowledgeFixture fixture(
        std::map<std::string, std::string>{{"BASIC_MEMORY_KEBAB_FILENAMES", "true"}});
    NoteStore store(fixture.knowledge(), fixture.project());
    stored(put(store, "", "My Note", "first"));
    CHECK(refused(put(store, "", "my note!", "second")).fault == Fault::conflict);
    CHECK_FALSE(stored(put(store, "", "My Note", "third")).created);
    CHECK(fixture.read("my-note.md").find("third") != std::string::npos);
}

TEST_CASE("a note that was renamed in its file is still the one of its file name") {
    KnowledgeFixture fixture;
    fixture.write("Plan.md", "---\ntitle: A Better Name\n---\ntext");
    NoteStore store(fixture.knowledge(), fixture.project());
    CHECK_FALSE(stored(put(store, "", "Plan", "new")).created);
}

TEST_CASE("a file that is not UTF-8 is not replaced") {
    KnowledgeFixture fixture;
    fixture.write("Old.md", "caf\xe9");
    NoteStore store(fixture.knowledge(), fixture.project());
    CHECK(refused(put(store, "", "Old", "new")) ==
          Error{Fault::invalid,
                "Old.md is not UTF-8 text and is not replaced. Choose another "
                "title, or move that file away."});
    CHECK(fixture.read("Old.md") == "caf\xe9");
}

TEST_CASE("a note behind a link is one note under its real path") {
    KnowledgeFixture fixture;
    NoteStore store(fixture.knowledge(), fixture.project());
    stored(put(store, "real", "Log", "- [line] start"));
    std::filesystem::create_directory_symlink("real", fixture.notes() / "alias");
    std::filesystem::create_symlink("real/Log.md", fixture.notes() / "link.md");
    CHECK(stored(put(store, "alias", "Log", "- [line] again")).entity.path == at("real/Log.md"));
    CHECK(stored(put(store, "alias/deep", "New", "x")).entity.path == at("real/deep/New.md"));
    CHECK(store.index_from_disk(at("link.md"))->path == at("real/Log.md"));
    CHECK(store.index_from_disk(at("alias/Log.md"))->id == fixture.entity("real/Log.md")->id);
    CHECK(count_notes(fixture) == 2);
    // A title of its own does not replace what the link points to.
    CHECK(refused(put(store, "", "link", "x")).fault == Fault::conflict);
    CHECK(store.move(*fixture.entity("real/deep/New.md"), at("alias/Moved.md"))->entity.path ==
          at("real/Moved.md"));
    for (const char* identifier : {"alias/Log", "alias/Log.md", "link.md", "alias/log"}) {
        CAPTURE(identifier);
        const auto found = find_note(fixture.knowledge(), fixture.project(), true, identifier,
                                     LookupPurpose::changing);
        if (std::string_view(identifier) == "alias/log")
            continue;  // no folder of that name is read
        REQUIRE(found);
        CHECK(found->entity.path == at("real/Log.md"));
    }
    CHECK(count_notes(fixture) == 2);
}

TEST_CASE("writers that reach a note by different links lose nothing") {
    KnowledgeFixture fixture;
    NoteStore first(fixture.knowledge(), fixture.project());
    stored(put(first, "real", "Log", "start"));
    std::filesystem::create_directory_symlink("real", fixture.notes() / "alias");
    constexpr int kLines = 25;
    {
        std::vector<std::jthread> threads;
        for (const char* path : {"alias/Log.md", "real/Log.md"}) {
            threads.emplace_back([&fixture, path] {
                NoteStore store(fixture.knowledge(), fixture.project());
                for (int i = 0; i < kLines; ++i) {
                    const auto outcome = append(store, *store.index_from_disk(at(path)),
                                                "- [line] " + std::to_string(i) + path);
                    CHECK(std::holds_alternative<StoredNote>(outcome));
                }
            });
        }
    }
    const auto entity = *fixture.entity("real/Log.md");
    fixture.read_index([&](Tables& tables) {
        CHECK(tables.graph.observations_of(entity.id).size() == 2 * kLines);
    });
}

TEST_CASE("an edit that the index refuses is done and is indexed by the next scan") {
    KnowledgeFixture fixture;
    NoteStore store(fixture.knowledge(), fixture.project());
    const auto note = stored(put(store, "", "A", "text"));
    CHECK(note.indexed);
    fixture.knowledge().wishes().clear();
    break_index(fixture);
    const auto outcome = append(store, note.entity, "- [fact] once");
    REQUIRE(std::holds_alternative<StoredNote>(outcome));
    const auto& done = std::get<StoredNote>(outcome);
    CHECK_FALSE(done.indexed);
    CHECK(done.entity.title == "A");
    CHECK(done.entity.permalink == "a");
    CHECK(done.observation_categories.at("fact") == 1);
    CHECK_FALSE(stored(put(store, "", "B", "new")).indexed);
    CHECK(fixture.read("A.md").ends_with("text\n- [fact] once"));
    CHECK(fixture.knowledge().wishes().take() == std::set<std::string>{"main"});
    mend_index(fixture);
    const auto report = reconcile_project(fixture.knowledge(), fixture.project());
    REQUIRE(report);
    CHECK(report->modified == std::vector<std::string>{"A.md"});
    CHECK(report->added == std::vector<std::string>{"B.md"});
    CHECK(fixture.entity("A.md")->id == note.entity.id);
}

TEST_CASE("a move and a deletion that the index refuses are done") {
    KnowledgeFixture fixture;
    NoteStore store(fixture.knowledge(), fixture.project());
    const auto a = stored(put(store, "", "A", "text of a")).entity;
    const auto b = stored(put(store, "", "B", "text of b")).entity;
    break_index(fixture);
    const auto moved = store.move(a, at("to/A.md"));
    REQUIRE(moved);
    CHECK(moved->entity.path == at("to/A.md"));
    CHECK_FALSE(moved->indexed);
    CHECK(moved->not_done.size() == 1);
    const auto removed = store.remove(b);
    REQUIRE(removed);
    REQUIRE(removed->size() == 1);
    CHECK(removed->front().starts_with(
        "The index does not know of the change to B.md before the next sync: "));
    mend_index(fixture);
    CHECK_FALSE(std::filesystem::exists(fixture.notes() / "A.md"));
    CHECK_FALSE(std::filesystem::exists(fixture.notes() / "B.md"));
    REQUIRE(reconcile_project(fixture.knowledge(), fixture.project()));
    REQUIRE(fixture.entity("to/A.md"));
    CHECK(fixture.entity("to/A.md")->id == a.id);
    CHECK_FALSE(fixture.entity("B.md"));
}

TEST_CASE("a project whose disk is not mounted is neither written nor emptied") {
    KnowledgeFixture fixture;
    NoteStore store(fixture.knowledge(), fixture.project());
    const auto note = stored(put(store, "", "A", "text")).entity;
    std::filesystem::rename(fixture.notes(), fixture.folder().path() / "unmounted");
    const auto error = refused(put(store, "", "B", "text"));
    CHECK(error.fault == Fault::unavailable);
    CHECK(error.message.find("Mount its disk or create the folder") != std::string::npos);
    CHECK_FALSE(store.remove(note));
    CHECK_FALSE(std::filesystem::exists(fixture.notes()));
    CHECK_FALSE(reconcile_project(fixture.knowledge(), fixture.project()));
    CHECK(count_notes(fixture) == 1);
}

TEST_CASE("of a note that is too large to take apart title and path are indexed") {
    KnowledgeFixture fixture;
    fixture.write("logs/Huge.md", "---\ntitle: Other\n---\n- [fact] x\n");
    std::filesystem::resize_file(fixture.notes() / "logs/Huge.md", kMaxNoteBytes + 1);
    NoteStore store(fixture.knowledge(), fixture.project());
    const auto entity = store.index_from_disk(at("logs/Huge.md"));
    REQUIRE(entity);
    CHECK(entity->title == "Huge");
    CHECK(entity->permalink == "logs/huge");
    CHECK(entity->stamp.size == kMaxNoteBytes + 1);
    CHECK(entity->excerpt.empty());
    CHECK(entity->checksum ==
          fixture.knowledge().files(fixture.project())->measure(at("logs/Huge.md"))->checksum);
    CHECK(store.index_from_disk(at("logs/Huge.md"))->id == entity->id);
}

TEST_CASE("a note that another program moves while it is deleted stays where it is now") {
    KnowledgeFixture fixture;
    NoteStore store(fixture.knowledge(), fixture.project());
    const auto note = stored(put(store, "in", "Wanderer", "begins")).entity;
    fixture.when_time_is_asked([&] {
        std::filesystem::rename(fixture.notes() / "in", fixture.notes() / "out");
        REQUIRE(reconcile_project(fixture.knowledge(), fixture.project()));
    });
    const auto removed = store.remove(note);
    REQUIRE_FALSE(removed);
    CHECK(removed.error().fault == Fault::conflict);
    CHECK(removed.error().message.find("out/Wanderer.md") != std::string::npos);
    CHECK(std::filesystem::exists(fixture.notes() / "out/Wanderer.md"));
    REQUIRE(fixture.entity("out/Wanderer.md"));
    CHECK(store.remove(*fixture.entity("out/Wanderer.md")));
    CHECK_FALSE(fixture.entity("out/Wanderer.md"));
}

TEST_CASE("a move is whole although a scan comes between the file and its rows") {
    KnowledgeFixture fixture;
    NoteStore store(fixture.knowledge(), fixture.project());
    const auto note = stored(put(store, "in", "Wanderer", "begins")).entity;
    fixture.write("in/Bare.md", "no frontmatter");
    fixture.write("Guide.md", "- leads to [[in/wanderer]]\n- and [[in/bare]]\n");
    REQUIRE(reconcile_project(fixture.knowledge(), fixture.project()));
    const auto bare = *fixture.entity("in/Bare.md");
    std::vector<RelativePath> seen;
    SUBCASE("of the old place alone") { seen = {at("in/Wanderer.md"), at("in/Bare.md")}; }
    SUBCASE("of both places, one after the other") {
        seen = {at("in/Wanderer.md"), at("in/Bare.md"), at("out/Wanderer.md"), at("out/Bare.md")};
    }
    const auto scan = [&] {
        for (const auto& path : seen) {
            SyncOptions options;
            options.scope.add(path.str());
            REQUIRE(reconcile_project(fixture.knowledge(), fixture.project(), options));
        }
    };
    fixture.when_time_is_asked(scan);
    const auto moved = store.move(note, at("out/Wanderer.md"));
    REQUIRE(moved);
    CHECK(moved->indexed);
    CHECK(moved->not_done.empty());
    CHECK(moved->entity.permalink == "in/wanderer");
    fixture.when_time_is_asked(scan);
    const auto moved_bare = store.move(bare, at("out/Bare.md"));
    REQUIRE(moved_bare);
    CHECK(moved_bare->indexed);
    CHECK(moved_bare->entity.permalink == "in/bare");
    CHECK(moved_bare->entity.created <= bare.created);
    CHECK(count_notes(fixture) == 3);
    CHECK(fixture.entity("out/Wanderer.md")->permalink == "in/wanderer");
    const auto links = fixture.links("Guide.md");
    REQUIRE(links.size() == 2);
    CHECK(links[0].relation.to == moved->entity.id);
    CHECK(links[1].relation.to == moved_bare->entity.id);
    const auto again = reconcile_project(fixture.knowledge(), fixture.project());
    REQUIRE(again);
    CHECK(again->added.empty());
    CHECK(again->deleted.empty());
}

TEST_CASE("a note that another program moves or saves while it is indexed is looked at again") {
    KnowledgeFixture fixture;
    NoteStore store(fixture.knowledge(), fixture.project());
    const auto note = stored(put(store, "in", "Wanderer", "begins")).entity;
    fixture.knowledge().wishes().clear();
    std::string place;
    SUBCASE("moved") {
        place = "out/Wanderer.md";
        std::filesystem::create_directory(fixture.notes() / "out");
    }
    SUBCASE("saved") { place = "in/Wanderer.md"; }
    // Questions before the file is written are for the history.
    const std::function<void()> act_once_written = [&] {
        if (fixture.read("in/Wanderer.md").find("more") == std::string::npos) {
            return fixture.when_time_is_asked(act_once_written);
        }
        if (place.starts_with("out")) {
            std::filesystem::rename(fixture.notes() / "in/Wanderer.md", fixture.notes() / place);
        } else {
            fixture.write(place, "saved by an editor");
        }
        REQUIRE(reconcile_project(fixture.knowledge(), fixture.project()));
    };
    fixture.when_time_is_asked(act_once_written);
    const auto edited = append(store, note, "more");
    CHECK(std::holds_alternative<StoredNote>(edited));
    const auto wishes = fixture.knowledge().wishes().take();
    // Where it has gone only a scan can find out.
    const bool is_moved = place.starts_with("out");
    CHECK(std::vector<std::string>(wishes.begin(), wishes.end()) ==
          (is_moved ? std::vector<std::string>{"main"} : std::vector<std::string>{}));
    if (is_moved) REQUIRE(reconcile_project(fixture.knowledge(), fixture.project()));
    CHECK(count_notes(fixture) == 1);
    CHECK(fixture.entity(place)->checksum == checksum_of(fixture.read(place)));
}

TEST_CASE("scans beside edits of an old note take nothing away and no edit fails") {
    KnowledgeFixture fixture;
    NoteStore store(fixture.knowledge(), fixture.project());
    const auto note = stored(put(store, "", "Old", "begins")).entity;
    const auto file = fixture.notes() / "Old.md";
    std::size_t failures = 0;
    {
        const std::jthread scans([&](const std::stop_token& stop) {
            while (!stop.stop_requested()) {
                static_cast<void>(scan_folder(fixture.notes(), IgnoreRules(IgnoreTexts{}),
                                              [](const SeenFile&) {},
                                              {.leftovers = Leftovers::go}));
            }
        });
        const auto two_days_ago =
            std::filesystem::file_time_type::clock::now() - std::chrono::hours(48);
        for (int i = 0; i < 100; ++i) {
            std::filesystem::last_write_time(file, two_days_ago);
            if (!std::holds_alternative<StoredNote>(append(store, note, "line"))) ++failures;
        }
    }
    CHECK(failures == 0);
    const auto text = fixture.read("Old.md");
    CHECK(std::count(text.begin(), text.end(), '\n') >= 100);
}

TEST_CASE("a change in place whose time was set back is indexed and a change of mode is not") {
    KnowledgeFixture fixture;
    fixture.write("a.md", "zebra");
    fixture.write("b.md", "horse");
    REQUIRE(reconcile_project(fixture.knowledge(), fixture.project()));
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    const auto a = fixture.notes() / "a.md";
    const auto time = std::filesystem::last_write_time(a);
    fixture.write("a.md", "llama");
    std::filesystem::last_write_time(a, time);
    std::filesystem::permissions(fixture.notes() / "b.md", std::filesystem::perms::owner_all);
    const auto stamp = fixture.settled_stamp("b.md");
    const auto report = reconcile_project(fixture.knowledge(), fixture.project());
    REQUIRE(report);
    CHECK(report->modified == std::vector<std::string>{"a.md"});
    CHECK(fixture.entity("a.md")->checksum == checksum_of("llama"));
    CHECK(fixture.entity("b.md")->stamp == stamp);
}

TEST_CASE("what another program writes before our rows are committed is indexed") {
    KnowledgeFixture fixture;
    const int listener = fixture.knowledge().changes().listen([&](const NoteChange& change) {
        if (change.kind == NoteChange::Kind::written) fixture.write("in/Overtaken.md", "zebra");
    });
    NoteStore store(fixture.knowledge(), fixture.project());
    NoteDraft draft;
    draft.title = "Overtaken";
    draft.type = "note";
    draft.content = "giraffe";
    REQUIRE(std::holds_alternative<StoredNote>(store.write("in", draft, true)));
    fixture.knowledge().changes().stop(listener);
    REQUIRE(fixture.entity("in/Overtaken.md"));
    CHECK(fixture.entity("in/Overtaken.md")->checksum == checksum_of("zebra"));
    const auto report = reconcile_project(fixture.knowledge(), fixture.project());
    REQUIRE(report);
    CHECK(report->is_clean());
}

}  // namespace
}  // namespace bm
