#include "markdown/note_edit.hpp"

#include <fstream>
#include <optional>
#include <string>
#include <string_view>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

using bm::EditFailure;
using bm::NoteEdit;
using Operation = bm::NoteEdit::Operation;

namespace {

std::optional<Operation> operation_named(std::string_view name) {
    if (name == "append") return Operation::append;
    if (name == "prepend") return Operation::prepend;
    if (name == "find_replace") return Operation::find_replace;
    if (name == "replace_section") return Operation::replace_section;
    if (name == "insert_before_section") return Operation::insert_before_section;
    if (name == "insert_after_section") return Operation::insert_after_section;
    return std::nullopt;
}

NoteEdit edit_of(Operation operation, std::string content) {
    NoteEdit edit{operation, std::move(content), std::nullopt, std::nullopt};
    return edit;
}

NoteEdit section_edit(Operation operation, std::string section, std::string content) {
    NoteEdit edit = edit_of(operation, std::move(content));
    edit.section = std::move(section);
    return edit;
}

NoteEdit replacement(std::string find_text, std::string content) {
    NoteEdit edit = edit_of(Operation::find_replace, std::move(content));
    edit.find_text = std::move(find_text);
    return edit;
}

/// The new text, or the failure's message in brackets.
std::string edited(std::string_view text, const NoteEdit& edit) {
    const auto result = bm::apply_edit(text, edit);
    return result ? *result : "[" + result.error().message + "]";
}

std::string repeated(std::string_view piece, int times) {
    std::string out;
    for (int i = 0; i < times; ++i) out += piece;
    return out;
}

TEST_CASE("a file with DOS line ends keeps them under every operation") {
    const std::string text = "---\r\ntitle: T\r\n---\r\n\r\n## A\r\nold\r\n\r\n## B\r\nb\r\n";
    const auto lone_newlines = [](const std::string& edited) {
        int count = 0;
        for (std::size_t i = 0; i < edited.size(); ++i) {
            if (edited[i] == '\n' && (i == 0 || edited[i - 1] != '\r')) ++count;
        }
        return count;
    };
    for (const auto operation :
         {Operation::append, Operation::prepend, Operation::replace_section,
          Operation::insert_before_section, Operation::insert_after_section}) {
        auto edit = edit_of(operation, "one\ntwo\n");
        edit.section = "## A";
        const std::string after = edited(text, edit);
        CAPTURE(after);
        CHECK(after.find("one\r\ntwo") != std::string::npos);
        CHECK(lone_newlines(after) == 0);
    }
    auto replace = edit_of(Operation::find_replace, "new\n\nlines");
    replace.find_text = "old\n\n## B";
    CHECK(edited(text, replace) ==
          "---\r\ntitle: T\r\n---\r\n\r\n## A\r\nnew\r\n\r\nlines\r\nb\r\n");
}

TEST_CASE("prepending keeps a byte order mark and a block with comments") {
    CHECK(edited("\xEF\xBB\xBF---\n# mine\ntitle: 'T'  # why\n---\nBody",
                 edit_of(Operation::prepend, "Top")) ==
          "\xEF\xBB\xBF---\n# mine\ntitle: 'T'  # why\n---\n\nTop\nBody");
    CHECK(edited("\xEF\xBB\xBF"
                 "Body",
                 edit_of(Operation::prepend, "Top")) == "\xEF\xBB\xBFTop\nBody");
}

}  // namespace

TEST_CASE("every recorded edit gives the recorded text") {
    std::ifstream file("vectors/edits.json");
    const auto rows = nlohmann::json::parse(file);
    REQUIRE(rows.size() > 45);
    int checked = 0;
    for (const auto& row : rows) {
        const auto& input = row[0];
        CAPTURE(input.dump());
        const auto operation = operation_named(input["operation"].get<std::string>());
        if (!operation) continue;  // the type has no such value: whoever parses the name refuses it
        NoteEdit edit = edit_of(*operation, input["content"].get<std::string>());
        if (input.contains("section")) edit.section = input["section"].get<std::string>();
        if (input.contains("find_text")) edit.find_text = input["find_text"].get<std::string>();
        edit.expected_replacements = input.value("expected_replacements", 1);
        // The rows were recorded with whole sections as the default.
        edit.replace_subsections = input.value("replace_subsections", true);
        const auto& expected = row.size() > 2 ? row[2]["v0.23"] : row[1];
        const auto result = bm::apply_edit(input["current"].get<std::string>(), edit);
        if (expected.is_object()) {
            REQUIRE_FALSE(result);
            CHECK(result.error().message == expected["error"].get<std::string>());
        } else {
            REQUIRE(result);
            CHECK(*result == expected.get<std::string>());
        }
        ++checked;
    }
    CHECK(checked + 1 == static_cast<int>(rows.size()));
}

TEST_CASE("by default a replaced section ends at the next heading of any level") {
    const std::string text = "## A\nold\n### Sub\nx\n## B\nkeep";
    NoteEdit edit = section_edit(Operation::replace_section, "## A", "new");
    CHECK(edited(text, edit) == "## A\nnew\n### Sub\nx\n## B\nkeep");
    edit.replace_subsections = true;
    CHECK(edited(text, edit) == "## A\nnew\n## B\nkeep");
}

TEST_CASE("a blank line separates a replaced section from the next heading when wanted") {
    NoteEdit edit = section_edit(Operation::replace_section, "A", "new");
    edit.separate_next_heading = true;
    const std::string text = "## A\nold\n\n## B\nkeep";
    CHECK(edited(text, edit) == "## A\nnew\n\n## B\nkeep");
    edit.content = "new\n";
    CHECK(edited(text, edit) == "## A\nnew\n\n## B\nkeep");
    edit.content = "new\n\n";
    CHECK(edited(text, edit) == "## A\nnew\n\n\n## B\nkeep");
    edit.content = "";
    CHECK(edited(text, edit) == "## A\n\n## B\nkeep");
    edit.content = "new";
    CHECK(edited("## A\nold", edit) == "## A\nnew");
}

TEST_CASE("13.1 item 26: a repeated heading at the start of replacement content is dropped") {
    const std::string text = "## A\nold\n## B";
    CHECK(edited(text, section_edit(Operation::replace_section, "## A", "\n\n ## A \n\n  new")) ==
          "## A\n  new\n## B");
    CHECK(edited(text, section_edit(Operation::replace_section, "## A", "## A")) == "## A\n\n## B");
    CHECK(edited(text, section_edit(Operation::replace_section, "## A", "### A\nnew")) ==
          "## A\n### A\nnew\n## B");
    CHECK(edited("Intro", section_edit(Operation::replace_section, "## A", "## A\nnew")) ==
          "Intro\n\n## A\nnew");
}

TEST_CASE("13.1 item 27: section replacement knows heading levels and code fences") {
    const auto replaced = [](const std::string& text, bool whole) {
        NoteEdit edit = section_edit(Operation::replace_section, "## A", "new");
        edit.replace_subsections = whole;
        return edited(text, edit);
    };
    // Deeper headings belong to the section and higher ones end it.
    CHECK(replaced("## A\nx\n###### deep\ny\n# Top", true) == "## A\nnew\n# Top");
    CHECK(replaced("## A\nx\n####### seven\n## B", false) == "## A\nnew\n## B");
    CHECK(replaced("## A\nx\n#\ty\n## B", false) == "## A\nnew\n#\ty\n## B");
    // Fences of either sign and longer ones and such that are never closed.
    CHECK(replaced("## A\n~~~\n# no\n```\n# no\n~~~\n## B", true) == "## A\nnew\n## B");
    CHECK(replaced("## A\n````\n```\n# no\n````\n## B", true) == "## A\nnew\n## B");
    CHECK(replaced("## A\n```\n# no\n``` not closed\n## no", true) == "## A\nnew");
    CHECK(replaced("## A\n``` a`b\n# yes", true) == "## A\nnew\n# yes");
    CHECK(replaced("## A\n    ```\n# yes", true) == "## A\nnew\n# yes");
    CHECK(replaced("```\n## A\n```\n## A\nx", false) == "```\n## A\n```\n## A\nnew");
}

TEST_CASE("a comment in the front matter is no heading") {
    const std::string text = "---\n# A\ntitle: T\n---\n\n# A\nold\n";
    CHECK(edited(text, section_edit(Operation::replace_section, "# A", "new")) ==
          "---\n# A\ntitle: T\n---\n\n# A\nnew");
    CHECK(edited("---\n# A\ntitle: T\n---\n",
                 section_edit(Operation::insert_after_section, "# A", "x")) ==
          "[Section '# A' not found in document. Use replace_section to create a new section.]");
    // Between two rules it is one.
    CHECK(edited("---\n\n# A\n\n[x: y\n---\n",
                 section_edit(Operation::insert_after_section, "# A", "x")) ==
          "---\n\n# A\nx\n\n[x: y\n---\n");
}

TEST_CASE("lines that end in carriage returns are headings too") {
    CHECK(edited("## A\r\nold\r\n## B\r\n", section_edit(Operation::replace_section, "## A",
                                                         "new")) == "## A\r\nnew\r\n## B\r\n");
    CHECK(edited("```\r\n## A\r\n```\r\n## A\r\n",
                 section_edit(Operation::insert_after_section, "## A", "x")) ==
          "```\r\n## A\r\n```\r\n## A\r\nx\r\n");
}

TEST_CASE("insertion keeps blank lines where they belong") {
    CHECK(edited("## A\n", section_edit(Operation::insert_after_section, "A", "x\n\n")) ==
          "## A\nx\n");
    CHECK(edited("a\n\n\n## A\nb", section_edit(Operation::insert_before_section, "A", "x")) ==
          "a\n\n\nx\n\n## A\nb");
    CHECK(edited("\n## A", section_edit(Operation::insert_before_section, "A", "x")) ==
          "\nx\n\n## A");
    CHECK(edited("---\ntitle: T\n---\n## A",
                 section_edit(Operation::insert_before_section, "A", "x")) ==
          "---\ntitle: T\n---\n\nx\n\n## A");
    CHECK(edited("\uFEFF## A", section_edit(Operation::insert_before_section, "A", "x")) ==
          "\uFEFFx\n\n## A");
}

TEST_CASE("missing arguments are named") {
    CHECK(edited("x", edit_of(Operation::find_replace, "y")) ==
          "[find_text is required for find_replace operation]");
    CHECK(edited("x", edit_of(Operation::replace_section, "y")) ==
          "[section is required for replace_section operation]");
    CHECK(edited("x", edit_of(Operation::insert_after_section, "y")) ==
          "[section is required for insert section operations]");
    CHECK(edited("x", section_edit(Operation::insert_after_section, " \t", "y")) ==
          "[section cannot be empty or whitespace only]");
}

TEST_CASE("failures say why in a way that code can read") {
    NoteEdit edit = replacement("one", "X");
    const auto wrong = bm::apply_edit("one one one", edit);
    REQUIRE_FALSE(wrong);
    CHECK(wrong.error().reason == EditFailure::Reason::wrong_count);
    CHECK(wrong.error().found == 3);
    const auto absent = bm::apply_edit("two", edit);
    REQUIRE_FALSE(absent);
    CHECK(absent.error().reason == EditFailure::Reason::text_not_found);
    edit.expected_replacements = 0;
    CHECK(edited("two", edit) == "two");

    const auto twice =
        bm::apply_edit("# A\n# A", section_edit(Operation::replace_section, "# A", "x"));
    REQUIRE_FALSE(twice);
    CHECK(twice.error().reason == EditFailure::Reason::duplicate_section);
    const auto nowhere =
        bm::apply_edit("# A", section_edit(Operation::insert_before_section, "# B", "x"));
    REQUIRE_FALSE(nowhere);
    CHECK(nowhere.error().reason == EditFailure::Reason::section_not_found);
}

TEST_CASE("replacing may change the front matter but never break it") {
    const std::string text = "---\ntitle: Old\ntype: note\n---\n\nOld body";
    NoteEdit edit = replacement("Old", "New");
    edit.expected_replacements = 2;
    CHECK(edited(text, edit) == "---\ntitle: New\ntype: note\n---\n\nNew body");
    for (const NoteEdit& breaking :
         {replacement("title: Old", "title: [unclosed"), replacement("---\n\nOld", "Old"),
          replacement("title: Old\ntype: note", "just text"), replacement("---\ntitle", "title")}) {
        CAPTURE(*breaking.find_text);
        const auto refused = bm::apply_edit(text, breaking);
        REQUIRE_FALSE(refused);
        CHECK(refused.error().reason == EditFailure::Reason::broken_frontmatter);
    }
    // What was broken before may be mended, bit by bit.
    CHECK(edited("---\ntitle: [x\n---\nB", replacement("[x", "[y")) == "---\ntitle: [y\n---\nB");
    CHECK(edited("---\ntitle: [x\n---\nB", replacement("[x", "x")) == "---\ntitle: x\n---\nB");
}

TEST_CASE("a second byte order mark hides front matter, and no edit may put it there") {
    const std::string text = "\xEF\xBB\xBF---\ntitle: T\n---\nBody";
    const auto refused = bm::apply_edit(text, replacement("---\ntitle", "\xEF\xBB\xBF---\ntitle"));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().reason == EditFailure::Reason::broken_frontmatter);
    // Where it is there already the note has no front matter: what looks like it is text.
    CHECK(edited("\xEF\xBB\xBF" + text, edit_of(Operation::prepend, "Top")) ==
          "\xEF\xBB\xBFTop\n" + text);
}

TEST_CASE("13.1 item 34: prepending never puts text in front of a block") {
    CHECK(edited("---\ntitle: [x\n---\n\nBody\n", edit_of(Operation::prepend, "Top")) ==
          "---\ntitle: [x\n---\n\nTop\nBody");
    CHECK(edited("---\n- list\n---\nBody", edit_of(Operation::prepend, "Top")) ==
          "---\n- list\n---\n\nTop\nBody");
    CHECK(edited("\xEF\xBB\xBF---\ntitle: T\n---\nBody", edit_of(Operation::prepend, "Top")) ==
          "\xEF\xBB\xBF---\ntitle: T\n---\n\nTop\nBody");
    CHECK(edited("---\ntitle: T\n---", edit_of(Operation::prepend, "Top")) ==
          "---\ntitle: T\n---\n\nTop");
    CHECK(edited("{\n\"title\": \"T\"\n}\nBody", edit_of(Operation::prepend, "Top")) ==
          "{\n\"title\": \"T\"\n}\n\nTop\nBody");
    CHECK(edited("---\nno end\nBody", edit_of(Operation::prepend, "Top")) ==
          "Top\n---\nno end\nBody");
}

TEST_CASE("editing a large note takes time in proportion to its size") {
    const std::string many = repeated("# H\n```\n# no\n", 100'000);
    CHECK(edited(many, section_edit(Operation::insert_after_section, "# Z", "x")).front() == '[');
    CHECK(edited(many, section_edit(Operation::replace_section, "# Z", "x")).size() > many.size());
    NoteEdit edit = replacement("no", "yes");
    edit.expected_replacements = 100'000;
    CHECK(edited(many, edit).size() == many.size() + 100'000);
    CHECK(edited(repeated("\n", 1'000'000),
                 section_edit(Operation::replace_section, "# Z", repeated("\n", 1'000'000)))
              .size() > 2'000'000);
}
