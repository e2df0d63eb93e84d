#include "sync/note_meanings.hpp"

#include <algorithm>
#include <filesystem>
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
        return MeaningRepository(tables.database).files(project_.id) >= kFewestNotesToLearnFrom;
    });
}

NoteMeanings::Glance NoteMeanings::glance() {
    return knowledge_.index().read([&](Tables& tables) {
        MeaningRepository meanings(tables.database);
        Glance seen{meanings.model(project_.id), meanings.generation(project_.id),
                    meanings.files(project_.id), 0};
        if (seen.model) seen.ready = meanings.ready(project_.id, seen.model->round);
        return seen;
    });
}

Result<std::string> NoteMeanings::identity(const std::stop_token& stop) {
    return endpoint_ ? endpoint_->identity(stop) : std::string(kVaultIdentity);
}

MeaningState NoteMeanings::state_of(const Glance& seen, const std::string& identity) {
    const bool is_ours = seen.model && seen.model->identity == identity;
    return {seen.files, is_ours ? seen.ready : 0,
            is_ours && seen.model->seen_generation == seen.generation};
}

Result<MeaningState> NoteMeanings::state(const std::stop_token& stop) {
    return identity(stop).map([this](const std::string& ours) { return state_of(glance(), ours); });
}

Result<MeaningState> NoteMeanings::bring_up_to_date(std::chrono::milliseconds most,
                                                    const std::stop_token& stop) {
    const auto until = std::chrono::steady_clock::now() + most;
    const auto ours = identity(stop);
    if (!ours) return tl::unexpected<Error>(ours.error());
    const auto seen = state_of(glance(), *ours);
    if (seen.is_complete) return seen;
    try {
        if (auto done = work(*ours, until, stop); !done && !stop.stop_requested()) {
            return tl::unexpected<Error>(done.error());
        }
    } catch (const std::exception& problem) {
        const auto trouble = trouble_of(problem, knowledge_.directory().index());
        if (!trouble) throw;
        knowledge_.log()(
            LogLevel::warning,
            "The notes of project '" + project_.name.str() +
                "' cannot be compared by meaning as they are now: " + trouble->message);
    }
    return state_of(glance(), *ours);
}

Result<void> NoteMeanings::work(const std::string& identity,
                                std::chrono::steady_clock::time_point until,
                                const std::stop_token& stop) {
    std::filesystem::create_directories(knowledge_.directory().locks());
    const auto lock = FileLock::try_acquire(knowledge_.directory().locks() / "meanings");
    if (!lock) return {};  // somebody else is at it
    // What changes from here on is looked at the next time.
    const auto seen = glance();
    const auto known = model_for(seen, identity, stop);
    if (!known) return tl::unexpected<Error>(known.error());
    const MeaningModel& model = *known;
    VaultEmbedding learned(knowledge_.index(), project_.id, model);
    EntityId last{0};
    while (std::chrono::steady_clock::now() < until && !stop.stop_requested()) {
        const auto stale = knowledge_.index().read([&](Tables& tables) {
            return MeaningRepository(tables.database).stale(project_.id, model.round, last, kBatch);
        });
        if (stale.empty()) {
            knowledge_.index().write([&](Tables& tables) {
                MeaningRepository meanings(tables.database);
                meanings.note_complete(project_.id, model.round, seen.generation);
                if (endpoint_) meanings.prune_passages();
            });
            return {};
        }
        std::vector<MeaningText> texts;
        for (const auto& note : stale) texts.push_back(text_of(note.path));
        auto made = vectors_of(texts, identity, learned, stop);
        if (!made) return tl::unexpected<Error>(made.error());
        std::vector<NoteVector> vectors;
        for (std::size_t i = 0; i < stale.size(); ++i) {
            vectors.push_back({stale[i].id, stale[i].doc, std::move((*made)[i])});
        }
        knowledge_.index().write([&](Tables& tables) {
            MeaningRepository(tables.database).put(project_.id, model.round, vectors);
        });
        last = stale.back().id;
    }
    return {};
}

Result<std::vector<std::string>> NoteMeanings::vectors_of(const std::vector<MeaningText>& texts,
                                                          const std::string& identity,
                                                          VaultEmbedding& learned,
                                                          const std::stop_token& stop) {
    if (endpoint_) return passage_vectors(knowledge_.index(), *endpoint_, identity, texts, stop);
    const auto directions = learned.embed_documents(texts, stop);
    if (!directions) return tl::unexpected<Error>(directions.error());
    std::vector<std::string> vectors;
    for (const auto& direction : *directions) vectors.push_back(quantised(direction));
    return vectors;
}

/// The one that there is, or another one in its place.
Result<MeaningModel> NoteMeanings::model_for(const Glance& seen, const std::string& identity,
                                             const std::stop_token& stop) {
    const bool is_ours = seen.model && seen.model->identity == identity;
    if (is_ours && (endpoint_ || !has_changed_by_half(seen.files, seen.model->files_then))) {
        return *seen.model;
    }
    const VaultModel model = endpoint_ ? VaultModel{} : learned(stop);
    if (stop.stop_requested()) return fail(Fault::unavailable, "Learning was stopped.");
    return knowledge_.index().write([&](Tables& tables) {
        MeaningRepository meanings(tables.database);
        meanings.replace_model(project_.id, identity, model);
        return *meanings.model(project_.id);
    });
}

VaultModel NoteMeanings::learned(const std::stop_token& stop) {
    const auto paths = knowledge_.index().read([&](Tables& tables) {
        return MeaningRepository(tables.database).sample(project_.id, kMostNotesLearnedFrom);
    });
    VaultLearner learner;
    for (const auto& path : paths) {
        if (stop.stop_requested()) return {};
        const auto [title, text] = text_of(path);
        learner.add(words_of(title, text));
    }
    return learner.learned(stop);
}

/// Of a file that cannot be read now, and of one that is no note, its path.
MeaningText NoteMeanings::text_of(const RelativePath& path) {
    MeaningText by_path{path.str(), ""};
    if (!is_note_name(path.str())) return by_path;
    const auto stamp = files_->stamp(path);
    if (!stamp || stamp->size > kMaxNoteBytes) return by_path;
    auto content = files_->read(path);
    if (!content) return by_path;
    const auto file = prepare_file(path, *std::move(content));
    if (!file || !file->note) return by_path;
    if (is_left_out(*file->note)) return {};
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
    const bool is_there = seen.model && seen.model->identity == *ours &&
                          (seen.ready > 0 || state_of(seen, *ours).is_complete);
    if (!is_there) return std::optional<Near>();
    VaultEmbedding learned(knowledge_.index(), project_.id, *seen.model);
    EmbeddingProvider& provider = endpoint_ ? *endpoint_ : learned;
    const auto direction = provider.embed_query(text, stop);
    if (!direction) return tl::unexpected<Error>(direction.error());
    Near near{{}, MeaningQuery(*direction), provider.weight()};
    near.notes = knowledge_.index().read([&](Tables& tables) {
        return MeaningRepository(tables.database)
            .nearest(project_.id, seen.model->round, request, near.query,
                     lowest.value_or(provider.lowest_similarity()), limit);
    });
    return std::optional<Near>(std::move(near));
}

std::string NoteMeanings::passage(const RelativePath& path, std::size_t place) {
    if (!endpoint_) return {};
    auto passages = passages_of(text_of(path));
    return place < passages.size() ? std::move(passages[place]) : std::string();
}

}  // namespace bm
