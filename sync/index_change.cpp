#include "sync/index_change.hpp"

#include <string>

#include "markdown/mime_type.hpp"
#include "markdown/note_parser.hpp"
#include "repository/trouble.hpp"
#include "repository/version_frame.hpp"
#include "sync/note_history.hpp"

namespace bm {

std::string undone_sentence(KnowledgeBase& knowledge, std::string_view what,
                            const std::exception& problem) {
    const auto trouble = trouble_of(problem, knowledge.directory().index());
    return std::string(what) + ": " + (trouble ? trouble->message : problem.what());
}

void IndexChange::announce(NoteChange::Kind kind, const Entity& entity) {
    announced_.push_back(note_change(kind, project_.name.str(), entity));
}

IndexedNote IndexChange::store(Tables& tables, const Config& config, const PreparedFile& file,
                               Author writer, const IndexMode& mode) {
    auto indexed = index_file(tables, project_.id, config, file, mode);
    const bool is_ours = writer == Author::this_program;
    if (!is_ours && indexed.replaced == file.checksum) return indexed;
    announce(NoteChange::Kind::written, indexed.entity);
    read_.push_back(&file);
    const bool is_new_here =
        !indexed.replaced && (mode.is_one_of_many || !tables.projects.last_scan(project_.id));
    const bool is_kept = !is_ours && !is_new_here;
    if (is_kept) versions_.push_back({&file, indexed.entity, std::nullopt, true});
    return indexed;
}

IndexedNote IndexChange::move(Tables& tables, const Config& config, const Entity& entity,
                              const PreparedFile& file, Author mover, Author writer) {
    const auto occupant = tables.entities.by_path(project_.id, file.path.str());
    if (occupant && occupant->id != entity.id) announce(NoteChange::Kind::removed, *occupant);
    auto indexed = move_entity(tables, project_.id, config, entity, file);
    announce(NoteChange::Kind::removed, entity);
    announce(NoteChange::Kind::moved, indexed.entity);
    const bool is_new = writer == Author::another_program && entity.checksum != file.checksum;
    Version version{&file, indexed.entity, std::nullopt, is_new};
    if (mover == Author::another_program) version.moved_from = entity.path;
    if (is_new) read_.push_back(&file);
    if (version.moved_from || is_new) versions_.push_back(std::move(version));
    return indexed;
}

void IndexChange::forget(Tables& tables, const Entity& entity) {
    forget_entity(tables, project_.id, entity);
    announce(NoteChange::Kind::removed, entity);
}

void IndexChange::forget_what_is_owed() {
    versions_.clear();
    announced_.clear();
    read_.clear();
}

NotDone IndexChange::do_what_is_owed() {
    NotDone not_done;
    attempt(knowledge_, not_done, "Those who follow it were not told of the change",
            [&] { knowledge_.changes().publish(announced_); });
    for (const auto* file : read_) log_warnings(knowledge_.log(), *file);
    for (const auto& version : versions_) {
        attempt(knowledge_, not_done,
                "What another program wrote into " + version.entity.path.str() +
                    " is not in the history",
                [&] { keep(version, not_done); });
    }
    forget_what_is_owed();
    return not_done;
}

void IndexChange::keep(const Version& version, NotDone& not_done) {
    const Entity& entity = version.entity;
    if (!is_note_name(entity.path.str())) return;
    HistoryRecord record{.at = knowledge_.now(),
                         .action = HistoryAction::moved,
                         .path = entity.path,
                         .from = version.moved_from,
                         .permalink = entity.permalink.value_or(""),
                         .title = entity.title,
                         .size = entity.stamp.size};
    Result<void> kept;
    if (version.moved_from) kept = keep_version(knowledge_, project_, record, std::nullopt);
    if (version.is_new && kept) {
        record.action = HistoryAction::external;
        record.from.reset();
        kept = keep_bytes(version, std::move(record));
    }
    if (kept || kept.error().fault == Fault::forbidden) return;
    not_done.push_back("What another program did with " + entity.path.str() +
                       " is not in the history: " + kept.error().message);
}

Result<void> IndexChange::keep_bytes(const Version& version, HistoryRecord record) {
    if (version.file->bytes) {
        return keep_version(knowledge_, project_, std::move(record), *version.file->bytes);
    }
    const Entity& entity = version.entity;
    const bool is_kept_whole = static_cast<std::size_t>(entity.stamp.size) <= kMaxKeptBytes;
    if (is_kept_whole && knowledge_.config()->history_enabled) {
        const auto content = files_.read(entity.path);
        if (content && checksum_of(content->bytes) == entity.checksum) {
            return keep_version(knowledge_, project_, std::move(record), content->bytes);
        }
    }
    // That it was there is told, too, where it is too large or was replaced meanwhile.
    return keep_version(knowledge_, project_, std::move(record), std::nullopt);
}

}  // namespace bm
