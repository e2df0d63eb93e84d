#include "repository/vault_embedding.hpp"

#include <optional>

namespace bm {

double VaultEmbedding::lowest_similarity() const {
    // Notes that have nothing in common differ by chance: three times out of a thousand by more.
    constexpr double kThreeDeviations = 0.19;
    return kThreeDeviations;
}

Result<EmbeddingProvider::Directions> VaultEmbedding::embed_documents(
    const std::vector<MeaningText>& texts, const std::stop_token&) {
    return index_.read([&](Tables& tables) {
        MeaningRepository meanings(tables.database);
        Directions directions;
        directions.reserve(texts.size());
        for (const auto& [title, text] : texts) {
            directions.push_back(direction(meanings, words_of(title, text)));
        }
        return directions;
    });
}

Result<std::vector<float>> VaultEmbedding::embed_query(std::string_view text,
                                                       const std::stop_token&) {
    return index_.read([&](Tables& tables) {
        MeaningRepository meanings(tables.database);
        return direction(meanings, words_of({}, text));
    });
}

std::vector<float> VaultEmbedding::direction(MeaningRepository& meanings,
                                             const std::vector<CountedWord>& words) {
    return direction_of(words, model_.learned_from,
                        [&](std::string_view word) -> std::optional<LearnedWord> {
                            std::string key(word);
                            const auto known = known_.find(key);
                            if (known != known_.end()) return known->second;
                            auto learned = meanings.word(project_, word);
                            if (learned) known_.emplace(std::move(key), *learned);
                            return learned;
                        });
}

}  // namespace bm
