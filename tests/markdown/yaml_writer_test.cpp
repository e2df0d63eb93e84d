#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "markdown/frontmatter.hpp"
#include "markdown/json_reader.hpp"
#include "markdown/yaml_block.hpp"
#include "tests/support/text_maker.hpp"
#include "tests/support/vectors.hpp"

namespace {

using bm::Member;
using bm::Scalar;
using bm::ScalarKind;
using bm::SplitText;
using bm::Value;
using bm::ValueList;
using bm::ValueMap;
using bm::test::Json;
using bm::test::TextMaker;

const std::vector<std::string_view> string_pieces{"a",
                                                  "word ",
                                                  "longerword ",
                                                  "x:",
                                                  "#",
                                                  "# ",
                                                  "- ",
                                                  "?",
                                                  " ",
                                                  "  ",
                                                  "\n",
                                                  "\n\n",
                                                  "'",
                                                  "\"",
                                                  "\\",
                                                  "\t",
                                                  ":",
                                                  ": ",
                                                  "[",
                                                  "]",
                                                  "{",
                                                  "}",
                                                  ",",
                                                  "&",
                                                  "*",
                                                  "!",
                                                  "|",
                                                  ">",
                                                  "%",
                                                  "@",
                                                  "`",
                                                  "é",
                                                  "日本",
                                                  "🎉",
                                                  "\u00A0",
                                                  "yes",
                                                  "~",
                                                  "1",
                                                  "2024-01-15",
                                                  ".5",
                                                  "=",
                                                  "<<",
                                                  "---",
                                                  "...",
                                                  "\x07",
                                                  "\x7F",
                                                  "-",
                                                  "--",
                                                  "\r",
                                                  "\xEF\xBB\xBF",
                                                  "\xC2\x85",
                                                  "\xE2\x80\xA8",
                                                  "\xE2\x80\xA9",
                                                  "null",
                                                  "0x1F",
                                                  "/"};

Value make_value(TextMaker& maker, int depth) {
    switch (maker.below(depth < 4 ? 10 : 7)) {
        case 0:
            return Value();
        case 1:
            return Value::boolean(maker.below(2) == 0);
        case 2:
            return Value::floating(static_cast<double>(maker.below(1000)) / 8);
        case 3:
            return Value(Scalar{ScalarKind::integer, "007"});
        case 4:
            return Value(Scalar{ScalarKind::timestamp, "2024-01-15 10:30:00"});
        case 5:
            return Value::string(maker.text(string_pieces, 40));
        case 7: {
            ValueMap map;
            for (std::size_t count = maker.below(4); count > 0; --count) {
                bm::assign(map, maker.text(string_pieces, 5), make_value(maker, depth + 1));
            }
            return Value(std::move(map));
        }
        case 8: {
            ValueList list;
            for (std::size_t count = maker.below(4); count > 0; --count) {
                list.push_back(make_value(maker, depth + 1));
            }
            return Value(std::move(list));
        }
        default:
            return Value::string(maker.text(string_pieces, 4));
    }
}

void check_round_trip(const ValueMap& map) {
    const std::string text = bm::write_yaml(map);
    CAPTURE(text);
    const bm::YamlBlock again = bm::read_yaml_block(text);
    CAPTURE(again.problem);
    REQUIRE(again.kind == SplitText::Block::mapping);
    CHECK(bm::to_json(again.values) == bm::to_json(map));
    CHECK(again.values == map);
}

}  // namespace

TEST_CASE("every recorded map is written as recorded") {
    const Json rows = bm::test::read_vectors("yaml_dump");
    REQUIRE(rows.size() >= 58);
    for (const Json& row : rows) {
        const std::string input = row[0].dump();
        CAPTURE(input);
        const auto value = bm::parse_json(input);
        REQUIRE(value);
        CHECK(bm::compose_note(*value->map(), "Body") == row[1].get<std::string>());
    }
}

TEST_CASE("13.1 item 20: tags are written as a block list") {
    const ValueMap map{{"tags", Value(ValueList{Value::string("a"), Value::string("b c")})}};
    CHECK(bm::write_yaml(map) == "tags:\n- a\n- b c\n");
    CHECK(bm::write_yaml({{"tags", Value(ValueList{})}}) == "tags: []\n");
}

TEST_CASE("13.1 item 21: whatever is written reads back as the same values") {
    TextMaker maker(17);
    for (int round = 0; round < 20'000; ++round) {
        ValueMap map;
        for (std::size_t count = 1 + maker.below(3); count > 0; --count) {
            bm::assign(map, maker.text(string_pieces, 4), make_value(maker, 0));
        }
        check_round_trip(map);
    }
}

TEST_CASE("scalars that are no strings keep their spelling") {
    const std::string block =
        "a: 007\nb: 0x1F\nc: 1_000\nd: yes\ne: 2024-01-15\nf: 2024-01-15 10:30:00\ng: .5\nh: "
        "12:30\n";
    CHECK(bm::write_yaml(bm::read_yaml_block(block).values) == block);
    CHECK(bm::write_yaml(bm::read_yaml_block("a: ~\nb:\n").values) == "a: null\nb: null\n");
    // A spelling that does not fit its kind is written as the string it is.
    CHECK(bm::write_yaml({{"a", Value(Scalar{ScalarKind::integer, "x: y"})}}) == "a: 'x: y'\n");
}

TEST_CASE("long texts are folded at spaces behind column 80") {
    std::string words;
    for (int i = 0; i < 30; ++i) words += "word" + std::to_string(i) + " ";
    words += "end";
    const std::string plain = bm::write_yaml({{"k", Value::string(words)}});
    CHECK(plain.find("\n  word") != std::string::npos);
    for (const char* ending : {"", ": x", "\ttab", "\nbreak"}) {
        CAPTURE(ending);
        check_round_trip({{"k", Value::string(words + ending)},
                          {"l", Value(ValueList{Value::string(ending + words)})}});
    }
    check_round_trip({{words, Value::string(words)}, {"", Value::string(" " + words)}});
    check_round_trip({{"k", Value::string(std::string(500, 'x'))}});
}

TEST_CASE("keys that YAML cannot hold on a line take the explicit form") {
    CHECK(bm::write_yaml({{"", Value::string("v")}}) == "? ''\n: v\n");
    CHECK(bm::write_yaml({{"a\nb", Value(ValueList{Value::integer(1), Value::integer(2)})}}) ==
          "? 'a\n\n  b'\n: - 1\n  - 2\n");
    CHECK(bm::write_yaml(
              {{std::string(123, 'k'), Value(ValueMap{{"a", Value()}, {"b", Value()}})}}) ==
          "? " + std::string(123, 'k') + "\n: a: null\n  b: null\n");
    CHECK(bm::write_yaml({{std::string(122, 'k'), Value()}}) == std::string(122, 'k') + ": null\n");
}

TEST_CASE("a note is its block and a blank line and its body") {
    const ValueMap map{{"title", Value::string("T")}};
    CHECK(bm::compose_note(map, "Body\n") == "---\ntitle: T\n---\n\nBody\n");
    CHECK(bm::compose_note(map, "") == "---\ntitle: T\n---\n");
    CHECK(bm::compose_note({}, "Body") == "Body");
    CHECK(bm::write_yaml({}) == "");
}
