#pragma once

#include <cstdint>
#include <optional>
#include <span>
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

class NoteFilter;

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
    /// Another model takes the place of the old one, in steps that keep nobody waiting: it begins,
    /// and no vector counts any more; the old words go and the new ones come, some at a time; it
    /// ends, and is there. Who finds one that was not ended begins anew. Gives its round.
    std::int64_t begin_model(ProjectId project);
    /// True while there are more.
    bool forget_words(ProjectId project, std::size_t most);
    void put_words(ProjectId project, std::span<const VaultModel::Word> words);
    void end_model(ProjectId project, std::int64_t round, std::string_view identity,
                   std::int64_t learned_from);
    [[nodiscard]] std::optional<LearnedWord> word(ProjectId project, std::string_view word);

    /// Changes with every change of the notes.
    [[nodiscard]] std::int64_t generation(ProjectId project);
    void note_complete(ProjectId project, std::int64_t round, std::int64_t generation);

    /// All files of a project, and those that have a vector of this round for what they say now.
    [[nodiscard]] std::int64_t files(ProjectId project);
    [[nodiscard]] std::int64_t ready(ProjectId project, std::int64_t round);
    [[nodiscard]] bool is_any_ready(ProjectId project, std::int64_t round);
    /// Files that are notes, counted up to `most`.
    [[nodiscard]] std::int64_t notes(ProjectId project, std::int64_t most);
    /// In order of id, those after `last`.
    [[nodiscard]] std::vector<StaleNote> stale(ProjectId project, std::int64_t round, EntityId last,
                                               std::size_t limit);
    /// What `stale` asks, for whoever wants to know how that is found.
    [[nodiscard]] static std::string_view stale_query() noexcept;
    /// Of all files, evenly.
    [[nodiscard]] std::vector<RelativePath> sample(ProjectId project, std::size_t most);
    /// Vectors of rows that changed meanwhile, or of a model that was replaced, are left out.
    void put(ProjectId project, std::int64_t round, const std::vector<NoteVector>& vectors);

    /// The vector of a passage that some note has or had, by a key of provider and text; empty for
    /// one that has no direction. Those with a number up to `after` count for nothing.
    [[nodiscard]] std::optional<std::string> kept_passage(const Checksum& key,
                                                          std::int64_t after = 0);
    void keep_passage(const Checksum& key, std::string_view vector);
    [[nodiscard]] std::int64_t last_passage();
    /// The number up to which passages are too many: the oldest ones beyond twice what all notes
    /// together hold, and some more; 0 for none. Reads all vectors, as the next one does.
    [[nodiscard]] std::int64_t passages_too_many();
    /// Those whose vector no note has.
    [[nodiscard]] std::vector<std::int64_t> unused_passages();
    /// The oldest ones first. True while there are more.
    bool forget_passages_up_to(std::int64_t number, std::size_t most);
    void forget_passages(std::span<const std::int64_t> numbers);

    /// The most similar notes that pass the filters of `request`, best first, none below
    /// `lowest`. Reads each vector once and keeps none: a byte for each dimension. While none is
    /// stale the notes are not looked at.
    [[nodiscard]] std::vector<NearNote> nearest(ProjectId project, std::int64_t round,
                                                const SearchRequest& request,
                                                const MeaningQuery& query, double lowest,
                                                std::size_t limit);

    /// What `nearest` asks. `is_complete`: no vector is stale.
    [[nodiscard]] static std::string nearest_query(const NoteFilter& filter, bool is_complete);

private:
    Database& database_;
    Statement word_;
};

}  // namespace bm
