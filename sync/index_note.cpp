#include "sync/index_note.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <span>
#include <utility>

#include "markdown/mime_type.hpp"
#include "markdown/note_parser.hpp"
#include "markdown/permalink.hpp"
#include "markdown/text.hpp"
#include "sync/file_draft.hpp"
#include "sync/link_resolver.hpp"

namespace bm {

namespace {

/// The permalink a note gets: the author's, unless another file owns it; else the one it has; else
/// its path's slug.
std::optional<std::string> permalink_for(Tables& tables, ProjectId project, const Config& config,
                                         const ParsedNote& note, const RelativePath& path,
                                         const std::optional<Entity>& past) {
    if (note.permalink && !is_blank(*note.permalink)) {
        const auto owner = tables.entities.path_of_permalink(project, *note.permalink);
        if (!owner || *owner == path) return note.permalink;
    }
    if (past && past->permalink) return past->permalink;
    if (config.disable_permalinks) return std::nullopt;
    if (note.permalink && !is_blank(*note.permalink))
        return note.permalink;  // upsert adds the suffix
    return permalink_for_path(path.str());
}

/// `past` is what the index last knew of the note, whether its row is still there or not.
EntityDraft draft_for(Tables& tables, ProjectId project, const Config& config,
                      const PreparedFile& file, const std::optional<Entity>& past) {
    EntityDraft draft = file_draft(file);
    const bool says_when = file.note && file.note->created;
    if (past && !says_when) draft.created = std::min(past->created, draft.created);
    if (file.note) {
        draft.permalink = permalink_for(tables, project, config, *file.note, file.path, past);
    }
    if (past) draft.external_id = past->external_id;
    return draft;
}

/// Two links of one note with the same type and text are one relation; the first context wins.
std::vector<Relation> without_duplicates(const std::vector<Relation>& relations) {
    std::vector<Relation> kept;
    std::set<std::pair<std::string_view, std::string_view>> seen;
    for (const auto& relation : relations) {
        if (seen.emplace(relation.type, relation.target).second) kept.push_back(relation);
    }
    return kept;
}

void append_line(std::string& text, std::string_view line) {
    if (line.empty()) return;
    text += line;
    text += '\n';
}

/// What full-text search looks at besides the title.
std::string searchable_text(const Entity& entity, const ParsedNote* note) {
    std::string text;
    append_line(text, entity.title);
    if (note != nullptr) append_line(text, note->body);
    if (entity.permalink) append_line(text, *entity.permalink);
    append_line(text, entity.path.str());
    if (note != nullptr) {
        for (const auto& tag : note->tags) append_line(text, tag);
    }
    return text;
}

/// What is said in a file; nothing in one that is no note.
struct NoteContents {
    explicit NoteContents(const PreparedFile& file) : note(file.note ? &*file.note : nullptr) {
        if (note == nullptr) return;
        observations = note->observations;
        relations = without_duplicates(note->relations);
    }
    [[nodiscard]] std::size_t size() const { return observations.size() + relations.size(); }

    const ParsedNote* note;
    std::span<const Observation> observations;
    std::vector<Relation> relations;
};

/// Strings that documents point into until they are added.
struct Documents {
    std::vector<TextDocument> list;
    std::vector<std::string> texts;
};

/// Of the entity itself and of what is new among its observations and relations.
Documents documents_for(const Entity& entity, const NoteContents& contents,
                        const GraphRepository::Standing& standing, TextDoc first) {
    Documents documents;
    // Views into `texts` stay valid because it never grows beyond this.
    documents.texts.reserve(1 + contents.size());
    const auto add = [&](ItemKind kind, std::string_view title, std::string text) {
        documents.texts.push_back(std::move(text));
        const TextDoc doc{first.value + static_cast<std::int64_t>(documents.list.size())};
        documents.list.push_back({doc, kind, title, documents.texts.back()});
    };
    add(ItemKind::entity, entity.title, searchable_text(entity, contents.note));
    for (const auto& observation : contents.observations.subspan(standing.observations)) {
        add(ItemKind::observation,
            observation.category ? std::string_view(*observation.category) : "note",
            observation.content);
    }
    for (std::size_t i = standing.relations; i < contents.relations.size(); ++i) {
        add(ItemKind::relation, entity.title, entity.title + '\n' + contents.relations[i].target);
    }
    return documents;
}

/// The sink is the text index itself, or a bulk loader.
void add_documents(Tables& tables, ProjectId project, TextIndex::Loader* loader,
                   const Documents& documents) {
    if (loader == nullptr) {
        tables.text.add(project, documents.list);
        return;
    }
    for (const auto& document : documents.list) loader->add(document);
}

void erase_documents(Tables& tables, ProjectId project, EntityId entity,
                     std::vector<TextDoc> docs) {
    docs.push_back(tables.entities.text_doc(entity));
    tables.text.erase(project, docs);
}

/// Looks again at every link that can name one of `keys` and points it where it belongs now.
void settle_links(Tables& tables, ProjectId project, const std::vector<std::string>& keys) {
    std::map<std::string, std::optional<EntityId>> known;
    for (const auto& link : tables.graph.naming(project, keys)) {
        auto found = known.find(link.to_name);
        if (found == known.end()) {
            found = known.emplace(link.to_name, resolve_link(tables, project, link.to_name)).first;
        }
        if (found->second != link.to) tables.graph.set_target(link.id, found->second);
    }
}

/// None when every link goes on leading where it did. Keys alone do not tell: they leave case out.
std::vector<std::string> keys_of_both(const std::optional<Entity>& before, const Entity& after) {
    auto keys = link_keys_of(after);
    if (!before) return keys;
    if (before->title == after.title && before->path == after.path &&
        before->permalink == after.permalink)
        return {};
    const auto old_keys = link_keys_of(*before);
    keys.insert(keys.end(), old_keys.begin(), old_keys.end());
    std::sort(keys.begin(), keys.end());
    keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
    return keys;
}

/// What the new relations lead to.
std::vector<std::optional<EntityId>> resolve_new(Tables& tables, ProjectId project,
                                                 std::span<const Relation> relations) {
    std::vector<std::optional<EntityId>> targets;
    std::map<std::string_view, std::optional<EntityId>> known;
    for (const auto& relation : relations) {
        const auto [found, is_new] = known.try_emplace(relation.target);
        if (is_new) found->second = resolve_link(tables, project, relation.target);
        targets.push_back(found->second);
    }
    return targets;
}

/// Rows and documents that say the same as before stay: most edits change a few words of the text.
Entity store_rows(Tables& tables, ProjectId project, const PreparedFile& file,
                  const EntityDraft& draft, const std::optional<Entity>& existing,
                  const IndexMode& mode) {
    const NoteContents contents(file);
    GraphRepository::Standing standing;
    if (existing) {
        standing = mode.afresh
                       ? GraphRepository::Standing{0, 0, tables.graph.text_docs(existing->id)}
                       : tables.graph.standing(existing->id, contents.observations,
                                               contents.relations, existing->title == draft.title);
        erase_documents(tables, project, existing->id, standing.gone);
    }
    const std::size_t stay = standing.observations + standing.relations;
    const TextDoc first = tables.text.allocate(1 + contents.size() - stay);
    const Entity entity = tables.entities.upsert(project, draft, first);
    const auto added = std::span(contents.relations).subspan(standing.relations);
    const auto targets = mode.loader == nullptr
                             ? resolve_new(tables, project, added)
                             : std::vector<std::optional<EntityId>>(added.size());
    if (contents.size() > stay || !standing.gone.empty() || mode.afresh) {
        tables.graph.replace(
            entity.id,
            {contents.observations, contents.relations, targets, TextDoc{first.value + 1}},
            standing);
    }
    add_documents(tables, project, mode.loader, documents_for(entity, contents, standing, first));
    return entity;
}

/// What a file states it must have, unless another one has it. Which permalink a file has that
/// states none depends on what it was before.
bool permalink_agrees(Tables& tables, ProjectId project, const Entity& entity,
                      const PreparedFile& file) {
    if (!file.note) return !entity.permalink;
    const auto& stated = file.note->permalink;
    if (!stated || is_blank(*stated) || entity.permalink == stated) return true;
    return tables.entities.path_of_permalink(project, *stated).has_value();
}

/// index_file() for a note whose past is known.
IndexedNote index_as(Tables& tables, ProjectId project, const Config& config,
                     const PreparedFile& file, const IndexMode& mode,
                     const std::optional<Entity>& existing, const std::optional<Entity>& past) {
    const EntityDraft draft = draft_for(tables, project, config, file, past);
    Entity entity = store_rows(tables, project, file, draft, existing, mode);
    if (mode.loader == nullptr) tables.projects.forget_failure(project, file.path.str());
    const bool settles_later = mode.loader != nullptr;
    if (!settles_later || mode.changed_keys != nullptr) {
        const auto keys = keys_of_both(existing, entity);
        if (settles_later) {
            mode.changed_keys->insert(mode.changed_keys->end(), keys.begin(), keys.end());
        } else if (!keys.empty()) {
            settle_links(tables, project, keys);
        }
    }
    return {std::move(entity), !existing,
            existing ? std::optional(existing->checksum) : std::nullopt};
}

}  // namespace

Result<PreparedFile> prepare_file(const RelativePath& path, FileContent content) {
    PreparedFile file{path, content.stamp, content.born, checksum_of(content.bytes), std::nullopt};
    if (!is_note_name(path.str())) return file;
    if (!is_valid_utf8(content.bytes)) {
        return fail(Fault::invalid,
                    "Cannot read " + path.str() + " as a note: it is not UTF-8 text");
    }
    file.note = parse_note(content.bytes, path);
    if (content.bytes.size() <= kMostBytesCarried) file.bytes = std::move(content.bytes);
    return file;
}

void log_warnings(const Log& log, const PreparedFile& file) {
    if (!file.note) return;
    for (const auto& warning : file.note->warnings) {
        log(LogLevel::warning,
            file.path.str() + ", line " + std::to_string(warning.line) + ": " + warning.message);
    }
}

IndexedNote index_file(Tables& tables, ProjectId project, const Config& config,
                       const PreparedFile& file, const IndexMode& mode) {
    const auto existing = tables.entities.by_path(project, file.path.str());
    return index_as(tables, project, config, file, mode, existing, existing);
}

Entity keep_rows(Tables& tables, Entity row, const PreparedFile& file) {
    if (row.stamp != file.stamp) tables.entities.set_stamp(row.id, file.stamp);
    row.stamp = file.stamp;
    if (const auto updated = updated_of(file); updated != row.updated) {
        tables.entities.set_updated(row, updated);
        row.updated = updated;
    }
    return row;
}

bool rows_agree(Tables& tables, ProjectId project, const Entity& entity, const PreparedFile& file) {
    const EntityDraft draft = file_draft(file);
    if (entity.title != draft.title || entity.type != draft.type ||
        entity.metadata != draft.metadata || entity.content_type != draft.content_type ||
        entity.excerpt != draft.excerpt || entity.stamp.size != draft.stamp.size) {
        return false;
    }
    const bool says_when = file.note && file.note->created;
    if (says_when && entity.created != draft.created) return false;
    if (!permalink_agrees(tables, project, entity, file)) return false;
    const NoteContents contents(file);
    const auto standing =
        tables.graph.standing(entity.id, contents.observations, contents.relations, true);
    return standing.gone.empty() && standing.observations == contents.observations.size() &&
           standing.relations == contents.relations.size();
}

void forget_entity(Tables& tables, ProjectId project, const Entity& entity) {
    erase_documents(tables, project, entity.id, tables.graph.text_docs(entity.id));
    tables.entities.erase(entity.id);
    settle_links(tables, project, link_keys_of(entity));
}

IndexedNote move_entity(Tables& tables, ProjectId project, const Config& config,
                        const Entity& entity, const PreparedFile& file) {
    const auto occupant = tables.entities.by_path(project, file.path.str());
    if (occupant && occupant->id != entity.id) forget_entity(tables, project, *occupant);
    const auto still = tables.entities.by_id(entity.id);
    const bool has_row = still && still->external_id == entity.external_id;
    if (has_row) tables.entities.move(entity.id, file.path, entity.permalink);
    const auto row =
        has_row ? tables.entities.by_path(project, file.path.str()) : std::optional<Entity>();
    auto indexed = index_as(tables, project, config, file, {}, row, entity);
    settle_links(tables, project, keys_of_both(entity, indexed.entity));
    indexed.created = false;
    return indexed;
}

}  // namespace bm
