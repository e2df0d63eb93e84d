#include "markdown/text.hpp"

#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

namespace {

using Words = std::vector<std::string_view>;

std::string repeated(std::string_view piece, int times) {
    std::string out;
    for (int i = 0; i < times; ++i) out += piece;
    return out;
}

}  // namespace

TEST_CASE("UTF-8 is checked strictly") {
    for (const std::string good :
         {"", "plain", "é", "漢字", "🎉", "\xEF\xBF\xBD", "\xF4\x8F\xBF\xBF"}) {
        CAPTURE(good);
        CHECK(bm::is_valid_utf8(good));
        CHECK(bm::replace_invalid_utf8(good) == good);
    }
    for (const std::string bad :
         {"\x80", "\xC0\xAF", "\xC1\xBF", "\xE0\x80\x80", "\xED\xA0\x80", "\xF0\x80\x80\x80",
          "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF", "caf\xE9", "\xE6\xBC"}) {
        CAPTURE(bad);
        CHECK_FALSE(bm::is_valid_utf8(bad));
        CHECK(bm::is_valid_utf8(bm::replace_invalid_utf8(bad)));
    }
}

TEST_CASE("an invalid sequence becomes one replacement character and swallows nothing after it") {
    CHECK(bm::replace_invalid_utf8("a\xE6\xBC"
                                   "b") == "a\uFFFDb");
    CHECK(bm::replace_invalid_utf8("\xFF\xFE") == "\uFFFD\uFFFD");
    CHECK(bm::replace_invalid_utf8("\xC3(") == "\uFFFD(");
}

TEST_CASE("code points are counted and never cut in two") {
    CHECK(bm::count_code_points("aé漢🎉") == 4);
    CHECK(bm::count_code_points("") == 0);
    CHECK(bm::first_code_points("aé漢🎉", 3) == "aé漢");
    CHECK(bm::first_code_points("aé", 9) == "aé");
    CHECK(bm::first_code_points("aé", 0).empty());
}

TEST_CASE("trimming removes the white space of every script and nothing else") {
    CHECK(bm::trim(" \t\r\n a b \v\f") == "a b");
    CHECK(bm::trim("\u00A0\u3000\u2003x\u2028\u0085\x1C") == "x");
    CHECK(bm::trim("\u200Bx\uFEFF") == "\u200Bx\uFEFF");
    CHECK(bm::trim_right(" x\u3000") == " x");
    CHECK(bm::trim("").empty());
    CHECK(bm::trim("\xA0") == "\xA0");  // a stray byte, not U+00A0
    CHECK(bm::trim("é") == "é");
}

TEST_CASE("a text is blank when only white space is left") {
    for (const std::string blank : {"", " ", "\t\n", "\u3000\u00A0"}) CHECK(bm::is_blank(blank));
    for (const std::string text : {"x", " . ", "\u200B"}) CHECK_FALSE(bm::is_blank(text));
}

TEST_CASE("words are what stands between runs of white space") {
    CHECK(bm::split_words(" a\u3000b  c\n") == Words{"a", "b", "c"});
    CHECK(bm::split_words("one") == Words{"one"});
    CHECK(bm::split_words(" \t").empty());
}

TEST_CASE("splitting keeps empty pieces and joining undoes it") {
    CHECK(bm::split("a,,b", ',') == Words{"a", "", "b"});
    CHECK(bm::split("", ',') == Words{""});
    CHECK(bm::split(",", ',') == Words{"", ""});
    CHECK(bm::join({"a", "", "b"}, ", ") == "a, , b");
    CHECK(bm::join({}, ",").empty());
}

TEST_CASE("replacing takes occurrences from the left and never rescans what it wrote") {
    CHECK(bm::replace_all("aaa", "aa", "a") == "aa");
    CHECK(bm::replace_all("a-b-c", "-", "--") == "a--b--c");
    CHECK(bm::replace_all("abc", "", "x") == "abc");
    CHECK(bm::replace_all("abc", "abc", "").empty());
}

TEST_CASE("lower case and case folding know every script") {
    CHECK(bm::to_lower("ABC-Ü-Ж-Ω-Ǆ") == "abc-ü-ж-ω-ǆ");
    CHECK(bm::to_lower("PLAIN 42") == "plain 42");
    CHECK(bm::case_fold("STRASSE") == bm::case_fold("Straße"));
    CHECK(bm::case_fold("ΣΑΣ") == bm::case_fold("σας"));
}

TEST_CASE("normalisation forms agree on composed and decomposed spellings") {
    CHECK(bm::to_nfc("e\u0301") == "\u00E9");
    CHECK(bm::to_nfd("\u00E9") == "e\u0301");
    CHECK(bm::to_nfc("\u1112\u1161\u11AB") == "\uD55C");
    CHECK(bm::to_nfd("\uD55C") == "\u1112\u1161\u11AB");
    CHECK(bm::to_nfd("a\u0301\u0316") == "a\u0316\u0301");  // marks come in canonical order
    CHECK(bm::to_nfc("ﬁ") == "ﬁ");                          // compatibility forms stay
    CHECK(bm::to_nfc("bad \xFF") == "bad \uFFFD");
}

TEST_CASE("a long run of combining marks is normalised in good time") {
    // Exchanging neighbours would need some 10^10 steps here.
    const std::string marks = "a" + repeated("\u0301\u0316", 200'000);
    CHECK(bm::to_nfd(marks).size() == marks.size());
    CHECK(bm::to_nfc(marks).size() <= marks.size());
}

TEST_CASE("letters and digits of every script are alphanumeric") {
    for (const char32_t yes :
         {U'a', U'Z', U'0', U'é', U'ж', U'漢', U'あ', U'٣', U'ª', U'½', U'Ⅷ'}) {
        CAPTURE(static_cast<unsigned>(yes));
        CHECK(bm::is_alphanumeric(yes));
    }
    for (const char32_t no : {U'_', U'-', U' ', U'.', U'🎉', U'\u0301', U'—', U'€'}) {
        CAPTURE(static_cast<unsigned>(no));
        CHECK_FALSE(bm::is_alphanumeric(no));
    }
}

TEST_CASE("decoding gives one replacement character for each stray byte") {
    const std::string_view text = "\xFF\xC3\xA9";
    std::size_t at = 0;
    CHECK(bm::next_code_point(text, at) == U'\uFFFD');
    CHECK(at == 1);
    CHECK(bm::next_code_point(text, at) == U'é');
    CHECK(at == 3);
}

TEST_CASE("encoding never writes invalid UTF-8") {
    std::string out;
    bm::append_utf8(out, 0xD800);
    bm::append_utf8(out, 0x110000);
    bm::append_utf8(out, U'🎉');
    CHECK(out == "\uFFFD\uFFFD🎉");
}

TEST_CASE("prefixes and suffixes are compared without regard to ASCII case") {
    CHECK(bm::starts_with_ignoring_case("Memory://x", "memory://"));
    CHECK(bm::ends_with_ignoring_case("Note.MD", ".md"));
    CHECK_FALSE(bm::ends_with_ignoring_case("md", ".md"));
    CHECK_FALSE(bm::starts_with_ignoring_case("", "a"));
}

TEST_CASE("a glob matches as a shell pattern does") {
    struct Case {
        std::string text;
        std::string pattern;
        bool matches;
    };
    for (const Case& c : std::vector<Case>{{"note.md", "*.md", true},
                                           {"a/b/note.md", "*.md", true},
                                           {"note.md", "*.MD", false},
                                           {"", "", true},
                                           {"", "*", true},
                                           {"", "?", false},
                                           {"abc", "a?c", true},
                                           {"aéc", "a?c", true},
                                           {"abc", "a[a-c]c", true},
                                           {"abc", "a[!a-c]c", false},
                                           {"a-c", "a[b-]c", true},
                                           {"a]c", "a[]]c", true},
                                           {"a]c", "a[!]]c", false},
                                           {"a[c", "a[c", true},
                                           {"[[[", "*[[[", true},
                                           {"a[!c", "a[!c", true},
                                           {"aжc", "a[а-я]c", true},
                                           {"abcabd", "a*b*d", true},
                                           {"abcabd", "a*b*c", false},
                                           {"docs/x", "docs/*", true},
                                           {"docs-old/x", "docs/*", false},
                                           {"aaa", "a*a*a*a", false},
                                           {"~", "*~", true},
                                           {"a.b.c", "**.c", true},
                                           {"z", "[z-a]", false},
                                           {"a", "[", false},
                                           {"trailing", "trailing***", true}}) {
        CAPTURE(c.text);
        CAPTURE(c.pattern);
        CHECK(bm::matches_glob(c.text, c.pattern) == c.matches);
    }
}

TEST_CASE("a glob of many stars or open brackets does not explode") {
    const std::string text(20'000, 'a');
    CHECK_FALSE(bm::matches_glob(text, repeated("*a", 100) + "b"));
    CHECK_FALSE(bm::matches_glob(repeated("[", 3'000), "*" + repeated("[", 1'500) + "x"));
}
