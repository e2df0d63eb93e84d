#include "markdown/note_writer.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "markdown/frontmatter.hpp"
#include "markdown/note_parser.hpp"
#include "markdown/observation_syntax.hpp"
#include "markdown/relation_syntax.hpp"
#include "markdown/text.hpp"
#include "tests/support/text_maker.hpp"

namespace {

using bm::NoteDraft;
using bm::ParsedNote;
using bm::Scalar;
using bm::ScalarKind;
using bm::Value;
using bm::ValueMap;

std::string written(const NoteDraft& draft, const std::optional<std::string>& permalink) {
    return bm::write_new_note(draft, bm::prepare_draft(draft), permalink);
}

std::string replaced(const std::string& old, const NoteDraft& draft,
                     const std::optional<std::string>& permalink) {
    return bm::write_replaced_note(bm::split_frontmatter(old).values, draft,
                                   bm::prepare_draft(draft), permalink);
}

ParsedNote parse(const std::string& text) {
    return bm::parse_note(text, *bm::RelativePath::parse("a/b.md"));
}

}  // namespace

TEST_CASE("a new note has its named keys first and then tags and a blank line") {
    CHECK(
        written({"Garden Plan", "note", "# Garden\n", {"garden", "spring"}, {}},
                "home/plots/garden-plan") ==
        "---\ntitle: Garden Plan\ntype: note\npermalink: home/plots/garden-plan\ntags:\n- garden\n"
        "- spring\n---\n\n# Garden\n");
    CHECK(written({"T", "note", "", {}, {}}, std::nullopt) == "---\ntitle: T\ntype: note\n---\n");
}

TEST_CASE("13.1 item 22: what the content's own block says is kept") {
    const NoteDraft draft{"Title",
                          "note",
                          "---\ntitle: Other\ntype: Guide\npermalink: Custom/P\nstatus: 007\n"
                          "tags: [a, b]\n---\n\n\nText\n\n",
                          {},
                          {}};
    const auto prepared = bm::prepare_draft(draft);
    CHECK(bm::display_string(prepared.type) == "Guide");
    CHECK(prepared.requested_permalink == "Custom/P");
    CHECK(prepared.body == "Text");
    CHECK(
        bm::write_new_note(draft, prepared, prepared.requested_permalink) ==
        "---\ntitle: Title\ntype: Guide\npermalink: Custom/P\nstatus: 007\ntags:\n- a\n- b\n---\n\n"
        "Text");
}

TEST_CASE("arguments win over the content's block and named keys in metadata are ignored") {
    NoteDraft draft{"T", "note", "---\nx: 1\ntags: [old]\ny: 2\n---\nB", {"new"}, {}};
    draft.metadata = {{"title", Value::string("M")},
                      {"type", Value::string("M")},
                      {"permalink", Value::string("M")},
                      {"y", Value::integer(3)},
                      {"z", Value::boolean(true)}};
    CHECK(written(draft, std::nullopt) ==
          "---\ntitle: T\ntype: note\nx: 1\ntags:\n- new\ny: 3\nz: true\n---\n\nB");
}

TEST_CASE("content without a block is written verbatim") {
    for (const char* content :
         {"  Text\n\n", "Text", "--- no fence\n", "text\n---\na: 1\n---\n", "---\nunclosed\n"}) {
        CAPTURE(content);
        CHECK(bm::prepare_draft({"T", "note", content, {}, {}}).body == content);
    }
    for (const char* content : {"---\na: b: c\n---\nB\n", "---\n- list\n---\nB\n"}) {
        CAPTURE(content);
        CHECK(bm::prepare_draft({"T", "note", content, {}, {}}).body == content);
    }
    CHECK(bm::prepare_draft({"T", "note", "---\n---\nB\n", {}, {}}).body == "B");
}

TEST_CASE("a type in the content's block that is a list stays one") {
    CHECK(written({"T", "note", "---\ntype: [a, b]\n---\nB", {}, {}}, std::nullopt) ==
          "---\ntitle: T\ntype:\n- a\n- b\n---\n\nB");
    CHECK(written({"T", "note", "---\ntype: []\n---\nB", {}, {}}, std::nullopt) ==
          "---\ntitle: T\ntype: note\n---\n\nB");
}

TEST_CASE("an empty type or permalink in the content's block says nothing") {
    const auto prepared =
        bm::prepare_draft({"T", "guide", "---\ntype:\npermalink: ' '\n---\nB", {}, {}});
    CHECK(bm::display_string(prepared.type) == "guide");
    CHECK_FALSE(prepared.requested_permalink);
}

TEST_CASE("13.1 item 24: a replaced note keeps the keys that nobody named") {
    const std::string old =
        "---\nstatus: 007\ntitle: Old\ndate: 2024-01-15\ntype: note\nflag: yes\ntags: "
        "[x]\n---\n\nOld\n";
    CHECK(replaced(old, {"New", "guide", "Body\n", {}, {}}, "p") ==
          "---\nstatus: 007\ntitle: New\ndate: 2024-01-15\ntype: guide\nflag: yes\ntags:\n- x\n"
          "permalink: p\n---\n\nBody\n");
    CHECK(
        replaced(old, {"New", "note", "---\nflag: no\nmore: 1\n---\nB", {"t"}, {}}, std::nullopt) ==
        "---\nstatus: 007\ntitle: New\ndate: 2024-01-15\ntype: note\nflag: no\ntags:\n- t\n"
        "more: 1\n---\n\nB");
}

TEST_CASE("13.1 item 23: a replaced note without a stated permalink keeps its own") {
    const std::string old = "---\ntitle: T\npermalink: custom/p\n---\nOld";
    CHECK(replaced(old, {"T", "note", "New", {}, {}}, std::nullopt) ==
          "---\ntitle: T\npermalink: custom/p\ntype: note\n---\n\nNew");
}

TEST_CASE("what is written is what is read") {
    bm::test::TextMaker maker(41);
    const std::vector<std::string_view> words{"Word", " ",    ": ", "#x",   "'", "\"",
                                              "é",    "日本", "- ", "1",    "[", "]",
                                              "\t",   "\n",   "|",  "null", "@"};
    for (int round = 0; round < 5000; ++round) {
        NoteDraft draft;
        draft.title = "t" + maker.text(words, 6);
        draft.type = "n" + maker.text(words, 2);
        for (std::size_t count = maker.below(3); count > 0; --count) {
            const std::string tag = "t" + maker.text({"a", "-", "é", "1", "x y"}, 3);
            draft.tags.push_back(tag);
        }
        draft.metadata = {{"k" + maker.text(words, 2), Value::string(maker.text(words, 5))},
                          {"n", Value(Scalar{ScalarKind::integer, "0x1F"})}};
        const bm::Observation observation{"cat", "content #tag", {"tag"}, "context"};
        const bm::Relation relation{"relates to", "Target", std::nullopt};
        draft.content =
            "Intro\n\n" + bm::write_observation(observation) + "\n" + bm::write_relation(relation);
        const std::string permalink = "p/" + maker.text({"a", "B", "1", "-"}, 3);
        const std::string text = written(draft, permalink);
        CAPTURE(text);
        const ParsedNote note = parse(text);
        CHECK(note.title == draft.title);
        CHECK(note.type == draft.type);
        CHECK(note.permalink == permalink);
        CHECK(note.tags == draft.tags);
        CHECK(note.body == draft.content);
        CHECK(note.observations == std::vector<bm::Observation>{observation});
        CHECK(note.relations == std::vector<bm::Relation>{relation});
        for (const bm::Member& member : draft.metadata) {
            REQUIRE(bm::find(note.frontmatter, member.key) != nullptr);
            CHECK(*bm::find(note.frontmatter, member.key) == member.value);
        }
        // Writing what was read once more changes nothing.
        CHECK(bm::compose_note(note.frontmatter, note.body) == text);
    }
}
