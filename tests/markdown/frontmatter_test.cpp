#include "markdown/frontmatter.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "markdown/json_reader.hpp"
#include "tests/support/text_maker.hpp"
#include "tests/support/vectors.hpp"

namespace {

using bm::Fault;
using bm::SplitText;
using bm::Value;
using bm::ValueMap;
using bm::test::Json;
using Block = bm::SplitText::Block;

std::string fenced(const std::string& block) { return "---\n" + block + "---\n\nBody\n"; }

Block block_kind(const std::string& block) { return bm::split_frontmatter(fenced(block)).block; }

std::string values_of(const std::string& block) {
    return bm::to_json(bm::split_frontmatter(fenced(block)).values);
}

}  // namespace

TEST_CASE("the fence helpers give what every recorded row expects") {
    const Json rows = bm::test::read_vectors("frontmatter_fences");
    REQUIRE(rows.size() >= 20);
    for (const Json& row : rows) {
        const auto text = row[0].get<std::string>();
        const Json& expected = bm::test::expected_of(row);
        CAPTURE(text);
        CHECK(bm::has_frontmatter(text) == expected["has"].get<bool>());
        const auto parsed = bm::parse_frontmatter(text);
        if (expected["parse"].contains("error")) {
            REQUIRE_FALSE(parsed);
            CHECK(parsed.error().fault == Fault::invalid);
            // Behind the colon stand the words of the YAML reader, which are its own.
            const auto message = expected["parse"]["error"].get<std::string>();
            const std::string stem = message.substr(0, message.find(':'));
            CHECK(parsed.error().message.substr(0, stem.size()) == stem);
            if (stem == message) CHECK(parsed.error().message == message);
        } else {
            REQUIRE(parsed);
            CHECK(Json::parse(bm::to_json(*parsed)) == expected["parse"]);
        }
        // Stripping cannot fail here: text with an unclosed fence is all body.
        if (expected["body"].is_string()) {
            CHECK(bm::strip_frontmatter(text) == expected["body"].get<std::string>());
        }
    }
    CHECK(bm::strip_frontmatter(" ---\na: 1\nno close\n") == "---\na: 1\nno close");
}

TEST_CASE("13.1 item 16: fences are whole lines") {
    const std::string text = "---\na: x --- y\nb: '---'\n---\nBody\n---\nMore\n";
    const auto parsed = bm::parse_frontmatter(text);
    REQUIRE(parsed);
    CHECK(bm::to_json(*parsed) == R"({"a":"x --- y","b":"---"})");
    CHECK(bm::strip_frontmatter(text) == "Body\n---\nMore");
    const SplitText split = bm::split_frontmatter(text);
    CHECK(bm::to_json(split.values) == R"({"a":"x --- y","b":"---"})");
    CHECK(split.body == "Body\n---\nMore");
    CHECK(bm::split_frontmatter("Text\n---\na: 1\n---\n").block == Block::absent);
}

TEST_CASE("13.1 item 17: tags are split in one way") {
    const Json rows = bm::test::read_vectors("tags");
    REQUIRE(rows.size() > 25);
    for (const Json& row : rows) {
        CAPTURE(row[0].dump());
        const auto value = bm::parse_json(row[0].dump());
        REQUIRE(value);
        CHECK(bm::parse_tags(*value) == bm::test::expected_of(row).get<std::vector<std::string>>());
    }
    CHECK(bm::parse_tags(Value::string("#")).empty());
    CHECK(bm::parse_tags(Value::string("[1, [\"a\"]]")) == std::vector<std::string>{"1", "['a']"});
}

TEST_CASE("a block that is not a map leaves the body alone") {
    for (const char* block : {"- a\n- b\n", "just text\n", "", "\n", "# only a comment\n", "null\n",
                              "~\n", "42\n", "[a]\n"}) {
        CAPTURE(block);
        const SplitText split = bm::split_frontmatter(fenced(block));
        CHECK(split.block == Block::no_mapping);
        CHECK(split.values.empty());
        CHECK(split.body == "Body");
    }
}

TEST_CASE("text that is not YAML is malformed and stays in the body whole") {
    for (const char* block : {"title: Bad: yaml\n",
                              "title: 'unterminated\n",
                              "title: \"unterminated\n",
                              "a: [1, 2\n",
                              "a: {b: 1\n",
                              "a: b\nno colon\n",
                              "a: *unknown\n",
                              "a: @x\n",
                              "a: `x\n",
                              "a: %x\n",
                              "a: - b\n",
                              "a: 1\n b: 2\n",
                              "key: !!python/object:os.system x\n",
                              "key: !custom x\n",
                              "a: !!int text\n",
                              "a: !!bool 1\n",
                              "a: !!seq {b: c}\n",
                              "? [a]\n: b\n",
                              "a: \x01\n",
                              "a: \x7F\n",
                              "a: 1\n--- b\n",
                              "a: &x [*x]\n",
                              "<<: 1\n",
                              "a: 1\n...\nb: 2\n",
                              "a:\n  : b\n",
                              "a: \"\\q\"\n"}) {
        CAPTURE(block);
        const std::string text = "\n" + fenced(block);
        const SplitText split = bm::split_frontmatter(text);
        CHECK(split.block == Block::malformed);
        CHECK(split.values.empty());
        CHECK(split.body == text);
        CHECK_FALSE(split.problem.empty());
        CHECK(split.problem.find('\n') == std::string::npos);
    }
}

TEST_CASE("collections and scalars of every style are read") {
    CHECK(values_of("a: |\n  x\n  y\nb: >-\n  p\n  q\nc: \"t\\tu\\u00e9\"\nd: 'it''s'\n") ==
          R"({"a":"x\ny\n","b":"p q","c":"t\tué","d":"it's"})");
    CHECK(values_of("a: [x, {y: z}]\nb:\n- - p\n  - q\n- r: s\n") ==
          R"({"a":["x",{"y":"z"}],"b":[["p","q"],{"r":"s"}]})");
    CHECK(values_of("a: &x [1, '2']\nb: *x\n") == R"({"a":[1,"2"],"b":[1,"2"]})");
    CHECK(values_of("base: &b {x: 1, y: 2}\nd:\n  <<: *b\n  y: 3\ne:\n  y: 4\n  <<: [*b]\n") ==
          R"({"base":{"x":1,"y":2},"d":{"x":1,"y":3},"e":{"y":4,"x":1}})");
    CHECK(values_of("a: !!str 1\nb: !!int '3'\nc: !!float 2\nd: ! x\n") ==
          R"({"a":"1","b":3,"c":2.0,"d":"x"})");
    CHECK(values_of("a: one\n  two\n\n  three\n") == R"({"a":"one two\nthree"})");
    CHECK(values_of("? a\n: b\n? c\n") == R"({"a":"b","c":null})");
}

TEST_CASE("of equal keys the last wins in the place of the first") {
    CHECK(values_of("a: 1\nb: 2\na: 3\n") == R"({"a":3,"b":2})");
    std::string block;
    for (int i = 0; i < 100; ++i) block += "k" + std::to_string(i) + ": 0\n";
    for (int i = 0; i < 100; ++i) block += "k" + std::to_string(i) + ": 1\n";
    const ValueMap values = bm::split_frontmatter(fenced(block)).values;
    REQUIRE(values.size() == 100);
    CHECK(values.front().key == "k0");
    CHECK(values.back().value == Value::integer(1));
}

TEST_CASE("keys that are no strings become their spelling") {
    CHECK(values_of("1: one\ntrue: t\n2024-01-15: d\n~: n\n\"quoted key\": q\n") ==
          R"({"1":"one","true":"t","2024-01-15":"d","null":"n","quoted key":"q"})");
}

TEST_CASE("deep nesting and aliases that multiply are refused") {
    CHECK(block_kind("a: " + std::string(50, '[') + std::string(50, ']') + "\n") == Block::mapping);
    CHECK(block_kind("a: " + std::string(100, '[') + std::string(100, ']') + "\n") ==
          Block::malformed);
    CHECK(block_kind("a: " + std::string(100'000, '[') + "\n") == Block::malformed);
    std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
    for (int i = 1; i < 12; ++i) {
        const std::string name = "a" + std::to_string(i);
        bomb += name + ": &" + name + " [";
        for (int k = 0; k < 10; ++k) bomb += (k > 0 ? ", *a" : "*a") + std::to_string(i - 1);
        bomb += "]\n";
    }
    CHECK(block_kind(bomb) == Block::malformed);
    std::string wide = "a: &a " + std::string(10'000, 'x') + "\nb: [";
    for (int i = 0; i < 1000; ++i) wide += i > 0 ? ", *a" : "*a";
    CHECK(block_kind(wide + "]\n") == Block::malformed);
}

TEST_CASE("a block too large for the YAML library is malformed unless it is plain") {
    std::string plain = "tags:\n";
    while (plain.size() < 700'000) plain += "- some tag\n";
    CHECK(block_kind(plain) == Block::mapping);
    CHECK(block_kind(plain + "- {a: b}\n") == Block::malformed);
    CHECK(block_kind("a: " + std::string(700'000, '[') + "\n") == Block::malformed);
}

TEST_CASE("a JSON block is read as front matter") {
    const SplitText split =
        bm::split_frontmatter("{\n\"title\": \"J\",\n\"n\": [1, 2.5]\n}\n\nBody\n");
    CHECK(split.block == Block::mapping);
    CHECK(bm::to_json(split.values) == R"({"title":"J","n":[1,2.5]})");
    CHECK(split.body == "Body");
    CHECK(bm::split_frontmatter("{\nnot json\n}\nBody\n").block == Block::malformed);
    CHECK(bm::split_frontmatter("{\n\"a\": 1\n").block == Block::absent);
}

TEST_CASE("carriage returns and trailing blanks on fences are accepted") {
    const SplitText split =
        bm::split_frontmatter("-----  \r\na: b \r\nc:\r\n- d\r\n---\r\nBody\r\n");
    CHECK(bm::to_json(split.values) == R"({"a":"b","c":["d"]})");
    CHECK(split.body == "Body");
    CHECK(values_of("a: |\r\n  x\r\n  y\r\n") == R"({"a":"x\ny\n"})");
}

TEST_CASE("13.1 item 3: values of every type are normalised to strings") {
    const auto normal = [](const std::string& block) {
        return bm::to_json(bm::normalized(bm::split_frontmatter(fenced(block)).values));
    };
    CHECK(normal("a: 1\nb: [yes, 2024-01-01, .5]\nc: {d: null, e: 12:30}\n") ==
          R"({"a":"1","b":["True","2024-01-01","0.5"],"c":{"d":null,"e":"750"}})");
    CHECK(normal("t: 2024-01-15 10:30:00\nu: 2024-01-15T10:30:00Z\n") ==
          R"({"t":"2024-01-15T10:30:00","u":"2024-01-15T10:30:00+00:00"})");
}

TEST_CASE("collections are displayed in the notation of the other implementation") {
    const auto display = [](const std::string& json) {
        return bm::display_string(*bm::parse_json(json));
    };
    CHECK(display(R"({"a": "1", "b": [null, true, 2]})") == "{'a': '1', 'b': [None, 'True', '2']}");
    CHECK(display(R"(["it's", "say \"x\"", "it's \"x\"", "a\\b\n\u0001é"])") ==
          R"(["it's", 'say "x"', 'it\'s "x"', 'a\\b\n\x01é'])");
    CHECK(display("[]") == "[]");
    CHECK(display("null") == "None");
    CHECK(display("1.50") == "1.5");
}

TEST_CASE("13.1 item 35: keys are set without touching the body") {
    struct Case {
        const char* text;
        const char* changed;
    };
    const ValueMap keys{{"permalink", Value::string("a/b")}};
    for (const Case& each : {
             Case{"Body\n\n", "---\npermalink: a/b\n---\n\nBody\n\n"},
             Case{"", "---\npermalink: a/b\n---\n"},
             Case{"# T\r\n\r\nBody\r\n", "---\r\npermalink: a/b\r\n---\r\n\r\n# T\r\n\r\nBody\r\n"},
             Case{"\xEF\xBB\xBF"
                  "B\r\n",
                  "\xEF\xBB\xBF"
                  "---\r\npermalink: a/b\r\n---\r\n\r\nB\r\n"},
             Case{"---\nno close\n", "---\npermalink: a/b\n---\n\n---\nno close\n"},
             Case{"---\ntitle: T\n---\nBody  \n\n",
                  "---\ntitle: T\npermalink: a/b\n---\nBody  \n\n"},
             Case{"---\ntitle: T\n---", "---\ntitle: T\npermalink: a/b\n---"},
             Case{"---\n# note\ntitle: 'T' # why\npermalink: old\ntags: [x, y]\n---\nB",
                  "---\n# note\ntitle: 'T' # why\npermalink: a/b\ntags: [x, y]\n---\nB"},
             Case{"---\n---\nB", "---\npermalink: a/b\n---\nB"},
             Case{"---\n# c\n---\nB", "---\n# c\npermalink: a/b\n---\nB"},
             Case{"\n---\ntitle: T\n-----\nB", "\n---\ntitle: T\npermalink: a/b\n-----\nB"},
             Case{"---\r\ntitle: T\r\n---\r\nB\r\n",
                  "---\r\ntitle: T\r\npermalink: a/b\r\n---\r\nB\r\n"},
             Case{"\xEF\xBB\xBF---\na: 1\n---\nB", "\xEF\xBB\xBF---\na: 1\npermalink: a/b\n---\nB"},
             Case{"\xEF\xBB\xBF"
                  "B",
                  "\xEF\xBB\xBF---\npermalink: a/b\n---\n\nB"},
             Case{"---\npermalink:\n  old\ntitle: 007\n---\nB",
                  "---\npermalink: a/b\ntitle: 007\n---\nB"},
             Case{"---\n{title: 007}\n---\nB", "---\n{title: 007, \"permalink\": \"a/b\"}\n---\nB"},
             Case{"---\n\"permalink\": old\n---\nB", "---\npermalink: a/b\n---\nB"},
             Case{"---\npermalink: 'a/b'\n---\nB", "---\npermalink: 'a/b'\n---\nB"},
             Case{"---\na: |\n  x\n---\nB", "---\na: |\n  x\npermalink: a/b\n---\nB"},
             Case{"{\n\"title\": \"J\"\n}\n\nB\n",
                  "{\n\"title\": \"J\",\n\"permalink\": \"a/b\"\n}\n\nB\n"},
         }) {
        CAPTURE(each.text);
        const auto result = bm::with_frontmatter_keys(each.text, keys);
        REQUIRE(result);
        CHECK(*result == each.changed);
    }
    CHECK(*bm::with_frontmatter_keys("Body", {}) == "Body");
}

TEST_CASE("a key is added to a block in braces without laying it out anew") {
    const ValueMap keys{{"permalink", Value::string("a/b")}};
    struct Case {
        const char* before;
        const char* after;
    };
    for (const Case& each :
         {Case{"{\n  \"title\": \"T\",\n  \"n\": [1, 2]\n}\nB",
               "{\n  \"title\": \"T\",\n  \"n\": [1, 2],\n  \"permalink\": \"a/b\"\n}\nB"},
          Case{"{\r\n\"title\": \"T\"\r\n}\r\nB",
               "{\r\n\"title\": \"T\",\r\n\"permalink\": \"a/b\"\r\n}\r\nB"},
          Case{"---\n{title: T, n: 007}\n---\nB",
               "---\n{title: T, n: 007, \"permalink\": \"a/b\"}\n---\nB"}}) {
        CAPTURE(each.before);
        CHECK(*bm::with_frontmatter_keys(each.before, keys) == each.after);
        CHECK(*bm::with_frontmatter_keys(each.after, keys) == each.after);
    }
}

TEST_CASE("13.1 item 34: a note whose block is broken or no map is left alone") {
    const ValueMap keys{{"permalink", Value::string("a/b")}};
    for (const char* text : {"---\ntitle: Bad: yaml\n---\nB", "---\n- a\n---\nB",
                             "---\ntext\n---\nB", "{\nnot json\n}\nB"}) {
        CAPTURE(text);
        const auto result = bm::with_frontmatter_keys(text, keys);
        REQUIRE_FALSE(result);
        CHECK(result.error().fault == Fault::conflict);
    }
}

TEST_CASE("setting keys always gives the merged map and the old body") {
    bm::test::TextMaker maker(23);
    const std::vector<std::string_view> lines{
        "title: T\n", "a: 1\n",      "a: 'q'\n", "# c\n",       "\n",          "b:\n",
        "- x\n",      "  - y\n",     "c: |\n",   "  a: text\n", "d: [p, q]\n", "  more\n",
        "'a': 2\n",   "e: {f: 1}\n", "a: \"x\n", "  y\"\n"};
    const ValueMap keys{{"a", Value::string("new: value")}, {"z", Value::boolean(true)}};
    int changed = 0;
    for (int round = 0; round < 5000; ++round) {
        const std::string text = "---\n" + maker.text(lines, 6) + "---\n" + maker.text(lines, 2);
        CAPTURE(text);
        const SplitText before = bm::split_frontmatter(text);
        const auto result = bm::with_frontmatter_keys(text, keys);
        if (!result) {
            CHECK(before.block != Block::mapping);
            continue;
        }
        ++changed;
        ValueMap wanted = before.values;
        bm::merge(wanted, keys);
        const SplitText after = bm::split_frontmatter(*result);
        CHECK(after.values == wanted);
        CHECK(after.body == before.body);
    }
    CHECK(changed > 1000);
}
