#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "repository/embedding_provider.hpp"
#include "repository/search_repository.hpp"
#include "sync/note_meanings.hpp"
#include "tools/json.hpp"

namespace bm {

/// What a ranking by meaning says of one hit.
struct MeaningHit {
    std::size_t rank = 0;  ///< from 1; 0 when it did not find it
    double similarity = 0;
    std::size_t passage = 0;  ///< of the note, that is so similar
};

/// Says of the hits of one search in one project why their meaning is close. Words are looked up
/// once, however many hits have them. One thread.
class MeaningExplanation {
public:
    MeaningExplanation(NoteMeanings& meanings, const NoteMeanings::Near& near, std::string typed)
        : meanings_(meanings), near_(near), typed_(std::move(typed)) {}

    struct Explained {
        Json why;
        std::string chunk;  ///< what matched: a short note's text, of a longer one the passage
    };
    [[nodiscard]] Explained of(const MeaningHit& hit, const SearchRow& row);

private:
    [[nodiscard]] std::vector<std::string> near_words(const SearchRow& row);
    void look_at(const std::vector<std::string>& words);

    NoteMeanings& meanings_;
    const NoteMeanings::Near& near_;
    std::string typed_;
    bool is_begun_ = false;
    std::unique_ptr<EmbeddingProvider> words_;
    std::unordered_map<std::string, double> nearness_;  ///< of words to what was typed
};

}  // namespace bm
