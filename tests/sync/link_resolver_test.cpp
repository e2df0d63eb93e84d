#include "sync/link_resolver.hpp"

#include <doctest/doctest.h>

#include "sync/note_store.hpp"
#include "tests/sync/fixture.hpp"

namespace bm {
namespace {

using test::KnowledgeFixture;

void add(KnowledgeFixture& fixture, const char* path, const char* text) {
    fixture.write(path, text);
    NoteStore store(fixture.knowledge(), fixture.project());
    REQUIRE(store.index_from_disk(*RelativePath::parse(path)));
}

std::string resolved(KnowledgeFixture& fixture, std::string_view identifier) {
    const auto project = fixture.project();
    return fixture.read_index([&](Tables& tables) {
        const auto found = resolve_identifier(tables, project.id, {project.permalink}, identifier);
        return found.entity ? found.entity->path.str() : std::string();
    });
}

std::string linked(KnowledgeFixture& fixture, std::string_view link) {
    const auto project = fixture.project();
    return fixture.read_index([&](Tables& tables) {
        const auto target = resolve_link(tables, project.id, link);
        return target ? tables.entities.by_id(*target)->path.str() : std::string();
    });
}

TEST_CASE("an identifier is an external id or permalink or title or path in that order") {
    KnowledgeFixture fixture;
    add(fixture, "docs/My Note.md", "---\ntitle: Proper Title\n---\nx");
    add(fixture, "docs/Other.md", "---\ntitle: docs/my-note\n---\nx");
    const std::string uuid = fixture.entity("docs/My Note.md")->external_id;
    for (const std::string& identifier :
         {uuid, std::string("docs/my-note"), std::string("docs/My Note"),
          std::string("docs/My_Note"), std::string("Proper Title"), std::string("docs/My Note.md"),
          std::string("proper title"), std::string("[[Proper Title|shown]]"),
          std::string("main/docs/my-note"), std::string("main/docs/My Note.md")}) {
        CAPTURE(identifier);
        CHECK(resolved(fixture, identifier) == "docs/My Note.md");
    }
}

TEST_CASE("13.1 item 31: an identifier is never guessed") {
    KnowledgeFixture fixture;
    add(fixture, "Alpha Project Plan.md", "Alpha is in the text");
    for (const char* identifier :
         {"Alpha", "alpha-project", "Project Plan", "../Alpha Project Plan", ""}) {
        CAPTURE(identifier);
        CHECK(resolved(fixture, identifier).empty());
    }
}

TEST_CASE("a shared title gives all candidates and the shortest path for readers") {
    KnowledgeFixture fixture;
    add(fixture, "long/folder/Same.md", "x");
    add(fixture, "a/Same.md", "x");
    add(fixture, "b/Same.md", "x");
    const auto project = fixture.project();
    const auto found = fixture.read_index([&](Tables& tables) {
        return resolve_identifier(tables, project.id, {project.permalink}, "Same");
    });
    CHECK(found.candidates.size() == 3);
    REQUIRE(found.entity);
    CHECK(found.entity->path.str() == "a/Same.md");
    CHECK(resolved(fixture, "b/same") == "b/Same.md");
}

TEST_CASE("a shared title is not decided by the slug of one of its notes") {
    KnowledgeFixture fixture;
    add(fixture, "Same.md", "x");  // permalink "same"
    add(fixture, "b/Same.md", "x");
    const auto project = fixture.project();
    const auto found = fixture.read_index([&](Tables& tables) {
        return resolve_identifier(tables, project.id, {project.permalink}, "Same");
    });
    CHECK(found.candidates.size() == 2);
    CHECK(resolved(fixture, "same") == "Same.md");  // the permalink as it is written
}

TEST_CASE("permalinks with the project in front answer to both forms") {
    KnowledgeFixture fixture;
    add(fixture, "a.md", "---\npermalink: main/notes/a\n---\nx");
    CHECK(resolved(fixture, "notes/a") == "a.md");  // 13.1 item 52
    CHECK(resolved(fixture, "main/notes/a") == "a.md");
}

TEST_CASE(
    "a link is resolved strictly and by spelling variants of a path when only one file has it") {
    KnowledgeFixture fixture;
    add(fixture, "docs/My Note.md", "x");
    add(fixture, "Root Note.md", "x");
    add(fixture, "C# Notes.md", "x");
    struct Case {
        const char* link;
        const char* path;
    };
    for (const auto& [link, path] : {
             Case{"My Note", "docs/My Note.md"},
             Case{"docs/my-note", "docs/My Note.md"},
             Case{"docs/My Note.md", "docs/My Note.md"},
             Case{"docs/My Note", "docs/My Note.md"},
             Case{"Docs/my note", "docs/My Note.md"},  // another case
             Case{"root note", "Root Note.md"},        // 13.1 item 49: a root file by its stem
             Case{"My Note#Part", "docs/My Note.md"},
             Case{"My Note#^block", "docs/My Note.md"},
             Case{"My Note#Part|shown", "docs/My Note.md"},
             Case{"C# Notes", "C# Notes.md"},
             Case{"my note", ""},  // titles are exact
             Case{"My", ""},
             Case{"", ""},
             Case{"|alias only", ""},
         }) {
        CAPTURE(link);
        CHECK(linked(fixture, link) == path);
    }
}

TEST_CASE("a path that is spelled exactly beats the slug that another file has") {
    KnowledgeFixture fixture;
    add(fixture, "names/SAME TITLE.md", "x");  // permalink names/same-title
    add(fixture, "names/Same_Title.md", "x");
    for (const char* path : {"names/SAME TITLE.md", "names/Same_Title.md"}) {
        CAPTURE(path);
        CHECK(resolved(fixture, path) == path);
    }
    CHECK(resolved(fixture, "names/Same_Title") == "names/Same_Title.md");
    CHECK(resolved(fixture, "names/same-title") == "names/SAME TITLE.md");
}

TEST_CASE("the permalink beats the title") {
    KnowledgeFixture fixture;
    add(fixture, "a.md", "---\ntitle: x\npermalink: other\n---\n");
    add(fixture, "b.md", "---\ntitle: y\npermalink: x\n---\n");
    CHECK(linked(fixture, "x") == "b.md");
    CHECK(resolved(fixture, "x") == "b.md");
}

TEST_CASE("13.1 item 49: a spelling variant that two files share resolves nothing") {
    KnowledgeFixture fixture;
    add(fixture, "a_b.md", "---\ntitle: One\n---\n");
    add(fixture, "a-b.md", "---\ntitle: Two\npermalink: two\n---\n");
    CHECK(linked(fixture, "A_B").empty());
}

TEST_CASE("13.1 items 45 and 52: links with the own project in front or other spelling resolve") {
    // The note first, and the link first: the order makes no difference.
    for (const bool note_first : {true, false}) {
        for (const char* link :
             {"main::Target Note", "main::t-x/target-note", "Main::t_x/target_note",
              "main/t-x/target-note", "main/t_x/target_note", "t_x/target_note", "t-x/target-note",
              "t_x/target_note#part", "main/t-x/target-note|shown"}) {
            CAPTURE(note_first);
            const std::string shown(link);
            CAPTURE(shown);
            KnowledgeFixture fixture;
            const std::string text = "see [[" + std::string(link) + "]]\n";
            if (note_first) add(fixture, "t x/Target Note.md", "x");
            add(fixture, "from.md", text.c_str());
            if (!note_first) add(fixture, "t x/Target Note.md", "x");
            REQUIRE(fixture.links("from.md").size() == 1);
            CHECK(fixture.links("from.md").front().relation.to ==
                  fixture.entity("t x/Target Note.md")->id);
            // A note that goes leaves its links waiting.
            NoteStore store(fixture.knowledge(), fixture.project());
            REQUIRE(store.remove(*fixture.entity("t x/Target Note.md")));
            CHECK_FALSE(fixture.links("from.md").front().relation.to);
        }
    }
}

TEST_CASE("13.1 item 52: links to permalinks with a project in front may leave it out") {
    for (const bool note_first : {true, false}) {
        CAPTURE(note_first);
        KnowledgeFixture fixture;
        const char* note = "---\npermalink: main/f/target\n---\nx";
        if (note_first) add(fixture, "elsewhere/Other.md", note);
        add(fixture, "from.md", "see [[f/target]]\n");
        if (!note_first) add(fixture, "elsewhere/Other.md", note);
        CHECK(fixture.links("from.md").front().relation.to ==
              fixture.entity("elsewhere/Other.md")->id);
    }
}

TEST_CASE("13.1 item 50: a link to another project or to no project waits") {
    KnowledgeFixture fixture;
    add(fixture, "Target Note.md", "x");
    CHECK(linked(fixture, "other/Target Note").empty());
    CHECK(linked(fixture, "other/target-note").empty());
}

TEST_CASE("13.1 item 49: a link to a note in the root by its stem resolves") {
    KnowledgeFixture fixture;
    add(fixture, "My_File.md", "---\ntitle: Quite Another\npermalink: p\n---\n");
    add(fixture, "from.md", "- knows [[My_File]]\n- likes [[my-file]]\n");
    for (const auto& edge : fixture.links("from.md")) {
        CHECK(edge.relation.to == fixture.entity("My_File.md")->id);
    }
    add(fixture, "my-file.md", "---\ntitle: Third\npermalink: q\n---\n");
    CHECK(linked(fixture, "My_File") == "My_File.md");
    CHECK(linked(fixture, "MY-FILE").empty());
}

}  // namespace
}  // namespace bm
