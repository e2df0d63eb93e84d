#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "repository/embedding_provider.hpp"
#include "repository/index.hpp"
#include "repository/meaning_repository.hpp"

namespace bm {

/// Of what is learned from a vault; changes when vectors are made in another way.
constexpr std::string_view kVaultIdentity = "VaultEmbedding:words-v1:256";

/// Directions by the model that was learned from the notes of a project. One thread; the index must
/// outlive it.
class VaultEmbedding : public EmbeddingProvider {
public:
    VaultEmbedding(Index& index, ProjectId project, MeaningModel model)
        : index_(index), project_(project), model_(std::move(model)) {}

    [[nodiscard]] Result<std::string> identity(const std::stop_token&) override {
        return std::string(kVaultIdentity);
    }
    [[nodiscard]] double lowest_similarity() const override;
    /// What is learned from few notes may add to what their words say, and not outdo it.
    [[nodiscard]] double weight() const override { return 0.5; }
    [[nodiscard]] Result<Directions> embed_documents(const std::vector<MeaningText>& texts,
                                                     const std::stop_token& stop) override;
    [[nodiscard]] Result<std::vector<float>> embed_query(std::string_view text,
                                                         const std::stop_token& stop) override;

private:
    std::vector<float> direction(MeaningRepository& meanings,
                                 const std::vector<CountedWord>& words);

    Index& index_;
    ProjectId project_;
    MeaningModel model_;
    std::unordered_map<std::string, LearnedWord> known_;  ///< words that were looked up
};

}  // namespace bm
