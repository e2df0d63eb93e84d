#include "markdown/inline_runs.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "markdown/block_scanner.hpp"
#include "tests/support/text_maker.hpp"
#include "tests/support/vectors.hpp"

namespace {

using bm::BlockScan;
using bm::InlineRun;
using bm::test::Json;
using Trust = bm::BlockScan::Trust;

std::string shown(const std::vector<InlineRun>& runs) {
    std::string out;
    for (const InlineRun& run : runs) {
        out += run.in_list_item ? "item " : "";
        out += run.in_block_quote ? "quote " : "";
        out += "<" + run.text + ">\n";
    }
    return out;
}

/// How the line scanner fared: it must be right where it is certain.
Trust check_scan(const std::string& body) {
    CAPTURE(body);
    const BlockScan scan = bm::scan_blocks(body);
    if (scan.trust == Trust::certain) CHECK(shown(scan.runs) == shown(bm::runs_by_parser(body)));
    return scan.trust;
}

std::string runs_of(const std::string& body) { return shown(bm::inline_runs(body)); }

const std::vector<std::string_view> markdown_lines{"A paragraph with [[Link]] and #tag.\n",
                                                   "second line\n",
                                                   "\n",
                                                   "\n",
                                                   "- [fact] item\n",
                                                   "  continued\n",
                                                   "  - nested\n",
                                                   "    deeper\n",
                                                   "1. one\n",
                                                   "2) two\n",
                                                   "* star\n",
                                                   "# Heading\n",
                                                   "## Two ##\n",
                                                   "Setext\n",
                                                   "===\n",
                                                   "---\n",
                                                   "> quoted\n",
                                                   "> - item\n",
                                                   ">\n",
                                                   "lazy\n",
                                                   "```\n",
                                                   "~~~\n",
                                                   "    code\n",
                                                   "\tcode\n",
                                                   "<div>\n",
                                                   "</div>\n",
                                                   "<!-- c -->\n",
                                                   "<!--\n",
                                                   "-->\n",
                                                   "<span>\n",
                                                   "| a | b |\n",
                                                   "|---|---|\n",
                                                   "***\n",
                                                   "- \n",
                                                   "-\n",
                                                   "      six\n",
                                                   "``` info\n",
                                                   "text  \n",
                                                   "x\\\n",
                                                   "<script>\n",
                                                   "</script>\n",
                                                   "[ref][x] y\n",
                                                   "[x]: y z\n",
                                                   "10. ten\n"};

const std::vector<std::string_view> markdown_pieces{"- ",
                                                    "* ",
                                                    "+ ",
                                                    "1. ",
                                                    "2) ",
                                                    "-",
                                                    "> ",
                                                    ">",
                                                    "# ",
                                                    "#",
                                                    "```",
                                                    "~~~",
                                                    "````",
                                                    "    ",
                                                    "   ",
                                                    "  ",
                                                    " ",
                                                    "\t",
                                                    "\n",
                                                    "\n",
                                                    "\n",
                                                    "\n\n",
                                                    "text",
                                                    "[x]",
                                                    "<b>",
                                                    "===",
                                                    "---",
                                                    "- - -",
                                                    "***",
                                                    "_ _ _",
                                                    "<div>",
                                                    "</div>",
                                                    "<!--",
                                                    "-->",
                                                    "<?php",
                                                    "?>",
                                                    "<!X",
                                                    "<![CDATA[",
                                                    "]]>",
                                                    "<script>",
                                                    "</script>",
                                                    "<pre",
                                                    "<a href=\"x\">",
                                                    "</a >",
                                                    "<b c=d/>",
                                                    "`c`",
                                                    "\\",
                                                    "=",
                                                    "\r\n",
                                                    "\r",
                                                    "\v",
                                                    "\f",
                                                    "é",
                                                    "123456789. ",
                                                    "1234567890. ",
                                                    "0. ",
                                                    "1.",
                                                    "*",
                                                    "+",
                                                    "[",
                                                    "]:",
                                                    "<",
                                                    "<x y='z' >",
                                                    "\n> ",
                                                    "\n- ",
                                                    "#\t#"};

}  // namespace

TEST_CASE("paragraphs and headings of every container are runs without their markers") {
    CHECK(runs_of("# H1 #\n\nText\n  more\n\nSetext\n---\n") == "<H1>\n<Text\nmore>\n<Setext>\n");
    CHECK(runs_of("- a\n  b\n\n  c\n- d") == "item <a\nb>\nitem <c>\nitem <d>\n");
    CHECK(runs_of("> q\nlazy\n\nafter") == "quote <q\nlazy>\n<after>\n");
    CHECK(runs_of("> - x\n>   y\n> z") == "item quote <x\ny\nz>\n");
    CHECK(runs_of("1. a\n   - b\n\n     c") == "item <a>\nitem <b>\nitem <c>\n");
}

TEST_CASE("code and HTML yield no runs") {
    for (const char* body :
         {"```\na\n```", "~~~\na\n\n> b", "    code", "- a\n\n      code", "<div>\nx\n\n    y",
          "<!-- x\n\ny -->", "<script>\n\nx\n</script>", "<?php\n\nx ?>", "<span>\nx", "***", "# ",
          "> ```\n> x\n", "[a]: /url\n", "[a]: <u> 'title\nmore'\n[b]: /v"}) {
        CAPTURE(body);
        const std::string runs = runs_of(body);
        CHECK((runs.empty() || runs == "item <a>\n"));
    }
}

TEST_CASE("a paragraph behind a nested list no longer counts as a list item") {
    CHECK(runs_of("- a\n  - b\n\n  c\n- d") == "item <a>\nitem <b>\n<c>\nitem <d>\n");
}

TEST_CASE("the scanner and the parser agree on every recorded body") {
    int certain = 0;
    for (const char* name : {"observations", "relations", "frontmatter"}) {
        for (const Json& row : bm::test::read_vectors(name)) {
            if (check_scan(row[0].get<std::string>()) == Trust::certain) ++certain;
        }
    }
    CHECK(certain > 300);
}

TEST_CASE("the scanner and the parser agree on generated documents") {
    bm::test::TextMaker maker(29);
    int certain = 0;
    for (int round = 0; round < 20'000; ++round) {
        if (check_scan(maker.text(markdown_lines, 14)) == Trust::certain) ++certain;
    }
    CHECK(certain > 15'000);
    for (int round = 0; round < 60'000; ++round) check_scan(maker.text(markdown_pieces, 14));
}

// Known differences, all about link reference definitions and therefore left to the parser in
// bodies of up to 64 KB: cmark-gfm stops looking for further definitions at a lazy continuation
// line that begins with blanks.
TEST_CASE("without the parser link reference definitions are found all the same") {
    bm::test::TextMaker maker(31);
    const std::vector<std::string_view> pieces{"[a]: /u", "[b]: <u v>", "[a]:", "[",   "]",
                                               "]:",      "\"t\"",      "'t",   "t'",  "(t)",
                                               "\\",      "/u(x)",      "\n",   "\n",  " ",
                                               "text",    "[ ]: x",     "===",  "---", "\n\n",
                                               "- ",      "<",          ">",    "(",   "\\]"};
    int definitions = 0;
    for (int round = 0; round < 40'000; ++round) {
        const std::string body = maker.text(pieces, 12);
        CAPTURE(body);
        const BlockScan scan = bm::scan_blocks(body);
        if (scan.trust == Trust::unsure) ++definitions;
        CHECK(shown(scan.runs) == shown(bm::runs_by_parser(body)));
    }
    CHECK(definitions > 5000);
    CHECK(check_scan("[label]: https://example.org\n\n[label] used") == Trust::unsure);
    CHECK(check_scan("```info \x9B\ncode") == Trust::unsure);
    CHECK(check_scan("<!--\n\x9B-->\ntext") == Trust::unsure);
    CHECK(check_scan("<![CDATa[ x\ntext") == Trust::unsure);
    CHECK(check_scan("<textarea>\n\nx\n</textarea>") == Trust::unsure);
}

TEST_CASE("bodies too large for the parser are read the same way") {
    std::string body;
    while (body.size() < 300'000) {
        body +=
            "[label" + std::to_string(body.size()) + "]: /url\n\nText [[Link]]\n\n- item #tag\n\n";
    }
    const auto runs = bm::inline_runs(body);
    REQUIRE(runs.size() > 1000);
    CHECK(runs.size() % 2 == 0);
    CHECK(runs.front().text == "Text [[Link]]");
    CHECK(runs.back().text == "item #tag");
    CHECK(runs.back().in_list_item);
}

TEST_CASE("nesting without end takes linear time and loses no text") {
    std::string deep;
    for (int i = 0; i < 100'000; ++i) deep += "- ";
    deep += "bottom\n" + std::string(400'000, '\n') + "after [[Link]]\n";
    const BlockScan scan = bm::scan_blocks(deep);
    CHECK(scan.trust == Trust::too_deep);
    CHECK(scan.runs.back().text == "after [[Link]]");
    CHECK(bm::inline_runs(std::string(30'000, '>') + " x").size() == 1);
    CHECK(bm::inline_runs("x\n" + std::string(3'000'000, ' ') + "y").size() == 1);
    CHECK(bm::inline_runs(std::string(1'000'000, '\n')).empty());
}
