#include "repository/text_store.hpp"

#include <algorithm>
#include <bit>
#include <utility>

namespace bm {

namespace {

// Dead documents are kept as a bitmap in pieces: an edit rewrites a kilobyte, and a reader of a
// million documents takes in a hundred rows.
constexpr std::uint32_t kDeadChunk = 8192;

constexpr const char* kUpsertState = R"sql(
    INSERT INTO text_state (project_id, generation, documents, tokens, fresh_documents, fresh_bytes)
    VALUES (?, 1 + (random() & 0xffffffffff), ?, ?, ?, ?)
    ON CONFLICT (project_id) DO UPDATE SET
        generation = generation + 1 + (random() & 0xffffffff),
        documents = documents + excluded.documents,
        tokens = tokens + excluded.tokens,
        fresh_documents = fresh_documents + excluded.fresh_documents,
        fresh_bytes = fresh_bytes + excluded.fresh_bytes
    RETURNING generation)sql";

std::uint32_t unsigned_count(std::int64_t value) {
    if (value < 0 || value > UINT32_MAX) throw_damaged_index("count");
    return static_cast<std::uint32_t>(value);
}

}  // namespace

TextStore::TextStore(Database& database)
    : database_(database),
      select_state_(database,
                    "SELECT generation, documents, tokens, fresh_documents, fresh_bytes"
                    " FROM text_state WHERE project_id = ?"),
      upsert_state_(database, kUpsertState),
      select_segments_(database,
                       "SELECT id, stage, level, documents, dead, bytes, target FROM text_segment"
                       " WHERE project_id = ?"),
      select_directory_(database, "SELECT data FROM text_directory WHERE segment_id = ?"),
      select_dead_(database, "SELECT chunk, bits FROM text_dead WHERE segment_id = ?"),
      select_fresh_(database,
                    "SELECT doc, kind, tokens, data FROM text_fresh WHERE project_id = ?"
                    " ORDER BY doc"),
      insert_fresh_(database,
                    "INSERT INTO text_fresh (doc, project_id, kind, tokens, data)"
                    " VALUES (?, ?, ?, ?, ?)"),
      erase_fresh_(database,
                   "DELETE FROM text_fresh WHERE doc = ? AND project_id = ?"
                   " RETURNING tokens, length(data)"),
      erase_all_fresh_(database, "DELETE FROM text_fresh WHERE project_id = ?"),
      insert_segment_(database,
                      "INSERT INTO text_segment (id, project_id, stage, level, documents, dead,"
                      " bytes) VALUES (1 + (random() & 0x3fffffffffffffff), ?, ?, ?, ?, 0, ?)"
                      " RETURNING id"),
      insert_directory_(database, "INSERT INTO text_directory (segment_id, data) VALUES (?, ?)"),
      update_segment_(database,
                      "UPDATE text_segment SET stage = ?, level = ?, dead = ?, bytes = ?,"
                      " target = ? WHERE id = ?"),
      select_reached_(database, "SELECT coalesce(reached, '') FROM text_segment WHERE id = ?"),
      set_reached_(database, "UPDATE text_segment SET reached = ? WHERE id = ?"),
      select_dead_chunk_(database, "SELECT bits FROM text_dead WHERE segment_id = ? AND chunk = ?"),
      upsert_dead_chunk_(database,
                         "INSERT INTO text_dead (segment_id, chunk, bits) VALUES (?, ?, ?)"
                         " ON CONFLICT (segment_id, chunk) DO UPDATE SET bits = excluded.bits"),
      erase_pages_(database,
                   "DELETE FROM text_page WHERE id IN"
                   " (SELECT id FROM text_page WHERE segment_id = ? LIMIT ?)"),
      erase_segment_(database, "DELETE FROM text_segment WHERE id = ?"),
      erase_segments_(database, "DELETE FROM text_segment WHERE project_id = ?") {}

void TextStore::refresh(ProjectId project, ProjectText& text) {
    {
        auto query = select_state_.run();
        if (!query.bind(project.value).step()) {
            text = ProjectText{};
            return;
        }
        if (query.integer(0) == text.generation) return;
        text.generation = query.integer(0);
        text.documents = query.integer(1);
        text.tokens = query.integer(2);
        text.fresh_documents = query.integer(3);
        text.fresh_bytes = query.integer(4);
    }
    text.fresh.reset();
    auto known = std::exchange(text.segments, {});
    auto query = select_segments_.run();
    query.bind(project.value);
    while (query.step()) {
        Segment segment;
        segment.row.id = query.integer(0);
        segment.row.stage = static_cast<SegmentStage>(query.integer(1));
        segment.row.level = static_cast<int>(query.integer(2));
        segment.row.documents = unsigned_count(query.integer(3));
        segment.row.dead = unsigned_count(query.integer(4));
        segment.row.bytes = static_cast<std::uint64_t>(query.integer(5));
        segment.row.target = query.optional_integer(6);
        const auto same = std::find_if(known.begin(), known.end(), [&](const Segment& s) {
            return s.row.id == segment.row.id;
        });
        // Who is dead may have changed, who is in the segment cannot.
        if (same != known.end()) segment.directory = std::move(same->directory);
        text.segments.push_back(std::move(segment));
    }
}

const SegmentDirectory& TextStore::directory(Segment& segment) {
    if (!segment.directory) {
        auto query = select_directory_.run();
        if (!query.bind(segment.row.id).step()) throw_damaged_index("missing directory");
        auto directory = std::make_unique<const SegmentDirectory>(std::string(query.blob(0)));
        if (directory->size() != segment.row.documents) throw_damaged_index("size of a directory");
        segment.directory = std::move(directory);
    }
    return *segment.directory;
}

const DeadDocuments* TextStore::dead(Segment& segment) {
    if (segment.row.dead == 0) return nullptr;
    if (!segment.dead) {
        DeadDocuments dead(segment.row.documents);
        auto query = select_dead_.run();
        query.bind(segment.row.id);
        while (query.step()) {
            const std::int64_t chunk = query.integer(0);
            const std::string_view bits = query.blob(1);
            if (chunk < 0 || chunk > segment.row.documents / kDeadChunk) {
                throw_damaged_index("dead documents");
            }
            for (std::size_t i = 0; i < bits.size(); ++i) {
                for (auto byte = static_cast<unsigned char>(bits[i]); byte != 0;
                     byte &= static_cast<unsigned char>(byte - 1)) {
                    const auto bit = static_cast<unsigned>(std::countr_zero(byte));
                    const std::size_t ordinal =
                        static_cast<std::size_t>(chunk) * kDeadChunk + i * 8 + bit;
                    if (ordinal >= segment.row.documents) throw_damaged_index("dead documents");
                    dead.set(static_cast<std::uint32_t>(ordinal));
                }
            }
        }
        segment.dead = std::move(dead);
    }
    return &*segment.dead;
}

const FreshDocuments& TextStore::fresh(ProjectId project, ProjectText& text) {
    if (!text.fresh) {
        FreshDocuments fresh;
        DirectoryWriter directory;
        auto query = select_fresh_.run();
        query.bind(project.value);
        while (query.step()) {
            const std::int64_t kind = query.integer(1);
            if (kind < 0 || kind > static_cast<int>(ItemKind::relation)) {
                throw_damaged_index("kind");
            }
            directory.add(TextDoc{query.integer(0)}, static_cast<ItemKind>(kind),
                          unsigned_count(query.integer(2)));
            fresh.bytes.emplace_back(query.blob(3));
        }
        fresh.directory = std::make_unique<const SegmentDirectory>(directory.finish());
        text.fresh = std::move(fresh);
    }
    return *text.fresh;
}

void TextStore::count(ProjectId project, ProjectText& text, const Change& change) {
    auto query = upsert_state_.run();
    query.bind(project.value)
        .bind(change.documents)
        .bind(change.tokens)
        .bind(change.fresh_documents)
        .bind(change.fresh_bytes)
        .step();
    text.generation = query.integer(0);
    text.documents += change.documents;
    text.tokens += change.tokens;
    text.fresh_documents += change.fresh_documents;
    text.fresh_bytes += change.fresh_bytes;
}

void TextStore::insert_fresh(ProjectId project, const TextDocument& document,
                             const FreshDocumentWriter::Written& written) {
    insert_fresh_.run()
        .bind(document.doc.value)
        .bind(project.value)
        .bind(static_cast<int>(document.kind))
        .bind(static_cast<std::int64_t>(written.tokens))
        .bind_blob(written.bytes)
        .done();
}

std::optional<TextStore::Erased> TextStore::erase_fresh(ProjectId project, TextDoc doc) {
    auto query = erase_fresh_.run();
    if (!query.bind(doc.value).bind(project.value).step()) return std::nullopt;
    return Erased{query.integer(0), query.integer(1)};
}

void TextStore::erase_all_fresh(ProjectId project) {
    erase_all_fresh_.run().bind(project.value).done();
}

std::int64_t TextStore::insert_segment(ProjectId project, const SegmentRow& row,
                                       std::string_view directory) {
    auto query = insert_segment_.run();
    query.bind(project.value)
        .bind(static_cast<int>(row.stage))
        .bind(row.level)
        .bind(static_cast<std::int64_t>(row.documents))
        .bind(static_cast<std::int64_t>(row.bytes))
        .step();
    const std::int64_t id = query.integer(0);
    insert_directory_.run().bind(id).bind_blob(directory).done();
    return id;
}

void TextStore::update_segment(const SegmentRow& row) {
    update_segment_.run()
        .bind(static_cast<int>(row.stage))
        .bind(row.level)
        .bind(static_cast<std::int64_t>(row.dead))
        .bind(static_cast<std::int64_t>(row.bytes))
        .bind(row.target)
        .bind(row.id)
        .done();
}

std::string TextStore::reached(std::int64_t segment) {
    auto query = select_reached_.run();
    if (!query.bind(segment).step()) throw_damaged_index("missing segment");
    return query.string(0);
}

void TextStore::set_reached(std::int64_t segment, std::string_view term) {
    set_reached_.run().bind(term).bind(segment).done();
}

std::vector<std::uint32_t> TextStore::kill(Segment& segment,
                                           const std::vector<std::uint32_t>& ordinals) {
    std::vector<std::uint32_t> killed;
    for (std::size_t i = 0; i < ordinals.size();) {
        const std::uint32_t chunk = ordinals[i] / kDeadChunk;
        std::string bits;
        {
            auto query = select_dead_chunk_.run();
            if (query.bind(segment.row.id).bind(static_cast<std::int64_t>(chunk)).step()) {
                bits = query.blob(0);
            }
        }
        const std::uint32_t size = std::min(kDeadChunk, segment.row.documents - chunk * kDeadChunk);
        bits.resize((size + 7) / 8);
        for (; i < ordinals.size() && ordinals[i] / kDeadChunk == chunk; ++i) {
            const std::uint32_t bit = ordinals[i] % kDeadChunk;
            const auto byte = static_cast<unsigned char>(bits[bit / 8]);
            if ((byte >> bit % 8 & 1U) != 0) continue;
            bits[bit / 8] = static_cast<char>(byte | 1U << bit % 8);
            killed.push_back(ordinals[i]);
            if (segment.dead) segment.dead->set(ordinals[i]);
        }
        upsert_dead_chunk_.run()
            .bind(segment.row.id)
            .bind(static_cast<std::int64_t>(chunk))
            .bind_blob(bits)
            .done();
    }
    segment.row.dead += static_cast<std::uint32_t>(killed.size());
    update_segment(segment.row);
    return killed;
}

bool TextStore::erase_some(std::int64_t segment, int rows) {
    erase_pages_.run().bind(segment).bind(rows).done();
    if (database_.changes() > 0) return true;
    erase_segment_.run().bind(segment).done();
    return false;
}

void TextStore::erase_segments(ProjectId project) {
    erase_segments_.run().bind(project.value).done();
}

}  // namespace bm
