#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "repository/meaning_vector.hpp"

/// Meanings that are learned from the notes themselves, without a language model: words mean alike
/// when they stand in notes that are alike (reflective random indexing). Pure.
namespace bm {

/// How often a word stands in a text.
struct CountedWord {
    std::string word;
    std::uint32_t count;
};

/// The words of a note as the text index knows them, each once, in order. Those of the title count
/// twice more. Of a very long text the first words are enough.
std::vector<CountedWord> words_of(std::string_view title, std::string_view text);

/// What is known of a word.
struct LearnedWord {
    float weight;        ///< how much it tells: rare ones more than frequent ones
    std::string vector;  ///< quantised
};

struct VaultModel {
    struct Word {
        std::string word;
        LearnedWord learned;
    };
    std::int64_t notes = 0;  ///< that it was learned from
    std::vector<Word> words;
};

/// Learns from notes. Needs about 65 MB for a full vocabulary, and 8 bytes for each different word
/// of each note.
class VaultLearner {
public:
    void add(const std::vector<CountedWord>& words);
    /// Empty when `stop` was asked for meanwhile.
    [[nodiscard]] VaultModel learned(const std::stop_token& stop = {});

private:
    struct Occurrence {
        std::uint32_t word;
        float weight;
    };
    using Note = std::vector<Occurrence>;

    [[nodiscard]] std::vector<MeaningSum> company_of(const std::vector<MeaningSum>& words,
                                                     const std::stop_token& stop) const;
    /// Frequent words first; of the others nothing is kept.
    void choose_vocabulary();
    [[nodiscard]] float weight_of(std::uint32_t word) const;

    std::unordered_map<std::string, std::uint32_t> numbers_;
    std::vector<std::uint32_t> notes_with_;  ///< by number of word
    std::vector<std::string> vocabulary_;
    std::vector<Note> notes_;
};

/// None for a word that the model does not know.
using WordLookup = std::function<std::optional<LearnedWord>(std::string_view)>;

/// The direction of a text in a model of `notes` notes. Without one when it has no words.
std::vector<float> direction_of(const std::vector<CountedWord>& words, std::int64_t notes,
                                const WordLookup& lookup);

}  // namespace bm
