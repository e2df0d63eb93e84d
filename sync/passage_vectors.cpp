#include "sync/passage_vectors.hpp"

#include <algorithm>
#include <map>
#include <span>
#include <utility>

#include "repository/checksum.hpp"
#include "repository/meaning_passages.hpp"
#include "repository/meaning_repository.hpp"
#include "repository/meaning_vector.hpp"

namespace bm {

namespace {

// Of a very long note the beginning is enough.
constexpr std::size_t kMostPassages = 256;
// Of one transaction: others wait for a few milliseconds.
constexpr std::size_t kForgottenAtOnce = 1000;

/// Passages that several notes share are asked for once.
using Vectors = std::map<Checksum, std::string>;
using Missing = std::map<Checksum, const std::string*>;

Result<void> ask_for(const Missing& missing, Index& index, EmbeddingProvider& provider,
                     Vectors& vectors, const PassageWish& wish) {
    const std::size_t at_once = std::max<std::size_t>(provider.passages_at_once(), 1);
    // What got no answer is not kept: the next call would ask for it first, and come no further.
    bool is_any_unanswered = false;
    for (auto at = missing.begin(); at != missing.end();) {
        std::vector<MeaningText> asked;
        std::vector<Checksum> keys;
        for (; at != missing.end() && asked.size() < at_once; ++at) {
            keys.push_back(at->first);
            asked.push_back({"", *at->second});
        }
        const bool goes_on = is_any_unanswered ? !wish.stop.stop_requested() : wish.goes_on();
        if (!goes_on) return fail(Fault::unavailable, "It was stopped.");
        const auto directions = provider.embed_documents(asked, wish.stop);
        if (!directions) return tl::unexpected<Error>(directions.error());
        index.write([&](Tables& tables) {
            MeaningRepository meanings(tables.database);
            for (std::size_t i = 0; i < keys.size(); ++i) {
                const auto& direction = (*directions)[i];
                auto vector = direction ? quantised(*direction) : std::string();
                if (direction) meanings.keep_passage(keys[i], vector);
                if (!direction) is_any_unanswered = true;
                vectors[keys[i]] = std::move(vector);
            }
        });
    }
    return {};
}

/// All have the same size, so that the place of each can be told.
std::string in_a_row(const std::vector<Checksum>& keys, const Vectors& vectors) {
    std::size_t size = 0;
    for (const auto& key : keys) size = std::max(size, vectors.at(key).size());
    std::string row;
    row.reserve(size * keys.size());
    for (const auto& key : keys) {
        const std::string& vector = vectors.at(key);
        row += vector.size() == size ? vector : std::string(size, '\0');
    }
    return row;
}

}  // namespace

std::vector<std::string> passages_of(const MeaningText& text) {
    auto passages = meaning_passages(
        text.text.empty() ? text.title
                          : (text.title.empty() ? text.text : text.title + "\n\n" + text.text));
    if (passages.size() > kMostPassages) passages.resize(kMostPassages);
    return passages;
}

Result<std::vector<std::string>> passage_vectors(Index& index, EmbeddingProvider& provider,
                                                 const PassageWish& wish,
                                                 const std::vector<MeaningText>& texts) {
    std::vector<std::vector<std::string>> passages;
    std::vector<std::vector<Checksum>> keys;
    for (const auto& text : texts) {
        passages.push_back(passages_of(text));
        auto& own = keys.emplace_back();
        for (const auto& passage : passages.back()) {
            own.push_back(checksum_of(wish.identity + '\n' + passage));
        }
    }
    Vectors vectors;
    Missing missing;
    index.read([&](Tables& tables) {
        MeaningRepository meanings(tables.database);
        for (std::size_t i = 0; i < keys.size(); ++i) {
            for (std::size_t j = 0; j < keys[i].size(); ++j) {
                if (vectors.contains(keys[i][j]) || missing.contains(keys[i][j])) continue;
                if (auto kept = meanings.kept_passage(keys[i][j], wish.kept_after)) {
                    vectors[keys[i][j]] = *std::move(kept);
                } else {
                    missing[keys[i][j]] = &passages[i][j];
                }
            }
        }
    });
    if (auto asked = ask_for(missing, index, provider, vectors, wish); !asked) {
        return tl::unexpected<Error>(asked.error());
    }
    std::vector<std::string> rows;
    for (const auto& own : keys) rows.push_back(in_a_row(own, vectors));
    return rows;
}

void prune_passages(Index& index) {
    const std::int64_t last = index.read(
        [](Tables& tables) { return MeaningRepository(tables.database).passages_too_many(); });
    if (last == 0) return;
    while (index.write([&](Tables& tables) {
        return MeaningRepository(tables.database).forget_passages_up_to(last, kForgottenAtOnce);
    })) {
    }
}

void forget_unused_passages(Index& index) {
    const auto unused = index.read(
        [](Tables& tables) { return MeaningRepository(tables.database).unused_passages(); });
    for (std::size_t from = 0; from < unused.size(); from += kForgottenAtOnce) {
        const auto some =
            std::span(unused).subspan(from, std::min(kForgottenAtOnce, unused.size() - from));
        index.write(
            [&](Tables& tables) { MeaningRepository(tables.database).forget_passages(some); });
    }
}

}  // namespace bm
