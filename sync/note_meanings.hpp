#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "repository/embedding_provider.hpp"
#include "repository/meaning_repository.hpp"
#include "sync/knowledge_base.hpp"

namespace bm {

/// From fewer notes there is little to learn: only who enables it in the configuration gets it.
constexpr std::int64_t kFewestNotesToLearnFrom = 50;

/// How far the vectors of a project are.
struct MeaningState {
    std::int64_t files = 0;
    std::int64_t ready = 0;  ///< of them, have a vector
    bool is_complete = false;
};

/// The vectors of the notes of one project, kept in step with the index by whoever asks for them:
/// no write waits for a vector, and nothing runs where nobody compares meanings. Several may be
/// used at the same time, in several processes; one of them works. One thread each.
class NoteMeanings {
public:
    NoteMeanings(KnowledgeBase& knowledge, const Project& project);

    /// Whether meanings are compared here: `semantic_search_enabled`, or enough notes.
    [[nodiscard]] bool is_on();

    /// Learns from the notes, the first time and whenever their number has changed by half, and
    /// gives vectors to those that changed. Stops early after about `most`, but not while it learns
    /// (a few seconds for a large vault): the next call goes on. Files are only read. What the
    /// machine refuses is logged, and the vectors that there are stay in use.
    MeaningState bring_up_to_date(std::chrono::milliseconds most);

    /// None while nothing was learned.
    [[nodiscard]] std::unique_ptr<EmbeddingProvider> provider();

    struct Near {
        std::vector<NearNote> notes;  ///< best first
        MeaningQuery query;
    };
    /// The notes that mean what `text` says and pass the filters of `request`. None while nothing
    /// was learned. `lowest` in place of what the provider says.
    [[nodiscard]] Result<std::optional<Near>> nearest(std::string_view text,
                                                      const SearchRequest& request,
                                                      std::optional<double> lowest,
                                                      std::size_t limit);

private:
    struct Glance {
        std::optional<MeaningModel> model;
        std::int64_t generation = 0;
        std::int64_t files = 0;
        std::int64_t ready = 0;
    };
    Glance glance();
    void work(std::chrono::steady_clock::time_point until);
    MeaningModel learn();
    MeaningText text_of(const RelativePath& path);

    KnowledgeBase& knowledge_;
    const Project project_;
    std::unique_ptr<NoteFiles> files_;
};

}  // namespace bm
