#include "sync/note_meanings.hpp"

#include <algorithm>
#include <filesystem>
#include <string>
#include <utility>

#include "markdown/mime_type.hpp"
#include "repository/file_lock.hpp"
#include "repository/trouble.hpp"
#include "repository/vault_embedding.hpp"
#include "sync/index_note.hpp"

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

bool is_to_be_learned(const std::optional<MeaningModel>& model, std::int64_t files) {
    return !model || model->identity != kVaultIdentity ||
           has_changed_by_half(files, model->files_then);
}

}  // namespace

NoteMeanings::NoteMeanings(KnowledgeBase& knowledge, const Project& project)
    : knowledge_(knowledge), project_(project), files_(knowledge.files(project)) {}

bool NoteMeanings::is_on() {
    if (knowledge_.config()->semantic_search_enabled) return true;
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

MeaningState NoteMeanings::bring_up_to_date(std::chrono::milliseconds most) {
    const auto until = std::chrono::steady_clock::now() + most;
    auto seen = glance();
    const auto is_complete = [&] {
        return seen.model && seen.model->identity == kVaultIdentity &&
               seen.model->seen_generation == seen.generation;
    };
    if (!is_complete()) {
        try {
            work(until);
        } catch (const std::exception& problem) {
            const auto trouble = trouble_of(problem, knowledge_.directory().index());
            if (!trouble) throw;
            knowledge_.log()(
                LogLevel::warning,
                "The notes of project '" + project_.name.str() +
                    "' cannot be compared by meaning as they are now: " + trouble->message);
        }
        seen = glance();
    }
    return {seen.files, seen.ready, is_complete()};
}

void NoteMeanings::work(std::chrono::steady_clock::time_point until) {
    std::filesystem::create_directories(knowledge_.directory().locks());
    const auto lock = FileLock::try_acquire(knowledge_.directory().locks() / "meanings");
    if (!lock) return;  // somebody else is at it
    // What changes from here on is looked at the next time.
    auto seen = glance();
    if (is_to_be_learned(seen.model, seen.files)) seen.model = learn();
    const std::int64_t round = seen.model->round;
    VaultEmbedding embedding(knowledge_.index(), project_.id, *seen.model);
    EntityId last{0};
    while (std::chrono::steady_clock::now() < until) {
        const auto stale = knowledge_.index().read([&](Tables& tables) {
            return MeaningRepository(tables.database).stale(project_.id, round, last, kBatch);
        });
        if (stale.empty()) {
            knowledge_.index().write([&](Tables& tables) {
                MeaningRepository(tables.database)
                    .note_complete(project_.id, round, seen.generation);
            });
            return;
        }
        std::vector<MeaningText> texts;
        for (const auto& note : stale) texts.push_back(text_of(note.path));
        const auto directions = embedding.embed_documents(texts);
        if (!directions) return;
        std::vector<NoteVector> vectors;
        for (std::size_t i = 0; i < stale.size(); ++i) {
            vectors.push_back({stale[i].id, stale[i].doc, quantised((*directions)[i])});
        }
        knowledge_.index().write([&](Tables& tables) {
            MeaningRepository(tables.database).put(project_.id, round, vectors);
        });
        last = stale.back().id;
    }
}

MeaningModel NoteMeanings::learn() {
    const auto paths = knowledge_.index().read([&](Tables& tables) {
        return MeaningRepository(tables.database).sample(project_.id, kMostNotesLearnedFrom);
    });
    VaultLearner learner;
    for (const auto& path : paths) {
        const auto [title, text] = text_of(path);
        learner.add(words_of(title, text));
    }
    const auto learned = learner.learned();
    return knowledge_.index().write([&](Tables& tables) {
        MeaningRepository meanings(tables.database);
        meanings.replace_model(project_.id, kVaultIdentity, learned);
        return *meanings.model(project_.id);
    });
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
    MeaningText text{file->note->title, file->note->body};
    for (const auto& tag : file->note->tags) text.text += '\n' + tag;
    return text;
}

std::unique_ptr<EmbeddingProvider> NoteMeanings::provider() {
    auto model = glance().model;
    if (!model || model->identity != kVaultIdentity) return nullptr;
    return std::make_unique<VaultEmbedding>(knowledge_.index(), project_.id, *std::move(model));
}

Result<std::optional<NoteMeanings::Near>> NoteMeanings::nearest(std::string_view text,
                                                                const SearchRequest& request,
                                                                std::optional<double> lowest,
                                                                std::size_t limit) {
    const auto model = glance().model;
    if (!model || model->identity != kVaultIdentity) return std::optional<Near>();
    VaultEmbedding embedding(knowledge_.index(), project_.id, *model);
    const auto direction = embedding.embed_query(text);
    if (!direction) return tl::unexpected(direction.error());
    Near near{{}, MeaningQuery(*direction)};
    near.notes = knowledge_.index().read([&](Tables& tables) {
        return MeaningRepository(tables.database)
            .nearest(project_.id, model->round, request, near.query,
                     lowest.value_or(embedding.lowest_similarity()), limit);
    });
    return std::optional<Near>(std::move(near));
}

}  // namespace bm
