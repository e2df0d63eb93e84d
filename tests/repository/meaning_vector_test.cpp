#include "repository/meaning_vector.hpp"

#include <cmath>
#include <limits>

#include <doctest/doctest.h>

namespace {

using bm::MeaningQuery;
using bm::MeaningSum;
using bm::quantised;
using bm::word_direction;

double alike(const MeaningSum& left, const MeaningSum& right) {
    return MeaningQuery(left).similarity(quantised(right));
}

}  // namespace

TEST_CASE("directions of different words are nearly at right angles") {
    const char* words[] = {"garden", "volcano", "tax", "東", "zebra"};
    for (const auto* left : words) {
        for (const auto* right : words) {
            CAPTURE(left);
            CAPTURE(right);
            const double cosine = alike(word_direction(left), word_direction(right));
            if (left == right) {
                CHECK(cosine == doctest::Approx(1.0).epsilon(0.001));
            } else {
                CHECK(std::abs(cosine) < 0.25);
            }
        }
    }
}

TEST_CASE("forms of a word and misspelt ones lie close to each other") {
    const auto word = word_direction("gardening");
    CHECK(alike(word, word_direction("gardens")) > 0.1);
    CHECK(alike(word, word_direction("gardenning")) > 0.2);
    CHECK(alike(word, word_direction("gardening")) > alike(word, word_direction("gardenning")));
}

TEST_CASE("directions are the same on every machine") {
    MeaningSum sum{};
    bm::add_direction("tea", 1.0F, sum);
    std::string signs;
    for (int i = 0; i < 16; ++i) signs += sum[static_cast<std::size_t>(i)] > 0 ? '+' : '-';
    CHECK(signs == "+-----+-++-++++-");
    for (const float component : sum) CHECK(std::abs(component) == 1.0F);
}

TEST_CASE("eight bits keep a direction") {
    auto direction = word_direction("quince");
    const auto bytes = quantised(direction);
    CHECK(bytes.size() == bm::kMeaningDimensions);
    const auto again = bm::restored(bytes);
    double cosine = 0;
    for (std::size_t i = 0; i < again.size(); ++i) cosine += double{again[i]} * direction[i];
    CHECK(cosine > 0.999);
    for (float& component : direction) component *= 1000.0F;
    CHECK(quantised(direction) == bytes);
}

TEST_CASE("what has no direction is like nothing") {
    const MeaningSum nothing{};
    CHECK(quantised(nothing).empty());
    MeaningSum broken{};
    broken[3] = std::numeric_limits<float>::quiet_NaN();
    CHECK(quantised(broken).empty());
    const MeaningQuery query(word_direction("tea"));
    CHECK(query.similarity("") == 0);
    CHECK(query.similarity("short") == 0);
    CHECK(query.similarity(std::string(bm::kMeaningDimensions, '\0')) == 0);
    CHECK(MeaningQuery(nothing).is_empty());
    CHECK(MeaningQuery(nothing).similarity(quantised(word_direction("tea"))) == 0);
    CHECK(bm::restored("").empty());
}

TEST_CASE("similarity is the cosine and has a sign") {
    std::vector<float> right{1, 0, 0};
    std::vector<float> up{0, 1, 0};
    std::vector<float> left{-1, 0, 0};
    std::vector<float> between{1, 1, 0};
    const MeaningQuery query(right);
    CHECK(query.similarity(quantised(right)) == doctest::Approx(1.0));
    CHECK(query.similarity(quantised(up)) == doctest::Approx(0.0));
    CHECK(query.similarity(quantised(left)) == doctest::Approx(-1.0));
    CHECK(query.similarity(quantised(between)) == doctest::Approx(0.7071).epsilon(0.001));
}

TEST_CASE("fusion favours what both rankings find") {
    CHECK(bm::fused_score(1.0, 0.0) == doctest::Approx(1.0));
    CHECK(bm::fused_score(0.0, 0.6) == doctest::Approx(0.6));
    CHECK(bm::fused_score(0.9, 0.6) == doctest::Approx(1.08));
    CHECK(bm::fused_score(0.6, 0.9) == bm::fused_score(0.9, 0.6));
    CHECK(bm::fused_score(0.9, 0.6) > bm::fused_score(1.0, 0.0));
}
