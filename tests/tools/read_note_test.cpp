#include <doctest/doctest.h>

#include "tests/support/golden.hpp"
#include "tests/support/temporary_knowledge_base.hpp"

namespace bm {
namespace {

using test::check_golden;
using test::TemporaryKnowledgeBase;

std::string read(TemporaryKnowledgeBase& base, std::string_view identifier) {
    return base.text("read_note", {{"identifier", identifier}});
}

TEST_CASE("a note is found under each of its names and returned as stored") {
    TemporaryKnowledgeBase base;
    base.note("books", "Reading List", "- [todo] finish #soon");
    const std::string stored = base.file("books/Reading List.md");
    const Json entity =
        base.call("list_directory", {{"dir_name", "books"}, {"output_format", "json"}})
            .value["nodes"][0];
    for (const std::string& name :
         {std::string("Reading List"), std::string("reading list"),
          std::string("books/reading-list"), std::string("memory://books/reading-list"),
          std::string("books/Reading List.md"), std::string("books/Reading List"),
          std::string("[[Reading List]]"), std::string("[[Reading List|as I call it]]"),
          std::string("books/reading_list"), std::string(" Reading List "),
          entity["external_id"].get<std::string>()}) {
        CAPTURE(name);
        CHECK(read(base, name) == stored);
    }
}

TEST_CASE("an unknown identifier gives advice and is no error") {
    TemporaryKnowledgeBase base;
    const ToolReply reply = base.call("read_note", {{"identifier", "nothing/here"}});
    CHECK_FALSE(reply.is_error);
    check_golden("tools/read_note_not_found.md", TemporaryKnowledgeBase::text_of(reply));
}

TEST_CASE("notes that come close are suggested and never taken for the note itself") {
    TemporaryKnowledgeBase base;
    base.note("rel", "Alpha Doc", "zanzibar expedition");
    check_golden("tools/read_note_related.md", read(base, "zanzibar"));
    // A note that moved is found by the words of its old name.
    CHECK(read(base, "old/place/alpha-doc").find("## 1. Alpha Doc") != std::string::npos);
    CHECK(read(base, "Alpha").find("expedition") == std::string::npos);
}

TEST_CASE("at most five notes are suggested unless more are asked for") {
    TemporaryKnowledgeBase base;
    for (int i = 0; i < 8; ++i) base.note("many", "Note " + std::to_string(i), "quokka");
    CHECK(read(base, "quokka").find("## 5. ") != std::string::npos);
    CHECK(read(base, "quokka").find("## 6. ") == std::string::npos);
    const auto page = [&](int number) {
        return base.text("read_note",
                         {{"identifier", "quokka"}, {"page", number}, {"page_size", 7}});
    };
    CHECK(page(1).find("## 7. ") != std::string::npos);
    CHECK(page(2).find("## 2. ") == std::string::npos);
}

TEST_CASE("an identifier that leads out of the project is refused") {
    TemporaryKnowledgeBase base;
    CHECK(read(base, "memory://../../keys") ==
          "# Error\n\nIdentifier 'memory://../../keys' is not allowed - paths must stay within "
          "project boundaries");
    CHECK(base.text("read_note", {{"identifier", "../x"}, {"output_format", "json"}}) ==
          R"({"title":null,"permalink":null,"file_path":null,"content":null,"frontmatter":null,)"
          R"("error":"SECURITY_VALIDATION_ERROR","message":"# Error\n\nIdentifier '../x' is not )"
          R"(allowed - paths must stay within project boundaries"})");
}

TEST_CASE("the JSON form parts frontmatter and body") {
    TemporaryKnowledgeBase base;
    base.call("write_note", {{"title", "Rj"},
                             {"folder", "o"},
                             {"content", "---\nday: 2024-01-15\nversion: 2\n---\n\nbody text"},
                             {"tags", "k"}});
    const Json arguments = {{"identifier", "o/rj"}, {"output_format", "json"}};
    const Json value = base.call("read_note", arguments).value;
    CHECK(value["title"] == "Rj");
    CHECK(value["permalink"] == "o/rj");
    CHECK(value["file_path"] == "o/Rj.md");
    CHECK(value["content"] == "body text");
    CHECK(value["frontmatter"] ==
          Json::parse(R"({"title": "Rj", "type": "note", "permalink": "o/rj",
                          "day": "2024-01-15", "version": 2, "tags": ["k"]})"));
    Json whole = arguments;
    whole["include_frontmatter"] = true;
    CHECK(base.call("read_note", whole).value["content"] == base.file("o/Rj.md"));
    base.put_file("o/Plain.md", "no block");
    CHECK(base.call("read_note", {{"identifier", "o/Plain.md"}, {"output_format", "json"}})
              .value["frontmatter"]
              .is_null());
}

TEST_CASE("the JSON form of a miss has no text and may have suggestions") {
    TemporaryKnowledgeBase base;
    const Json miss = {{"identifier", "zanzibar"}, {"output_format", "json"}};
    CHECK(base.text("read_note", miss) ==
          R"({"title":null,"permalink":null,"file_path":null,"content":null,"frontmatter":null})");
    base.note("rel", "Alpha Doc", "zanzibar expedition");
    CHECK(base.call("read_note", miss).value["related_results"] ==
          Json::parse(R"([{"title": "Alpha Doc", "permalink": "rel/alpha-doc",
                           "file_path": "rel/Alpha Doc.md"}])"));
}

TEST_CASE("a note that nobody has indexed is found by its title too") {
    TemporaryKnowledgeBase base({.config = {{"sync_changes", false}}});
    base.put_file("ext/t8.md", "by name");
    base.put_file("ext/x.md", "---\ntitle: Titled Note\n---\nby title");
    CHECK(read(base, "t8") == "by name");
    CHECK(read(base, "Titled Note").find("by title") != std::string::npos);
    base.put_file("ext/t9.md", "by name");
    CHECK(base.text("view_note", {{"identifier", "t9"}}).find("by name") != std::string::npos);
    base.put_file("ext/t10.md", "old");
    base.call("edit_note", {{"identifier", "t10"},
                            {"operation", "find_replace"},
                            {"find_text", "old"},
                            {"content", "new"}});
    CHECK(base.file("ext/t10.md") == "new");
}

TEST_CASE("a miss during a first load says that not every note is known yet") {
    TemporaryKnowledgeBase base;
    constexpr std::string_view kHint = "not indexed to its end yet";
    CHECK(read(base, "no such").find(kHint) == std::string::npos);
    const auto project = *base.knowledge().default_project();
    base.knowledge().index().write(
        [&](Tables& tables) { tables.projects.add_pending_links(project.id, PendingLinks::all); });
    CHECK(read(base, "no such").find(kHint) != std::string::npos);
    base.knowledge().index().write([&](Tables& tables) {
        tables.projects.set_last_scan(project.id, base.knowledge().now(), 0);
    });
    CHECK(read(base, "no such").find(kHint) == std::string::npos);
}

TEST_CASE("a file that was put there by hand is read at once") {
    TemporaryKnowledgeBase base;
    base.put_file("hand/Made Here.md", "by hand");
    CHECK(read(base, "hand/Made Here.md") == "by hand");
    base.put_file("hand/Second One.md", "also by hand");
    CHECK(read(base, "hand/second-one") == "also by hand");
    // And what changed since it was indexed is read as it is now.
    base.put_file("hand/Made Here.md", "changed");
    CHECK(read(base, "hand/Made Here.md") == "changed");
}

TEST_CASE("the front matter of every kind of note file is told") {
    TemporaryKnowledgeBase base;
    for (const char* name : {"h/a.md", "h/b.markdown", "h/c.MD"}) {
        CAPTURE(name);
        base.put_file(name, "---\ntitle: T\nstage: early\n---\n\nwords\n");
        const Json note =
            base.call("read_note", {{"identifier", name}, {"output_format", "json"}}).value;
        CHECK(note["frontmatter"]["stage"] == "early");
        CHECK(note["content"] == "words");
    }
}

TEST_CASE("a note whose file is gone is not found") {
    TemporaryKnowledgeBase base;
    base.note("g", "Gone", "x");
    std::filesystem::remove(base.project_folder() / "g/Gone.md");
    CHECK(read(base, "g/gone").find("# Note Not Found in test-project") != std::string::npos);
}

TEST_CASE("13.1 items 45 and 52: underscores and project names in front address the same note") {
    TemporaryKnowledgeBase base;
    base.note("pre_fix", "Px", "x");
    for (const char* name :
         {"pre-fix/px", "pre_fix/px", "memory://pre_fix/px", "memory://test-project/pre-fix/px",
          "test-project/pre_fix/px", "test-project::Px"}) {
        CAPTURE(name);
        CHECK(read(base, name).find("title: Px") != std::string::npos);
    }
    CHECK(TemporaryKnowledgeBase::text_of(
              base.reply("read_note", {{"identifier", "memory://test-project/pre-fix/px"}}))
              .find("title: Px") != std::string::npos);
}

TEST_CASE("13.1 item 50: an explicit project is never left by way of the identifier") {
    TemporaryKnowledgeBase base;
    base.reply("create_memory_project",
               {{"project_name", "side"}, {"project_path", (base.scratch() / "side").string()}});
    base.reply("write_note",
               {{"title", "Es"}, {"content", "x"}, {"folder", "a"}, {"project", "side"}});
    CHECK(read(base, "side/a/es").find("# Note Not Found in test-project") != std::string::npos);
    const auto reply = base.reply("read_note", {{"identifier", "memory://side/a/es"}});
    CHECK(TemporaryKnowledgeBase::text_of(reply).find("title: Es") != std::string::npos);
}

TEST_CASE("of several notes with one title the one with the shortest path is read") {
    TemporaryKnowledgeBase base;
    base.note("deep/er/folder", "Twin", "far");
    base.note("a", "Twin", "near");
    CHECK(read(base, "Twin").ends_with("near"));
}

TEST_CASE("a binary file is left to read_content and bad bytes of a text are replaced") {
    TemporaryKnowledgeBase base;
    base.put_file("files/data.bin", std::string("\x00\x01", 2));
    const ToolReply reply = base.call("read_note", {{"identifier", "files/data.bin"}});
    CHECK(reply.is_error);
    CHECK(TemporaryKnowledgeBase::text_of(reply).find("read_content(\"files/data.bin\")") !=
          std::string::npos);
    base.put_file("files/old.txt", "caf\xe9");
    CHECK(read(base, "files/old.txt") == "caf\xEF\xBF\xBD");
}

TEST_CASE("numbers of pages are checked even where they change nothing") {
    TemporaryKnowledgeBase base;
    base.note("x", "Pg", "body");
    for (const char* tool : {"read_note", "view_note"}) {
        CAPTURE(tool);
        CHECK(
            base.text(tool, {{"identifier", "x/pg"}, {"page", 2}, {"page_size", 5}}).find("body") !=
            std::string::npos);
        const ToolReply reply = base.call(tool, {{"identifier", "x/pg"}, {"page", 0}});
        CHECK(reply.value ==
              "Error calling tool '" + std::string(tool) + "': page must be >= 1, got 0");
    }
}

TEST_CASE("view_note asks for an artifact and passes misses through") {
    TemporaryKnowledgeBase base;
    base.note("v", "Show Me", "# Show Me\n\ncontents");
    check_golden("tools/view_note.md", base.text("view_note", {{"identifier", "v/show-me"}}));
    CHECK(base.text("view_note", {{"identifier", "v/none"}}) == read(base, "v/none"));
    CHECK(base.text("view_note", {{"identifier", "../none"}}) == read(base, "../none"));
    // A note about a missing note is still a note.
    base.note("v", "Meta", "# Note Not Found");
    CHECK(base.text("view_note", {{"identifier", "v/meta"}}).starts_with("Note retrieved: "));
}

TEST_CASE("13.1 item 56: an address with workspace and project in front is read") {
    TemporaryKnowledgeBase base;
    base.note("docs", "T", "words");
    for (const char* identifier :
         {"memory://personal/test-project/docs/t", "local/test-project/docs/t",
          "personal/test-project/docs/T.md"}) {
        CAPTURE(identifier);
        CHECK(base.text("read_note", {{"identifier", identifier}}).find("words") !=
              std::string::npos);
        // Nothing else names the project here.
        const ToolReply reply = base.reply("read_note", {{"identifier", identifier}});
        CHECK(TemporaryKnowledgeBase::text_of(reply).find("words") != std::string::npos);
    }
    CHECK(base.call("build_context",
                    {{"url", "memory://personal/test-project/docs/*"}, {"output_format", "json"}})
              .value["results"]
              .size() == 1);
}

}  // namespace
}  // namespace bm
