#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "repository/fresh_document.hpp"
#include "repository/phrase_postings.hpp"
#include "repository/posting_cursor.hpp"
#include "repository/text_expression.hpp"

namespace bm {

/// The words of a phrase in a segment: for each token its lists (several only for a prefix).
using TokenLists = std::vector<std::vector<PostingList>>;

/// Finds where the words follow one another in one column and adds the documents to `found`.
void match_phrase(PageRows& rows, const TokenLists& tokens, std::uint32_t documents,
                  PhrasePostings& found);

/// The same in one fresh document; no hits when it lacks the phrase.
Hits match_phrase(const FreshDocument& document, const TextPhrase& phrase);

}  // namespace bm
