#include "sync/note_store.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "markdown/file_naming.hpp"
#include "markdown/frontmatter.hpp"
#include "markdown/note_parser.hpp"
#include "markdown/permalink.hpp"
#include "markdown/text.hpp"
#include "sync/files_in_work.hpp"
#include "sync/note_history.hpp"
#include "sync/read_only.hpp"

namespace bm {

namespace {

Error not_kept(const RelativePath& path, const Error& why) {
    return {Fault::unavailable, path.str() +
                                    " stays as it is, because what it says now could not be kept "
                                    "in the history: " +
                                    why.message};
}

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

Result<NoteStore::HeldFiles> NoteStore::hold(const std::vector<LinkedPath>& paths,
                                             bool permalinks) {
    const auto find_places = [&]() -> Result<std::vector<FilePlace>> {
        std::vector<FilePlace> places;
        for (const auto& [path, link] : paths) {
            auto place = files_->place_of(path, link);
            if (!place) return tl::unexpected(place.error());
            places.push_back(*std::move(place));
        }
        return places;
    };
    auto places = find_places();
    for (int attempt = 0; places && attempt < kMaxAttempts; ++attempt) {
        std::vector<PathLocks::Name> names;
        for (const auto& place : *places) {
            names.push_back({place.folder, place.name});
            names.push_back(lock_of_change(project_, place.path));
            if (permalinks) {
                names.push_back(
                    {project_.external_id, "permalink:" + permalink_for_path(place.path.str())});
            }
        }
        auto held = knowledge_.locks().lock(names);
        // A folder may have been made, or turned into a link, while we waited.
        auto now = find_places();
        if (now == places) return HeldFiles{*std::move(places), std::move(held)};
        places = std::move(now);
    }
    if (!places) return tl::unexpected(places.error());
    return fail(Fault::conflict,
                paths.front().first.str() + " keeps being changed by another program");
}

Error NoteStore::gone(const Entity& entity) {
    return {Fault::not_found, "The note " + entity.path.str() + " is not there any more"};
}

Error NoteStore::moved_meanwhile(const Entity& meant, const Entity& now) {
    return {Fault::conflict, meant.path.str() + " was moved to " + now.path.str() +
                                 " by somebody else in the meantime. Try again."};
}

std::optional<Entity> NoteStore::row_now(const Entity& meant) {
    auto row =
        knowledge_.index().read([&](Tables& tables) { return tables.entities.by_id(meant.id); });
    if (row && row->external_id != meant.external_id) row.reset();
    return row;
}

WriteOutcome NoteStore::write(std::string_view folder, const NoteDraft& draft, bool overwrite) {
    if (auto refusal = why_read_only(knowledge_, project_)) return *std::move(refusal);
    const auto wanted = note_path(folder, draft.title, knowledge_.config()->kebab_filenames);
    if (!wanted) return wanted.error();
    const PreparedDraft prepared = prepare_draft(draft);
    const auto held = hold({{*wanted, FinalLink::followed}}, true);
    if (!held) return held.error();
    const RelativePath& path = held->places.front().path;
    if (auto refusal = why_left_out(path)) return *std::move(refusal);
    Error last{Fault::conflict, ""};
    for (int attempt = 0; attempt < kMaxAttempts; ++attempt) {
        auto read = files_->read(path);
        if (!read && read.error().fault != Fault::not_found) return read.error();
        std::optional<FileContent> current;
        if (read) current = *std::move(read);
        if (current) {
            const auto refusal =
                why_not_replace(path, file_name(wanted->str()), current->bytes, draft, prepared);
            if (refusal) return *refusal;
        }
        if (current && !overwrite) {
            if (auto entity = index_held(path)) return NoteExists{*std::move(entity)};
            return fail(Fault::conflict, path.str() + " exists already").value();
        }
        auto stored = replace_or_create(path, draft, prepared, current);
        if (stored) return *std::move(stored);
        last = stored.error();
        if (last.fault != Fault::conflict) break;
    }
    return last;
}

Result<StoredNote> NoteStore::replace_or_create(const RelativePath& path, const NoteDraft& draft,
                                                const PreparedDraft& prepared,
                                                const std::optional<FileContent>& current) {
    const ValueMap existing = current ? split_frontmatter(current->bytes).values : ValueMap{};
    const auto permalink = permalink_for_draft(path, prepared, existing);
    const std::string bytes = current ? write_replaced_note(existing, draft, prepared, permalink)
                                      : write_new_note(draft, prepared, permalink);
    KeptRecord kept;
    if (current && current->bytes != bytes) {
        kept = keep_content(HistoryAction::overwritten, path, *current);
    }
    auto stored = store(path, bytes, current ? std::optional(current->stamp) : std::nullopt);
    if (!stored) withdraw(kept.record);
    if (stored) stored->created = !current;
    if (stored) tell_unkept(kept.whole, "What it said before", stored->not_done);
    return stored;
}

/// Two titles can give one file name. The second one must not cost the first its note.
std::optional<Error> NoteStore::why_not_replace(const RelativePath& path,
                                                std::string_view wanted_name,
                                                std::string_view bytes, const NoteDraft& draft,
                                                const PreparedDraft& prepared) {
    if (!is_valid_utf8(bytes)) {
        return Error{Fault::invalid, path.str() +
                                         " is not UTF-8 text and is not replaced. Choose "
                                         "another title, or move that file away."};
    }
    const std::string held = parse_note(bytes, path).title;
    if (held == trim(draft.title)) return std::nullopt;
    if (held == parse_note(write_new_note(draft, prepared, std::nullopt), path).title) {
        return std::nullopt;
    }
    const auto name = file_name_for_title(held, knowledge_.config()->kebab_filenames);
    // Its author has renamed the note since: the file is still the one of the wanted title.
    const bool is_link = file_name(path.str()) != wanted_name;
    if (!is_link && (!name || *name != wanted_name)) return std::nullopt;
    return Error{Fault::conflict, "'" + std::string(trim(draft.title)) + "' would be stored as " +
                                      path.str() + ", which holds another note: '" + held +
                                      "'. Choose another title or folder, or edit that note."};
}

Result<NotDone> NoteStore::remove(const Entity& entity) {
    if (auto refusal = why_read_only(knowledge_, project_)) {
        return tl::unexpected(*std::move(refusal));
    }
    const auto held = hold({{entity.path, FinalLink::itself}});
    if (!held) return tl::unexpected(held.error());
    if (held->places.front().path != entity.path) return tl::unexpected(gone(entity));
    return remove_held(entity);
}

Result<NotDone> NoteStore::remove_held(const Entity& meant) {
    const auto row = row_now(meant);
    if (row && row->path != meant.path) return tl::unexpected(moved_meanwhile(meant, *row));
    if (!row) {
        // Another process was faster, and what is there now is another note.
        const auto occupant = knowledge_.index().read(
            [&](Tables& tables) { return tables.entities.by_path(project_.id, meant.path.str()); });
        const auto stamp = files_->stamp(meant.path);
        if (occupant || (!stamp && stamp.error().fault == Fault::not_found)) return NotDone{};
        return fail(Fault::conflict, meant.path.str() + " is not indexed any more. Try again.");
    }
    auto removed = remove_file(row->path);
    if (!removed) return removed;
    std::optional<Entity> elsewhere;
    try {
        IndexChange change(knowledge_, project_, *files_);
        auto not_done = change.commit([&](Tables& tables) {
            auto still = tables.entities.by_id(row->id);
            if (!still) return;
            // Another program has moved its file away before it could be removed.
            if (still->path != row->path) {
                elsewhere = std::move(still);
            } else {
                change.forget(tables, *still);
            }
        });
        std::move(not_done.begin(), not_done.end(), std::back_inserter(*removed));
    } catch (const std::exception& problem) {
        removed->push_back(index_later(row->path, problem));
    }
    if (elsewhere) return tl::unexpected(moved_meanwhile(*row, *elsewhere));
    return removed;
}

/// What is removed is what was kept: a version that another program saves meanwhile is kept, too.
Result<NotDone> NoteStore::remove_file(const RelativePath& path) {
    Error last{Fault::conflict, ""};
    for (int attempt = 0; attempt < kMaxAttempts; ++attempt) {
        const auto kept = keep_file(HistoryAction::deleted, path, FinalLink::itself, "");
        if (!kept) return tl::unexpected(kept.error());
        const auto removed =
            kept->stamp ? files_->remove_expected(path, *kept->stamp) : files_->remove(path);
        if (removed) {
            NotDone not_done;
            tell_unkept(kept->whole, "What it said", not_done);
            return not_done;
        }
        withdraw(kept->record);
        last = removed.error();
        if (last.fault != Fault::conflict) break;
    }
    return tl::unexpected(last);
}

Result<void> NoteStore::let_change(const RelativePath& wanted,
                                   const std::function<Result<void>()>& change) {
    if (auto refusal = why_read_only(knowledge_, project_)) {
        return tl::unexpected(*std::move(refusal));
    }
    const auto held = hold({{wanted, FinalLink::followed}});
    if (!held) return tl::unexpected(held.error());
    const RelativePath& path = held->places.front().path;
    const auto kept = keep_file(HistoryAction::overwritten, path, FinalLink::followed, "");
    if (!kept) return tl::unexpected(kept.error());
    if (!kept->whole && kept->whole.error().fault != Fault::forbidden) {
        withdraw(kept->record);
        return tl::unexpected(not_kept(path, kept->whole.error()));
    }
    auto changed = change();
    const auto now = files_->stamp(path);
    if (now && kept->stamp && *now == *kept->stamp) withdraw(kept->record);
    return changed;
}

WriteOutcome NoteStore::write_file(const RelativePath& wanted, std::string_view bytes,
                                   ReplacedVersion replaced) {
    if (auto refusal = why_read_only(knowledge_, project_)) return *std::move(refusal);
    const auto held = hold({{wanted, FinalLink::followed}});
    if (!held) return held.error();
    const RelativePath& path = held->places.front().path;
    if (auto refusal = why_left_out(path)) return *std::move(refusal);
    Error last{Fault::conflict, ""};
    for (int attempt = 0; attempt < kMaxAttempts; ++attempt) {
        const auto kept = keep_file(HistoryAction::overwritten, path, FinalLink::followed, bytes);
        if (!kept) return kept.error();
        const bool is_kept = kept->whole.has_value();
        if (!is_kept && replaced == ReplacedVersion::kept &&
            kept->whole.error().fault != Fault::forbidden) {
            withdraw(kept->record);
            return not_kept(path, kept->whole.error());
        }
        auto stored = store_any(path, bytes, kept->stamp);
        if (stored) {
            stored->created = !kept->stamp;
            stored->replaced_is_kept = is_kept;
            tell_unkept(kept->whole, "What it said before", stored->not_done);
            return *std::move(stored);
        }
        withdraw(kept->record);
        last = stored.error();
        if (last.fault != Fault::conflict) break;
    }
    return last;
}

std::optional<Error> NoteStore::why_left_out(const RelativePath& path) const {
    auto text = left_out_text(knowledge_.ignore_rules(project_), path.str());
    if (!text) return std::nullopt;
    return Error{Fault::invalid, *std::move(text)};
}

Result<FileContent> NoteStore::read(const RelativePath& path) { return files_->read(path); }

}  // namespace bm
