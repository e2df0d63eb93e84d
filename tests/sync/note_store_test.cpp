#include "sync/note_store.hpp"

#include <thread>

#include <doctest/doctest.h>

#include "sync/reconcile.hpp"
#include "tests/sync/fixture.hpp"

namespace bm {
namespace {

using test::KnowledgeFixture;

NoteDraft draft(std::string title, std::string content) {
    NoteDraft result;
    result.title = std::move(title);
    result.type = "note";
    result.content = std::move(content);
    return result;
}

StoredNote written(NoteStore& store, std::string_view folder, const NoteDraft& what) {
    auto outcome = store.write(folder, what, true);
    REQUIRE(std::holds_alternative<StoredNote>(outcome));
    return std::get<StoredNote>(std::move(outcome));
}

StoredNote edited(NoteStore& store, const Entity& entity, const NoteEdit& edit,
                  const ValueMap& metadata = {}) {
    auto outcome = store.edit(entity, edit, metadata);
    REQUIRE(std::holds_alternative<StoredNote>(outcome));
    return std::get<StoredNote>(std::move(outcome));
}

NoteEdit edit(NoteEdit::Operation operation, std::string content) {
    NoteEdit result{};
    result.operation = operation;
    result.content = std::move(content);
    return result;
}

TEST_CASE("a new note is on disk as specified and in the index at once") {
    KnowledgeFixture fixture;
    NoteStore store(fixture.knowledge(), fixture.project());
    auto what = draft("Garden Plan",
                      "# Garden Plan\n\n- [fact] beds are raised #garden\n- part_of [[Hub]]");
    what.tags = {"garden", "spring"};
    const auto note = written(store, "home/plots", what);
    CHECK(note.created);
    CHECK(note.entity.permalink == "home/plots/garden-plan");
    CHECK(note.observation_categories == std::map<std::string, std::size_t>{{"fact", 1}});
    CHECK(note.resolved_relations == 0);
    CHECK(note.unresolved_relations == 1);
    const std::string bytes =
        "---\ntitle: Garden Plan\ntype: note\npermalink: home/plots/garden-plan\ntags:\n- "
        "garden\n- spring\n---\n\n"
        "# Garden Plan\n\n- [fact] beds are raised #garden\n- part_of [[Hub]]";
    CHECK(fixture.read("home/plots/Garden Plan.md") == bytes);
    CHECK(note.entity.checksum == checksum_of(bytes));
    CHECK(fixture.entity("home/plots/Garden Plan.md"));
}

TEST_CASE("13.1 item 24: writing an existing note again updates it in place") {
    KnowledgeFixture fixture;
    NoteStore store(fixture.knowledge(), fixture.project());
    const auto first = written(store, "ops", draft("Log", "first body"));
    fixture.advance(std::chrono::seconds(5));
    const auto second = written(store, "ops", draft("Log", "second body"));
    CHECK_FALSE(second.created);
    CHECK(second.entity.id == first.entity.id);
    CHECK(second.entity.external_id == first.entity.external_id);  // 13.1 item 58
    CHECK(second.entity.created == first.entity.created);
    CHECK(fixture.read("ops/Log.md").find("first body") == std::string::npos);
}

TEST_CASE("a custom permalink and custom keys survive an update that does not name them") {
    KnowledgeFixture fixture;
    NoteStore store(fixture.knowledge(), fixture.project());
    written(store, "n",
            draft("N", "---\npermalink: custom/p\nversion: 1.0\nday: 2024-01-15\n---\nold"));
    const auto note = written(store, "n", draft("N", "new"));
    CHECK(note.entity.permalink == "custom/p");
    CHECK(fixture.read("n/N.md") ==
          "---\ntitle: N\ntype: note\npermalink: custom/p\nversion: 1.0\nday: "
          "2024-01-15\n---\n\nnew");
}

TEST_CASE(
    "13.1 item 22: a permalink given in frontmatter is kept as given unless another file owns it") {
    KnowledgeFixture fixture;
    NoteStore store(fixture.knowledge(), fixture.project());
    CHECK(
        written(store, "a", draft("One", "---\npermalink: Shared Link\n---\nx")).entity.permalink ==
        "Shared Link");
    CHECK(
        written(store, "a", draft("Two", "---\npermalink: Shared Link\n---\nx")).entity.permalink ==
        "Shared Link-1");
    CHECK(fixture.read("a/Two.md").find("permalink: Shared Link-1\n") != std::string::npos);
}

TEST_CASE("13.1 item 25: titles that slug alike become separate files with suffixes") {
    KnowledgeFixture fixture;
    NoteStore store(fixture.knowledge(), fixture.project());
    const char* expected[] = {"t/my-note", "t/my-note-1", "t/my-note-2", "t/my-note-3"};
    const char* titles[] = {"My Note", "My-Note", "My_Note", "my note"};
    for (int i = 0; i < 4; ++i) {
        CAPTURE(titles[i]);
        CHECK(written(store, "t", draft(titles[i], std::string("body ") + titles[i]))
                  .entity.permalink == expected[i]);
    }
    CHECK(fixture.read("t/My Note.md").find("body My Note") != std::string::npos);
}

TEST_CASE("13.1 item 30: without consent an existing note is left alone") {
    KnowledgeFixture fixture;
    NoteStore store(fixture.knowledge(), fixture.project());
    written(store, "", draft("Own", "mine"));
    const auto outcome = store.write("", draft("Own", "yours"), false);
    REQUIRE(std::holds_alternative<NoteExists>(outcome));
    CHECK(std::get<NoteExists>(outcome).entity.permalink == "own");
    CHECK(fixture.read("Own.md").find("mine") != std::string::npos);
}

TEST_CASE("a file on disk that is not indexed counts as existing") {
    KnowledgeFixture fixture;
    fixture.write("Own.md", "by hand");
    NoteStore store(fixture.knowledge(), fixture.project());
    CHECK(std::holds_alternative<NoteExists>(store.write("", draft("Own", "x"), false)));
    CHECK_FALSE(written(store, "", draft("Own", "x")).created);
}

TEST_CASE(
    "13.1 item 48: creating the target resolves waiting links at once and deleting it makes them "
    "wait again") {
    KnowledgeFixture fixture;
    NoteStore store(fixture.knowledge(), fixture.project());
    const auto spoke =
        written(store, "net",
                draft("Spoke", "- part_of [[Hub]]\n- near [[net/rim]]\n- next_to [[Nowhere]]"));
    CHECK(spoke.unresolved_relations == 3);
    const auto hub = written(store, "net", draft("Hub", "x"));
    written(store, "net", draft("Rim", "x"));
    auto links = fixture.links("net/Spoke.md");
    REQUIRE(links.size() == 3);
    CHECK(links[0].relation.to == hub.entity.id);
    CHECK(links[0].relation.to_name == "Hub");  // the author's text stays
    CHECK(links[1].to_title == "Rim");
    CHECK_FALSE(links[2].relation.to);
    REQUIRE(store.remove(hub.entity));
    links = fixture.links("net/Spoke.md");
    REQUIRE(links.size() == 3);
    CHECK_FALSE(links[0].relation.to);
    CHECK(links[0].relation.to_name == "Hub");
}

TEST_CASE("a link with alias or anchor or another spelling of the path finds its note") {
    KnowledgeFixture fixture;
    NoteStore store(fixture.knowledge(), fixture.project());
    written(store, "my_folder", draft("Some Note", "x"));
    written(store, "", draft("C# Notes", "x"));
    written(
        store, "",
        draft("Links",
              "[[Some Note|shown]] [[Some Note#Heading]] [[my-folder/some note]] [[C# Notes]]"));
    for (const auto& edge : fixture.links("Links.md")) {
        CAPTURE(edge.relation.to_name);
        CHECK(edge.relation.to);
    }
}

TEST_CASE("13.1 item 47: a title that two notes share resolves no link until one of them is gone") {
    KnowledgeFixture fixture;
    NoteStore store(fixture.knowledge(), fixture.project());
    const auto first = written(store, "a", draft("Same", "x"));
    const auto second = written(store, "b", draft("Same", "x"));
    written(store, "", draft("Source", "[[Same]]"));
    CHECK_FALSE(fixture.links("Source.md")[0].relation.to);
    REQUIRE(store.remove(second.entity));
    CHECK(fixture.links("Source.md")[0].relation.to == first.entity.id);
    written(store, "c", draft("Same", "x"));
    CHECK_FALSE(fixture.links("Source.md")[0].relation.to);
}

TEST_CASE(
    "13.1 item 23: editing a note without permalink in its frontmatter keeps the stored one") {
    KnowledgeFixture fixture;
    fixture.write("plain.md", "just text");
    NoteStore store(fixture.knowledge(), fixture.project());
    const auto entity = store.index_from_disk(*RelativePath::parse("plain.md"));
    REQUIRE(entity);
    const auto note = edited(store, *entity, edit(NoteEdit::Operation::append, "more"));
    CHECK(note.entity.permalink == "plain");
    CHECK(fixture.read("plain.md") == "just text\nmore");
}

TEST_CASE("13.1 item 103: observations and relations of an edit are visible at once") {
    KnowledgeFixture fixture;
    NoteStore store(fixture.knowledge(), fixture.project());
    const auto note = written(store, "e", draft("Eo", "line"));
    const auto after =
        edited(store, note.entity,
               edit(NoteEdit::Operation::append, "- [insight] bees dance #bees\n- cites [[Eo]]"));
    CHECK(after.observation_categories.at("insight") == 1);
    CHECK(after.resolved_relations == 1);  // a link to the note itself
}

TEST_CASE("13.1 item 35: metadata can be edited without touching the body") {
    KnowledgeFixture fixture;
    NoteStore store(fixture.knowledge(), fixture.project());
    const auto note = written(store, "", draft("M", "body  \n\n  with odd   space\n\n"));
    const std::string before = fixture.read("M.md");
    ValueMap metadata{{"status", Value::string("done")}, {"title", Value::string("ignored")}};
    edited(store, note.entity, edit(NoteEdit::Operation::append, ""), metadata);
    const std::string after = fixture.read("M.md");
    CHECK(after.find("status: done\n") != std::string::npos);
    CHECK(after.find("ignored") == std::string::npos);
    CHECK(after.substr(after.rfind("---\n")) == before.substr(before.rfind("---\n")));
}

TEST_CASE("the title follows the first heading when the heading was the title") {
    KnowledgeFixture fixture;
    NoteStore store(fixture.knowledge(), fixture.project());
    const auto note = written(store, "", draft("Old Name", "# Old Name\n\ntext"));
    auto change = edit(NoteEdit::Operation::find_replace, "# New Name");
    change.find_text = "# Old Name";
    CHECK(edited(store, note.entity, change).entity.title == "New Name");
    CHECK(fixture.read("Old Name.md").find("title: New Name\n") != std::string::npos);
}

TEST_CASE("a failed edit changes nothing and says why") {
    KnowledgeFixture fixture;
    NoteStore store(fixture.knowledge(), fixture.project());
    const auto note = written(store, "", draft("F", "text"));
    const std::string before = fixture.read("F.md");
    auto change = edit(NoteEdit::Operation::find_replace, "x");
    change.find_text = "absent";
    const auto outcome = store.edit(note.entity, change, {});
    REQUIRE(std::holds_alternative<EditFailure>(outcome));
    CHECK(std::get<EditFailure>(outcome).reason == EditFailure::Reason::text_not_found);
    CHECK(fixture.read("F.md") == before);
}

TEST_CASE("a move keeps id and permalink and takes the file along") {
    KnowledgeFixture fixture;
    NoteStore store(fixture.knowledge(), fixture.project());
    const auto note = written(store, "from", draft("Note", "body"));
    const auto moved = store.move(note.entity, *RelativePath::parse("to/deep/Renamed.md"));
    REQUIRE(moved);
    CHECK(moved->entity.id == note.entity.id);
    CHECK(moved->entity.permalink == "from/note");
    CHECK(moved->entity.title == "Note");
    CHECK_FALSE(std::filesystem::exists(fixture.notes() / "from"));  // the empty folder went too
    CHECK(fixture.read("to/deep/Renamed.md").find("body") != std::string::npos);
    CHECK_FALSE(fixture.entity("from/Note.md"));
}

TEST_CASE("a move with update_permalinks_on_move writes the new permalink into the file") {
    KnowledgeFixture fixture(
        std::map<std::string, std::string>{{"BASIC_MEMORY_UPDATE_PERMALINKS_ON_MOVE", "true"}});
    NoteStore store(fixture.knowledge(), fixture.project());
    const auto note = written(store, "from", draft("Note", "body"));
    const auto moved = store.move(note.entity, *RelativePath::parse("to/Note.md"));
    REQUIRE(moved);
    CHECK(moved->entity.permalink == "to/note");
    CHECK(fixture.read("to/Note.md").find("permalink: to/note\n") != std::string::npos);
}

TEST_CASE("a move onto an existing file is refused and nothing changes") {
    KnowledgeFixture fixture;
    NoteStore store(fixture.knowledge(), fixture.project());
    const auto note = written(store, "", draft("A", "a"));
    written(store, "", draft("B", "b"));
    const auto moved = store.move(note.entity, *RelativePath::parse("B.md"));
    REQUIRE_FALSE(moved);
    CHECK(moved.error().message == "Destination already exists: B.md");
    CHECK(fixture.entity("A.md"));
}

TEST_CASE("a folder moves and goes with everything below it") {
    KnowledgeFixture fixture;
    NoteStore store(fixture.knowledge(), fixture.project());
    for (const char* title : {"A", "B", "C"}) written(store, "docs/sub", draft(title, "x"));
    written(store, "docs-old", draft("Stays", "x"));
    const auto moved = store.move_folder("docs", "archive/docs");
    CHECK(moved.total == 3);
    CHECK(moved.done == std::vector<std::string>{"archive/docs/sub/A.md", "archive/docs/sub/B.md",
                                                 "archive/docs/sub/C.md"});
    CHECK(fixture.entity("docs-old/Stays.md"));
    CHECK(store.remove_folder("archive").done.size() == 3);
    CHECK_FALSE(std::filesystem::exists(fixture.notes() / "archive"));
    CHECK(store.remove_folder("").total == 0);
    CHECK(fixture.entity("docs-old/Stays.md"));
}

TEST_CASE("13.1 item 64: removing a note twice is fine") {
    KnowledgeFixture fixture;
    NoteStore store(fixture.knowledge(), fixture.project());
    const auto note = written(store, "", draft("Gone", "x"));
    CHECK(store.remove(note.entity));
    CHECK(store.remove(note.entity));
}

TEST_CASE("13.1 item 64: of those who delete a note at the same time nobody fails") {
    KnowledgeFixture fixture;
    constexpr int kThreads = 4;
    constexpr int kNotes = 12;
    std::vector<Entity> notes;
    {
        NoteStore store(fixture.knowledge(), fixture.project());
        written(store, "", draft("Stays", "- sees [[Note 0]]"));
        for (int i = 0; i < kNotes; ++i) {
            notes.push_back(
                written(store, "n",
                        draft("Note " + std::to_string(i), "- [fact] x\n- on [[Stays]]"))
                    .entity);
        }
    }
    const auto other_process = fixture.another_process();
    other_process->projects();
    {
        std::vector<std::jthread> threads;
        for (int t = 0; t < kThreads; ++t) {
            KnowledgeBase& knowledge = t % 2 == 0 ? fixture.knowledge() : *other_process;
            threads.emplace_back([&knowledge, &notes] {
                NoteStore store(knowledge, *knowledge.default_project());
                for (const auto& note : notes) {
                    const auto removed = store.remove(note);
                    const std::string why = removed ? "" : removed.error().message;
                    CAPTURE(why);
                    CHECK(removed);
                }
            });
        }
    }
    const auto id = fixture.project().id;
    fixture.read_index([&](Tables& tables) {
        CHECK(tables.entities.paths(id) == std::vector<std::string>{"Stays.md"});
    });
    CHECK_FALSE(std::filesystem::exists(fixture.notes() / "n"));
    CHECK(fixture.links("Stays.md").size() == 1);
    CHECK_FALSE(fixture.links("Stays.md").front().to_path);
}

TEST_CASE("13.1 item 65: writers on several threads lose nothing and double nothing") {
    KnowledgeFixture fixture;
    fixture.knowledge().projects();
    constexpr int kThreads = 6;
    constexpr int kNotes = 8;
    {
        NoteStore store(fixture.knowledge(), fixture.project());
        written(store, "", draft("Shared", "start"));
    }
    {
        std::vector<std::jthread> threads;
        for (int t = 0; t < kThreads; ++t) {
            threads.emplace_back([&fixture, t] {
                NoteStore store(fixture.knowledge(), fixture.project());
                for (int i = 0; i < kNotes; ++i) {
                    const std::string name = std::to_string(t) + "-" + std::to_string(i);
                    store.write("n", draft("Note " + name, "- [fact] number " + name), true);
                    store.edit(*fixture.entity("Shared.md"),
                               edit(NoteEdit::Operation::append, "- [line] from " + name), {});
                }
            });
        }
    }
    const auto shared = fixture.entity("Shared.md");
    const auto id = fixture.project().id;
    fixture.read_index([&](Tables& tables) {
        CHECK(tables.entities.count(id) == kThreads * kNotes + 1);
        CHECK(tables.graph.observations_of(shared->id).size() == kThreads * kNotes);
    });
}

TEST_CASE("13.1 item 38: moving a note without permalink gives it one") {
    KnowledgeFixture fixture;
    fixture.write("Plain.md", "just text\n");
    fixture.write("own.md", "---\npermalink: mine\n---\ntext\n");
    fixture.write("odd.md", "---\n[: broken\n---\ntext\n");
    NoteStore store(fixture.knowledge(), fixture.project());
    const auto move = [&](const char* from, const char* to) {
        REQUIRE(store.index_from_disk(*RelativePath::parse(from)));
        const auto moved = store.move(*fixture.entity(from), *RelativePath::parse(to));
        REQUIRE(moved);
        return moved->entity.permalink.value_or("none");
    };
    CHECK(move("Plain.md", "sub/Plain.md") == "plain");
    CHECK(fixture.read("sub/Plain.md").find("permalink: plain\n") != std::string::npos);
    CHECK(fixture.read("sub/Plain.md").find("just text") != std::string::npos);
    CHECK(move("own.md", "sub/own.md") == "mine");
    CHECK(fixture.read("sub/own.md") == "---\npermalink: mine\n---\ntext\n");
    (void)move("odd.md", "sub/odd.md");
    CHECK(fixture.read("sub/odd.md") == "---\n[: broken\n---\ntext\n");
}

TEST_CASE("a frontmatter that a move adds has the line ends of its file") {
    KnowledgeFixture fixture;
    fixture.write("w.md", "# W\r\n\r\ntext\r\n");
    NoteStore store(fixture.knowledge(), fixture.project());
    REQUIRE(store.index_from_disk(*RelativePath::parse("w.md")));
    REQUIRE(store.move(*fixture.entity("w.md"), *RelativePath::parse("sub/w.md")));
    CHECK(fixture.read("sub/w.md") == "---\r\npermalink: w\r\n---\r\n\r\n# W\r\n\r\ntext\r\n");
}

TEST_CASE("a date that cannot be read is told with its line") {
    KnowledgeFixture fixture;
    NoteStore store(fixture.knowledge(), fixture.project());
    const auto outcome =
        store.write("d", {"T", "note", "---\ncreated: yesterday\n---\nx", {}, {}}, true);
    const auto& note = std::get<StoredNote>(outcome);
    REQUIRE(note.warnings.size() == 1);
    CHECK(note.warnings[0].message == "Invalid ISO 8601 value for frontmatter field 'created'");
    CHECK(fixture.log().back() ==
          "d/T.md, line 5: Invalid ISO 8601 value for frontmatter field 'created'");
    fixture.write("late.md", "---\nmodified: 12\n---\nx");
    REQUIRE(reconcile_project(fixture.knowledge(), fixture.project()));
    CHECK(fixture.log().back() ==
          "late.md, line 2: Invalid ISO 8601 value for frontmatter field 'modified'");
}

TEST_CASE("a folder move keeps links to notes without frontmatter") {
    KnowledgeFixture fixture;
    fixture.write("old/Plain.md", "just text\n");
    fixture.write("from.md", "see [[old/plain]]\n");
    NoteStore store(fixture.knowledge(), fixture.project());
    for (const char* path : {"old/Plain.md", "from.md"}) {
        REQUIRE(store.index_from_disk(*RelativePath::parse(path)));
    }
    const auto id = fixture.entity("old/Plain.md")->id;
    CHECK(store.move_folder("old", "new").done == std::vector<std::string>{"new/Plain.md"});
    CHECK(fixture.entity("new/Plain.md")->permalink == "old/plain");
    CHECK(fixture.read("new/Plain.md") == "---\npermalink: old/plain\n---\n\njust text\n");
    CHECK(fixture.links("from.md").front().relation.to == id);
}

}  // namespace
}  // namespace bm
