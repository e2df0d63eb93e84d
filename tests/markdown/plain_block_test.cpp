#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "markdown/frontmatter_fences.hpp"
#include "markdown/yaml_block.hpp"
#include "tests/support/text_maker.hpp"
#include "tests/support/vectors.hpp"

namespace {

using bm::SplitText;
using bm::test::Json;

/// True when the fast reader took the block. What it took must be what the library reads.
bool agrees(const std::string& block) {
    CAPTURE(block);
    const auto fast = bm::read_plain_block(block);
    if (!fast) return false;
    const bm::YamlBlock slow = bm::read_block_by_library(block);
    CAPTURE(slow.problem);
    CHECK(slow.kind == SplitText::Block::mapping);
    CHECK(bm::to_json(*fast) == bm::to_json(slow.values));
    CHECK(*fast == slow.values);
    return true;
}

}  // namespace

TEST_CASE("the fast reader takes the blocks that people write") {
    for (const char* block :
         {"title: Search Design\ntype: note\npermalink: specs/search-design\ntags:\n- a\n- b c\n",
          "title: 'It''s: quoted'\ntype: \"guide\"\n", "tags: [a, b c, 2024-01-15]\n",
          "tags:\n  - a\n  - 'b'\ncreated: 2024-01-15 10:30:00\n", "empty:\nnext: 1\n",
          "# comment\n\ntitle: Emoji 🎉 日本\n", "title: Crlf\r\ntags:\r\n- a\r\n",
          "url: https://example.org/a?b#c\n", "n: -5\nz: ~\nd: []\n", "title: no end"}) {
        CAPTURE(block);
        CHECK(agrees(block));
    }
}

TEST_CASE("the fast reader declines what needs a real one") {
    for (const char* block : {"",
                              "# only a comment\n",
                              "a: b: c\n",
                              "a: 'open\n",
                              "a: \"x\\ty\"\n",
                              "a: |\n  x\n",
                              "a: b\n  c\n",
                              "a: &x b\n",
                              "a: *x\n",
                              "a: !t b\n",
                              "a: {b: c}\n",
                              "a: [b, [c]]\n",
                              "a: [b, 'c']\n",
                              "a: [b\n",
                              "a:\n  b: c\n",
                              "a:\n- - b\n",
                              "a:\n- b: c\n",
                              "a:\n- b\n c\n",
                              "a:\n  - b\n - c\n",
                              "- a\n",
                              "a\n",
                              "? a\n",
                              "1: a\n",
                              "true: a\n",
                              "'a': b\n",
                              "a : b\n",
                              "a: b #c\n",
                              "a: \tb\n",
                              "a: @b\n",
                              "a: - b\n",
                              "a: b:\n",
                              "a:\n- b #c\n",
                              "--- a\n",
                              "...\n",
                              "<<: a\n",
                              "a: ''''b'\n",
                              "a: 'b'c\n",
                              "a: [b,]\n",
                              "a: [,]\n",
                              " a: b\n",
                              "a: x\x01\n"}) {
        CAPTURE(block);
        CHECK_FALSE(bm::read_plain_block(block));
    }
}

TEST_CASE("the fast reader and the library agree on every recorded block") {
    int taken = 0;
    for (const char* name : {"frontmatter", "frontmatter_fences"}) {
        for (const Json& row : bm::test::read_vectors(name)) {
            const auto text = row[0].get<std::string>();
            const auto found = bm::find_block(bm::without_byte_order_mark(text));
            if (found && agrees(std::string(found->block))) ++taken;
        }
    }
    for (const Json& row : bm::test::read_vectors("yaml_dump")) {
        const auto text = row[1].get<std::string>();
        if (agrees(std::string(bm::find_block(text)->block))) ++taken;
    }
    CHECK(taken > 60);
}

TEST_CASE("the fast reader and the library agree on generated blocks") {
    bm::test::TextMaker maker(3);
    const std::vector<std::string_view> pieces{"a: ",
                                               "b: ",
                                               "title: ",
                                               "x:",
                                               "\n",
                                               "\n",
                                               "\n- ",
                                               "\n  - ",
                                               "word",
                                               " ",
                                               "  ",
                                               "'",
                                               "\"",
                                               "''",
                                               "#",
                                               " #",
                                               ":",
                                               ": ",
                                               ",",
                                               "[",
                                               "]",
                                               "[a, b]",
                                               "{",
                                               "}",
                                               "&",
                                               "*",
                                               "!",
                                               "|",
                                               ">",
                                               "-",
                                               "- ",
                                               "~",
                                               "null",
                                               "yes",
                                               "1",
                                               "-1",
                                               ".5",
                                               "007",
                                               "12:30",
                                               "2024-01-15",
                                               "=",
                                               "<<",
                                               "?",
                                               "? ",
                                               "%",
                                               "@",
                                               "`",
                                               "\\",
                                               "é",
                                               "\xC2\x85",
                                               "\r\n",
                                               "\r",
                                               "\t",
                                               "...",
                                               "---",
                                               "(",
                                               "+",
                                               "/",
                                               "_",
                                               "\xE2\x80\xA8",
                                               "\xEF\xBB\xBF",
                                               "a-b: c",
                                               "\n# c\n"};
    int taken = 0;
    for (int round = 0; round < 60'000; ++round) {
        if (agrees(maker.text(pieces, 12))) ++taken;
    }
    CHECK(taken > 1000);
}

TEST_CASE("the fast reader and the library agree on blocks of plain lines") {
    bm::test::TextMaker maker(5);
    const std::vector<std::string_view> lines{"title: Some Words\n",
                                              "type: note\n",
                                              "tags:\n",
                                              "- one\n",
                                              "- 'two'\n",
                                              "  - three\n",
                                              "\n",
                                              "# remark\n",
                                              "n: 1_000\n",
                                              "t: 12:30:00\n",
                                              "empty:\n",
                                              "list: [a]\n",
                                              "q: \"x y\"\n",
                                              "d: 2024-1-5 1:02:03\n",
                                              "more words\n",
                                              "   \n",
                                              "u: a:b\n",
                                              "v: a#b\n",
                                              "w: (x)\n",
                                              "crlf: y\r\n",
                                              "- -1\n",
                                              "-\n",
                                              "z: ~\n"};
    int taken = 0;
    for (int round = 0; round < 20'000; ++round) {
        if (agrees(maker.text(lines, 10))) ++taken;
    }
    CHECK(taken > 2000);
}
