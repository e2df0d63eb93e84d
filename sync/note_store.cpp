#include "sync/note_store.hpp"

#include <algorithm>
#include <utility>

#include "markdown/file_naming.hpp"
#include "markdown/frontmatter.hpp"
#include "markdown/permalink.hpp"
#include "markdown/text.hpp"
#include "markdown/title_heading.hpp"

namespace bm {

namespace {

// How often a change is made again from fresh bytes when somebody else changed the file in between.
constexpr int kMaxAttempts = 5;

Result<RelativePath> note_path(std::string_view folder, std::string_view title, bool kebab) {
    const std::string inside = normalized_path(folder);
    return file_name_for_title(title, kebab).and_then([&inside](const std::string& name) {
        return RelativePath::parse(inside.empty() ? name : inside + '/' + name);
    });
}

std::optional<std::string> own_permalink(const ValueMap& values) {
    const Value* value = find(values, "permalink");
    if (value == nullptr || value->scalar() == nullptr || value->is_null()) return std::nullopt;
    return display_string(*value);
}

std::string slashless(std::string_view folder) { return normalized_path(folder); }

}  // namespace

NoteStore::NoteStore(KnowledgeBase& knowledge, Project project)
    : knowledge_(knowledge), project_(std::move(project)), files_(knowledge.files(project_)) {}

std::string NoteStore::permalink_for_new(const RelativePath& path,
                                         const std::optional<std::string>& requested) {
    std::string start = requested ? *requested : permalink_for_path(path.str());
    if (!requested && knowledge_.config()->permalinks_include_project) {
        const std::string prefix = project_.permalink + '/';
        if (start != project_.permalink && !start.starts_with(prefix)) start = prefix + start;
    }
    return knowledge_.index().read([&](Tables& tables) {
        return tables.entities.free_permalink(project_.id, start, path.str());
    });
}

std::optional<std::string> NoteStore::permalink_for_draft(const RelativePath& path,
                                                          const PreparedDraft& prepared,
                                                          const ValueMap& existing_values) {
    if (knowledge_.config()->disable_permalinks) return own_permalink(existing_values);
    if (prepared.requested_permalink) return permalink_for_new(path, prepared.requested_permalink);
    const auto stored = knowledge_.index().read(
        [&](Tables& tables) { return tables.entities.permalink_of_path(project_.id, path.str()); });
    if (stored) return stored;
    return permalink_for_new(path, own_permalink(existing_values));
}

WriteOutcome NoteStore::write(std::string_view folder, const NoteDraft& draft, bool overwrite) {
    const auto path = note_path(folder, draft.title, knowledge_.config()->kebab_filenames);
    if (!path) return path.error();
    const PreparedDraft prepared = prepare_draft(draft);
    // The second lock keeps two new notes with one slug from choosing the same permalink.
    const auto held = knowledge_.locks().lock(project_.external_id, path->str(),
                                              "permalink:" + permalink_for_path(path->str()));
    Error last{Fault::conflict, ""};
    for (int attempt = 0; attempt < kMaxAttempts; ++attempt) {
        auto current = files_->read(*path);
        if (!current && current.error().fault != Fault::not_found) return current.error();
        if (current && !overwrite) {
            if (auto entity = index_bytes(*path, *current)) return NoteExists{*std::move(entity)};
            return fail(Fault::conflict, path->str() + " exists already").value();
        }
        const ValueMap existing = current ? split_frontmatter(current->bytes).values : ValueMap{};
        const auto permalink = permalink_for_draft(*path, prepared, existing);
        const std::string bytes = current
                                      ? write_replaced_note(existing, draft, prepared, permalink)
                                      : write_new_note(draft, prepared, permalink);
        auto stored = store(*path, bytes, current ? std::optional(current->stamp) : std::nullopt);
        if (stored) {
            stored->created = !current;
            return describe(*stored);
        }
        last = stored.error();
        if (last.fault != Fault::conflict) break;
    }
    return last;
}

EditOutcome NoteStore::edit(const Entity& entity, const NoteEdit& edit, const ValueMap& metadata) {
    const auto held = knowledge_.locks().lock(project_.external_id, entity.path.str());
    Error last{Fault::conflict, ""};
    for (int attempt = 0; attempt < kMaxAttempts; ++attempt) {
        auto current = files_->read(entity.path);
        if (!current) return current.error();
        if (!is_valid_utf8(current->bytes)) {
            return Error{Fault::invalid,
                         entity.path.str() + " is not UTF-8 text and cannot be edited"};
        }
        auto edited = edited_text(entity, current->bytes, edit, metadata);
        if (auto* failure = std::get_if<EditFailure>(&edited)) return std::move(*failure);
        if (auto* error = std::get_if<Error>(&edited)) return std::move(*error);
        auto stored = store(entity.path, std::get<std::string>(edited), current->stamp);
        if (stored) return describe(*stored);
        last = stored.error();
        if (last.fault != Fault::conflict) break;
    }
    return last;
}

std::variant<std::string, EditFailure, Error> NoteStore::edited_text(const Entity& entity,
                                                                     std::string_view before,
                                                                     const NoteEdit& edit,
                                                                     const ValueMap& metadata) {
    const bool adds_nothing = edit.content.empty() && !metadata.empty() &&
                              (edit.operation == NoteEdit::Operation::append ||
                               edit.operation == NoteEdit::Operation::prepend);
    std::string text(before);
    if (!adds_nothing) {
        auto edited = apply_edit(before, edit);
        if (!edited) return std::move(edited.error());
        text = *std::move(edited);
    }
    ValueMap keys;
    for (const auto& member : metadata) {
        if (member.key == "title" || member.key == "type" || member.key == "permalink") continue;
        assign(keys, member.key, member.value);
    }
    if (auto title = title_after_edit(entity.title, before, text)) {
        assign(keys, "title", Value::string(*title));
    }
    if (keys.empty()) return text;
    auto with_keys = with_frontmatter_keys(text, keys);
    if (!with_keys) return std::move(with_keys.error());
    return *std::move(with_keys);
}

Result<IndexedNote> NoteStore::store(const RelativePath& path, std::string_view bytes,
                                     const std::optional<FileStamp>& expected) {
    return files_->write(path, bytes, expected).map([&](const FileStamp& stamp) {
        return index_written(path, bytes, stamp);
    });
}

IndexedNote NoteStore::index_written(const RelativePath& path, std::string_view bytes,
                                     const FileStamp& stamp) {
    const auto prepared = prepare_file(path, {std::string(bytes), stamp, knowledge_.now()});
    if (!prepared) throw std::runtime_error(prepared.error().message);
    const auto config = knowledge_.config();
    auto indexed = knowledge_.index().write(
        [&](Tables& tables) { return index_file(tables, project_.id, *config, *prepared); });
    announce(NoteChange::Kind::written, indexed.entity);
    return indexed;
}

void NoteStore::announce(NoteChange::Kind kind, const Entity& entity) {
    knowledge_.changes().publish(
        {kind, project_.name.str(), entity.permalink ? *entity.permalink : entity.path.str()});
}

StoredNote NoteStore::describe(const IndexedNote& indexed) {
    StoredNote note{indexed.entity, indexed.created, {}, 0, 0};
    knowledge_.index().read([&](Tables& tables) {
        for (const auto& observation : tables.graph.observations_of(indexed.entity.id)) {
            ++note.observation_categories[observation.category];
        }
        for (const auto& edge : tables.graph.outgoing(indexed.entity.id)) {
            ++(edge.relation.to ? note.resolved_relations : note.unresolved_relations);
        }
    });
    return note;
}

Result<Entity> NoteStore::move(const Entity& entity, const RelativePath& to) {
    const auto held = knowledge_.locks().lock(project_.external_id, entity.path.str(), to.str());
    const auto moved = files_->move(entity.path, to);
    if (!moved) return tl::unexpected(moved.error());
    try {
        auto result = index_moved(entity, to);
        if (result) {
            files_->prune_empty_folders(entity.path);
            announce(NoteChange::Kind::moved, *result);
            return result;
        }
        undo_move(entity.path, to);
        return fail(result.error().fault, "Move failed: " + result.error().message);
    } catch (...) {
        undo_move(entity.path, to);
        throw;
    }
}

void NoteStore::undo_move(const RelativePath& from, const RelativePath& to) {
    if (files_->exists(to) && !files_->exists(from)) {
        if (const auto back = files_->move(to, from); !back) {
            knowledge_.log()(LogLevel::error, "could not move " + to.str() + " back to " +
                                                  from.str() + ": " + back.error().message);
        }
    }
}

Result<Entity> NoteStore::index_moved(const Entity& entity, const RelativePath& to) {
    auto content = files_->read(to);
    if (!content) return tl::unexpected(content.error());
    const auto config = knowledge_.config();
    const bool is_note = entity.content_type == "text/markdown";
    if (is_note && !config->disable_permalinks &&
        (config->update_permalinks_on_move || !entity.permalink)) {
        const std::string permalink = permalink_for_new(to, std::nullopt);
        auto text =
            with_frontmatter_keys(content->bytes, {{"permalink", Value::string(permalink)}});
        if (!text) return tl::unexpected(text.error());
        const auto stamp = files_->write(to, *text, content->stamp);
        if (!stamp) return tl::unexpected(stamp.error());
        content->bytes = *std::move(text);
        content->stamp = *stamp;
    }
    const auto prepared = prepare_file(to, *content);
    if (!prepared) return tl::unexpected(prepared.error());
    return knowledge_.index()
        .write([&](Tables& tables) {
            return move_entity(tables, project_.id, *config, entity, *prepared);
        })
        .entity;
}

Result<void> NoteStore::remove(const Entity& entity) {
    const auto held = knowledge_.locks().lock(project_.external_id, entity.path.str());
    if (const auto removed = files_->remove(entity.path); !removed) return removed;
    knowledge_.index().write([&](Tables& tables) {
        // Another process may have been faster.
        if (const auto row = tables.entities.by_id(entity.id))
            forget_entity(tables, project_.id, *row);
    });
    announce(NoteChange::Kind::removed, entity);
    return {};
}

FolderOutcome NoteStore::move_folder(std::string_view folder, std::string_view to,
                                     const FolderWatch& watch) {
    const std::string from_prefix = slashless(folder);
    const std::string to_prefix = slashless(to);
    return each_below(from_prefix, watch, [&](const Entity& entity) -> Result<std::string> {
        const std::string rest = entity.path.str().substr(from_prefix.size() + 1);
        return RelativePath::parse(to_prefix.empty() ? rest : to_prefix + '/' + rest)
            .and_then([&](const RelativePath& target) { return move(entity, target); })
            .map([](const Entity& moved) { return moved.path.str(); });
    });
}

FolderOutcome NoteStore::remove_folder(std::string_view folder, const FolderWatch& watch) {
    return each_below(slashless(folder), watch, [&](const Entity& entity) -> Result<std::string> {
        return remove(entity).map([&] { return entity.path.str(); });
    });
}

FolderOutcome NoteStore::each_below(const std::string& folder, const FolderWatch& watch,
                                    const std::function<Result<std::string>(const Entity&)>& act) {
    FolderOutcome outcome;
    if (folder.empty()) return outcome;
    const auto entities = knowledge_.index().read(
        [&](Tables& tables) { return tables.entities.below(project_.id, folder); });
    outcome.total = entities.size();
    for (const auto& entity : entities) {
        if (watch.stop.stop_requested()) {
            outcome.cancelled = true;
            break;
        }
        if (auto done = act(entity)) {
            outcome.done.push_back(*std::move(done));
        } else {
            outcome.failed.emplace_back(entity.path.str(), done.error().message);
        }
        if (watch.progress) {
            watch.progress(outcome.done.size() + outcome.failed.size(), entities.size());
        }
    }
    return outcome;
}

WriteOutcome NoteStore::write_file(const RelativePath& path, std::string_view bytes) {
    const auto held = knowledge_.locks().lock(project_.external_id, path.str());
    Error last{Fault::conflict, ""};
    for (int attempt = 0; attempt < kMaxAttempts; ++attempt) {
        const auto current = files_->stamp(path);
        if (!current && current.error().fault != Fault::not_found) return current.error();
        auto stored = store(path, bytes, current ? std::optional(*current) : std::nullopt);
        if (stored) {
            stored->created = !current;
            return describe(*stored);
        }
        last = stored.error();
        if (last.fault != Fault::conflict) break;
    }
    return last;
}

Result<FileContent> NoteStore::read(const RelativePath& path) { return files_->read(path); }

std::optional<Entity> NoteStore::index_bytes(const RelativePath& path, const FileContent& content) {
    const auto row = knowledge_.index().read(
        [&](Tables& tables) { return tables.entities.by_path(project_.id, path.str()); });
    if (row && row->stamp == content.stamp) return row;
    const auto prepared = prepare_file(path, content);
    if (!prepared) return row;
    const auto config = knowledge_.config();
    return knowledge_.index()
        .write([&](Tables& tables) { return index_file(tables, project_.id, *config, *prepared); })
        .entity;
}

std::optional<Entity> NoteStore::index_from_disk(const RelativePath& path) {
    const auto held = knowledge_.locks().lock(project_.external_id, path.str());
    const auto content = files_->read(path);
    if (!content) return std::nullopt;
    return index_bytes(path, *content);
}

}  // namespace bm
