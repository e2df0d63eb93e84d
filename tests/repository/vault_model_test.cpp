#include "repository/vault_model.hpp"

#include <map>

#include <doctest/doctest.h>

namespace {

using bm::words_of;

/// A model of small notes in which two words never meet but keep the same company.
class Learned {
public:
    Learned() {
        bm::VaultLearner learner;
        for (const auto* text : kNotes) learner.add(words_of("", text));
        model_ = learner.learned();
        for (const auto& [word, learned] : model_.words) words_.emplace(word, learned);
    }

    [[nodiscard]] double alike(const char* left, const char* right) const {
        return bm::MeaningQuery(direction(left)).similarity(bm::quantised(direction(right)));
    }
    [[nodiscard]] std::vector<float> direction(const char* text) const {
        return bm::direction_of(words_of("", text), model_.notes,
                                [&](std::string_view word) -> std::optional<bm::LearnedWord> {
                                    const auto found = words_.find(word);
                                    if (found == words_.end()) return std::nullopt;
                                    return found->second;
                                });
    }
    [[nodiscard]] const bm::VaultModel& model() const { return model_; }

private:
    static constexpr const char* kNotes[] = {
        "the car needs an engine and brakes in the garage",
        "the car has wheels and an engine",
        "the car mechanic works on brakes in the garage",
        "the automobile needs wheels and an engine",
        "the automobile mechanic checks brakes in the garage",
        "the automobile has an engine and wheels",
        "the soup needs salt and onions in the pot",
        "the soup has carrots and onions",
        "the cook puts carrots in the soup pot",
        "the stew needs salt and carrots in the pot",
        "the stew has onions and the cook likes salt",
        "the cook puts the stew in the pot",
    };
    bm::VaultModel model_;
    std::map<std::string, bm::LearnedWord, std::less<>> words_;
};

TEST_CASE("learning ends when it is told to") {
    bm::VaultLearner learner;
    for (int note = 0; note < 50; ++note) learner.add(bm::words_of("bread", "flour water salt"));
    std::stop_source stop;
    stop.request_stop();
    CHECK(learner.learned(stop.get_token()).words.empty());
}

}  // namespace

TEST_CASE("words are counted, those of the title more") {
    const auto words = words_of("Green Tea", "tea, a cup of TEA");
    std::map<std::string, std::uint32_t> counts;
    for (const auto& [word, count] : words) counts[word] = count;
    CHECK(counts ==
          std::map<std::string, std::uint32_t>{{"cup", 1}, {"green", 2}, {"of", 1}, {"tea", 4}});
    CHECK(words_of("", " ... ").empty());
}

TEST_CASE("words that keep the same company mean alike") {
    const Learned learned;
    CHECK(learned.alike("car", "automobile") > 0.3);
    CHECK(learned.alike("soup", "stew") > 0.3);
    CHECK(learned.alike("car", "automobile") > learned.alike("car", "stew") + 0.3);
    CHECK(learned.alike("soup", "stew") > learned.alike("soup", "automobile") + 0.3);
}

TEST_CASE("words of every note say nothing") {
    const Learned learned;
    CHECK(learned.direction("the").empty());
    CHECK(learned.alike("the soup", "soup") > 0.99);
}

TEST_CASE("words that the model does not know still have a direction") {
    const Learned learned;
    CHECK(learned.alike("zygodactyl", "zygodactyl") == doctest::Approx(1.0).epsilon(0.001));
    CHECK(learned.alike("zygodactyl", "zygodactyls") > 0.3);
    CHECK(learned.direction("").empty());
}

TEST_CASE("the same notes give the same model") {
    const Learned first;
    const Learned second;
    REQUIRE(first.model().words.size() == second.model().words.size());
    for (std::size_t i = 0; i < first.model().words.size(); ++i) {
        CHECK(first.model().words[i].word == second.model().words[i].word);
        CHECK(first.model().words[i].learned.vector == second.model().words[i].learned.vector);
    }
}

TEST_CASE("nothing is learned from nothing") {
    bm::VaultLearner learner;
    const auto model = learner.learned();
    CHECK(model.words.empty());
    CHECK(model.notes == 0);
}
