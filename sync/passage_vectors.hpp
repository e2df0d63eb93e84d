#pragma once

#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "markdown/result.hpp"
#include "repository/embedding_provider.hpp"
#include "repository/index.hpp"

namespace bm {

/// How a provider is to be asked.
struct PassageWish {
    std::string identity;         ///< of the provider
    std::int64_t kept_after = 0;  ///< passages kept up to this number are asked for again
    /// Before each request, until one leaves a passage without an answer; false ends the work with
    /// an error.
    std::function<bool()> goes_on;
    std::stop_token stop;
};

/// The vectors of the passages of each text, in a row, as the index keeps them; empty for a text
/// without words. The provider is asked only for passages that nobody has asked it for before: each
/// of its answers is kept at once, by the digest of what was asked. One that got no answer has no
/// vector, and is asked for again with the next text that has it. Fails as the provider does, and
/// then what was answered is not lost.
Result<std::vector<std::string>> passage_vectors(Index& index, EmbeddingProvider& provider,
                                                 const PassageWish& wish,
                                                 const std::vector<MeaningText>& texts);

/// Forgets the oldest passages when there are many more than the notes have. Reads all vectors.
void prune_passages(Index& index);
/// Forgets those that no note has: of notes that are gone, or say something else. Reads all
/// vectors.
void forget_unused_passages(Index& index);

/// The passages of a text, as they are given to a provider.
std::vector<std::string> passages_of(const MeaningText& text);

}  // namespace bm
