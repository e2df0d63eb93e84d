// Files that lie in a project and cannot be indexed, because their bytes are not UTF-8.

#include <doctest/doctest.h>

#include "tests/support/temporary_knowledge_base.hpp"

namespace bm {
namespace {

using test::TemporaryKnowledgeBase;

constexpr std::string_view kReplaced = "caf\uFFFD precious";

TemporaryKnowledgeBase& with_bad_file(TemporaryKnowledgeBase& base) {
    base.put_file("docs/Bad Note.md", "caf\xe9 precious");
    return base;
}

TEST_CASE("a note that is not UTF-8 is read with replacement characters") {
    TemporaryKnowledgeBase base;
    with_bad_file(base);
    for (const char* name : {"docs/Bad Note.md", "docs/Bad Note", "docs/bad-note",
                             "memory://docs/bad-note", "test-project/docs/bad-note"}) {
        CAPTURE(name);
        CHECK(base.text("read_note", {{"identifier", name}}) == kReplaced);
        CHECK(base.text("view_note", {{"identifier", name}}).find(kReplaced) != std::string::npos);
        CHECK(base.call("read_content", {{"path", name}}).value["text"] == kReplaced);
        CHECK(
            TemporaryKnowledgeBase::text_of(base.reply("fetch", {{"id", name}})).find(kReplaced) !=
            std::string::npos);
    }
    const Json object =
        base.call("read_note", {{"identifier", "docs/bad-note"}, {"output_format", "json"}}).value;
    CHECK(object["title"] == "Bad Note");
    CHECK(object["permalink"].is_null());
    CHECK(object["file_path"] == "docs/Bad Note.md");
    CHECK(object["content"] == kReplaced);
}

TEST_CASE("what changes notes says why a file that is not UTF-8 stays as it is") {
    TemporaryKnowledgeBase base;
    with_bad_file(base);
    const auto check_kept = [&](const char* tool, const Json& arguments) {
        CAPTURE(tool);
        const ToolReply reply = base.call(tool, arguments);
        CHECK(reply.failed);
        CHECK(TemporaryKnowledgeBase::text_of(reply).find("not UTF-8 text") != std::string::npos);
        CHECK(base.file("docs/Bad Note.md") == "caf\xe9 precious");
    };
    check_kept("edit_note",
               {{"identifier", "docs/bad-note"}, {"operation", "append"}, {"content", "x"}});
    check_kept("edit_note", {{"identifier", "docs/bad-note"},
                             {"operation", "append"},
                             {"content", "x"},
                             {"create_if_missing", true}});
    check_kept("move_note",
               {{"identifier", "docs/bad-note"}, {"destination_path", "docs/Other.md"}});
    check_kept("delete_note", {{"identifier", "docs/bad-note"}});
}

TEST_CASE("a note is never replaced when only another kind of file would be lost") {
    TemporaryKnowledgeBase base;
    with_bad_file(base);
    const ToolReply kept = base.call(
        "write_note",
        {{"title", "Bad Note"}, {"folder", "docs"}, {"content", "x"}, {"overwrite", false}});
    CHECK_FALSE(kept.is_error);
    CHECK(kept.failed);
    CAPTURE(TemporaryKnowledgeBase::text_of(kept));
    CHECK(TemporaryKnowledgeBase::text_of(kept).starts_with("# Error: Note already exists"));
    CHECK(base.file("docs/Bad Note.md") == "caf\xe9 precious");
}

TEST_CASE("a note that was written is read back whatever its size") {
    TemporaryKnowledgeBase base;
    const std::string body = std::string(11'000'000, 'x') + " end";
    base.note("docs", "Huge", body);
    const auto holds_it = [&](const ToolReply& reply) {
        CHECK_FALSE(reply.is_error);
        return TemporaryKnowledgeBase::text_of(reply).find("xx end") != std::string::npos;
    };
    CHECK(base.text("read_note", {{"identifier", "docs/huge"}}) == base.file("docs/Huge.md"));
    CHECK(holds_it(base.call("view_note", {{"identifier", "docs/huge"}})));
    CHECK(holds_it(base.reply("fetch", {{"id", "docs/huge"}})));
    CHECK(holds_it(base.call("read_content", {{"path", "docs/Huge.md"}})));
}

TEST_CASE("a text beyond all use that is no note is refused by every tool that reads it") {
    TemporaryKnowledgeBase base;
    base.put_file("docs/huge.txt", std::string(10'000'001, 'x'));
    constexpr std::string_view kSentence =
        "Text size 10000001 bytes exceeds maximum allowed size. Split the file into smaller ones, "
        "or open it with another program.";
    for (const char* tool : {"read_note", "view_note"}) {
        CAPTURE(tool);
        const ToolReply reply = base.call(tool, {{"identifier", "docs/huge.txt"}});
        CHECK(reply.is_error);
        CHECK(TemporaryKnowledgeBase::text_of(reply).find(kSentence) != std::string::npos);
    }
    CHECK(base.call("read_content", {{"path", "docs/huge.txt"}}).value["error"] == kSentence);
}

}  // namespace
}  // namespace bm
