#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "repository/phrase_postings.hpp"
#include "repository/segment_reader.hpp"
#include "repository/text_expression.hpp"
#include "repository/text_store.hpp"

namespace bm {

/// What a segment, or the fresh documents together, have for one query.
struct TextSource {
    std::uint32_t documents = 0;
    const SegmentDirectory* directory = nullptr;
    const DeadDocuments* dead = nullptr;                   ///< null when all live
    std::vector<std::unique_ptr<PhrasePostings>> phrases;  ///< in the order of the expression

    // What the postings point into.
    std::deque<std::deque<std::string>> pages;  // a deque that moves leaves its strings in place
    std::deque<std::vector<PostingList>> lists;

    [[nodiscard]] std::uint32_t windows() const noexcept {
        return (documents + kWindow - 1) / kWindow;
    }
};

/// Looks the phrases of an expression up in every segment and in the fresh documents. Sources that
/// have none of them are left out. `text` is up to date and outlives the sources.
std::deque<TextSource> open_sources(TextStore& store, SegmentReader& reader, ProjectId project,
                                    ProjectText& text, const TextExpression& expression);

}  // namespace bm
