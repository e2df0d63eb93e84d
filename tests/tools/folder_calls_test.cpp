// Moving and deleting whole folders: what is on the disk counts, and the caller may stop.

#include <doctest/doctest.h>

#include "tests/support/temporary_knowledge_base.hpp"

namespace bm {
namespace {

using test::TemporaryKnowledgeBase;

/// A second project in the scratch folder.
void add_work(TemporaryKnowledgeBase& base) {
    const Json arguments{{"project_name", "work"},
                         {"project_path", (base.scratch() / "work").string()}};
    REQUIRE_FALSE(base.reply("create_memory_project", arguments).is_error);
}

TEST_CASE("files that were never indexed move and go with their folder") {
    TemporaryKnowledgeBase base;
    base.put_file("old/By Hand.md", "x");
    base.put_file("old/deep/Other.md", "x");
    const std::string moved = base.text(
        "move_note", {{"identifier", "old"}, {"destination_path", "new"}, {"is_directory", true}});
    CHECK(moved.find("Successfully moved: 2") != std::string::npos);
    CHECK(base.file("new/deep/Other.md").find('x') != std::string::npos);
    base.put_file("new/Late.md", "x");
    const std::string gone =
        base.text("delete_note", {{"identifier", "new"}, {"is_directory", true}});
    CHECK(gone.find("Successfully deleted: 3") != std::string::npos);
    CHECK_FALSE(std::filesystem::exists(base.project_folder() / "new"));
}

TEST_CASE("files that cannot be indexed are named as left behind") {
    TemporaryKnowledgeBase base;
    base.note("old", "Good", "x");
    base.put_file("old/bad.md", "caf\xe9");
    const ToolReply reply =
        base.call("delete_note", {{"identifier", "old"}, {"is_directory", true}});
    const std::string text = TemporaryKnowledgeBase::text_of(reply);
    CHECK(text.find("- Total files: 2\n- Successfully deleted: 1\n- Failed: 1") !=
          std::string::npos);
    CHECK(text.find("`old/bad.md`: ") != std::string::npos);
    CHECK(reply.failed);
    CHECK(base.file("old/bad.md") == "caf\xe9");
}

TEST_CASE("a cancelled call on a folder stops between two files and says how far it came") {
    TemporaryKnowledgeBase base;
    for (const char* title : {"A", "B", "C"}) base.note("old", title, "x");
    std::stop_source stop;
    std::vector<std::string> heard;
    CallContext call;
    call.cancelled = stop.get_token();
    call.progress = [&](double done, std::optional<double> total, std::string_view message) {
        heard.emplace_back(message);
        CHECK(total == 3.0);
        if (done >= 2) stop.request_stop();
    };
    const ToolReply reply =
        base.tool("delete_note")
            .run(call,
                 {{"identifier", "old"}, {"is_directory", true}, {"project", "test-project"}});
    const std::string text = TemporaryKnowledgeBase::text_of(reply);
    CHECK(text.starts_with("# Directory Delete Cancelled\n"));
    CHECK(text.find("- Successfully deleted: 2\n") != std::string::npos);
    CHECK(text.find("The call was cancelled: 1 files are where they were.") != std::string::npos);
    CHECK(reply.failed);
    CHECK(heard == std::vector<std::string>{"Deleted 1 of 3 files", "Deleted 2 of 3 files"});
    CHECK(std::filesystem::exists(base.project_folder() / "old/C.md"));
}

TEST_CASE("a project in front of a folder counts when there is no such folder") {
    TemporaryKnowledgeBase base;
    add_work(base);
    base.reply("write_note",
               {{"title", "N"}, {"folder", "old"}, {"content", "x"}, {"project", "work"}});
    const std::string moved = TemporaryKnowledgeBase::text_of(
        base.reply("move_note", {{"identifier", "memory://work/old"},
                                 {"destination_path", "memory://work/new"},
                                 {"is_directory", true},
                                 {"project", "work"}}));
    CHECK(moved.find("- `new/N.md`") != std::string::npos);
    const std::string gone = TemporaryKnowledgeBase::text_of(
        base.reply("delete_note", {{"identifier", "memory://work/new"}, {"is_directory", true}}));
    CHECK(gone.starts_with("# Directory Deleted Successfully"));
    CHECK(gone.find("<!-- Project: work -->") != std::string::npos);
}

TEST_CASE("a move is measured by the project that the note is in") {
    TemporaryKnowledgeBase base(
        TemporaryKnowledgeBase::Options{.config = {{"default_project_mode", true}}});
    add_work(base);
    base.reply("write_note",
               {{"title", "N"}, {"folder", "old"}, {"content", "x"}, {"project", "work"}});
    // The default project is chosen; the note is found in the one in front of its name.
    const std::string moved = TemporaryKnowledgeBase::text_of(
        base.reply("move_note",
                   {{"identifier", "work/old/n"}, {"destination_path", "memory://work/new/N.md"}}));
    CHECK(moved.find("→ **new/N.md**") != std::string::npos);
    CHECK(moved.find("<!-- Project: work -->") != std::string::npos);
    const std::string foreign = TemporaryKnowledgeBase::text_of(base.reply(
        "move_note", {{"identifier", "work/new/n"}, {"destination_path", "test-project/x/N.md"}}));
    CHECK(foreign.starts_with("# Move Failed - Cross-Project Move Not Supported"));
    CHECK(foreign.find("- Project of the note: work\n- Project named by the path: test-project") !=
          std::string::npos);
}

TEST_CASE("a destination that no file system takes is an invalid path") {
    TemporaryKnowledgeBase base;
    base.note("n", "One", "x");
    base.note("n", "Two", "x");
    for (const std::string& path :
         {"n/" + std::string(300, 'a') + ".md", std::string("n/Two.md/x.md")}) {
        CAPTURE(path);
        CHECK(base.text("move_note", {{"identifier", "n/one"}, {"destination_path", path}})
                  .starts_with("# Move Failed - Invalid Destination Path\n"));
    }
}

TEST_CASE("a destination that is nothing but an extension gets a name in the suggested call") {
    TemporaryKnowledgeBase base;
    base.note("n", "One", "x");
    const std::string text =
        base.text("move_note", {{"identifier", "n/one"}, {"destination_path", "m/.md"}});
    CHECK(text.starts_with("# Move Failed - File Extension Required\n"));
    CHECK(text.find(R"(move_note("n/one", "m/One.md"))") != std::string::npos);
    CHECK(text.find(".md.md") == std::string::npos);
}

TEST_CASE("only notes are edited") {
    TemporaryKnowledgeBase base;
    base.call(
        "canvas",
        {{"nodes", Json::array()}, {"edges", Json::array()}, {"title", "board"}, {"folder", ""}});
    const std::string before = base.file("board.canvas");
    const ToolReply reply = base.call(
        "edit_note", {{"identifier", "board.canvas"}, {"operation", "append"}, {"content", "x"}});
    CHECK(reply.failed);
    CHECK(TemporaryKnowledgeBase::text_of(reply).starts_with("# Edit Failed - Request Error"));
    CHECK(base.file("board.canvas") == before);
}

TEST_CASE("the names of a canvas are cleaned like those of a note") {
    TemporaryKnowledgeBase base;
    CHECK(base.text("canvas", {{"nodes", Json::array()},
                               {"edges", Json::array()},
                               {"title", " Plan: a/b "},
                               {"directory", " maps<> /./x "}})
              .starts_with("# Created: maps /x/Plan- a-b.canvas\n"));
}

}  // namespace
}  // namespace bm
