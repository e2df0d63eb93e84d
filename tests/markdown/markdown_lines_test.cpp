#include "markdown/markdown_lines.hpp"

#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

TEST_CASE("a heading has one to six signs and then a blank or the end") {
    struct Case {
        std::string line;
        int level;
    };
    for (const Case& c :
         {Case{"# A", 1}, Case{"###### A", 6}, Case{"#", 1}, Case{"##\tA", 2}, Case{"   # A", 1},
          Case{"# A\r", 1}, Case{"#\r", 1}, Case{"    # A", 0}, Case{"####### A", 0},
          Case{"#tag", 0}, Case{"", 0}, Case{"\t# A", 0}, Case{"text # A", 0}, Case{" ", 0}}) {
        CAPTURE(c.line);
        CHECK(bm::atx_level(c.line) == c.level);
    }
}

TEST_CASE("fenced code reaches from its opening to its closing fence") {
    struct Case {
        std::vector<std::string> lines;
        std::string taken;  ///< one sign for each line: x is code
    };
    for (const Case& c :
         {Case{{"a", "```", "b", "```", "c"}, ".xxx."}, Case{{"~~~", "```", "~~~~", "c"}, "xxx."},
          Case{{"````", "```", "````"}, "xxx"}, Case{{"```", "``` x", "```  "}, "xxx"},
          Case{{"``", "a"}, ".."}, Case{{"``` a`", "b"}, ".."}, Case{{"~~~ a`", "b"}, "xx"},
          Case{{"    ```", "b"}, ".."}, Case{{"   ```", "    ```", "   ```", "b"}, "xxx."},
          Case{{"```\r", "b\r", "```\r", "c"}, "xxx."}, Case{{"```", "", "b"}, "xxx"}}) {
        bm::FencedCode code;
        std::string taken;
        for (const std::string& line : c.lines) taken += code.takes(line) ? 'x' : '.';
        CHECK(taken == c.taken);
    }
}

TEST_CASE("lines are found one after the other") {
    const std::string_view text = "a\n\nb";
    const auto first = bm::markdown_line_at(text, 0);
    CHECK(first.text == "a");
    const auto second = bm::markdown_line_at(text, first.next);
    CHECK(second.text.empty());
    const auto third = bm::markdown_line_at(text, second.next);
    CHECK(third.text == "b");
    CHECK(third.next == std::string_view::npos);
    const auto behind_newline = bm::markdown_line_at("a\n", 2);
    CHECK(behind_newline.text.empty());
    CHECK(behind_newline.next == std::string_view::npos);
}
