#include <doctest/doctest.h>

#include "tests/support/temporary_knowledge_base.hpp"
#include "tools/connector_document.hpp"

namespace {

using bm::Json;
using bm::test::TemporaryKnowledgeBase;

std::string text(TemporaryKnowledgeBase& base, const char* tool, const Json& arguments) {
    const auto answer = base.reply(tool, arguments);
    CHECK_FALSE(answer.is_error);
    return TemporaryKnowledgeBase::text_of(answer);
}

Json document(TemporaryKnowledgeBase& base, const char* tool, const Json& arguments) {
    const auto answer = base.reply(tool, arguments);
    REQUIRE(answer.value.is_array());
    REQUIRE(answer.value.size() == 1);
    CHECK(answer.value[0]["type"] == "text");
    return Json::parse(answer.value[0]["text"].get<std::string>());
}

TemporaryKnowledgeBase& with_document(TemporaryKnowledgeBase& base) {
    base.note("docs", "Doc One", "# Doc One\n\nplain content");
    return base;
}

}  // namespace

TEST_CASE("search gives ids in the form that connectors read") {
    TemporaryKnowledgeBase base;
    CHECK(
        text(with_document(base), "search", {{"query", "plain"}}) ==
        R"([{"type":"text","text":"{\"results\": [{\"id\": \"docs/doc-one\", \"title\": \"Doc One\", \"url\": \"docs/doc-one\"}], \"total_count\": 1, \"query\": \"plain\"}"}])");
}

TEST_CASE("search that finds nothing says so in the same form") {
    TemporaryKnowledgeBase base;
    CHECK(
        text(base, "search", {{"query", "zilch"}}) ==
        R"([{"type":"text","text":"{\"results\": [], \"total_count\": 0, \"query\": \"zilch\"}"}])");
}

TEST_CASE("search finds only what fetch can return") {
    TemporaryKnowledgeBase base;
    base.note("n", "Source", "- [fact] heavy marble\n- made_of [[Marble]]");
    base.call("canvas", {{"nodes", Json::array()},
                         {"edges", Json::array()},
                         {"title", "marble"},
                         {"folder", "maps"}});
    const auto found = document(base, "search", {{"query", "marble"}});
    REQUIRE(found["results"].size() == 2);
    for (const auto& result : found["results"]) {
        if (result["title"] == "Source") {
            CHECK(result["id"] == "n/source");
        } else {
            CHECK(result["title"] == "marble.canvas");
            CHECK(result["id"].get<std::string>().rfind("doc-", 0) == 0);
            CHECK(result["url"] == "");
        }
    }
}

TEST_CASE("search stops at ten results") {
    TemporaryKnowledgeBase base;
    for (int i = 0; i < 12; ++i) {
        base.note("n", "Note " + std::to_string(i), "common");
    }
    const auto found = document(base, "search", {{"query", "common"}});
    CHECK(found["results"].size() == 10);
    CHECK(found["total_count"] == 10);
}

TEST_CASE("fetch returns the whole file of a note") {
    TemporaryKnowledgeBase base;
    CHECK(
        text(with_document(base), "fetch", {{"id", "docs/doc-one"}}) ==
        R"([{"type":"text","text":"{\"id\": \"docs/doc-one\", \"title\": \"Doc One\", \"text\": \"---\\ntitle: Doc One\\ntype: note\\npermalink: docs/doc-one\\n---\\n\\n# Doc One\\n\\nplain content\", \"url\": \"docs/doc-one\", \"metadata\": {\"format\": \"markdown\"}}"}])");
}

TEST_CASE("fetch takes the title from the note and accepts every kind of name") {
    TemporaryKnowledgeBase base;
    base.note("docs", "A bit of C++", "x");
    for (const char* id : {"A bit of C++", "docs/A bit of C++.md", "memory://docs/a-bit-of-c"}) {
        CAPTURE(id);
        const auto found = document(base, "fetch", {{"id", id}});
        CHECK(found["title"] == "A bit of C++");
        CHECK(found["id"] == id);
    }
}

TEST_CASE("fetch of something unknown explains how to go on") {
    TemporaryKnowledgeBase base;
    const auto missing = document(base, "fetch", {{"id", "some/missing-doc_two"}});
    CHECK(missing["title"] == "Missing Doc Two");
    CHECK(missing["metadata"].dump() == R"({"error":"Document not found"})");
    CHECK(missing["text"].get<std::string>().find("# Note Not Found") != std::string::npos);
}

TEST_CASE("without a project to look in both say what failed in their own form") {
    TemporaryKnowledgeBase base({.config = Json::object(), .constraint = "gone"});
    const auto searched = document(base, "search", {{"query", "plain"}});
    CHECK(searched["results"].empty());
    CHECK(searched["error"] == "Search failed");
    CHECK(searched["error_details"].get<std::string>().find("default project") !=
          std::string::npos);
    const auto fetched = document(base, "fetch", {{"id", "docs/doc-one"}});
    CHECK(fetched["title"] == "Fetch Error");
    CHECK(fetched["metadata"].dump() == R"({"error":"Fetch failed"})");
}

TEST_CASE("fetch refuses a path that leaves the project") {
    TemporaryKnowledgeBase base;
    const auto refused = document(base, "fetch", {{"id", "../x"}});
    CHECK(refused["title"] == "Error");
    CHECK(
        refused["text"] ==
        "# Error\n\nIdentifier '../x' is not allowed - paths must stay within project boundaries");
    CHECK(refused["metadata"].dump() == R"({"format":"markdown"})");
    CHECK(base.take_warnings().size() == 1);
}

TEST_CASE("fetch does not pretend that a picture is text") {
    TemporaryKnowledgeBase base;
    base.put_file("pic.png", "\x89PNG\r\n\xff\xfe");
    const auto failed = document(base, "fetch", {{"id", "pic.png"}});
    CHECK(failed["title"] == "Fetch Error");
    CHECK(failed["metadata"].dump() == R"({"error":"Fetch failed"})");
}

TEST_CASE("search and fetch work on the default project whatever the mode") {
    TemporaryKnowledgeBase base;
    base.reply("create_memory_project",
               {{"project_name", "other"}, {"project_path", (base.scratch() / "other").string()}});
    base.call(
        "write_note",
        {{"title", "Elsewhere"}, {"folder", "n"}, {"content", "marker"}, {"project", "other"}});
    CHECK(document(base, "search", {{"query", "marker"}})["total_count"] == 0);
    CHECK(document(base, "fetch", {{"id", "n/elsewhere"}})["metadata"].contains("error"));
}

TEST_CASE("search and fetch need their argument") {
    TemporaryKnowledgeBase base;
    CHECK(base.text_of(base.reply("search", Json::object())) ==
          "Input validation error: 'query' is a required property");
    CHECK(base.text_of(base.reply("fetch", Json::object())) ==
          "Input validation error: 'id' is a required property");
}

TEST_CASE("documents of connectors have a blank after each colon and comma") {
    CHECK(bm::spaced_json(Json::parse(R"({"a":[1,{"b":"x:y, z"}],"c":{},"d":[],"e":"ü\n"})")) ==
          R"({"a": [1, {"b": "x:y, z"}], "c": {}, "d": [], "e": "ü\n"})");
}
