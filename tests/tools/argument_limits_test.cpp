// How long arguments may be, and how much of them an answer repeats.

#include <doctest/doctest.h>

#include "tests/support/temporary_knowledge_base.hpp"
#include "tools/call_text.hpp"

namespace bm {
namespace {

using test::TemporaryKnowledgeBase;

struct Limited {
    const char* tool;
    const char* argument;
    std::size_t bytes;
    Json others;
};

TEST_CASE("names and queries that are too long are refused with a sentence") {
    TemporaryKnowledgeBase base;
    const Json note{{"title", "T"}, {"folder", "f"}, {"content", "x"}};
    const Json picture{
        {"nodes", Json::array()}, {"edges", Json::array()}, {"title", "T"}, {"folder", "f"}};
    const std::vector<Limited> limits{
        {"write_note", "title", 4096, note},
        {"write_note", "folder", 4096, note},
        {"write_note", "project", 4096, note},
        {"read_note", "identifier", 4096, Json::object()},
        {"view_note", "identifier", 4096, Json::object()},
        {"edit_note", "identifier", 4096, {{"operation", "append"}, {"content", "x"}}},
        {"move_note", "identifier", 4096, {{"destination_path", "x.md"}}},
        {"move_note", "destination_path", 4096, {{"identifier", "x"}}},
        {"delete_note", "identifier", 4096, Json::object()},
        {"read_content", "path", 4096, Json::object()},
        {"list_directory", "dir_name", 4096, Json::object()},
        {"canvas", "title", 4096, picture},
        {"canvas", "folder", 4096, picture},
        {"fetch", "id", 4096, Json::object()},
        {"search", "query", 16384, Json::object()},
        {"search_notes", "query", 16384, Json::object()},
    };
    for (const auto& limit : limits) {
        CAPTURE(limit.tool);
        CAPTURE(limit.argument);
        Json arguments = limit.others;
        arguments[limit.argument] = std::string(limit.bytes + 1, 'a');
        const ToolReply reply = base.reply(limit.tool, arguments);
        CHECK(reply.is_error);
        CHECK(reply.value == "Input validation error: '" + std::string(limit.argument) +
                                 "' is too long: it has " + std::to_string(limit.bytes + 1) +
                                 " bytes, and at most " + std::to_string(limit.bytes) +
                                 " are accepted");
        arguments[limit.argument] = std::string(limit.bytes, 'a');
        const std::string text = TemporaryKnowledgeBase::text_of(base.reply(limit.tool, arguments));
        CHECK(text.find("is too long: it has") == std::string::npos);
    }
}

TEST_CASE("an answer repeats only the beginning of a long value") {
    TemporaryKnowledgeBase base;
    const std::string longest(4000, 'q');
    for (const auto& [tool, arguments] : std::vector<std::pair<const char*, Json>>{
             {"read_note", {{"identifier", longest}}},
             {"read_note", {{"identifier", "../" + longest}}},
             {"edit_note", {{"identifier", longest}, {"operation", "append"}, {"content", "x"}}},
             {"move_note", {{"identifier", longest}, {"destination_path", longest + ".md"}}},
             {"move_note", {{"identifier", longest}, {"destination_path", "../" + longest}}},
             {"delete_note", {{"identifier", "../" + longest}}},
             {"list_directory", {{"dir_name", longest}}},
             {"read_content", {{"path", longest}}},
             {"search_notes", {{"query", longest}, {"output_format", "text"}}}}) {
        CAPTURE(tool);
        const std::string text = base.text(tool, arguments);
        CAPTURE(text);
        CHECK(text.find(std::string(150, 'q')) != std::string::npos);
        CHECK(text.find(std::string(201, 'q')) == std::string::npos);
    }
}

TEST_CASE("a title that makes no file name is refused with the way out") {
    TemporaryKnowledgeBase base;
    const auto answer = [&](const std::string& title) {
        return base.text("write_note", {{"title", title}, {"folder", "f"}, {"content", "x"}});
    };
    CHECK(answer(" ") == "Error calling tool 'write_note': title cannot be empty");
    CHECK(answer("..") ==
          "Error calling tool 'write_note': title '..' makes no file name: nothing is left of it. "
          "Use a title with at least one letter or digit.");
    CHECK(answer(std::string(300, 'a')) ==
          "Error calling tool 'write_note': title is too long: it makes a file name of 303 bytes, "
          "and at most 255 are possible. Shorten the title and put the long form into the "
          "content, as its heading.");
}

TEST_CASE("suggested calls can be copied whatever is in their values") {
    CHECK(call_text("f", {{"", "a\"b"}, {"x", "c\\d\ne"}}) == R"(f("a\"b", x="c\\d\ne"))");
    CHECK(call_text("f", {}) == "f()");
    CHECK(echoed("short") == "short");
    CHECK(echoed(std::string(201, 'a')) == std::string(200, 'a') + "...");

    TemporaryKnowledgeBase base;
    const std::string odd = R"(say "hi" \ now)";
    CHECK(base.text("edit_note", {{"identifier", odd}, {"operation", "append"}, {"content", "x"}})
              .find(R"(search_notes("test-project", "say \"hi\" \\ now"))") != std::string::npos);
    CHECK(base.text("move_note", {{"identifier", odd}, {"destination_path", "x"}})
              .find(R"(move_note("say \"hi\" \\ now", "x.md"))") != std::string::npos);
}

}  // namespace
}  // namespace bm
