#include "markdown/title_heading.hpp"

#include <doctest/doctest.h>

namespace bm {
namespace {

TEST_CASE("the first level-1 heading is found outside of frontmatter and code") {
    struct Case {
        const char* text;
        const char* heading;
    };
    for (const auto& [text, heading] : {
             Case{"# Plain", "Plain"},
             Case{"---\ntitle: x\n---\n\nintro\n\n  # Indented ##\n", "Indented"},
             Case{"```\n# code\n```\n# Real", "Real"},
             Case{"## Second level\n# First", "First"},
             Case{"# C#", "C#"},
             Case{"#tag\n# Yes", "Yes"},
             Case{"#\n", ""},
         }) {
        CAPTURE(text);
        CHECK(first_level_one_heading(text) == heading);
    }
    CHECK_FALSE(first_level_one_heading("no heading"));
    CHECK_FALSE(first_level_one_heading("    # indented code"));
}

TEST_CASE("the title follows a heading that was the title and nothing else") {
    const std::string head = "---\ntitle: Old\n---\n\n";
    CHECK(title_after_edit("Old", head + "# Old\nx", head + "# New\nx") == "New");
    CHECK_FALSE(title_after_edit("Old", head + "# Other\nx", head + "# New\nx"));
    CHECK_FALSE(title_after_edit("Old", head + "# Old\nx", head + "# Old\ny"));
    CHECK_FALSE(title_after_edit("Old", head + "# Old\nx", head + "no heading"));
    CHECK_FALSE(title_after_edit("Old", head + "# Old", "---\ntitle: Mine\n---\n\n# New"));
    CHECK_FALSE(title_after_edit("Old", "# Old\nx", "# New\nx"));
}

}  // namespace
}  // namespace bm
