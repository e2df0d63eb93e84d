#include <doctest/doctest.h>

#include "tests/support/temporary_knowledge_base.hpp"

namespace bm {
namespace {

using test::TemporaryKnowledgeBase;

bool has_part(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

Json history_of(TemporaryKnowledgeBase& base, std::string_view identifier) {
    return base.call("note_history", {{"identifier", identifier}, {"output_format", "json"}}).value;
}

TEST_CASE("a note's history names its versions and how to bring one back") {
    TemporaryKnowledgeBase base;
    base.note("d", "Log", "first");
    CHECK(has_part(base.text("note_history", {{"identifier", "d/log"}}),
                   "No earlier version is kept."));
    base.note("d", "Log", "second");
    const Json history = history_of(base, "d/log");
    CHECK(history["title"] == "Log");
    CHECK(history["permalink"] == "d/log");
    CHECK(history["file_path"] == "d/Log.md");
    CHECK(history["project"] == "test-project");
    CHECK(history["exists"] == true);
    CHECK(history["total"] == 1);
    const Json& version = history["versions"][0];
    const std::string id = version["id"].get<std::string>();
    CHECK(id.size() == 8);
    CHECK(version["checksum"].get<std::string>().starts_with(id));
    CHECK(version["action"] == "overwritten");
    CHECK(version["moved_from"].is_null());
    const std::string text = base.text("note_history", {{"identifier", "Log"}});
    CHECK(text.starts_with("# History of Log\nproject: test-project\nfile_path: d/Log.md\n"));
    CHECK(has_part(text, "- `" + id + "` replaced just now ("));
    CHECK(has_part(text,
                   "`restore_note(\"d/Log.md\", at=\"" + id + "\", project=\"test-project\")`"));
}

TEST_CASE("the history comes in pages") {
    TemporaryKnowledgeBase base;
    for (int i = 0; i < 6; ++i) base.note("d", "Log", "version " + std::to_string(i));
    const auto page = [&](int number) {
        return base
            .call("note_history", {{"identifier", "d/log"},
                                   {"page", number},
                                   {"page_size", 2},
                                   {"output_format", "json"}})
            .value;
    };
    CHECK(page(1)["total"] == 5);
    CHECK(page(1)["versions"].size() == 2);
    CHECK(page(3)["versions"].size() == 1);
    CHECK(page(4)["versions"].empty());
    CHECK(page(1)["versions"][1] != page(2)["versions"][0]);
}

TEST_CASE("restoring takes the latest version that differs and a second time takes it back") {
    TemporaryKnowledgeBase base;
    base.note("d", "Log", "first");
    const std::string first = base.file("d/Log.md");
    base.note("d", "Log", "- [fact] second");
    const std::string second = base.file("d/Log.md");
    const std::string text = base.text("restore_note", {{"identifier", "d/log"}});
    CHECK(
        text.starts_with("# Restored note\nproject: test-project\nfile_path: d/Log.md\n"
                         "permalink: d/log\nchecksum: "));
    CHECK(has_part(text, ", replaced at "));
    CHECK(base.file("d/Log.md") == first);
    const Json again =
        base.call("restore_note", {{"identifier", "d/log"}, {"output_format", "json"}}).value;
    CHECK(again["action"] == "restored");
    CHECK(again["file_path"] == "d/Log.md");
    CHECK(again["version"]["action"] == "overwritten");
    CHECK(base.file("d/Log.md") == second);
    CHECK(has_part(base.text("search_notes", {{"query", "second"}}), "Log"));
}

TEST_CASE("a deleted note comes back by its title") {
    TemporaryKnowledgeBase base;
    base.note("d", "Log", "text");
    const std::string bytes = base.file("d/Log.md");
    base.call("delete_note", {{"identifier", "d/log"}});
    const Json history = history_of(base, "Log");
    CHECK(history["exists"] == false);
    CHECK(history["permalink"].is_null());
    CHECK(history["versions"][0]["action"] == "deleted");
    const Json restored =
        base.call("restore_note", {{"identifier", "Log"}, {"output_format", "json"}}).value;
    CHECK(restored["action"] == "recreated");
    CHECK(restored["permalink"] == "d/log");
    CHECK(base.file("d/Log.md") == bytes);
}

TEST_CASE("a version is chosen by id and an unknown one changes nothing") {
    TemporaryKnowledgeBase base;
    for (const char* text : {"first", "second", "third"}) base.note("d", "Log", text);
    const Json history = history_of(base, "d/log");
    const Json oldest = history["versions"][1]["id"];
    CHECK_FALSE(base.call("restore_note", {{"identifier", "d/log"}, {"at", oldest}}).failed);
    CHECK(base.file("d/Log.md").ends_with("first"));
    for (const char* at : {"00000000", "someday", "2 hours ago\n"}) {
        CAPTURE(at);
        base.call("restore_note", {{"identifier", "d/log"}, {"at", at}});
        CHECK(base.file("d/Log.md").ends_with("first"));
    }
    const auto reply = base.call("restore_note", {{"identifier", "d/log"}, {"at", "someday"}});
    CHECK(reply.failed);
    CHECK(has_part(TemporaryKnowledgeBase::text_of(reply), "# Restore Failed\n\n'someday' is"));
}

TEST_CASE("what has no history is an answer that says so") {
    TemporaryKnowledgeBase base;
    for (const char* tool : {"note_history", "restore_note"}) {
        CAPTURE(tool);
        const auto reply = base.call(tool, {{"identifier", "Nobody"}});
        CHECK_FALSE(reply.is_error);
        CHECK(reply.failed);
        CHECK(has_part(TemporaryKnowledgeBase::text_of(reply), "is or was called 'Nobody'"));
        const auto object =
            base.call(tool, {{"identifier", "Nobody"}, {"output_format", "json"}}).value;
        CHECK(object["error"].get<std::string>().ends_with("as far as the history goes back"));
    }
}

TEST_CASE("notes that go with their project come back when it is added again") {
    TemporaryKnowledgeBase base;
    const std::string folder = (base.scratch() / "side").string();
    const Json added = {{"project_name", "side"}, {"project_path", folder}};
    base.reply("create_memory_project", added);
    base.call("write_note",
              {{"title", "Log"}, {"folder", "d"}, {"content", "text"}, {"project", "side"}});
    base.reply("delete_project", {{"project_name", "side"}, {"delete_notes", true}});
    CHECK_FALSE(std::filesystem::exists(base.scratch() / "side/d/Log.md"));
    base.reply("create_memory_project", added);
    const Json restored =
        base.call("restore_note",
                  {{"identifier", "Log"}, {"project", "side"}, {"output_format", "json"}})
            .value;
    CHECK(restored["action"] == "recreated");
    CHECK(std::filesystem::exists(base.scratch() / "side/d/Log.md"));
}

TEST_CASE("a version that is no text is restored as it was and said to be none") {
    TemporaryKnowledgeBase base;
    base.note("d", "Log", "first");
    const std::string first = base.file("d/Log.md");
    base.put_file("d/Log.md", "caf\xe9");
    CHECK(history_of(base, "d/Log.md")["versions"][0]["action"] == "written");
    CHECK(has_part(base.text("restore_note", {{"identifier", "d/Log.md"}}), "# Restored note\n"));
    CHECK(base.file("d/Log.md") == first);
    CHECK(has_part(base.text("restore_note", {{"identifier", "d/Log.md"}}), "no UTF-8 text"));
    CHECK(base.file("d/Log.md") == "caf\xe9");
    const Json restored =
        base.call("restore_note", {{"identifier", "d/Log.md"}, {"output_format", "json"}}).value;
    CHECK(restored["is_text"] == true);
    CHECK(base.file("d/Log.md") == first);
}

TEST_CASE("a restore that has nothing to offer names no way that leads nowhere") {
    TemporaryKnowledgeBase base;
    CHECK_FALSE(has_part(base.text("restore_note", {{"identifier", "Nobody"}}), "note_history("));
    base.note("d", "Log", "first");
    CHECK_FALSE(has_part(base.text("restore_note", {{"identifier", "Log"}}), "note_history("));
    base.note("d", "Log", "second");
    CHECK(has_part(base.text("restore_note", {{"identifier", "Log"}, {"at", "someday"}}),
                   "`note_history(\"d/Log.md\", project=\"test-project\")`"));
}

TEST_CASE("no identifier leads the history out of its project") {
    TemporaryKnowledgeBase base;
    std::filesystem::create_directory_symlink(base.scratch(), base.project_folder() / "link");
    for (const char* tool : {"note_history", "restore_note"}) {
        for (const char* name : {"../scratch/a", "/etc/passwd", "link/a.md", "a/../../b"}) {
            CAPTURE(tool);
            CAPTURE(name);
            const auto reply = base.call(tool, {{"identifier", name}});
            CHECK(reply.failed);
            CHECK(has_part(TemporaryKnowledgeBase::text_of(reply),
                           "paths must stay within project boundaries"));
            CHECK(base.take_warnings().size() == 1);
        }
    }
}

TEST_CASE("a place that became a link outside gets no restored note") {
    TemporaryKnowledgeBase base;
    base.note("d", "Log", "text");
    base.call("delete_note", {{"identifier", "d/log"}});
    std::filesystem::create_directory_symlink(base.scratch(), base.project_folder() / "d");
    const auto reply = base.call("restore_note", {{"identifier", "Log"}});
    CHECK(reply.failed);
    CHECK(std::filesystem::is_empty(base.scratch()));
}

}  // namespace
}  // namespace bm
