#include <exception>
#include <map>
#include <utility>

#include "repository/clock.hpp"
#include "sync/file_draft.hpp"
#include "sync/file_preparation.hpp"
#include "sync/note_store.hpp"
#include "sync/row_stamp.hpp"

// How the store of notes writes a file and tells the index.

namespace bm {

namespace {

/// What a note says while the index cannot tell.
StoredNote unindexed_note(const PreparedFile& file) {
    EntityDraft draft = file_draft(file);
    StoredNote note{{.id = {0},
                     .external_id = "",
                     .title = std::move(draft.title),
                     .type = std::move(draft.type),
                     .metadata = std::move(draft.metadata),
                     .content_type = std::move(draft.content_type),
                     .permalink = std::move(draft.permalink),
                     .path = file.path,
                     .checksum = draft.checksum,
                     .stamp = draft.stamp,
                     .created = draft.created,
                     .updated = draft.updated,
                     .excerpt = std::move(draft.excerpt)},
                    false,
                    {},
                    0,
                    0,
                    false};
    if (!file.note) return note;
    for (const auto& observation : file.note->observations) {
        ++note.observation_categories[observation.category.value_or("note")];
    }
    note.unresolved_relations = file.note->relations.size();
    return note;
}

}  // namespace

Result<StoredNote> NoteStore::store(const RelativePath& path, std::string_view bytes,
                                    const std::optional<FileStamp>& expected) {
    auto prepared = prepare_bytes(path, {std::string(bytes), {}, {}});
    if (!prepared) return tl::unexpected(prepared.error());
    return store_prepared(*std::move(prepared), bytes, expected, true);
}

Result<StoredNote> NoteStore::store_any(const RelativePath& path, std::string_view bytes,
                                        const std::optional<FileStamp>& expected) {
    auto prepared = prepare_bytes(path, {std::string(bytes), {}, {}});
    const bool is_text = prepared.has_value();
    if (!is_text) prepared = unread_file(path, {checksum_of(bytes), {}, {}});
    return store_prepared(*std::move(prepared), bytes, expected, is_text);
}

Result<StoredNote> NoteStore::store_prepared(PreparedFile file, std::string_view bytes,
                                             const std::optional<FileStamp>& expected,
                                             bool is_text) {
    const Timestamp begun = system_now();
    return files_->write(file.path, bytes, expected).map([&](const FileStamp& stamp) {
        file.stamp = marked_unless_settled(stamp, begun);
        file.born = knowledge_.now();
        if (is_text) return index_written(file, bytes);
        StoredNote note = unindexed_note(file);
        note.is_text = false;
        keep_written(note.entity, bytes, note.not_done);
        return note;
    });
}

/// The file is durable: whatever happens from here on, the change is done.
StoredNote NoteStore::index_written(const PreparedFile& file, std::string_view bytes) {
    StoredNote note = unindexed_note(file);
    try {
        const auto config = knowledge_.config();
        IndexChange change(knowledge_, project_, *files_);
        std::optional<IndexedNote> indexed;
        note.not_done = change.commit([&](Tables& tables) {
            indexed = change.store(tables, *config, file, Author::this_program);
        });
        note.indexed = true;
        note.entity = std::move(indexed->entity);
        forget_if_left_out(file.path);
    } catch (const std::exception& problem) {
        // Its row has the old stamp, or there is none: the next scan sees the difference.
        note.not_done.push_back(index_later(file.path, problem));
    }
    // Whatever replaces it unseen, it can be had again.
    keep_written(note.entity, bytes, note.not_done);
    if (!note.indexed) return note;
    if (file.note) note.warnings = file.note->warnings;
    attempt(knowledge_, note.not_done, "Where its links lead could not be looked up",
            [&] { count_links(note); });
    catch_up(file.path, file.stamp, note.not_done);
    return note;
}

std::string NoteStore::index_later(const RelativePath& path, const std::exception& problem) {
    knowledge_.log()(LogLevel::error,
                     path.str() + " is stored and will be indexed later: " + problem.what());
    knowledge_.wishes().add(project_.name.str());
    return undone_sentence(
        knowledge_,
        "The index does not know of the change to " + path.str() + " before the next sync",
        problem);
}

void NoteStore::count_links(StoredNote& note) {
    std::map<std::string, std::size_t> categories;
    std::size_t resolved = 0;
    std::size_t unresolved = 0;
    knowledge_.index().read([&](Tables& tables) {
        for (const auto& observation : tables.graph.observations_of(note.entity.id)) {
            ++categories[observation.category];
        }
        for (const auto& edge : tables.graph.outgoing(note.entity.id)) {
            ++(edge.relation.to ? resolved : unresolved);
        }
    });
    note.observation_categories = std::move(categories);
    note.resolved_relations = resolved;
    note.unresolved_relations = unresolved;
}

std::optional<Entity> NoteStore::index_from_disk(const RelativePath& path) {
    const auto held = hold({{path, FinalLink::followed}});
    if (!held) return std::nullopt;
    return index_held(held->places.front().path);
}

std::optional<Entity> NoteStore::index_held(const RelativePath& path) {
    const auto stamp = files_->stamp(path);
    if (!stamp) return std::nullopt;
    const auto row = knowledge_.index().read(
        [&](Tables& tables) { return tables.entities.by_path(project_.id, path.str()); });
    if (row && row->stamp == *stamp) return row;
    const auto prepared = prepare_from_disk(*files_, path);
    if (!prepared) return row;
    const auto is_said_by = [&](const std::optional<Entity>& known) {
        return known && known->checksum == prepared->checksum;
    };
    if (is_said_by(row) && row->stamp == prepared->stamp) return row;
    const auto config = knowledge_.config();
    IndexChange change(knowledge_, project_, *files_);
    std::optional<Entity> entity;
    change.commit([&](Tables& tables) {
        const auto now = tables.entities.by_path(project_.id, path.str());
        entity = is_said_by(now)
                     ? keep_rows(tables, *now, *prepared)
                     : change.store(tables, *config, *prepared, Author::another_program).entity;
    });
    forget_if_left_out(path);
    return entity;
}

void NoteStore::forget_if_left_out(const RelativePath& path) {
    const IgnoreRules rules = knowledge_.ignore_rules(project_);
    // While nobody knows the rules no row goes for them.
    if (rules.unknown_because() || !rules.ignores(path.str())) return;
    IndexChange change(knowledge_, project_, *files_);
    change.commit([&](Tables& tables) {
        const auto row = tables.entities.by_path(project_.id, path.str());
        if (row) change.forget(tables, *row);
    });
}

void NoteStore::catch_up(const RelativePath& path, const FileStamp& indexed, NotDone& not_done) {
    const auto look = [&] {
        FileStamp known = indexed;
        for (int attempt = 0; attempt < kMaxAttempts; ++attempt) {
            const auto now = files_->stamp(path);
            if (now && is_stamp_of(known, *now)) return true;
            const auto entity = now ? index_held(path) : std::nullopt;
            if (!entity) break;
            known = entity->stamp;
        }
        return false;
    };
    bool is_known = false;
    attempt(knowledge_, not_done,
            "What another program has saved into " + path.str() +
                " since is indexed with the next sync",
            [&] { is_known = look(); });
    if (!is_known) knowledge_.wishes().add(project_.name.str());
}

}  // namespace bm
