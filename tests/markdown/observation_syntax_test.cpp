#include "markdown/observation_syntax.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "markdown/inline_runs.hpp"
#include "tests/support/text_maker.hpp"
#include "tests/support/vectors.hpp"

namespace {

using bm::Observation;
using bm::test::Json;

Json json_of(const std::optional<std::string>& text) { return text ? Json(*text) : Json(nullptr); }

Json observations_of(const std::string& body) {
    Json found = Json::array();
    for (const bm::InlineRun& run : bm::inline_runs(body)) {
        const auto observation = bm::parse_observation(run.text, run.in_block_quote);
        if (!observation) continue;
        Json entry;
        entry["category"] = json_of(observation->category);
        entry["content"] = observation->content;
        entry["tags"] = observation->tags.empty() ? Json(nullptr) : Json(observation->tags);
        entry["context"] = json_of(observation->context);
        found.push_back(std::move(entry));
    }
    return found;
}

std::optional<Observation> parse(std::string_view run) { return bm::parse_observation(run, false); }

}  // namespace

TEST_CASE("every recorded body gives its observations") {
    const Json rows = bm::test::read_vectors("observations");
    REQUIRE(rows.size() > 130);
    for (const Json& row : rows) {
        const auto body = row[0].get<std::string>();
        CAPTURE(body);
        CHECK(observations_of(body) == bm::test::expected_of(row));
    }
}

TEST_CASE("13.1 item 8: links and check boxes are no categories and odd observations parse") {
    for (const char* run : {"[ ] task", "[x] task", "[-] task", "[ ] task #tag", "[x] done #tag",
                            "[text](https://example.org)", "[text #t](https://example.org/#a)",
                            "[[Wiki #Link]]", "[a](b(c))"}) {
        CAPTURE(run);
        CHECK_FALSE(parse(run));
    }
    const auto linked = parse("[decision] see [the paper](https://example.org)");
    REQUIRE(linked);
    CHECK(linked->category == "decision");
    CHECK(linked->content == "see [the paper]");
    CHECK(linked->context == "https://example.org");
    CHECK(parse("[a](b) #tag (c)")->content == "[a](b) #tag");
    CHECK(parse("[note] " + std::string(200'000, 'x'))->content.size() == 200'000);
}

TEST_CASE("13.1 item 9: an observation's content has no length limit") {
    const std::string content(3'000'000, 'y');
    CHECK(parse("[note] " + content)->content == content);
}

TEST_CASE("13.1 item 10: block quotes yield no observations") {
    CHECK_FALSE(bm::parse_observation("[quote] text", true));
    CHECK_FALSE(bm::parse_observation("text with #tag", true));
    CHECK(observations_of("> [!note] title\n> body #tag\n\n> > - [deep] one") == Json::array());
    CHECK(observations_of("> quote\n\n- [after] it").size() == 1);
}

TEST_CASE("13.1 item 11: time stamps of transcripts are no categories") {
    for (const char* category :
         {"00:12", "1:02:03", "100:00", "12:34:56.789", "0:05,250", " 0:12 "}) {
        CAPTURE(category);
        CHECK_FALSE(parse("[" + std::string(category) + "] spoken words"));
    }
    for (const char* category :
         {"1000:00", "1:2", "1:23.1234", "10:30am", "v1:23", "1:234", "1:23."}) {
        CAPTURE(category);
        CHECK(parse("[" + std::string(category) + "] words")->category == category);
    }
}

TEST_CASE("13.1 item 12: time ranges are no categories") {
    for (const char* category : {"10:30 - 11:30", "24:33.098 - 24:41.260", "0:01  -\t0:02"}) {
        CAPTURE(category);
        CHECK_FALSE(parse("[" + std::string(category) + "] spoken words"));
    }
    for (const char* category : {"1:23-1:30", "1:23 -1:30", "1:23- 1:30", "1:23 - x", "1:23 1:30",
                                 "1:23 -", "1:23 - 1:30 - 1:40"}) {
        CAPTURE(category);
        CHECK(parse("[" + std::string(category) + "] words")->category == category);
    }
}

TEST_CASE("13.1 item 13: states of check boxes are no categories") {
    CHECK_FALSE(parse("[  ] a box with two blanks"));
    for (const char* state : {"X", "/", ">", "?", "!", "*", "_", "🎉", "x ", " X"}) {
        CAPTURE(state);
        CHECK_FALSE(parse("[" + std::string(state) + "] task"));
        CHECK_FALSE(parse("[" + std::string(state) + "] task #tag")->category);
    }
    for (const char* category : {"a", "1", "日", "é", "xx", "--"}) {
        CAPTURE(category);
        CHECK(parse("[" + std::string(category) + "] text")->category == category);
    }
}

TEST_CASE("an observation that is written reads back as itself") {
    bm::test::TextMaker maker(7);
    const std::vector<std::string_view> words{"plain", " ",    "#tag", "##", "#a#b", "é",
                                              "[x]",   "a(b)", "日本", " -", ":"};
    int seen = 0;
    for (int round = 0; round < 4000; ++round) {
        const auto observation = parse(maker.text(words, 8));
        if (!observation) continue;
        ++seen;
        const std::string line = bm::write_observation(*observation);
        CAPTURE(line);
        REQUIRE(line.substr(0, 2) == "- ");
        // A list item's text that begins like a check box stays what it is.
        const auto again = parse(line.substr(2));
        REQUIRE(again);
        CHECK(*again == *observation);
    }
    CHECK(seen > 1000);
    CHECK(bm::write_observation({"tech", "Uses SQLite #db", {"db"}, "embedded"}) ==
          "- [tech] Uses SQLite #db (embedded)");
    CHECK(bm::write_observation({std::nullopt, "tagged #line", {"line"}, std::nullopt}) ==
          "- tagged #line");
}
