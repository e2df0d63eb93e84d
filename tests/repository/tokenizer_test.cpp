#include "repository/tokenizer.hpp"

#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

namespace {

using bm::kMaxTokenBytes;
using bm::Tokenizer;
using Tokens = std::vector<std::string>;

Tokens tokens_of(std::string_view text) {
    Tokens tokens;
    for (Tokenizer tokenizer(text); tokenizer.next();) tokens.emplace_back(tokenizer.token());
    return tokens;
}

std::string repeated(std::string_view text, std::size_t count) {
    std::string out;
    for (std::size_t i = 0; i < count; ++i) out += text;
    return out;
}

}  // namespace

TEST_CASE("text is cut into words at everything that is neither letter nor digit") {
    const std::vector<std::pair<std::string, Tokens>> cases{
        {"", {}},
        {"  \n ", {}},
        {"Hello, World!", {"hello", "world"}},
        {"docs/my_note-v1.2+x", {"docs", "my", "note", "v1", "2", "x"}},
        {"C++ and C#", {"c", "and", "c"}},
        {"it's", {"it", "s"}},
        {"\u00bd and \u2460", {"\u00bd", "and", "\u2460"}},
        {"party \U0001F389 time", {"party", "time"}},
        {"zero\u200bwidth", {"zero", "width"}},
        {"\ue000private", {"\ue000private"}},
    };
    for (const auto& [text, expected] : cases) {
        CAPTURE(text);
        CHECK(tokens_of(text) == expected);
    }
}

TEST_CASE("words are folded to lower case in every script") {
    const std::vector<std::pair<std::string, Tokens>> cases{
        {"ABC xyz", {"abc", "xyz"}},
        {"ПРИВЕТ Мир", {"привет", "мир"}},
        {"ΣΟΦΟΣ σοφός", {"σοφοσ", "σοφόσ"}},
        {"\u0130stanbul", {"istanbul"}},
        {"Stra\u1E9Ee Stra\u00DFe", {"stra\u00DFe", "stra\u00DFe"}},
        {"\u212Aelvin", {"kelvin"}},
        {"\U00010400", {"\U00010428"}},
    };
    for (const auto& [text, expected] : cases) {
        CAPTURE(text);
        CHECK(tokens_of(text) == expected);
    }
}

TEST_CASE("latin letters lose a diacritic and every word its combining marks") {
    const std::vector<std::pair<std::string, Tokens>> cases{
        {"Café", {"cafe"}},
        {"cafe\u0301", {"cafe"}},
        {"naïve Ångström ñ", {"naive", "angstrom", "n"}},
        {"œuvre øre", {"œuvre", "øre"}},
        {"\u1EC7 \u01D6", {"\u1EC7", "\u01D6"}},  // two marks in one letter stay
        {"\u0643\u0650\u062A\u064E\u0627\u0628", {"\u0643\u062A\u0627\u0628"}},
        {"\u0939\u093F\u0928\u094D\u0926\u0940", {"\u0939\u0928\u0926"}},
        {"\u0301abc", {"abc"}},
        {"a \u0301 b", {"a", "b"}},
    };
    for (const auto& [text, expected] : cases) {
        CAPTURE(text);
        CHECK(tokens_of(text) == expected);
    }
}

TEST_CASE("each Han Hiragana and Katakana character is a word of its own") {
    const std::vector<std::pair<std::string, Tokens>> cases{
        {"中文搜索", {"中", "文", "搜", "索"}},
        {"日本語テスト、です", {"日", "本", "語", "テ", "ス", "ト", "で", "す"}},
        {"v2中x", {"v2", "中", "x"}},
        {"時々〇", {"時", "々", "〇"}},
        {"ア・イ", {"ア", "イ"}},
        {"か\u3099き", {"か", "き"}},
        {"\U00020000a", {"\U00020000", "a"}},
        {"한국어 검색", {"한국어", "검색"}},  // written with spaces
        {"ไทยง่าย", {"ไทยงาย"}},
    };
    for (const auto& [text, expected] : cases) {
        CAPTURE(text);
        CHECK(tokens_of(text) == expected);
    }
}

TEST_CASE("a long word is cut at the limit and between characters") {
    const auto long_word = repeated("a", kMaxTokenBytes);
    CHECK(tokens_of(long_word) == Tokens{long_word});
    CHECK(tokens_of(long_word + "b c") == Tokens{long_word, "c"});
    // Two bytes each: 64 fit exactly; after one ASCII letter only 63 do.
    CHECK(tokens_of(repeated("ж", 70)) == Tokens{repeated("ж", kMaxTokenBytes / 2)});
    CHECK(tokens_of("a" + repeated("ж", 70) + "b c") ==
          Tokens{"a" + repeated("ж", kMaxTokenBytes / 2 - 1), "c"});
    CHECK(tokens_of(repeated("a", kMaxTokenBytes - 1) + "жbb") ==
          Tokens{repeated("a", kMaxTokenBytes - 1)});
}

TEST_CASE("bytes that are not UTF-8 separate words") {
    CHECK(tokens_of("a\xff"
                    "b") == Tokens{"a", "b"});
    CHECK(tokens_of("a\xc3") == Tokens{"a"});
    CHECK(tokens_of(std::string_view("a\0b", 3)) == Tokens{"a", "b"});
}
