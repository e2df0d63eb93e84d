#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "markdown/result.hpp"
#include "repository/embedding_provider.hpp"
#include "repository/index.hpp"

namespace bm {

/// The vectors of the passages of each text, in a row, as the index keeps them; empty for a text
/// without words. The provider is asked only for passages that nobody has asked it for before: each
/// of its answers is kept at once, by the digest of what was asked. Fails as the provider does,
/// and then what was answered is not lost.
Result<std::vector<std::string>> passage_vectors(Index& index, EmbeddingProvider& provider,
                                                 const std::string& identity,
                                                 const std::vector<MeaningText>& texts,
                                                 const std::stop_token& stop);

/// The passages of a text, as they are given to a provider.
std::vector<std::string> passages_of(const MeaningText& text);

}  // namespace bm
