#include "sync/note_history.hpp"

// What the store of notes puts into the history.

namespace bm {

void NoteStore::keep(HistoryAction action, const Entity& entity,
                     std::optional<std::string_view> bytes) {
    keep_version(knowledge_, project_,
                 {.at = knowledge_.now(),
                  .action = action,
                  .path = entity.path,
                  .from = std::nullopt,
                  .permalink = entity.permalink.value_or(""),
                  .title = entity.title,
                  .size = entity.stamp.size},
                 bytes);
}

void NoteStore::keep_moved(const Entity& entity, const RelativePath& to,
                           std::optional<std::string_view> bytes) {
    keep_version(knowledge_, project_,
                 {.at = knowledge_.now(),
                  .action = HistoryAction::moved,
                  .path = to,
                  .from = entity.path,
                  .permalink = entity.permalink.value_or(""),
                  .title = entity.title,
                  .size = entity.stamp.size},
                 bytes);
}

void NoteStore::keep_before_removal(const Entity& entity) {
    if (!knowledge_.config()->history_enabled) return;
    const auto stamp = files_->stamp(entity.path);
    if (!stamp) return;
    if (static_cast<std::size_t>(stamp->size) > kMaxKeptBytes) {
        keep(HistoryAction::deleted, entity, std::nullopt);
        return;
    }
    const auto content = files_->read(entity.path);
    if (content) keep(HistoryAction::deleted, entity, content->bytes);
}

Result<std::optional<FileStamp>> NoteStore::stamp_and_keep(const RelativePath& path,
                                                           std::string_view bytes) {
    const auto stamp = files_->stamp(path);
    if (!stamp && stamp.error().fault == Fault::not_found) return std::nullopt;
    if (!stamp) return tl::unexpected(stamp.error());
    const bool is_large = static_cast<std::size_t>(stamp->size) > kMaxKeptBytes;
    if (!knowledge_.config()->history_enabled || is_large) return *stamp;
    const auto content = files_->read(path);
    if (!content || content->bytes == bytes) return *stamp;
    const auto row = knowledge_.index().read(
        [&](Tables& tables) { return tables.entities.by_path(project_.id, path.str()); });
    keep_version(knowledge_, project_,
                 {.at = knowledge_.now(),
                  .action = HistoryAction::overwritten,
                  .path = path,
                  .from = std::nullopt,
                  .permalink = row && row->permalink ? *row->permalink : "",
                  .title = row ? row->title : ""},
                 content->bytes);
    return content->stamp;
}

}  // namespace bm
