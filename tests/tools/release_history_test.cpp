#include <doctest/doctest.h>

#include "sync/reconcile.hpp"
#include "tests/support/temporary_knowledge_base.hpp"
#include "tools/all_resources.hpp"

// Items of the release history that show at the tools, each on its own.

namespace bm {
namespace {

using test::TemporaryKnowledgeBase;

void sync_all(TemporaryKnowledgeBase& base) {
    for (const auto& project : base.knowledge().projects()) {
        REQUIRE(reconcile_project(base.knowledge(), project));
    }
}

bool answer_has(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

TEST_CASE("13.1 item 36: indexing and reading a file rewrite no byte of it") {
    TemporaryKnowledgeBase base;
    const std::string odd = "\xEF\xBB\xBF# No front matter\r\n\r\n- [a] fact  \r\n- knows [[X]]";
    const std::string quoted = "---\ntags: [ 'a',b ]   # mine\ntitle:   \"Q\"\n---\n\n\ntext\n\n\n";
    base.put_file("odd.md", odd);
    base.put_file("sub/quoted.md", quoted);
    CHECK(answer_has(base.text("read_note", {{"identifier", "odd.md"}}), "No front matter"));
    sync_all(base);
    CHECK(answer_has(base.text("search_notes", {{"query", "fact"}}), "odd"));
    base.text("build_context", {{"url", "sub/quoted"}});
    CHECK(base.file("odd.md") == odd);
    CHECK(base.file("sub/quoted.md") == quoted);
}

TEST_CASE("13.1 item 44: what exists already is reported as a conflict and not as a fault") {
    TemporaryKnowledgeBase base;
    base.note("a", "One", "x");
    base.note("a", "Two", "y");
    const ToolReply written = base.call("write_note", {{"title", "One"},
                                                       {"folder", "a"},
                                                       {"content", "z"},
                                                       {"overwrite", false},
                                                       {"output_format", "json"}});
    CHECK_FALSE(written.is_error);
    CHECK(written.failed);
    CHECK(written.value["action"] == "conflict");
    CHECK(written.value["error"] == "NOTE_ALREADY_EXISTS");
    const ToolReply moved = base.call(
        "move_note",
        {{"identifier", "a/one"}, {"destination_path", "a/Two.md"}, {"output_format", "json"}});
    CHECK_FALSE(moved.is_error);
    CHECK(moved.value["error"] == "Destination already exists: a/Two.md");
    CHECK(base.file("a/One.md").ends_with("x"));
    CHECK(base.file("a/Two.md").ends_with("y"));
}

TEST_CASE("13.1 item 55: build_context finds a note by title and path and permalink") {
    TemporaryKnowledgeBase base;
    base.put_file("docs/File Name.md", "---\ntitle: Proper Title\npermalink: own/name\n---\ntext");
    sync_all(base);
    for (const char* url : {"Proper Title", "docs/File Name.md", "docs/File Name", "own/name",
                            "memory://own/name", "memory://Proper Title"}) {
        CAPTURE(url);
        const Json value =
            base.call("build_context", {{"url", url}, {"output_format", "json"}}).value;
        REQUIRE(value["results"].size() == 1);
        CHECK(value["results"][0]["primary_result"]["permalink"] == "own/name");
    }
}

TEST_CASE("13.1 item 67: times carry their zone at every interface") {
    TemporaryKnowledgeBase base;
    base.note("a", "One", "- [fact] words");
    const auto check_times = [](const std::string& text) {
        CAPTURE(text);
        std::size_t seen = 0;
        for (std::size_t at = text.find("T"); at != std::string::npos;
             at = text.find("T", at + 1)) {
            // 2026-11-24T22:10:49.123456+00:00
            if (at < 11 || text[at - 3] != '-' || text[at - 6] != '-') continue;
            const std::string time = text.substr(at, text.find('"', at) - at);
            CAPTURE(time);
            CHECK((time.ends_with("+00:00") || time.ends_with('Z')));
            ++seen;
        }
        CHECK(seen > 0);
    };
    check_times(base.text("build_context", {{"url", "a/one"}, {"output_format", "json"}}));
    check_times(base.text("recent_activity", {{"timeframe", "7d"}, {"output_format", "json"}}));
    check_times(base.text("list_directory", {{"dir_name", "a"}, {"output_format", "json"}}));
    check_times(base.text("search_notes", {{"query", "words"}, {"output_format", "json"}}));
    base.call("edit_note", {{"identifier", "a/one"}, {"operation", "append"}, {"content", "more"}});
    check_times(base.text("note_history", {{"identifier", "a/one"}, {"output_format", "json"}}));
    const auto info = project_info_resource(base.knowledge(), "1.2.3")
                          .read(CallContext{}, "memory://test-project/info");
    REQUIRE(info);
    check_times(info->text);
}

TEST_CASE("13.1 item 74: tag with a colon in a query is a filter") {
    TemporaryKnowledgeBase base;
    base.call("write_note",
              {{"title", "One"}, {"folder", "a"}, {"content", "words"}, {"tags", {"tea"}}});
    base.call("write_note", {{"title", "Two"}, {"folder", "a"}, {"content", "words tea"}});
    const Json found = base.call("search_notes", {{"query", "tag:tea"}}).value["results"];
    REQUIRE(found.size() == 1);
    CHECK(found[0]["title"] == "One");
    CHECK(base.call("search_notes", {{"query", "words tag:tea"}}).value["results"].size() == 1);
}

TEST_CASE("13.1 item 105: asking for the configuration makes no folder of a project") {
    const test::TemporaryFolder outside;
    const auto one = outside.path() / "one";
    const auto two = outside.path() / "two";
    TemporaryKnowledgeBase base(
        {{{"projects", {{"test-project", one.string()}, {"two", two.string()}}}}, {}});
    CHECK(base.knowledge().config()->projects.size() == 2);
    CHECK(answer_has(
        TemporaryKnowledgeBase::text_of(base.reply("list_memory_projects", Json::object())),
        "two"));
    CHECK_FALSE(std::filesystem::exists(one));
    CHECK_FALSE(std::filesystem::exists(two));
}

TEST_CASE("a project folder that is not there is said with the way out") {
    TemporaryKnowledgeBase base;
    base.note("a", "One", "x");
    std::filesystem::rename(base.project_folder(), base.scratch() / "away");
    const auto check_way_out = [&](std::string_view tool, const Json& arguments) {
        const ToolReply reply = base.call(tool, arguments);
        const std::string text = TemporaryKnowledgeBase::text_of(reply);
        CAPTURE(tool);
        CAPTURE(text);
        CHECK(reply.failed);
        CHECK(answer_has(text, "create the folder"));
        CHECK(answer_has(text, "`bm project move`"));
    };
    check_way_out("write_note", {{"title", "T"}, {"folder", ""}, {"content", "x"}});
    check_way_out("read_note", {{"identifier", "a/one"}});
    check_way_out("read_note", {{"identifier", "b/unknown"}});
    check_way_out("edit_note",
                  {{"identifier", "a/one"}, {"operation", "append"}, {"content", "x"}});
    check_way_out(
        "canvas",
        {{"nodes", Json::array()}, {"edges", Json::array()}, {"title", "c"}, {"folder", ""}});
}

}  // namespace
}  // namespace bm
