#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "markdown/result.hpp"

namespace bm {

/// What a note says, for whoever compares meanings.
struct MeaningText {
    std::string title;
    std::string text;
};

/// Gives texts directions: those that mean alike point the same way. A port.
class EmbeddingProvider {
public:
    EmbeddingProvider() = default;
    EmbeddingProvider(const EmbeddingProvider&) = delete;
    EmbeddingProvider& operator=(const EmbeddingProvider&) = delete;
    virtual ~EmbeddingProvider() = default;

    /// `{kind}:{model}:{dimensions}`; vectors of different ones are never compared.
    [[nodiscard]] virtual std::string identity() const = 0;
    /// A similarity below says that two texts have nothing to do with each other.
    [[nodiscard]] virtual double lowest_similarity() const = 0;

    /// One direction for each text, in order; an empty one for a text without words.
    [[nodiscard]] virtual Result<std::vector<std::vector<float>>> embed_documents(
        const std::vector<MeaningText>& texts) = 0;
    [[nodiscard]] virtual Result<std::vector<float>> embed_query(std::string_view text) = 0;
};

}  // namespace bm
