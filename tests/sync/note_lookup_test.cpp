#include "sync/note_lookup.hpp"

#include <doctest/doctest.h>

#include "sync/note_store.hpp"
#include "tests/sync/fixture.hpp"

namespace bm {
namespace {

using test::KnowledgeFixture;

std::string found(KnowledgeFixture& fixture, std::string_view identifier,
                  LookupPurpose purpose = LookupPurpose::reading) {
    const auto note = find_note(fixture.knowledge(), fixture.project(), true, identifier, purpose);
    return note ? note->entity.path.str() : std::string();
}

TEST_CASE(
    "13.1 item 37: a note on disk that is not indexed is found by path and slug and memory URL") {
    for (const char* identifier :
         {"docs/My Note.md", "docs/My Note", "docs/my-note", "memory://docs/my-note",
          "[[docs/My Note]]", "./docs/My Note.md"}) {
        CAPTURE(identifier);
        KnowledgeFixture fixture;
        fixture.write("docs/My Note.md", "x");
        CHECK(found(fixture, identifier) == "docs/My Note.md");
        CHECK(fixture.entity("docs/My Note.md"));
    }
}

TEST_CASE("a root note on disk is found by its title") {
    KnowledgeFixture fixture;
    fixture.write("My Note.md", "x");
    CHECK(found(fixture, "My Note") == "My Note.md");
}

TEST_CASE("a note that is not indexed yet is found by its title wherever it lies") {
    KnowledgeFixture fixture;
    fixture.write("ext/deep/t8.md", "x");
    fixture.write("ext/other.md", "---\ntitle: Titled Note\n---\nx");
    fixture.write("ext/What- Now-.md", "---\ntitle: \"What? Now?\"\n---\nx");
    CHECK(found(fixture, "t8") == "ext/deep/t8.md");
    CHECK(found(fixture, "Titled Note") == "ext/other.md");
    CHECK(found(fixture, "what? now?", LookupPurpose::changing) == "ext/What- Now-.md");
    fixture.write("ext/later.md", "x");
    CHECK(found(fixture, "[[Later]]") == "ext/later.md");
    // A file of that name that says it has another title is another note.
    fixture.write("ext/named.md", "---\ntitle: Different\n---\nx");
    CHECK(found(fixture, "named").empty());
}

TEST_CASE("several notes of one title that are not indexed yet are ambiguous for changes") {
    KnowledgeFixture fixture;
    fixture.write("a/Daily.md", "x");
    fixture.write("b/c/Daily.md", "x");
    const auto note =
        find_note(fixture.knowledge(), fixture.project(), true, "Daily", LookupPurpose::changing);
    REQUIRE_FALSE(note);
    CHECK(note.error().fault == Fault::ambiguous);
    CHECK(found(fixture, "Daily") == "a/Daily.md");
}

TEST_CASE("ignored and outside files are not found on disk") {
    KnowledgeFixture fixture;
    fixture.write(".secret.md", "x");
    fixture.write("build/out.md", "x");
    fixture.folder().write("outside.md", "x");
    std::filesystem::create_symlink(fixture.folder().path() / "outside.md",
                                    fixture.notes() / "link.md");
    for (const char* identifier :
         {".secret.md", "build/out.md", "../outside.md", "link.md", "link", "/etc/passwd", "~/x"}) {
        CAPTURE(identifier);
        CHECK(found(fixture, identifier).empty());
    }
}

TEST_CASE("13.1 item 32: an ambiguous identifier is refused for changes with the candidates") {
    KnowledgeFixture fixture;
    NoteStore store(fixture.knowledge(), fixture.project());
    for (const char* path : {"a/Same.md", "b/Same.md"}) {
        fixture.write(path, "x");
        store.index_from_disk(*RelativePath::parse(path));
    }
    const auto note =
        find_note(fixture.knowledge(), fixture.project(), true, "Same", LookupPurpose::changing);
    REQUIRE_FALSE(note);
    CHECK(note.error().fault == Fault::ambiguous);
    CHECK(note.error().message ==
          "Ambiguous identifier 'Same' matches 2 notes: a/Same.md (permalink: a/same); b/Same.md "
          "(permalink: b/same). "
          "Pass an exact permalink or external_id to disambiguate.");
    CHECK(found(fixture, "Same") == "a/Same.md");
    CHECK(found(fixture, "b/same", LookupPurpose::changing) == "b/Same.md");
}

TEST_CASE("13.1 item 50: another project is only entered when the caller named it") {
    KnowledgeFixture fixture;
    const auto other_path = fixture.folder().path() / "other";
    REQUIRE(fixture.knowledge().add_project("Other Notes", other_path.string(), false));
    fixture.folder().write("other/docs/x.md", "x");
    const auto main = fixture.project();
    for (const char* identifier :
         {"other-notes/docs/x", "Other Notes::docs/x", "memory://other-notes/docs/x"}) {
        CAPTURE(identifier);
        CHECK_FALSE(find_note(fixture.knowledge(), main, true, identifier, LookupPurpose::reading));
        const auto note =
            find_note(fixture.knowledge(), main, false, identifier, LookupPurpose::reading);
        REQUIRE(note);
        CHECK(note->project.name.str() == "Other Notes");
    }
    // A folder named like a project comes first.
    fixture.write("other-notes/docs/x.md", "mine");
    const auto note =
        find_note(fixture.knowledge(), main, false, "other-notes/docs/x", LookupPurpose::reading);
    REQUIRE(note);
    CHECK(note->project.name.str() == "main");
}

TEST_CASE("13.1 item 51: the project's own name in front of an identifier is understood") {
    KnowledgeFixture fixture;
    fixture.write("docs/x.md", "x");
    CHECK(found(fixture, "memory://main/docs/x") == "docs/x.md");
    CHECK(found(fixture, "main::docs/x") == "docs/x.md");
    CHECK_FALSE(std::filesystem::exists(fixture.notes() / "main"));  // no phantom folder
}

}  // namespace
}  // namespace bm
