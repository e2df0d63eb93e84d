#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "repository/embedding_provider.hpp"
#include "repository/meaning_repository.hpp"
#include "repository/vault_embedding.hpp"
#include "sync/knowledge_base.hpp"

namespace bm {

/// From fewer notes there is little to learn: only who enables it in the configuration gets it.
constexpr std::int64_t kFewestNotesToLearnFrom = 50;

/// How far the vectors of a project are.
struct MeaningState {
    std::int64_t files = 0;
    std::int64_t ready = 0;  ///< of them, have a vector
    bool is_complete = false;
    bool was_cut = false;         ///< the time was up before everything was looked at
    bool is_elsewhere = false;    ///< somebody else was at it, and nothing was done here
    std::int64_t unreadable = 0;  ///< files that a run could not read, and left as they are
    std::int64_t generation = 0;  ///< of the notes, when that was so
};

/// How a project is brought up to date.
struct MeaningWork {
    bool waits = false;   ///< for whoever else is at it, in place of leaving it to him
    bool afresh = false;  ///< what was learned and what an endpoint has said count for nothing
};

/// The vectors of the notes of one project, kept in step with the index by whoever asks for them:
/// no write waits for a vector, and nothing runs where nobody compares meanings. Several may be
/// used at the same time, in several processes; one of them works. One thread each.
class NoteMeanings {
public:
    /// Without an endpoint meanings are learned from the notes.
    NoteMeanings(KnowledgeBase& knowledge, const Project& project,
                 std::shared_ptr<EmbeddingProvider> endpoint = nullptr);

    /// Whether meanings are compared here: an endpoint, `semantic_search_enabled`, or enough notes.
    [[nodiscard]] bool is_on();

    /// How far they are; asks nobody, but for an endpoint that has not said what it is.
    [[nodiscard]] Result<MeaningState> state(const std::stop_token& stop = {});
    /// The same for whoever only wants to know whether they are complete: else `ready` is not
    /// counted, which takes a look at every note.
    [[nodiscard]] Result<MeaningState> state_uncounted(const std::stop_token& stop = {});

    /// Learns from the notes, the first time and whenever their number has changed by half, and
    /// gives vectors to those that changed. Stops early after about `most` or when `stop` is asked
    /// for: the next call goes on. Learning itself ends for `stop` only (a second for each thousand
    /// notes), and is begun again then. Files are only read; one that cannot be read now gets no
    /// vector, and nothing is complete before it does. What the machine refuses is logged, and the
    /// vectors that there are stay in use. Fails as the endpoint does.
    Result<MeaningState> bring_up_to_date(std::chrono::milliseconds most,
                                          const std::stop_token& stop = {},
                                          const MeaningWork& how = {});
    /// The same, and `ready` is not counted: for whoever comes again and again.
    Result<MeaningState> work_on(std::chrono::milliseconds most, const std::stop_token& stop,
                                 const MeaningWork& how = {});

    /// Gives words directions where that costs nothing: none for an endpoint, and while nothing was
    /// learned.
    [[nodiscard]] std::unique_ptr<EmbeddingProvider> word_provider();

    struct Near {
        std::vector<NearNote> notes;  ///< best first
        MeaningQuery query;
        double weight = 1;  ///< of a similarity beside the words
    };
    /// The notes that mean what `text` says and pass the filters of `request`. None while nothing
    /// was learned or no vector is there. `lowest` in place of what the provider says; 0 lets all
    /// pass.
    [[nodiscard]] Result<std::optional<Near>> nearest(std::string_view text,
                                                      const SearchRequest& request,
                                                      std::optional<double> lowest,
                                                      std::size_t limit,
                                                      const std::stop_token& stop = {});
    /// What of a note was compared.
    struct Compared {
        std::string passage;
        std::string body;  ///< whole, of a note of at most 2,000 characters; empty for a longer one
    };
    /// By the number of the passage, of a note that an endpoint was given; empty for another one's.
    [[nodiscard]] Compared compared(const RelativePath& path, std::size_t place);

private:
    struct Glance {
        std::optional<MeaningModel> model;
        std::int64_t generation = 0;
        std::int64_t files = 0;
    };
    Glance glance();
    [[nodiscard]] Result<std::string> identity(const std::stop_token& stop);
    [[nodiscard]] static MeaningState state_of(const Glance& seen, const std::string& identity);
    void count_ready(MeaningState& state, const std::string& identity);
    /// What a run of the work is bound to.
    struct Run {
        std::string identity;
        std::chrono::steady_clock::time_point until;
        const std::stop_token& stop;
        const MeaningWork& how;

        [[nodiscard]] bool goes_on() const {
            return std::chrono::steady_clock::now() < until && !stop.stop_requested();
        }
    };
    /// Why it is not complete afterwards; the rest of the state is not filled in.
    Result<MeaningState> work(const Run& run);
    Result<MeaningState> give_vectors(const Run& run, const MeaningModel& model,
                                      std::int64_t generation);
    [[nodiscard]] Result<MeaningModel> model_for(const Glance& seen, const Run& run);
    MeaningModel store(const VaultModel& model, const std::string& identity);
    /// None when it was stopped, or its time was up.
    [[nodiscard]] Result<std::optional<std::vector<std::string>>> vectors_of(
        const std::vector<MeaningText>& texts, const Run& run, std::int64_t kept_after,
        VaultEmbedding& learned);
    /// None while most of the notes cannot be read.
    std::optional<VaultModel> learned(const std::stop_token& stop);
    [[nodiscard]] std::optional<MeaningText> text_of(const RelativePath& path);

    KnowledgeBase& knowledge_;
    const Project project_;
    std::unique_ptr<NoteFiles> files_;
    std::shared_ptr<EmbeddingProvider> endpoint_;
};

}  // namespace bm
