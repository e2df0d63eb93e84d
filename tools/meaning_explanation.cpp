#include "tools/meaning_explanation.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "markdown/text.hpp"
#include "repository/tokenizer.hpp"

namespace bm {
namespace {

/// Words of the top of a note that an explanation looks at.
constexpr std::size_t kMostWordsLookedAt = 40;
constexpr std::size_t kNearWordsShown = 3;
constexpr double kLeastNearness = 0.25;

}  // namespace

MeaningExplanation::Explained MeaningExplanation::of(const MeaningHit& hit, const SearchRow& row) {
    Json said = {{"rank", hit.rank},
                 {"similarity", hit.similarity},
                 {"weight", near_.weight},
                 {"near", near_words(row)}};
    constexpr std::size_t kLongestPassageShown = 200;
    const auto path = RelativePath::parse(row.path);
    auto seen = path ? meanings_.compared(*path, hit.passage) : NoteMeanings::Compared();
    if (!seen.passage.empty()) {
        said["passage"] = first_code_points(seen.passage, kLongestPassageShown);
    }
    return {std::move(said), seen.body.empty() ? std::move(seen.passage) : std::move(seen.body)};
}

/// Words of a note's beginning that lie close to the query and are not in it.
std::vector<std::string> MeaningExplanation::near_words(const SearchRow& row) {
    if (!std::exchange(is_begun_, true)) words_ = meanings_.word_provider();
    if (!words_) return {};
    std::set<std::string, std::less<>> asked;
    Tokenizer of_query(typed_);
    while (of_query.next()) asked.emplace(of_query.token());
    std::set<std::string, std::less<>> words;
    const std::string top = row.title + '\n' + row.content.value_or("");
    Tokenizer of_note(top);
    while (words.size() < kMostWordsLookedAt && of_note.next()) {
        constexpr std::size_t kShortest = 3;
        const auto word = of_note.token();
        if (word.size() >= kShortest && !asked.contains(word)) words.emplace(word);
    }
    look_at({words.begin(), words.end()});
    std::vector<std::pair<double, std::string>> near;
    for (const auto& word : words) {
        const double nearness = nearness_[word];
        if (nearness >= kLeastNearness) near.emplace_back(-nearness, word);
    }
    std::sort(near.begin(), near.end());
    std::vector<std::string> shown;
    for (std::size_t i = 0; i < std::min(near.size(), kNearWordsShown); ++i) {
        shown.push_back(near[i].second);
    }
    return shown;
}

void MeaningExplanation::look_at(const std::vector<std::string>& words) {
    std::vector<MeaningText> unknown;
    for (const auto& word : words) {
        if (!nearness_.contains(word)) unknown.push_back({"", word});
    }
    if (unknown.empty()) return;
    const auto directions = words_->embed_documents(unknown, {});
    for (std::size_t i = 0; i < unknown.size(); ++i) {
        const bool has_direction = directions && (*directions)[i];
        nearness_[unknown[i].text] =
            has_direction ? near_.query.similarity(quantised(*(*directions)[i])) : 0;
    }
}

}  // namespace bm
