#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "repository/database.hpp"
#include "repository/entity.hpp"

namespace bm {

/// Number of one document in the text index; never used twice.
struct TextDoc {
    std::int64_t value;
    friend auto operator<=>(const TextDoc&, const TextDoc&) = default;
};

enum class ItemKind : std::uint8_t { entity = 0, observation = 1, relation = 2 };

/// One document: what a row of a result stands for.
struct TextDocument {
    TextDoc doc;
    ItemKind kind;
    std::string_view title;
    std::string_view content;
};

struct TextHit {
    TextDoc doc;
    ItemKind kind;
    double score;  ///< bm25 as SQLite's FTS5 computes it: negative, lower is better
};

/// A set of kinds as bits: 1 << ItemKind.
using KindSet = unsigned;
constexpr KindSet kAllKinds = 0b111;

/// A text query in the expression language of FTS5: words, "phrases", prefix*, AND, OR, NOT,
/// parentheses, implicit AND. Column filters and NEAR do not occur.
struct TextQuery {
    std::string expression;
    bool titles_only = false;
    KindSet kinds = kAllKinds;
    /// When set, only these documents may be hits (sorted, unique). Statistics stay those of the
    /// project.
    const std::vector<TextDoc>* among = nullptr;
    std::size_t limit = 10;
    std::size_t offset = 0;
};

struct TextPage {
    std::vector<TextHit> hits;  ///< best first; equal scores in order of document
    std::int64_t total = 0;     ///< all matches, exact
    bool bad_syntax = false;    ///< FTS5 would have refused the expression; no hits then
};

/// The inverted index beside the tables: immutable segments of postings in blobs, a few fresh
/// documents that are searched directly, and a list of dead ones. Lives in the same database and
/// the same transactions as the rows it indexes. One connection, one thread.
class TextIndex {
public:
    explicit TextIndex(Database& database);
    ~TextIndex();
    TextIndex(const TextIndex&) = delete;
    TextIndex& operator=(const TextIndex&) = delete;

    /// The first of `count` new consecutive document numbers. Needs a write transaction.
    TextDoc allocate(std::size_t count);

    /// Adds documents. Needs a write transaction; merges segments when that is due, in bounded
    /// steps.
    void add(ProjectId project, const std::vector<TextDocument>& documents);
    void erase(ProjectId project, const std::vector<TextDoc>& documents);
    /// Empties the index of one project, in bounded memory.
    void clear(ProjectId project);
    /// Does merge work that is due, about `postings` of it (a million take about 50 ms); true when
    /// more is left. Needs a write transaction. Never necessary: writes keep up by themselves, in
    /// small steps. Worth while when nobody waits.
    bool maintain(ProjectId project, std::size_t postings);

    /// For whoever checks the index.
    struct Counts {
        std::int64_t documents = 0;
        std::int64_t tokens = 0;
        std::int64_t fresh_documents = 0;
        std::int64_t fresh_bytes = 0;
        friend bool operator==(const Counts&, const Counts&) = default;
    };
    struct Documents {
        std::vector<TextDoc> living;  ///< ascending
        Counts are;                   ///< what there is of them
        Counts counted;               ///< the same as searches believe
    };
    [[nodiscard]] Documents documents(ProjectId project);
    /// Makes searches believe what there is. Needs a write transaction.
    void count_again(ProjectId project);

    [[nodiscard]] TextPage search(ProjectId project, const TextQuery& query);

    /// Bulk loading: documents gather in memory up to a fixed budget and become segments without
    /// passing through the fresh list. Needs a write transaction from first to finish().
    class Loader {
    public:
        ~Loader();
        Loader(Loader&&) noexcept;
        void add(const TextDocument& document);
        void finish();

    private:
        friend class TextIndex;
        struct State;
        explicit Loader(std::unique_ptr<State> state);
        std::unique_ptr<State> state_;
    };
    [[nodiscard]] Loader bulk_load(ProjectId project);

private:
    struct State;
    std::unique_ptr<State> state_;
};

/// The FTS5 expression for what a person typed. `prefix` is on for text searches.
std::string prepare_text_query(std::string_view typed, bool prefix);
/// The words of `typed` joined by OR for a second try, or none when a retry is not eligible.
std::optional<std::string> relaxed_text_query(std::string_view typed);

}  // namespace bm
