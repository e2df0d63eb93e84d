#include "repository/text_source.hpp"

#include <algorithm>
#include <utility>

#include "repository/phrase_match.hpp"

namespace bm {

namespace {

// Documents of prefixes that a query may keep added up: 32 MB. Prefixes that come to more are
// added up again on every walk.
constexpr std::uint64_t kMostGathered = 4'000'000;

/// Opens one phrase in one segment.
std::unique_ptr<PhrasePostings> open_phrase(SegmentReader& reader, std::int64_t segment,
                                            const TextPhrase& phrase, TextSource& source,
                                            std::uint64_t& may_gather) {
    auto postings = std::make_unique<PhrasePostings>(source.documents);
    std::deque<std::string> pages;
    TokenLists tokens(phrase.tokens.size());
    for (std::size_t i = 0; i < phrase.tokens.size(); ++i) {
        const bool prefix = phrase.prefix && i + 1 == phrase.tokens.size();
        reader.find(segment, phrase.tokens[i], prefix, pages, tokens[i]);
        if (tokens[i].empty()) return postings;
    }
    if (phrase.tokens.size() > 1) {
        match_phrase(reader.rows(), tokens, source.documents, *postings);
        postings->finish();
        return postings;
    }
    for (const auto& list : tokens.front()) postings->add_list(reader.rows(), list);
    postings->finish();
    if (postings->lists() > 1 && postings->at_most() <= may_gather) {
        may_gather -= postings->at_most();
        postings->gather();
        return postings;
    }
    source.lists.push_back(std::move(tokens.front()));
    source.pages.push_back(std::move(pages));
    return postings;
}

void open_fresh(const FreshDocuments& fresh, const TextExpression& expression, TextSource& source) {
    source.documents = fresh.directory->size();
    source.directory = fresh.directory.get();
    for (std::size_t i = 0; i < expression.phrases.size(); ++i) {
        source.phrases.push_back(std::make_unique<PhrasePostings>(source.documents));
    }
    for (std::uint32_t ordinal = 0; ordinal < source.documents; ++ordinal) {
        const FreshDocument document(fresh.bytes[ordinal]);
        for (std::size_t i = 0; i < expression.phrases.size(); ++i) {
            const Hits hits = match_phrase(document, expression.phrases[i]);
            if (hits.all() > 0) source.phrases[i]->add_hits(ordinal, hits);
        }
    }
    for (auto& phrase : source.phrases) phrase->finish();
}

bool has_any(const TextSource& source) {
    return std::any_of(source.phrases.begin(), source.phrases.end(),
                       [](const auto& phrase) { return phrase->at_most() > 0; });
}

}  // namespace

std::deque<TextSource> open_sources(TextStore& store, SegmentReader& reader, ProjectId project,
                                    ProjectText& text, const TextExpression& expression) {
    std::deque<TextSource> sources;
    std::uint64_t may_gather = kMostGathered;
    for (auto& segment : text.segments) {
        if (segment.row.stage != SegmentStage::searched) continue;
        TextSource& source = sources.emplace_back();
        source.documents = segment.row.documents;
        for (const auto& phrase : expression.phrases) {
            source.phrases.push_back(
                open_phrase(reader, segment.row.id, phrase, source, may_gather));
        }
        if (!has_any(source)) {
            sources.pop_back();
            continue;
        }
        source.dead = store.dead(segment);
        source.directory = &store.directory(segment);
    }
    if (text.fresh_documents > 0) {
        open_fresh(store.fresh(project, text), expression, sources.emplace_back());
        if (!has_any(sources.back())) sources.pop_back();
    }
    return sources;
}

}  // namespace bm
