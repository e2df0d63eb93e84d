#include "repository/meaning_repository.hpp"

#include <algorithm>
#include <functional>
#include <unordered_set>

#include "repository/note_filter.hpp"
#include "repository/row_page.hpp"

namespace bm {

namespace {

constexpr const char* kTables = R"sql(
CREATE TABLE IF NOT EXISTS meaning_model (
    project_id      INTEGER PRIMARY KEY REFERENCES project (id) ON DELETE CASCADE,
    round           INTEGER NOT NULL,
    identity        TEXT NOT NULL,
    learned_from    INTEGER NOT NULL,
    files_then      INTEGER NOT NULL,
    seen_generation INTEGER
);
CREATE TABLE IF NOT EXISTS meaning_word (
    project_id INTEGER NOT NULL REFERENCES project (id) ON DELETE CASCADE,
    word       TEXT NOT NULL,
    weight     REAL NOT NULL,
    vector     BLOB NOT NULL,
    PRIMARY KEY (project_id, word)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS meaning_note (
    entity_id  INTEGER PRIMARY KEY REFERENCES entity (id) ON DELETE CASCADE,
    project_id INTEGER NOT NULL,
    round      INTEGER NOT NULL,
    text_doc   INTEGER NOT NULL,  -- of the row when the vector was made
    vector     BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS meaning_note_by_project ON meaning_note (project_id, round);
CREATE TABLE IF NOT EXISTS meaning_passage (
    number INTEGER PRIMARY KEY,
    key    BLOB NOT NULL UNIQUE,
    vector BLOB NOT NULL
);
)sql";

constexpr std::int64_t kNoGeneration = -1;
/// The identity of a model that is being made.
constexpr std::string_view kUnfinished = "unfinished";

/// Better ones first; equal ones in the order in which their notes came to be.
bool is_nearer(const NearNote& left, const NearNote& right) {
    return left.similarity != right.similarity ? left.similarity > right.similarity
                                               : left.id < right.id;
}

/// The best of many, in little memory.
class Nearest {
public:
    Nearest(std::size_t limit, double lowest) : limit_(limit), lowest_(lowest) {}

    void add(const NearNote& note) {
        if (limit_ == 0 || note.similarity < lowest_) return;
        if (heap_.size() == limit_) {
            if (!is_nearer(note, heap_.front())) return;
            std::pop_heap(heap_.begin(), heap_.end(), is_nearer);
            heap_.pop_back();
        }
        heap_.push_back(note);
        std::push_heap(heap_.begin(), heap_.end(), is_nearer);
    }

    std::vector<NearNote> best_first() {
        std::sort_heap(heap_.begin(), heap_.end(), is_nearer);
        return std::move(heap_);
    }

private:
    std::size_t limit_;
    double lowest_;
    std::vector<NearNote> heap_;
};

std::int64_t number(Query& query) { return query.step() ? query.integer(0) : 0; }

}  // namespace

MeaningRepository::MeaningRepository(Database& database)
    : database_(database),
      word_(database, "SELECT weight, vector FROM meaning_word WHERE project_id = ? AND word = ?") {
}

void MeaningRepository::make_tables() {
    if (!has_tables()) database_.exec(kTables);
}

bool MeaningRepository::has_tables() {
    auto statement =
        database_.prepare("SELECT count(*) FROM sqlite_schema WHERE name = 'meaning_note'");
    auto query = statement.run();
    return number(query) > 0;
}

std::optional<MeaningModel> MeaningRepository::model(ProjectId project) {
    if (!has_tables()) return std::nullopt;
    auto statement = database_.prepare(
        "SELECT round, identity, learned_from, files_then, seen_generation"
        " FROM meaning_model WHERE project_id = ?");
    auto query = statement.run();
    if (!query.bind(project.value).step()) return std::nullopt;
    return MeaningModel{query.integer(0), query.string(1), query.integer(2), query.integer(3),
                        query.optional_integer(4).value_or(kNoGeneration)};
}

std::int64_t MeaningRepository::begin_model(ProjectId project) {
    make_tables();
    const auto old = model(project);
    const std::int64_t round = old ? old->round + 1 : 1;
    auto statement = database_.prepare(
        "INSERT INTO meaning_model (project_id, round, identity, learned_from, files_then)"
        " VALUES (?, ?, ?, 0, 0) ON CONFLICT (project_id) DO UPDATE SET round = excluded.round,"
        " identity = excluded.identity, seen_generation = NULL");
    statement.run().bind(project.value).bind(round).bind(kUnfinished).done();
    return round;
}

bool MeaningRepository::forget_words(ProjectId project, std::size_t most) {
    auto statement = database_.prepare(
        "DELETE FROM meaning_word WHERE project_id = ?1 AND word IN"
        " (SELECT word FROM meaning_word WHERE project_id = ?1 ORDER BY word LIMIT ?2)");
    statement.run().bind(project.value).bind(static_cast<std::int64_t>(most)).done();
    auto left =
        database_.prepare("SELECT EXISTS (SELECT 1 FROM meaning_word WHERE project_id = ?)");
    auto query = left.run();
    query.bind(project.value);
    return number(query) > 0;
}

void MeaningRepository::put_words(ProjectId project, std::span<const VaultModel::Word> words) {
    auto statement = database_.prepare(
        "INSERT OR REPLACE INTO meaning_word (project_id, word, weight, vector)"
        " VALUES (?, ?, ?, ?)");
    for (const auto& [word, learned] : words) {
        statement.run()
            .bind(project.value)
            .bind(word)
            .bind(double{learned.weight})
            .bind_blob(std::string_view(learned.vector))
            .done();
    }
}

void MeaningRepository::end_model(ProjectId project, std::int64_t round, std::string_view identity,
                                  std::int64_t learned_from) {
    const std::int64_t files_now = files(project);
    auto statement = database_.prepare(
        "UPDATE meaning_model SET identity = ?, learned_from = ?, files_then = ?"
        " WHERE project_id = ? AND round = ?");
    statement.run()
        .bind(identity)
        .bind(learned_from)
        .bind(files_now)
        .bind(project.value)
        .bind(round)
        .done();
}

std::optional<LearnedWord> MeaningRepository::word(ProjectId project, std::string_view word) {
    auto query = word_.run();
    if (!query.bind(project.value).bind(word).step()) return std::nullopt;
    return LearnedWord{static_cast<float>(query.real(0)), std::string(query.blob(1))};
}

std::int64_t MeaningRepository::generation(ProjectId project) {
    auto statement = database_.prepare("SELECT generation FROM text_state WHERE project_id = ?");
    auto query = statement.run();
    query.bind(project.value);
    return number(query);
}

void MeaningRepository::note_complete(ProjectId project, std::int64_t round,
                                      std::int64_t generation) {
    auto statement = database_.prepare(
        "UPDATE meaning_model SET seen_generation = ? WHERE project_id = ? AND round = ?");
    statement.run().bind(generation).bind(project.value).bind(round).done();
}

std::int64_t MeaningRepository::files(ProjectId project) {
    auto statement = database_.prepare("SELECT count(*) FROM entity WHERE project_id = ?");
    auto query = statement.run();
    query.bind(project.value);
    return number(query);
}

std::int64_t MeaningRepository::notes(ProjectId project, std::int64_t most) {
    auto statement = database_.prepare(
        "SELECT count(*) FROM (SELECT 1 FROM entity"
        " WHERE project_id = ? AND content_type = 'text/markdown' LIMIT ?)");
    auto query = statement.run();
    query.bind(project.value).bind(most);
    return number(query);
}

std::int64_t MeaningRepository::ready(ProjectId project, std::int64_t round) {
    auto statement = database_.prepare(
        "SELECT count(*) FROM meaning_note AS m"
        " JOIN entity AS e ON e.id = m.entity_id AND e.text_doc = m.text_doc"
        " WHERE m.project_id = ? AND m.round = ?");
    auto query = statement.run();
    query.bind(project.value).bind(round);
    return number(query);
}

bool MeaningRepository::is_any_ready(ProjectId project, std::int64_t round) {
    auto statement = database_.prepare(
        "SELECT EXISTS (SELECT 1 FROM meaning_note AS m"
        " JOIN entity AS e ON e.id = m.entity_id AND e.text_doc = m.text_doc"
        " WHERE m.project_id = ? AND m.round = ?)");
    auto query = statement.run();
    query.bind(project.value).bind(round);
    return number(query) > 0;
}

// By id from where the last one ended: an index on the project would find all that are left, each
// time.
std::string_view MeaningRepository::stale_query() noexcept {
    return "SELECT e.id, e.text_doc, e.path FROM entity AS e NOT INDEXED"
           " LEFT JOIN meaning_note AS m ON m.entity_id = e.id AND m.round = ?"
           " WHERE e.id > ? AND e.project_id = ? AND m.text_doc IS NOT e.text_doc"
           " ORDER BY e.id LIMIT ?";
}

std::vector<StaleNote> MeaningRepository::stale(ProjectId project, std::int64_t round,
                                                EntityId last, std::size_t limit) {
    auto statement = database_.prepare(stale_query());
    auto query = statement.run();
    query.bind(round).bind(last.value).bind(project.value).bind(static_cast<std::int64_t>(limit));
    std::vector<StaleNote> notes;
    while (query.step()) {
        auto path = RelativePath::parse(query.text(2));
        if (path) notes.push_back({{query.integer(0)}, {query.integer(1)}, *std::move(path)});
    }
    return notes;
}

std::vector<RelativePath> MeaningRepository::sample(ProjectId project, std::size_t most) {
    const auto all = files(project);
    const auto wanted = static_cast<std::int64_t>(most);
    const std::int64_t each = std::max<std::int64_t>((all + wanted - 1) / wanted, 1);
    auto statement =
        database_.prepare("SELECT path FROM entity WHERE project_id = ? ORDER BY path");
    auto query = statement.run();
    query.bind(project.value);
    std::vector<RelativePath> paths;
    for (std::int64_t row = 0; query.step(); ++row) {
        if (row % each != 0) continue;
        if (auto path = RelativePath::parse(query.text(0))) paths.push_back(*std::move(path));
    }
    return paths;
}

void MeaningRepository::put(ProjectId project, std::int64_t round,
                            const std::vector<NoteVector>& vectors) {
    const auto current = model(project);
    if (!current || current->round != round) return;
    auto statement = database_.prepare(
        "INSERT INTO meaning_note (entity_id, project_id, round, text_doc, vector)"
        " SELECT id, project_id, ?1, text_doc, ?2 FROM entity"
        " WHERE id = ?3 AND project_id = ?4 AND text_doc = ?5"
        " ON CONFLICT (entity_id) DO UPDATE SET project_id = excluded.project_id,"
        " round = excluded.round, text_doc = excluded.text_doc, vector = excluded.vector");
    for (const auto& [id, doc, vector] : vectors) {
        statement.run()
            .bind(round)
            .bind_blob(std::string_view(vector))
            .bind(id.value)
            .bind(project.value)
            .bind(doc.value)
            .done();
    }
}

std::optional<std::string> MeaningRepository::kept_passage(const Checksum& key,
                                                           std::int64_t after) {
    if (!has_tables()) return std::nullopt;
    auto statement =
        database_.prepare("SELECT vector FROM meaning_passage WHERE key = ? AND number > ?");
    auto query = statement.run();
    if (!query.bind_blob(key.raw()).bind(after).step()) return std::nullopt;
    return std::string(query.blob(0));
}

void MeaningRepository::keep_passage(const Checksum& key, std::string_view vector) {
    auto statement =
        database_.prepare("INSERT OR REPLACE INTO meaning_passage (key, vector) VALUES (?, ?)");
    statement.run().bind_blob(key.raw()).bind_blob(vector).done();
}

std::int64_t MeaningRepository::last_passage() {
    if (!has_tables()) return 0;
    auto statement = database_.prepare("SELECT coalesce(max(number), 0) FROM meaning_passage");
    auto query = statement.run();
    return number(query);
}

std::int64_t MeaningRepository::passages_too_many() {
    if (!has_tables()) return 0;
    constexpr std::int64_t kAlways = 16 * std::int64_t{1024} * 1024;
    const auto result_of = [&](const std::string& sql, std::int64_t value) {
        auto statement = database_.prepare(sql);
        auto query = statement.run();
        if (value != 0) query.bind(value);
        return number(query);
    };
    const std::string bytes_in = "SELECT coalesce(sum(length(vector)), 0) FROM ";
    const std::int64_t most = 2 * result_of(bytes_in + "meaning_note", 0) + kAlways;
    const std::int64_t kept = result_of(bytes_in + "meaning_passage", 0);
    if (kept <= most) return 0;
    return result_of(
        "SELECT number FROM (SELECT number,"
        " sum(length(vector)) OVER (ORDER BY number) AS so_far FROM meaning_passage)"
        " WHERE so_far >= ? ORDER BY number LIMIT 1",
        kept - most);
}

std::vector<std::int64_t> MeaningRepository::unused_passages() {
    std::vector<std::int64_t> unused;
    if (!has_tables()) return unused;
    std::vector<std::size_t> sizes;
    auto all_sizes = database_.prepare(
        "SELECT DISTINCT length(vector) FROM meaning_passage WHERE length(vector)");
    for (auto query = all_sizes.run(); query.step();) {
        sizes.push_back(static_cast<std::size_t>(query.integer(0)));
    }
    const std::hash<std::string_view> digest;
    std::unordered_set<std::size_t> used;
    auto any_note = database_.prepare("SELECT EXISTS (SELECT 1 FROM meaning_note)");
    auto any = any_note.run();
    const bool is_any_note = number(any) > 0;
    // Of what is learned there are no passages, and nothing to be read.
    auto all_notes = database_.prepare("SELECT vector FROM meaning_note WHERE ?");
    auto rows = all_notes.run();
    rows.bind(std::int64_t{sizes.empty() ? 0 : 1});
    while (rows.step()) {
        const std::string_view row = rows.blob(0);
        for (const std::size_t size : sizes) {
            if (row.size() % size != 0) continue;
            for (std::size_t at = 0; at < row.size(); at += size) {
                used.insert(digest(row.substr(at, size)));
            }
        }
    }
    auto all_passages = database_.prepare("SELECT number, vector FROM meaning_passage");
    for (auto query = all_passages.run(); query.step();) {
        const std::string_view vector = query.blob(1);
        // Of a passage without a vector nobody can tell.
        const bool is_used = vector.empty() ? is_any_note : used.contains(digest(vector));
        if (!is_used) unused.push_back(query.integer(0));
    }
    return unused;
}

bool MeaningRepository::forget_passages_up_to(std::int64_t number, std::size_t most) {
    const auto limit = static_cast<std::int64_t>(most);
    auto statement = database_.prepare(
        "DELETE FROM meaning_passage WHERE number IN"
        " (SELECT number FROM meaning_passage WHERE number <= ? ORDER BY number LIMIT ?)");
    statement.run().bind(number).bind(limit).done();
    return database_.changes() == limit;
}

void MeaningRepository::forget_passages(std::span<const std::int64_t> numbers) {
    auto statement = database_.prepare("DELETE FROM meaning_passage WHERE number = ?");
    for (const std::int64_t each : numbers) statement.run().bind(each).done();
}

std::string MeaningRepository::nearest_query(const NoteFilter& filter, bool is_complete) {
    std::string sql = "SELECT m.entity_id, m.vector FROM meaning_note AS m";
    if (!filter.takes_every_note()) {
        return sql + " JOIN entity AS e ON e.id = m.entity_id AND e.text_doc = m.text_doc WHERE " +
               filter.on_entity() + " AND m.round = " + filter.parameter_after();
    }
    // What a note said before is not compared. The index has all that tells, and little else.
    if (!is_complete) {
        sql +=
            " CROSS JOIN entity AS e INDEXED BY entity_by_text_doc"
            " ON e.text_doc = m.text_doc AND e.id = m.entity_id";
    }
    return sql + " WHERE m.project_id = ?1 AND m.round = ?2";
}

std::vector<NearNote> MeaningRepository::nearest(ProjectId project, std::int64_t round,
                                                 const SearchRequest& request,
                                                 const MeaningQuery& query_vector, double lowest,
                                                 std::size_t limit) {
    const NoteFilter filter(project, request);
    const bool takes_notes = has_kind(filter.kinds(), ItemKind::entity) && !filter.has_categories();
    if (!takes_notes || query_vector.is_empty()) return {};
    const auto current = model(project);
    const bool is_complete =
        current && current->round == round && current->seen_generation == generation(project);
    auto statement = database_.prepare(nearest_query(filter, is_complete));
    auto query = statement.run();
    filter.bind(query);
    query.bind(round);
    Nearest nearest(limit, lowest);
    while (query.step()) {
        const auto [similarity, place] = query_vector.best_of(query.blob(1));
        nearest.add({{query.integer(0)}, similarity, place});
    }
    return nearest.best_first();
}

}  // namespace bm
