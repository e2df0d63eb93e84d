#include "repository/meaning_passages.hpp"

#include <doctest/doctest.h>

namespace {

using bm::meaning_passages;
using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("8.9: each bullet is a passage of its own and keeps its continuation") {
    CHECK(meaning_passages("Intro\n- First fact\n  supporting detail\n- Second fact") ==
          Texts{"Intro", "- First fact\n  supporting detail", "- Second fact"});
}

TEST_CASE("8.9: sections stand together while they fit") {
    CHECK(meaning_passages(std::string(500, 'a') + "\n# Second\n" + std::string(500, 'b')).size() ==
          2);
    CHECK(meaning_passages("one\n\n# Two\ntwo\n  ## Three\nthree") ==
          Texts{"one\n\n# Two\ntwo\n\n## Three\nthree"});
    CHECK(meaning_passages("#hashtag is no heading\n####### nor is this").size() == 1);
}

TEST_CASE("8.9: what is too long is cut at blank lines, then anywhere, with an overlap") {
    const auto windows = meaning_passages(std::string(2700, 'x'));
    CHECK(windows.size() >= 3);
    for (const auto& window : windows) CHECK(window.size() <= bm::kLongestPassage);
    std::string text;
    for (int i = 0; i < 4; ++i) text += std::string(400, static_cast<char>('a' + i)) + "\n\n";
    const auto paragraphs = meaning_passages(text);
    REQUIRE(paragraphs.size() == 2);
    CHECK(paragraphs[0] == std::string(400, 'a') + "\n\n" + std::string(400, 'b'));
    std::string numbers;
    for (int i = 1000; i < 1400; ++i) numbers += std::to_string(i);
    const auto cut = meaning_passages(numbers);
    REQUIRE(cut.size() == 2);
    CHECK(cut[0].substr(bm::kLongestPassage - bm::kPassageOverlap) ==
          cut[1].substr(0, bm::kPassageOverlap));
}

TEST_CASE("8.9: a passage is counted in characters and never cut inside of one") {
    std::string text;
    for (int i = 0; i < 1000; ++i) text += "東";
    const auto passages = meaning_passages(text);
    REQUIRE(passages.size() == 2);
    CHECK(passages[0].size() == 3 * bm::kLongestPassage);
    CHECK(passages[1].size() == 3 * (1000 - bm::kLongestPassage + bm::kPassageOverlap));
}

TEST_CASE("8.9: nothing gives no passage") {
    CHECK(meaning_passages("").empty());
    CHECK(meaning_passages(" \n\n\t").empty());
}
