#include "markdown/note_parser.hpp"

#include <chrono>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "markdown/written_time.hpp"
#include "tests/support/text_maker.hpp"
#include "tests/support/vectors.hpp"

namespace {

using bm::ParsedNote;
using bm::test::Json;

ParsedNote parse(std::string_view text) {
    return bm::parse_note(text, *bm::RelativePath::parse("folder/File Stem.md"));
}

ParsedNote parse_block(const std::string& block) {
    return parse("---\n" + block + "---\n\nBody\n");
}

std::string metadata_of(const std::string& block) {
    return bm::to_json(parse_block(block).metadata);
}

}  // namespace

TEST_CASE("every recorded file gives its front matter and body") {
    const Json rows = bm::test::read_vectors("frontmatter");
    REQUIRE(rows.size() >= 68);
    for (const Json& row : rows) {
        const auto text = row[0].get<std::string>();
        const Json& expected = bm::test::expected_of(row);
        CAPTURE(text);
        const ParsedNote note = parse(text);
        // Where the other program fails on keys that are no strings, they become strings.
        if (expected.contains("error")) {
            CHECK(bm::to_json(note.metadata) ==
                  R"({"quoted key":"v","1":"one","true":"t","title":"File Stem","type":"note"})");
            continue;
        }
        CHECK(note.title == expected["title"].get<std::string>());
        CHECK(note.type == expected["type"].get<std::string>());
        CHECK((note.permalink ? Json(*note.permalink) : Json(nullptr)) == expected["permalink"]);
        CHECK(Json(note.tags) == expected["tags"]);
        CHECK(bm::to_json(note.metadata) == expected["metadata"].dump());
        CHECK(note.body == expected["body"].get<std::string>());
    }
}

TEST_CASE("13.1 item 1: a UTF-8 BOM before frontmatter does not disturb parsing") {
    const ParsedNote note = parse("\xEF\xBB\xBF---\ntitle: Bom\n---\n\nBody\n");
    CHECK(note.title == "Bom");
    CHECK(note.body == "Body");
    CHECK(parse("\xEF\xBB\xBF"
                "Body")
              .body == "Body");
}

TEST_CASE("13.1 item 2: a null or empty or None title falls back to the file name") {
    for (const char* block : {"title:\n", "title: ''\n", "title: None\n", "title: ~\n", "a: b\n"}) {
        CAPTURE(block);
        CHECK(parse_block(block).title == "File Stem");
    }
}

TEST_CASE("13.1 item 4: malformed YAML or a missing type degrades to defaults") {
    const ParsedNote broken = parse("---\ntitle: Bad: yaml\n---\n\nText [[Link]]\n");
    CHECK(broken.title == "File Stem");
    CHECK(broken.type == "note");
    CHECK(broken.malformed_frontmatter);
    CHECK_FALSE(broken.has_frontmatter);
    CHECK(broken.relations.size() == 1);
    REQUIRE(broken.warnings.size() == 1);
    CHECK(broken.warnings[0].line == 1);
    CHECK(parse_block("title: T\n").type == "note");
    CHECK(parse_block("title: T\n").has_frontmatter);
    CHECK_FALSE(parse("Text").has_frontmatter);
}

TEST_CASE("13.1 item 5: malformed frontmatter leaves no stray metadata") {
    const ParsedNote note = parse("---\na: [\n---\nB");
    CHECK(bm::to_json(note.metadata) == R"({"title":"File Stem","type":"note"})");
    CHECK(note.frontmatter.empty());
}

TEST_CASE("13.1 item 6: the keys content and handler are legal") {
    CHECK(metadata_of("content: x\nhandler: y\n") ==
          R"({"content":"x","handler":"y","title":"File Stem","type":"note"})");
}

TEST_CASE("13.1 item 7: a list given as title or type is joined") {
    const ParsedNote note = parse_block("title: [one, 2, null]\ntype: [a, [b]]\n");
    CHECK(note.title == "one, 2, None");
    CHECK(note.type == "a, ['b']");
    CHECK(parse_block("title: []\n").title == "File Stem");
}

TEST_CASE("13.1 item 18: NUL characters reach nothing") {
    using namespace std::string_literals;
    const ParsedNote note = parse(
        "---\ntitle: \"a\\0b\"\ntags: [\"x\\0y\"]\n\"k\\0k\": v\0v\n---\n- [c\0at] te\0xt #t\0g\n"s);
    CHECK(note.title == "ab");
    CHECK(note.tags == std::vector<std::string>{"xy"});
    CHECK(bm::to_json(note.metadata) == R"({"title":"ab","tags":["xy"],"kk":"vv","type":"note"})");
    CHECK(note.body == "- [cat] text #tg");
    REQUIRE(note.observations.size() == 1);
    CHECK(note.observations[0].category == "cat");
    CHECK(parse("{\n\"title\": \"a\\u0000b\"\n}\n").title == "ab");
}

TEST_CASE("13.1 item 19: created and modified are the note's own times") {
    const ParsedNote note =
        parse_block("created: 2024-01-15\nmodified: 2024-02-01T08:00:00+02:00\n");
    REQUIRE(note.created);
    REQUIRE(note.modified);
    CHECK(bm::iso_format(*note.created) == "2024-01-15T00:00:00");
    CHECK_FALSE(note.created->offset);
    CHECK(bm::iso_format(*note.modified) == "2024-02-01T08:00:00+02:00");
    CHECK(note.modified->offset == std::chrono::hours{2});
    CHECK(parse_block("created: '2024-01-15T10:30'\n").created);
    CHECK(note.warnings.empty());
    CHECK_FALSE(parse_block("created:\n").created);
    CHECK(parse_block("created:\n").warnings.empty());
}

TEST_CASE("a time that is no ISO 8601 text is warned about and left out") {
    for (const char* value :
         {"yesterday", "15.01.2024", "42", "true", "[2024-01-15]", "{}", "''", "2024-13-45"}) {
        CAPTURE(value);
        const ParsedNote note = parse_block("title: T\nmodified: " + std::string(value) + "\n");
        CHECK_FALSE(note.modified);
        REQUIRE(note.warnings.size() == 1);
        CHECK(note.warnings[0] ==
              bm::Warning{3, "Invalid ISO 8601 value for frontmatter field 'modified'"});
    }
}

TEST_CASE("the raw front matter keeps the spelling that the metadata normalises") {
    const ParsedNote note = parse_block("n: 007\nd: 2024-01-15 10:30:00\nb: yes\n");
    CHECK(bm::find(note.frontmatter, "n")->scalar()->text == "007");
    CHECK(bm::find(note.frontmatter, "d")->scalar()->text == "2024-01-15 10:30:00");
    CHECK(bm::to_json(note.metadata) ==
          R"({"n":"7","d":"2024-01-15T10:30:00","b":"True","title":"File Stem","type":"note"})");
    CHECK(note.frontmatter.size() == 3);
}

TEST_CASE("observations and relations stand in document order and repeat as written") {
    const ParsedNote note = parse(
        "# Title\n\n- [a] one #x\n- implements [[T]] (why)\n- [a] one #x\n\nSee [[U]] and "
        "[[T]].\n");
    REQUIRE(note.observations.size() == 2);
    CHECK(note.observations[0] == note.observations[1]);
    REQUIRE(note.relations.size() == 3);
    CHECK(note.relations[0] == bm::Relation{"implements", "T", "why"});
    CHECK(note.relations[1] == bm::Relation{"links_to", "U", std::nullopt});
    CHECK(note.relations[2] == bm::Relation{"links_to", "T", std::nullopt});
}

TEST_CASE("a permalink is any scalar and verbatim") {
    CHECK(parse_block("permalink: Custom/Path\n").permalink == "Custom/Path");
    CHECK(parse_block("permalink: 123\n").permalink == "123");
    CHECK_FALSE(parse_block("permalink:\n").permalink);
    CHECK_FALSE(parse_block("permalink: [a]\n").permalink);
}

TEST_CASE("any bytes make a note") {
    bm::test::TextMaker maker(37);
    const std::vector<std::string_view> pieces{"---\n",
                                               "---",
                                               "\n",
                                               "title: ",
                                               "tags: [",
                                               "]",
                                               "- ",
                                               "[a] ",
                                               "[[",
                                               "]]",
                                               "(",
                                               ")",
                                               "#t",
                                               "{\n",
                                               "}\n",
                                               "\"",
                                               "'",
                                               ": ",
                                               "|",
                                               "\xFF",
                                               "\xC3",
                                               "é",
                                               "\r\n",
                                               "> ",
                                               "```\n",
                                               "   ",
                                               "created: ",
                                               "*x",
                                               "&x ",
                                               "!y ",
                                               std::string_view("\0", 1),
                                               "\xEF\xBB\xBF"};
    for (int round = 0; round < 20'000; ++round) {
        const std::string text = maker.text(pieces, 20);
        CAPTURE(text);
        const ParsedNote note = parse(text);
        CHECK_FALSE(note.title.empty());
        CHECK(note.body.find('\0') == std::string::npos);
        CHECK(bm::find(note.metadata, "title") != nullptr);
        CHECK(bm::find(note.metadata, "type") != nullptr);
    }
}
