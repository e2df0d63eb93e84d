#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "repository/checksum.hpp"
#include "repository/database.hpp"
#include "repository/entity.hpp"
#include "repository/search_repository.hpp"
#include "repository/text_index.hpp"
#include "repository/vault_model.hpp"

namespace bm {

/// What makes the vectors of a project.
struct MeaningModel {
    std::int64_t round;    ///< vectors of another round are not compared with those of this one
    std::string identity;  ///< of the provider
    std::int64_t learned_from;     ///< notes
    std::int64_t files_then;       ///< of the project, when it was learned
    std::int64_t seen_generation;  ///< of the text index, when no vector was missing
};

/// A note whose vector is missing, or of what it said before.
struct StaleNote {
    EntityId id;
    TextDoc doc;
    RelativePath path;
};

struct NoteVector {
    EntityId id;
    TextDoc doc;         ///< of the row that it was made for
    std::string vector;  ///< quantised, one or several in a row; empty for a file without words
};

struct NearNote {
    EntityId id;
    double similarity;
    std::size_t place = 0;  ///< of the vector that is so similar, from 0
};

/// The vectors of notes, beside the rows that they belong to. A vector is up to date when it was
/// made for the text document that the row has now: each change of a note gives it another one, so
/// no writer has to think of vectors, and rows that go take theirs with them. The tables are made
/// at the first write: an index of an older program needs no rebuilding, and that program can go on
/// using it. One connection, one thread.
class MeaningRepository {
public:
    explicit MeaningRepository(Database& database);

    /// Needs a write transaction, as all that change something.
    void make_tables();
    [[nodiscard]] bool has_tables();

    [[nodiscard]] std::optional<MeaningModel> model(ProjectId project);
    /// Puts another model in the place of the old one: all vectors are missing then. Gives its
    /// round.
    std::int64_t replace_model(ProjectId project, std::string_view identity,
                               const VaultModel& model);
    [[nodiscard]] std::optional<LearnedWord> word(ProjectId project, std::string_view word);

    /// Changes with every change of the notes.
    [[nodiscard]] std::int64_t generation(ProjectId project);
    void note_complete(ProjectId project, std::int64_t round, std::int64_t generation);

    /// All files of a project, and those that have a vector of this round.
    [[nodiscard]] std::int64_t files(ProjectId project);
    [[nodiscard]] std::int64_t ready(ProjectId project, std::int64_t round);
    /// In order of id, those after `last`.
    [[nodiscard]] std::vector<StaleNote> stale(ProjectId project, std::int64_t round, EntityId last,
                                               std::size_t limit);
    /// Of all files, evenly.
    [[nodiscard]] std::vector<RelativePath> sample(ProjectId project, std::size_t most);
    /// Vectors of rows that changed meanwhile, or of a model that was replaced, are left out.
    void put(ProjectId project, std::int64_t round, const std::vector<NoteVector>& vectors);

    /// The vector of a passage that some note has or had, by a key of provider and text.
    [[nodiscard]] std::optional<std::string> kept_passage(const Checksum& key);
    void keep_passage(const Checksum& key, std::string_view vector);
    /// Forgets the oldest ones beyond twice what all notes together hold, and some more.
    void prune_passages();

    /// The most similar notes that pass the filters of `request`, best first, none below
    /// `lowest`. Reads each vector once and keeps none: a byte for each dimension.
    [[nodiscard]] std::vector<NearNote> nearest(ProjectId project, std::int64_t round,
                                                const SearchRequest& request,
                                                const MeaningQuery& query, double lowest,
                                                std::size_t limit);

private:
    Database& database_;
    Statement word_;
};

}  // namespace bm
