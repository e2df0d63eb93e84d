#include "sync/note_meanings.hpp"

#include <algorithm>
#include <filesystem>
#include <span>
#include <string>
#include <utility>

#include "markdown/mime_type.hpp"
#include "markdown/text.hpp"
#include "repository/file_lock.hpp"
#include "repository/trouble.hpp"
#include "sync/index_note.hpp"
#include "sync/passage_vectors.hpp"

namespace bm {

namespace {

// More notes teach little more, and would take more memory.
constexpr std::size_t kMostNotesLearnedFrom = 20'000;
// Vectors of one transaction: others wait for a few milliseconds.
constexpr std::size_t kBatch = 64;

bool has_changed_by_half(std::int64_t now, std::int64_t then) {
    constexpr std::int64_t kFew = 25;
    return now > then + then / 2 + kFew || now < then / 2;
}

/// `embed: false` keeps a note out.
bool is_left_out(const ParsedNote& note) {
    const Value* embed = find(note.frontmatter, "embed");
    return embed != nullptr && embed->scalar() != nullptr &&
           to_lower(embed->scalar()->text) == "false";
}

}  // namespace

NoteMeanings::NoteMeanings(KnowledgeBase& knowledge, const Project& project,
                           std::shared_ptr<EmbeddingProvider> endpoint)
    : knowledge_(knowledge),
      project_(project),
      files_(knowledge.files(project)),
      endpoint_(std::move(endpoint)) {}

bool NoteMeanings::is_on() {
    if (endpoint_ || knowledge_.config()->semantic_search_enabled) return true;
    return knowledge_.index().read([&](Tables& tables) {
        return MeaningRepository(tables.database).notes(project_.id, kFewestNotesToLearnFrom) ==
               kFewestNotesToLearnFrom;
    });
}

NoteMeanings::Glance NoteMeanings::glance() {
    return knowledge_.index().read([&](Tables& tables) {
        MeaningRepository meanings(tables.database);
        return Glance{meanings.model(project_.id), meanings.generation(project_.id),
                      meanings.files(project_.id)};
    });
}

Result<std::string> NoteMeanings::identity(const std::stop_token& stop) {
    return endpoint_ ? endpoint_->identity(stop) : std::string(kVaultIdentity);
}

MeaningState NoteMeanings::state_of(const Glance& seen, const std::string& identity) {
    MeaningState state;
    state.files = seen.files;
    state.generation = seen.generation;
    state.is_complete = seen.model && seen.model->identity == identity &&
                        seen.model->seen_generation == seen.generation;
    if (state.is_complete) state.ready = seen.files;
    return state;
}

void NoteMeanings::count_ready(MeaningState& state, const std::string& identity) {
    if (state.is_complete) return;
    state.ready = knowledge_.index().read([&](Tables& tables) -> std::int64_t {
        MeaningRepository meanings(tables.database);
        const auto model = meanings.model(project_.id);
        const bool is_ours = model && model->identity == identity;
        return is_ours ? meanings.ready(project_.id, model->round) : 0;
    });
}

Result<MeaningState> NoteMeanings::state_uncounted(const std::stop_token& stop) {
    return identity(stop).map([this](const std::string& ours) { return state_of(glance(), ours); });
}

Result<MeaningState> NoteMeanings::state(const std::stop_token& stop) {
    return identity(stop).map([this](const std::string& ours) {
        auto state = state_of(glance(), ours);
        count_ready(state, ours);
        return state;
    });
}

Result<MeaningState> NoteMeanings::bring_up_to_date(std::chrono::milliseconds most,
                                                    const std::stop_token& stop,
                                                    const MeaningWork& how) {
    auto state = work_on(most, stop, how);
    if (!state || state->is_complete) return state;
    return identity(stop).map([&](const std::string& ours) {
        count_ready(*state, ours);
        return *state;
    });
}

Result<MeaningState> NoteMeanings::work_on(std::chrono::milliseconds most,
                                           const std::stop_token& stop, const MeaningWork& how) {
    const auto until = std::chrono::steady_clock::now() + most;
    const auto ours = identity(stop);
    if (!ours) return tl::unexpected<Error>(ours.error());
    const auto seen = state_of(glance(), *ours);
    if (seen.is_complete && !how.afresh) return seen;
    MeaningState came_to;
    try {
        const auto done = work({*ours, until, stop, how});
        if (!done && !stop.stop_requested()) return tl::unexpected<Error>(done.error());
        if (done) came_to = *done;
        if (!done) came_to.was_cut = true;
    } catch (const std::exception& problem) {
        const auto trouble = trouble_of(problem, knowledge_.directory().index());
        if (!trouble) throw;
        knowledge_.log()(
            LogLevel::warning,
            "The notes of project '" + project_.name.str() +
                "' cannot be compared by meaning as they are now: " + trouble->message);
    }
    auto state = state_of(glance(), *ours);
    if (state.is_complete) return state;
    state.was_cut = came_to.was_cut;
    state.is_elsewhere = came_to.is_elsewhere;
    state.unreadable = came_to.unreadable;
    if (state.unreadable > 0) state.generation = came_to.generation;
    return state;
}

Result<MeaningState> NoteMeanings::work(const Run& run) {
    std::filesystem::create_directories(knowledge_.directory().locks());
    const auto file = knowledge_.directory().locks() / ("meanings-" + project_.external_id);
    const auto lock =
        run.how.waits ? std::optional(FileLock::acquire(file)) : FileLock::try_acquire(file);
    if (!lock) {
        MeaningState nothing;
        nothing.is_elsewhere = true;
        return nothing;
    }
    // What changes from here on is looked at the next time.
    const auto seen = glance();
    const auto model = model_for(seen, run);
    if (!model) return tl::unexpected<Error>(model.error());
    return give_vectors(run, *model, seen.generation);
}

Result<MeaningState> NoteMeanings::give_vectors(const Run& run, const MeaningModel& model,
                                                std::int64_t generation) {
    MeaningState came_to;
    came_to.generation = generation;
    VaultEmbedding learned(knowledge_.index(), project_.id, model);
    const std::int64_t kept_after =
        endpoint_ && run.how.afresh ? knowledge_.index().read([](Tables& tables) {
            return MeaningRepository(tables.database).last_passage();
        })
                                    : 0;
    EntityId last{0};
    // Each call gets a little further, however short its time.
    bool is_first = true;
    while (std::exchange(is_first, false) ? !run.stop.stop_requested() : run.goes_on()) {
        const auto stale = knowledge_.index().read([&](Tables& tables) {
            return MeaningRepository(tables.database).stale(project_.id, model.round, last, kBatch);
        });
        if (stale.empty()) {
            if (came_to.unreadable > 0) return came_to;
            knowledge_.index().write([&](Tables& tables) {
                MeaningRepository(tables.database)
                    .note_complete(project_.id, model.round, generation);
            });
            return came_to;
        }
        last = stale.back().id;
        std::vector<MeaningText> texts;
        std::vector<NoteVector> vectors;
        for (const auto& note : stale) {
            if (run.stop.stop_requested()) break;
            if (auto text = text_of(note.path)) {
                texts.push_back(*std::move(text));
                vectors.push_back({note.id, note.doc, {}});
            } else {
                ++came_to.unreadable;
            }
        }
        // Those come first the next time, too: a call that ended here would never get further.
        if (vectors.empty()) {
            is_first = true;
            continue;
        }
        auto made = vectors_of(texts, run, kept_after, learned);
        if (!made) return tl::unexpected<Error>(made.error());
        if (!*made) break;
        for (std::size_t i = 0; i < vectors.size(); ++i) {
            vectors[i].vector = std::move((**made)[i]);
        }
        knowledge_.index().write([&](Tables& tables) {
            MeaningRepository(tables.database).put(project_.id, model.round, vectors);
        });
    }
    came_to.was_cut = true;
    return came_to;
}

Result<std::optional<std::vector<std::string>>> NoteMeanings::vectors_of(
    const std::vector<MeaningText>& texts, const Run& run, std::int64_t kept_after,
    VaultEmbedding& learned) {
    using Vectors = std::optional<std::vector<std::string>>;
    if (endpoint_) {
        bool is_first = true;
        bool was_stopped = false;
        const auto goes_on = [&] {
            was_stopped =
                std::exchange(is_first, false) ? run.stop.stop_requested() : !run.goes_on();
            return !was_stopped;
        };
        const PassageWish wish{run.identity, kept_after, goes_on, run.stop};
        auto made = passage_vectors(knowledge_.index(), *endpoint_, wish, texts);
        // A failure is one however long it took.
        if (!made && (was_stopped || run.stop.stop_requested())) return Vectors();
        if (!made) return tl::unexpected<Error>(made.error());
        return Vectors(*std::move(made));
    }
    const auto directions = learned.embed_documents(texts, run.stop);
    if (!directions) return tl::unexpected<Error>(directions.error());
    std::vector<std::string> vectors;
    for (const auto& direction : *directions) {
        vectors.push_back(direction ? quantised(*direction) : std::string());
    }
    return Vectors(std::move(vectors));
}

/// The one that there is, or another one in its place.
Result<MeaningModel> NoteMeanings::model_for(const Glance& seen, const Run& run) {
    const bool is_ours = seen.model && seen.model->identity == run.identity && !run.how.afresh;
    if (is_ours && (endpoint_ || !has_changed_by_half(seen.files, seen.model->files_then))) {
        return *seen.model;
    }
    const auto model = endpoint_ ? std::optional(VaultModel{}) : learned(run.stop);
    if (run.stop.stop_requested()) return fail(Fault::unavailable, "Learning was stopped.");
    if (model) return store(*model, run.identity);
    if (is_ours) return *seen.model;
    return fail(Fault::unavailable, "Most notes of project '" + project_.name.str() +
                                        "' cannot be read now. Check that " +
                                        project_.path.string() + " is there and may be read.");
}

/// In steps between which others may write.
MeaningModel NoteMeanings::store(const VaultModel& model, const std::string& identity) {
    constexpr std::size_t kWords = 500;
    const auto step = [&](const auto& work) {
        return knowledge_.index().write([&](Tables& tables) {
            MeaningRepository meanings(tables.database);
            return work(meanings);
        });
    };
    const std::int64_t round =
        step([&](MeaningRepository& meanings) { return meanings.begin_model(project_.id); });
    while (step(
        [&](MeaningRepository& meanings) { return meanings.forget_words(project_.id, kWords); })) {
    }
    for (std::size_t from = 0; from < model.words.size(); from += kWords) {
        const auto some =
            std::span(model.words).subspan(from, std::min(kWords, model.words.size() - from));
        step([&](MeaningRepository& meanings) {
            meanings.put_words(project_.id, some);
            return true;
        });
    }
    return step([&](MeaningRepository& meanings) {
        meanings.end_model(project_.id, round, identity, model.notes);
        return *meanings.model(project_.id);
    });
}

std::optional<VaultModel> NoteMeanings::learned(const std::stop_token& stop) {
    const auto paths = knowledge_.index().read([&](Tables& tables) {
        return MeaningRepository(tables.database).sample(project_.id, kMostNotesLearnedFrom);
    });
    VaultLearner learner;
    std::size_t read = 0;
    for (const auto& path : paths) {
        if (stop.stop_requested()) return std::nullopt;
        const auto text = text_of(path);
        if (!text) continue;
        learner.add(words_of(text->title, text->text));
        ++read;
    }
    if (2 * read < paths.size()) return std::nullopt;
    return learner.learned(stop);
}

/// Of one that is no note, and of one that is too large, its path. None for a note that cannot be
/// read now: what it says, and whether it wants to be left out, is told by nothing else.
std::optional<MeaningText> NoteMeanings::text_of(const RelativePath& path) {
    const MeaningText by_path{path.str(), ""};
    if (!is_note_name(path.str())) return by_path;
    const auto stamp = files_->stamp(path);
    if (!stamp) return std::nullopt;
    if (stamp->size > kMaxNoteBytes) return by_path;
    auto content = files_->read(path);
    if (!content) return std::nullopt;
    const auto file = prepare_file(path, *std::move(content));
    if (!file || !file->note) return std::nullopt;
    if (is_left_out(*file->note)) return MeaningText{};
    MeaningText text{file->note->title, file->note->body};
    for (const auto& tag : file->note->tags) text.text += '\n' + tag;
    return text;
}

std::unique_ptr<EmbeddingProvider> NoteMeanings::word_provider() {
    if (endpoint_) return nullptr;
    auto model = glance().model;
    if (!model || model->identity != kVaultIdentity) return nullptr;
    return std::make_unique<VaultEmbedding>(knowledge_.index(), project_.id, *std::move(model));
}

Result<std::optional<NoteMeanings::Near>> NoteMeanings::nearest(std::string_view text,
                                                                const SearchRequest& request,
                                                                std::optional<double> lowest,
                                                                std::size_t limit,
                                                                const std::stop_token& stop) {
    const auto ours = identity(stop);
    if (!ours) return tl::unexpected<Error>(ours.error());
    const auto seen = glance();
    const bool is_ours = seen.model && seen.model->identity == *ours;
    const bool is_there =
        is_ours &&
        (state_of(seen, *ours).is_complete || knowledge_.index().read([&](Tables& tables) {
            return MeaningRepository(tables.database).is_any_ready(project_.id, seen.model->round);
        }));
    if (!is_there) return std::optional<Near>();
    VaultEmbedding learned(knowledge_.index(), project_.id, *seen.model);
    EmbeddingProvider& provider = endpoint_ ? *endpoint_ : learned;
    const auto direction = provider.embed_query(text, stop);
    if (!direction) return tl::unexpected<Error>(direction.error());
    Near near{{}, MeaningQuery(*direction), provider.weight()};
    constexpr double kLeastSimilar = -1;
    const double least = lowest.value_or(provider.lowest_similarity());
    near.notes = knowledge_.index().read([&](Tables& tables) {
        return MeaningRepository(tables.database)
            .nearest(project_.id, seen.model->round, request, near.query,
                     least == 0 ? kLeastSimilar : least, limit);
    });
    return std::optional<Near>(std::move(near));
}

NoteMeanings::Compared NoteMeanings::compared(const RelativePath& path, std::size_t place) {
    constexpr std::size_t most_whole = 2000;
    if (!endpoint_) return {};
    auto text = text_of(path);
    if (!text) return {};
    Compared seen;
    auto passages = passages_of(*text);
    if (place < passages.size()) seen.passage = std::move(passages[place]);
    const bool is_short = first_code_points(text->text, most_whole).size() == text->text.size();
    if (is_short) seen.body = std::move(text->text);
    return seen;
}

}  // namespace bm
