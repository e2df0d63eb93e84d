#pragma once

#include <cstddef>
#include <optional>
#include <stop_token>
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
    [[nodiscard]] virtual Result<std::string> identity(const std::stop_token& stop) = 0;
    /// A similarity below says that two texts have nothing to do with each other.
    [[nodiscard]] virtual double lowest_similarity() const = 0;
    /// How much a similarity counts beside what a text search says of a note, 0 to 1.
    [[nodiscard]] virtual double weight() const { return 1; }
    /// Into how many texts of one call the passages of notes are to be gathered; 0 for who takes
    /// notes whole.
    [[nodiscard]] virtual std::size_t passages_at_once() const { return 0; }

    /// One for each text, in order; an empty one for a text without words. None for a text that got
    /// no answer while others do: it may get one some other time. Whoever has to ask somebody else
    /// ends early, with an error, when `stop` is asked for.
    using Directions = std::vector<std::optional<std::vector<float>>>;
    [[nodiscard]] virtual Result<Directions> embed_documents(const std::vector<MeaningText>& texts,
                                                             const std::stop_token& stop) = 0;
    [[nodiscard]] virtual Result<std::vector<float>> embed_query(std::string_view text,
                                                                 const std::stop_token& stop) = 0;
};

}  // namespace bm
