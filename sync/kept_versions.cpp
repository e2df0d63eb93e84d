#include <utility>

#include "sync/note_history.hpp"

// What the store of notes puts into the history.

namespace bm {

namespace {

constexpr const char* kTooLarge = "it is larger than 10 MB";

/// What happened to a note that the index knows.
HistoryRecord record_of(const Entity& entity, HistoryAction action, Timestamp now) {
    return {.at = now,
            .action = action,
            .path = entity.path,
            .from = std::nullopt,
            .permalink = entity.permalink.value_or(""),
            .title = entity.title,
            .size = entity.stamp.size};
}

bool is_too_large(const FileStamp& stamp) {
    return static_cast<std::size_t>(stamp.size) > kMaxKeptBytes;
}

}  // namespace

Result<void> NoteStore::keep(HistoryAction action, const Entity& entity,
                             std::optional<std::string_view> bytes) {
    return keep_version(knowledge_, project_, record_of(entity, action, knowledge_.now()), bytes);
}

Result<void> NoteStore::keep_moved(const Entity& entity, const RelativePath& to,
                                   std::optional<std::string_view> bytes) {
    HistoryRecord record = record_of(entity, HistoryAction::moved, knowledge_.now());
    record.from = std::exchange(record.path, to);
    return keep_version(knowledge_, project_, std::move(record), bytes);
}

Result<void> NoteStore::keep_unread(HistoryRecord record, const Error& problem) {
    if (!knowledge_.config()->history_enabled) return tl::unexpected(problem);
    knowledge_.log()(LogLevel::warning, record.path.str() +
                                            " goes away without being kept in the "
                                            "history: " +
                                            problem.message);
    keep_version(knowledge_, project_, std::move(record), std::nullopt);
    return tl::unexpected(problem);
}

void NoteStore::keep_before_removal(const Entity& entity) {
    if (!knowledge_.config()->history_enabled) return;
    const auto stamp = files_->stamp(entity.path);
    if (!stamp && stamp.error().fault == Fault::not_found) return;
    if (stamp && is_too_large(*stamp)) {
        keep(HistoryAction::deleted, entity, std::nullopt);
        return;
    }
    const auto content = files_->read(entity.path);
    if (content) {
        keep(HistoryAction::deleted, entity, content->bytes);
    } else {
        keep_unread(record_of(entity, HistoryAction::deleted, knowledge_.now()), content.error());
    }
}

Result<NoteStore::Replaced> NoteStore::keep_replaced(const RelativePath& path,
                                                     std::string_view bytes) {
    const auto stamp = files_->stamp(path);
    if (!stamp && stamp.error().fault == Fault::not_found) return Replaced{};
    if (!stamp) return tl::unexpected(stamp.error());
    Replaced replaced{*stamp, {}};
    if (!knowledge_.config()->history_enabled) {
        replaced.kept = fail(Fault::forbidden, "the history is switched off");
        return replaced;
    }
    const auto row = knowledge_.index().read(
        [&](Tables& tables) { return tables.entities.by_path(project_.id, path.str()); });
    HistoryRecord record{.at = knowledge_.now(),
                         .action = HistoryAction::overwritten,
                         .path = path,
                         .from = std::nullopt,
                         .permalink = row && row->permalink ? *row->permalink : "",
                         .title = row ? row->title : "",
                         .size = stamp->size};
    if (is_too_large(*stamp)) {
        keep_version(knowledge_, project_, std::move(record), std::nullopt);
        replaced.kept = fail(Fault::unavailable, kTooLarge);
        return replaced;
    }
    const auto content = files_->read(path);
    if (!content) {
        replaced.kept = keep_unread(std::move(record), content.error());
        return replaced;
    }
    replaced.stamp = content->stamp;
    if (content->bytes == bytes) return replaced;
    replaced.kept = keep_version(knowledge_, project_, std::move(record), content->bytes);
    return replaced;
}

}  // namespace bm
