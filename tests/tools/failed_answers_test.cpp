// Which answers tell of a failure, for callers that end with a status.

#include <doctest/doctest.h>

#include "tests/support/temporary_knowledge_base.hpp"

namespace bm {
namespace {

using test::TemporaryKnowledgeBase;

struct Call {
    const char* tool;
    Json arguments;
};

Json as_json(Json arguments) {
    arguments["output_format"] = "json";
    return arguments;
}

TEST_CASE("answers that tell of a failure say so beside their text") {
    TemporaryKnowledgeBase base;
    base.note("n", "One", "ha ha");
    base.note("n", "Two", "x");
    const std::vector<Call> calls{
        {"write_note", {{"title", "T"}, {"folder", "../x"}, {"content", "x"}}},
        {"write_note", {{"title", "One"}, {"folder", "n"}, {"content", "x"}, {"overwrite", false}}},
        {"write_note", as_json({{"title", "T"}, {"folder", "../x"}, {"content", "x"}})},
        {"read_note", {{"identifier", "nowhere"}}},
        {"read_note", {{"identifier", "../x"}}},
        {"read_note", as_json({{"identifier", "../x"}})},
        {"view_note", {{"identifier", "nowhere"}}},
        {"edit_note", {{"identifier", "nowhere"}, {"operation", "append"}, {"content", "x"}}},
        {"edit_note",
         {{"identifier", "n/one"},
          {"operation", "find_replace"},
          {"find_text", "zz"},
          {"content", "x"}}},
        {"move_note", {{"identifier", "nowhere"}, {"destination_path", "x.md"}}},
        {"move_note", {{"identifier", "n/one"}, {"destination_path", "n/Two.md"}}},
        {"move_note", as_json({{"identifier", "n/one"}, {"destination_path", "n/Two.md"}})},
        {"move_note",
         {{"identifier", "empty"}, {"destination_path", "other"}, {"is_directory", true}}},
        {"delete_note", {{"identifier", "../x"}}},
        {"delete_note", {{"identifier", "empty"}, {"is_directory", true}}},
        {"read_content", {{"path", "../x"}}},
        {"read_content", {{"path", "nowhere"}}},
        {"list_directory", {{"dir_name", "../x"}}},
        {"search_notes", {{"query", "x"}, {"search_type", "vector"}}},
        {"search_notes", Json::object()},
        {"recent_activity", {{"type", "widget"}}},
        {"list_directory", {{"widget", true}}},
    };
    for (const auto& call : calls) {
        CAPTURE(call.tool);
        CAPTURE(call.arguments.dump());
        CHECK(base.call(call.tool, call.arguments).failed);
    }
}

TEST_CASE("answers that do what was asked for are no failures") {
    TemporaryKnowledgeBase base;
    const std::vector<Call> calls{
        {"write_note", {{"title", "One"}, {"folder", "n"}, {"content", "x"}}},
        {"read_note", {{"identifier", "n/one"}}},
        {"read_note", as_json({{"identifier", "nowhere"}})},
        {"edit_note", {{"identifier", "n/one"}, {"operation", "append"}, {"content", "x"}}},
        {"move_note", {{"identifier", "n/one"}, {"destination_path", "m/One.md"}}},
        {"move_note", {{"identifier", "m"}, {"destination_path", "k"}, {"is_directory", true}}},
        {"list_directory", {{"dir_name", "nowhere"}}},
        {"search_notes", {{"query", "nowhere"}}},
        {"build_context", {{"url", "nowhere"}}},
        {"recent_activity", Json::object()},
        {"delete_note", {{"identifier", "n/one"}}},
        {"delete_note", {{"identifier", "n/one"}}},
        {"write_note", {{"title", "Two"}, {"folder", "k"}, {"content", "x"}}},
        {"delete_note", {{"identifier", "k"}, {"is_directory", true}}},
    };
    for (const auto& call : calls) {
        CAPTURE(call.tool);
        CAPTURE(call.arguments.dump());
        const ToolReply reply = base.call(call.tool, call.arguments);
        CAPTURE(TemporaryKnowledgeBase::text_of(reply));
        CHECK_FALSE(reply.failed);
    }
}

TEST_CASE("programs get the sentence beside the word for a failure") {
    TemporaryKnowledgeBase base;
    const std::vector<Call> calls{
        {"write_note", {{"title", "T"}, {"folder", "../x"}, {"content", "x"}}},
        {"read_note", {{"identifier", "../x"}}},
        {"edit_note", {{"identifier", "../x"}, {"operation", "append"}, {"content", "x"}}},
        {"move_note", {{"identifier", "n"}, {"destination_path", "../x"}}},
        {"delete_note", {{"identifier", "../x"}}},
        {"list_directory", {{"dir_name", "../x"}}},
    };
    for (const auto& call : calls) {
        CAPTURE(call.tool);
        const Json value = base.call(call.tool, as_json(call.arguments)).value;
        CHECK(value["error"] == "SECURITY_VALIDATION_ERROR");
        CHECK(value["message"].get<std::string>().find(
                  "paths must stay within project boundaries") != std::string::npos);
    }
}

TEST_CASE("what the machine refuses is an answer with a way out") {
    TemporaryKnowledgeBase base;
    base.note("n", "One", "ha ha");
    const auto locks = base.knowledge().directory().locks();
    // Nothing can be opened below a link to itself, not even by root.
    std::filesystem::remove_all(locks);
    std::filesystem::create_symlink("locks", locks);
    for (const auto& call : std::vector<Call>{
             {"write_note", {{"title", "Two"}, {"folder", "n"}, {"content", "x"}}},
             {"edit_note", {{"identifier", "n/one"}, {"operation", "append"}, {"content", "x"}}},
             {"delete_note", {{"identifier", "n/one"}}},
         }) {
        CAPTURE(call.tool);
        const ToolReply reply = base.call(call.tool, call.arguments);
        CHECK(reply.is_error);
        CHECK(reply.failed);
        const std::string text = TemporaryKnowledgeBase::text_of(reply);
        CHECK(text.starts_with("Error calling tool '" + std::string(call.tool) +
                               "': Cannot open the lock file " + locks.string()));
        CHECK(text.ends_with("Try again; `bm doctor` looks into it if it stays like that."));
    }
    CHECK_FALSE(std::filesystem::exists(base.project_folder() / "n" / "Two.md"));
}

}  // namespace
}  // namespace bm
