#include <doctest/doctest.h>

#include "tests/support/golden.hpp"
#include "tests/support/temporary_knowledge_base.hpp"

namespace bm {
namespace {

using test::check_golden;
using test::TemporaryKnowledgeBase;

std::string body_of(const TemporaryKnowledgeBase& base, std::string_view path) {
    const std::string text = base.file(path);
    return text.substr(text.find("---\n\n") + 5);
}

Json append(std::string_view identifier, std::string_view content) {
    return {{"identifier", identifier}, {"operation", "append"}, {"content", content}};
}

TEST_CASE("append reports the lines that it added") {
    TemporaryKnowledgeBase base;
    base.note("e", "Ed", "line one");
    check_golden("tools/edit_note_append.md",
                 base.text("edit_note", append("e/ed", "line two\nline three")));
    CHECK(body_of(base, "e/Ed.md") == "line one\nline two\nline three");
}

TEST_CASE("the report counts what the whole note says") {
    TemporaryKnowledgeBase base;
    base.note("e", "Target", "t");
    base.note("e", "Eo", "start");
    check_golden(
        "tools/edit_note_counts.md",
        base.text("edit_note", append("e/eo", "- [insight] bees dance #bees\n- cites [[Target]]")));
}

TEST_CASE("each operation says what it did") {
    TemporaryKnowledgeBase base;
    base.note("e", "Ops", "## A\none\n\n## B\ntwo");
    const std::vector<std::pair<Json, std::string>> cases{
        {{{"operation", "prepend"}, {"content", "top"}},
         "operation: Added 1 lines to beginning of note"},
        {{{"operation", "find_replace"}, {"content", "2"}, {"find_text", "two"}},
         "operation: Find and replace operation completed"},
        {{{"operation", "replace_section"}, {"content", "1"}, {"section", "A"}},
         "operation: Replaced content under section 'A'"},
        {{{"operation", "insert_before_section"}, {"content", "x"}, {"section", "## B"}},
         "operation: Inserted content before section '## B'"},
        {{{"operation", "insert_after_section"}, {"content", "y"}, {"heading", "## B"}},
         "operation: Inserted content after section '## B'"},
    };
    for (const auto& [arguments, line] : cases) {
        Json call = arguments;
        call["identifier"] = "e/ops";
        const std::string text = base.text("edit_note", call);
        CAPTURE(text);
        CHECK(
            text.starts_with("# Edited note (" + arguments["operation"].get<std::string>() + ")"));
        CHECK(text.find(line + "\n") != std::string::npos);
    }
    CHECK(body_of(base, "e/Ops.md") == "top\n## A\n1\n\nx\n\n## B\ny\n\n2");
}

TEST_CASE("13.1 item 27: a section ends at the next heading unless its sub-sections are named") {
    const std::string before = "## A\nold\n\n### A1\nkept\n\n## B\nb";
    TemporaryKnowledgeBase base;
    base.note("e", "Shallow", before);
    base.note("e", "Deep", before);
    Json edit = {{"operation", "replace_section"}, {"section", "## A"}, {"content", "new\n"}};
    edit["identifier"] = "e/shallow";
    base.text("edit_note", edit);
    CHECK(body_of(base, "e/Shallow.md") == "## A\nnew\n\n### A1\nkept\n\n## B\nb");
    edit["identifier"] = "e/deep";
    edit["replace_subsections"] = true;
    base.text("edit_note", edit);
    CHECK(body_of(base, "e/Deep.md") == "## A\nnew\n\n## B\nb");
}

TEST_CASE("13.1 item 27: code fences hold no headings") {
    TemporaryKnowledgeBase base;
    base.note("e", "Fence", "## A\n```\n# comment\n```\nold\n\n## B\nb");
    base.text("edit_note", {{"identifier", "e/fence"},
                            {"operation", "replace_section"},
                            {"section", "## A"},
                            {"content", "new"}});
    CHECK(body_of(base, "e/Fence.md") == "## A\nnew\n\n## B\nb");
}

TEST_CASE("13.1 item 26: a heading repeated in the content is dropped and a missing one appended") {
    TemporaryKnowledgeBase base;
    base.note("e", "Eh", "## Tools\nhammer");
    base.note("e", "Ea", "intro");
    base.text("edit_note", {{"identifier", "e/eh"},
                            {"operation", "replace_section"},
                            {"section", "Tools"},
                            {"content", "## Tools\nsaw"}});
    CHECK(body_of(base, "e/Eh.md") == "## Tools\nsaw");
    base.text("edit_note", {{"identifier", "e/ea"},
                            {"operation", "replace_section"},
                            {"section", "## New Part"},
                            {"content", "fresh text"}});
    CHECK(body_of(base, "e/Ea.md") == "intro\n\n## New Part\nfresh text");
}

TEST_CASE("edits that cannot be made change nothing and say how to go on") {
    TemporaryKnowledgeBase base;
    base.note("e", "Ew", "ha ha ha\n\n## X\n1\n\n## X\n2");
    const std::string before = base.file("e/Ew.md");
    const std::vector<std::pair<const char*, Json>> cases{
        {"wrong_count",
         {{"operation", "find_replace"}, {"find_text", "ha"}, {"expected_replacements", 2}}},
        {"text_not_found", {{"operation", "find_replace"}, {"find_text", "qqq"}}},
        {"blank_find_text", {{"operation", "find_replace"}, {"find_text", "   "}}},
        {"duplicate_section", {{"operation", "replace_section"}, {"section", "## X"}}},
        {"blank_section", {{"operation", "replace_section"}, {"section", "  "}}},
        {"section_not_found", {{"operation", "insert_after_section"}, {"section", "Nowhere"}}},
        {"broken_frontmatter", {{"operation", "find_replace"}, {"find_text", "title: Ew"}}},
    };
    for (const auto& [name, arguments] : cases) {
        CAPTURE(name);
        Json call = arguments;
        call["identifier"] = "e/ew";
        call["content"] = std::string_view(name) == "broken_frontmatter" ? "title: [" : "ho";
        const ToolReply reply = base.call("edit_note", call);
        CHECK_FALSE(reply.is_error);
        check_golden("tools/edit_note_" + std::string(name) + ".md",
                     TemporaryKnowledgeBase::text_of(reply));
        CHECK(base.file("e/Ew.md") == before);
        call["output_format"] = "json";
        const Json value = base.call("edit_note", call).value;
        CHECK(value["title"].is_null());
        CHECK(value["fileCreated"] == false);
        CHECK(value["error"].is_string());
    }
}

TEST_CASE("13.1 item 31: a note is never edited because its name is similar") {
    TemporaryKnowledgeBase base;
    base.note("e", "Alpha Project Plan", "x");
    const std::string before = base.file("e/Alpha Project Plan.md");
    check_golden("tools/edit_note_not_found.md", base.text("edit_note", append("Alpha", "y")));
    CHECK(base.file("e/Alpha Project Plan.md") == before);
    Json json = append("Alpha", "y");
    json["output_format"] = "json";
    CHECK(base.text("edit_note", json) ==
          R"({"title":null,"permalink":null,"file_path":null,"checksum":null,)"
          R"("operation":"append","fileCreated":false,"error":"Entity not found: Alpha"})");
}

TEST_CASE("13.1 item 32: several notes of one title are listed and none is edited") {
    TemporaryKnowledgeBase base;
    base.note("a", "Twin", "1");
    base.note("b", "Twin", "2");
    check_golden("tools/edit_note_ambiguous.md", base.text("edit_note", append("Twin", "y")));
    Json json = append("Twin", "y");
    json["output_format"] = "json";
    CHECK(base.call("edit_note", json).value["error"] == "AMBIGUOUS_IDENTIFIER");
    CHECK(base.text("edit_note", append("b/twin", "y")).starts_with("# Edited note (append)"));
}

TEST_CASE("wrong operations and missing companions are errors before anything is read") {
    TemporaryKnowledgeBase base;
    const auto error_of = [&](Json arguments) {
        arguments["identifier"] = "no/note";
        arguments["content"] = "x";
        const ToolReply reply = base.call("edit_note", arguments);
        CHECK(reply.is_error);
        return TemporaryKnowledgeBase::text_of(reply);
    };
    CHECK(error_of({{"operation", "shuffle"}}) ==
          "Error calling tool 'edit_note': Invalid operation 'shuffle'. Must be one of: append, "
          "prepend, find_replace, replace_section, insert_before_section, insert_after_section");
    for (const Json& empty : {Json(nullptr), Json("")}) {
        CHECK(error_of({{"operation", "find_replace"}, {"find_text", empty}}) ==
              "Error calling tool 'edit_note': find_text parameter is required for find_replace "
              "operation");
        CHECK(error_of({{"operation", "replace_section"}, {"section", empty}}) ==
              "Error calling tool 'edit_note': section parameter is required for replace_section "
              "operation");
        CHECK(error_of({{"operation", "insert_before_section"}, {"section", empty}}) ==
              "Error calling tool 'edit_note': section parameter is required for section-based "
              "operations");
    }
    CHECK(error_of({{"operation", "append"}, {"metadata", {{"a", nullptr}, {"b", nullptr}}}}) ==
          "Error calling tool 'edit_note': metadata values cannot be null (key deletion is not "
          "supported): a, b");
}

TEST_CASE("13.1 item 28: a null count of replacements means one") {
    TemporaryKnowledgeBase base;
    base.note("e", "Ef", "the cat sat");
    const std::string text = base.text("edit_note", {{"identifier", "e/ef"},
                                                     {"operation", "find_replace"},
                                                     {"old_text", "cat"},
                                                     {"replace_with", "dog"},
                                                     {"expected_replacements", nullptr}});
    CHECK(text.starts_with("# Edited note (find_replace)"));
    CHECK(body_of(base, "e/Ef.md") == "the dog sat");
}

TEST_CASE("expecting no replacement and finding none changes nothing") {
    TemporaryKnowledgeBase base;
    base.note("e", "Zero", "abc");
    const std::string before = base.file("e/Zero.md");
    CHECK(base.text("edit_note", {{"identifier", "e/zero"},
                                  {"operation", "find_replace"},
                                  {"find_text", "zzz"},
                                  {"content", "y"},
                                  {"expected_replacements", 0}})
              .starts_with("# Edited note (find_replace)"));
    CHECK(base.file("e/Zero.md") == before);
}

TEST_CASE("13.1 item 35: metadata changes the frontmatter and leaves the body alone") {
    TemporaryKnowledgeBase base;
    base.note("e", "Fm", "body  \n\n");
    Json edit = append("e/fm", "");
    edit["metadata"] = {{"stage", "late"}, {"title", "Other"}, {"permalink", "x"}};
    CHECK(base.text("edit_note", edit).starts_with("# Edited note (append)"));
    CHECK(base.file("e/Fm.md") ==
          "---\ntitle: Fm\ntype: note\npermalink: e/fm\nstage: late\n---\n\nbody  \n\n");
}

TEST_CASE("13.1 item 29: a missing note is started only when that is asked for") {
    TemporaryKnowledgeBase base;
    CHECK(base.text("edit_note", append("new/idea", "x"))
              .starts_with("# Edit Failed - Note Not Found"));
    CHECK_FALSE(std::filesystem::exists(base.project_folder() / "new"));
    Json edit = append("new/First Idea", "one\ntwo");
    edit["create_if_missing"] = true;
    check_golden("tools/edit_note_created.md", base.text("edit_note", edit));
    CHECK(base.file("new/First Idea.md") ==
          "---\ntitle: First Idea\ntype: note\npermalink: new/first-idea\n---\n\none\ntwo");
    edit["output_format"] = "json";
    edit["identifier"] = "Second Idea.md";
    const Json value = base.call("edit_note", edit).value;
    CHECK(value["fileCreated"] == true);
    CHECK(value["file_path"] == "Second Idea.md");
    // Replacing text in nothing is a mistake, with or without the flag.
    CHECK(base.text("edit_note", {{"identifier", "new/other"},
                                  {"operation", "find_replace"},
                                  {"find_text", "a"},
                                  {"content", "b"},
                                  {"create_if_missing", true}})
              .starts_with("# Edit Failed - Note Not Found"));
}

TEST_CASE("13.1 item 51: a project in front of a new note is no folder") {
    TemporaryKnowledgeBase base;
    Json edit = append("memory://test-project/new/idea", "x");
    edit["create_if_missing"] = true;
    base.call("edit_note", edit);
    CHECK(std::filesystem::exists(base.project_folder() / "new/idea.md"));
    CHECK_FALSE(std::filesystem::exists(base.project_folder() / "test-project"));
}

TEST_CASE(
    "13.1 items 23 and 36: an edit keeps the permalink and every byte that it does not mean") {
    TemporaryKnowledgeBase base;
    base.put_file("hand/Raw.md", "---\nb:   [1,  2]   # mine\n---\nbody\n");
    base.text("edit_note", append("hand/Raw.md", "tail"));
    CHECK(base.file("hand/Raw.md") == "---\nb:   [1,  2]   # mine\n---\nbody\ntail");
}

TEST_CASE("13.1 item 34: a file with broken frontmatter never gets a second block") {
    TemporaryKnowledgeBase base;
    const std::string broken = "---\ntitle: [unclosed\n---\n\nbody";
    base.put_file("hand/Broken.md", broken);
    Json edit = append("hand/Broken.md", "");
    edit["metadata"] = {{"k", "v"}};
    CHECK(base.text("edit_note", edit).starts_with("# Edit Failed"));
    CHECK(base.file("hand/Broken.md") == broken);
    base.text("edit_note", append("hand/Broken.md", "\ntail"));
    CHECK(base.file("hand/Broken.md") == broken + "\n\ntail");
}

TEST_CASE("13.1 item 37: a file that was never indexed can be edited") {
    TemporaryKnowledgeBase base;
    base.put_file("hand/Fresh.md", "one");
    CHECK(base.text("edit_note", append("hand/Fresh.md", "two")).starts_with("# Edited note"));
    CHECK(base.file("hand/Fresh.md") == "one\ntwo");
}

TEST_CASE("an unsafe identifier is refused before the note is looked for") {
    TemporaryKnowledgeBase base;
    CHECK(base.text("edit_note", append("../e", "x")) ==
          "# Error\n\nIdentifier '../e' is not allowed - paths must stay within project "
          "boundaries");
    Json json = append("../e", "x");
    json["output_format"] = "json";
    CHECK(base.call("edit_note", json).value["error"] == "SECURITY_VALIDATION_ERROR");
}

TEST_CASE("a file that is no text cannot be edited") {
    TemporaryKnowledgeBase base;
    const std::string bytes = "\xff\xfe text";
    base.put_file("hand/odd.txt", bytes);
    CHECK(base.text("edit_note", append("hand/odd.txt", "x"))
              .starts_with("# Edit Failed - Request Error"));
    CHECK(base.file("hand/odd.txt") == bytes);
}

TEST_CASE("13.1 item 35: metadata may change without any content") {
    TemporaryKnowledgeBase base;
    base.note("e", "Ed", "line one");
    const ToolReply reply = base.call(
        "edit_note",
        {{"identifier", "e/ed"}, {"operation", "append"}, {"metadata", {{"status", "done"}}}});
    CHECK_FALSE(reply.failed);
    CHECK(TemporaryKnowledgeBase::text_of(reply).find("operation: Added 0 lines to end of note") !=
          std::string::npos);
    CHECK(base.file("e/Ed.md").find("status: done\n---\n\nline one") != std::string::npos);
    for (const char* operation : {"append", "find_replace"}) {
        CAPTURE(operation);
        Json arguments = {{"identifier", "e/ed"}, {"operation", operation}, {"find_text", "line"}};
        if (std::string_view(operation) == "find_replace") arguments["metadata"] = {{"a", "b"}};
        CHECK(base.call("edit_note", arguments).value ==
              "Input validation error: 'content' is a required property");
    }
}

}  // namespace
}  // namespace bm
