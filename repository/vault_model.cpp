#include "repository/vault_model.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <utility>

#include "repository/tokenizer.hpp"

namespace bm {

namespace {

constexpr std::size_t kMostWordsOfText = 3'000;
constexpr std::uint32_t kExtraForTitle = 2;
constexpr std::size_t kLargestVocabulary = 20'000;
// A word of one note has no company that others share.
constexpr std::uint32_t kFewestNotes = 2;
// How much a word itself counts beside its company.
constexpr float kWeightOfWord = 0.6F;
// The first finds words that stand together, the second those that stand with the same ones.
constexpr int kReflections = 2;

void add_scaled(const MeaningSum& vector, float factor, MeaningSum& sum) {
    for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += factor * vector[i];
}

float length_of(const MeaningSum& vector) {
    double squares = 0;
    for (const float component : vector) squares += double{component} * double{component};
    return static_cast<float>(std::sqrt(squares));
}

/// Rare words tell more. Zero for a word of every note.
float rarity(std::int64_t notes, double notes_with) {
    const double all = static_cast<double>(notes) + 1.0;
    return static_cast<float>(std::max(0.0, std::log(all / (notes_with + 1.0))));
}

float damped(std::uint32_t count) { return 1.0F + std::log(static_cast<float>(count)); }

void count_words(std::string_view text, std::uint32_t each,
                 std::map<std::string, std::uint32_t, std::less<>>& counts) {
    Tokenizer tokens(text);
    for (std::size_t seen = 0; seen < kMostWordsOfText && tokens.next(); ++seen) {
        const auto token = tokens.token();
        const bool is_one_letter = token.size() == 1;
        if (is_one_letter) continue;
        const auto found = counts.find(token);
        if (found != counts.end()) {
            found->second += each;
        } else {
            counts.emplace(token, each);
        }
    }
}

}  // namespace

std::vector<CountedWord> words_of(std::string_view title, std::string_view text) {
    std::map<std::string, std::uint32_t, std::less<>> counts;
    count_words(title, kExtraForTitle, counts);
    count_words(text, 1, counts);
    std::vector<CountedWord> words;
    words.reserve(counts.size());
    for (auto& [word, count] : counts) words.push_back({word, count});
    return words;
}

void VaultLearner::add(const std::vector<CountedWord>& words) {
    Note& note = notes_.emplace_back();
    note.reserve(words.size());
    for (const auto& [word, count] : words) {
        const auto [known, is_new] =
            numbers_.try_emplace(word, static_cast<std::uint32_t>(notes_with_.size()));
        if (is_new) notes_with_.push_back(0);
        ++notes_with_[known->second];
        note.push_back({known->second, damped(count)});
    }
}

float VaultLearner::weight_of(std::uint32_t word) const {
    return rarity(static_cast<std::int64_t>(notes_.size()), notes_with_[word]);
}

void VaultLearner::choose_vocabulary() {
    std::vector<std::pair<std::string, std::uint32_t>> frequent;
    for (const auto& [word, number] : numbers_) {
        if (notes_with_[number] >= kFewestNotes) frequent.emplace_back(word, number);
    }
    // The same notes give the same model, whatever the order of a hash table.
    std::sort(frequent.begin(), frequent.end(), [&](const auto& left, const auto& right) {
        const auto ours = notes_with_[left.second];
        const auto theirs = notes_with_[right.second];
        return ours != theirs ? ours > theirs : left.first < right.first;
    });
    frequent.resize(std::min(frequent.size(), kLargestVocabulary));
    numbers_.clear();

    constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();
    std::vector<std::uint32_t> renumbered(notes_with_.size(), kNone);
    std::vector<std::uint32_t> notes_with;
    for (auto& [word, number] : frequent) {
        renumbered[number] = static_cast<std::uint32_t>(vocabulary_.size());
        notes_with.push_back(notes_with_[number]);
        vocabulary_.push_back(std::move(word));
    }
    notes_with_ = std::move(notes_with);
    for (auto& note : notes_) {
        for (auto& occurrence : note) occurrence.word = renumbered[occurrence.word];
        std::erase_if(note, [](const Occurrence& each) { return each.word == kNone; });
    }
}

VaultModel VaultLearner::learned(const std::stop_token& stop) {
    choose_vocabulary();
    std::vector<MeaningSum> own;
    for (const auto& word : vocabulary_) own.push_back(word_direction(word));
    std::vector<MeaningSum> words = own;
    for (int reflection = 0; reflection < kReflections; ++reflection) {
        std::vector<MeaningSum> company = company_of(words, stop);
        if (stop.stop_requested()) return {};
        for (std::size_t number = 0; number < words.size(); ++number) {
            normalise(company[number]);
            words[number] = company[number];
            add_scaled(own[number], kWeightOfWord, words[number]);
            normalise(words[number]);
        }
    }
    VaultModel model;
    model.notes = static_cast<std::int64_t>(notes_.size());
    for (std::uint32_t number = 0; number < vocabulary_.size(); ++number) {
        model.words.push_back({vocabulary_[number], {weight_of(number), quantised(words[number])}});
    }
    return model;
}

/// For each word, what stands beside it in its notes: the directions of these notes, without its
/// own part in them and without what all notes have in common.
std::vector<MeaningSum> VaultLearner::company_of(const std::vector<MeaningSum>& words,
                                                 const std::stop_token& stop) const {
    std::vector<float> weights;
    for (std::uint32_t number = 0; number < words.size(); ++number) {
        weights.push_back(weight_of(number));
    }
    const auto sum_of = [&](const Note& note) {
        MeaningSum sum{};
        for (const auto& [word, count] : note) {
            add_scaled(words[word], count * weights[word], sum);
        }
        return sum;
    };
    MeaningSum common{};
    const float share = 1.0F / static_cast<float>(std::max<std::size_t>(notes_.size(), 1));
    for (const auto& note : notes_) {
        if (stop.stop_requested()) return {};
        MeaningSum sum = sum_of(note);
        normalise(sum);
        add_scaled(sum, share, common);
    }
    std::vector<MeaningSum> company(words.size(), MeaningSum{});
    for (const auto& note : notes_) {
        if (stop.stop_requested()) return {};
        const MeaningSum sum = sum_of(note);
        const float length = length_of(sum);
        if (!(length > 0)) continue;
        for (const auto& [word, count] : note) {
            const float own_part = count * weights[word];
            for (std::size_t i = 0; i < sum.size(); ++i) {
                company[word][i] +=
                    count * ((sum[i] - own_part * words[word][i]) / length - common[i]);
            }
        }
    }
    return company;
}

std::vector<float> direction_of(const std::vector<CountedWord>& words, std::int64_t notes,
                                const WordLookup& lookup) {
    MeaningSum sum{};
    bool has_words = false;
    for (const auto& [word, count] : words) {
        if (const auto learned = lookup(word)) {
            const auto direction = restored(learned->vector);
            if (direction.size() != sum.size()) continue;
            const float factor = damped(count) * learned->weight;
            has_words = has_words || factor > 0;
            for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += factor * direction[i];
        } else {
            // As rare as a word can be.
            add_scaled(word_direction(word), damped(count) * rarity(notes, 1.0), sum);
            has_words = true;
        }
    }
    if (!has_words) return {};
    normalise(sum);
    return {sum.begin(), sum.end()};
}

}  // namespace bm
