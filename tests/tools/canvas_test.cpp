#include <doctest/doctest.h>

#include "tests/support/temporary_knowledge_base.hpp"

namespace bm {
namespace {

using test::TemporaryKnowledgeBase;

Json empty_canvas(std::string_view title, std::string_view folder) {
    return {
        {"nodes", Json::array()}, {"edges", Json::array()}, {"title", title}, {"folder", folder}};
}

TEST_CASE("a canvas is created and then updated") {
    TemporaryKnowledgeBase base;
    CHECK(base.text("canvas", empty_canvas("empty", "maps")) ==
          "# Created: maps/empty.canvas\n\nThe canvas is ready to open in Obsidian.");
    CHECK(base.text("canvas", empty_canvas("empty.canvas", "maps"))
              .starts_with("# Updated: maps/empty.canvas\n"));
    CHECK(base.file("maps/empty.canvas") == "{\n  \"nodes\": [],\n  \"edges\": []\n}");
}

TEST_CASE("objects pass through in order and other letters are escaped") {
    TemporaryKnowledgeBase base;
    base.text("canvas", {{"nodes", R"([{"z": 1, "id": "n", "text": "é"}])"},
                         {"edges", Json::array()},
                         {"title", "board"},
                         {"directory", "maps"}});
    CHECK(base.file("maps/board.canvas") ==
          "{\n  \"nodes\": [\n    {\n      \"z\": 1,\n      \"id\": \"n\",\n      \"text\": "
          "\"\\u00e9\"\n    }\n  ],\n  \"edges\": []\n}");
}

TEST_CASE("the root is a folder like any other") {
    TemporaryKnowledgeBase base;
    for (const char* folder : {"", "/", " "}) {
        CAPTURE(folder);
        CHECK(base.text("canvas", empty_canvas("c", folder)).find(": c.canvas\n") !=
              std::string::npos);
    }
}

TEST_CASE("a canvas outside of the project is an error") {
    TemporaryKnowledgeBase base;
    const ToolReply reply = base.call("canvas", empty_canvas("c", "../x"));
    CHECK(reply.is_error);
    CHECK(reply.value ==
          "Error calling tool 'canvas': Invalid file path: ../x/c.canvas. Path must be relative "
          "and stay within project boundaries.");
    CHECK(base.call("canvas", empty_canvas("../c", "x")).is_error);
    CHECK(base.take_warnings().size() == 2);
}

TEST_CASE("nodes and edges are lists of objects") {
    TemporaryKnowledgeBase base;
    Json arguments = empty_canvas("c", "x");
    arguments["nodes"] = 5;
    CHECK(base.call("canvas", arguments).value ==
          "Input validation error: 5 is not of type 'array'");
    arguments.erase("nodes");
    CHECK(base.call("canvas", arguments).value ==
          "Input validation error: 'nodes' is a required property");
    CHECK(base.call("canvas", empty_canvas(" ", "x")).is_error);
}

TEST_CASE("a canvas is listed by its file name") {
    TemporaryKnowledgeBase base;
    base.text("canvas", empty_canvas("board", "maps"));
    const Json node = base.call("list_directory", {{"dir_name", "maps"}, {"output_format", "json"}})
                          .value["nodes"][0];
    CHECK(node["name"] == "board.canvas");
    CHECK(node["title"] == "board.canvas");
    CHECK(node["note_type"] == "canvas");
    CHECK(node["permalink"].is_null());
}

TEST_CASE("13.1 item 51: a canvas takes a memory URL as its folder") {
    TemporaryKnowledgeBase base;
    CHECK(base.text("canvas", empty_canvas("board", "memory://test-project/maps"))
              .starts_with("# Created: maps/board.canvas"));
    CHECK(base.text("canvas", empty_canvas("board", "memory://plans"))
              .starts_with("# Created: plans/board.canvas"));
}

}  // namespace
}  // namespace bm
