#include <utility>

#include "sync/note_history.hpp"

// What the store of notes puts into the history.

namespace bm {

HistoryRecord NoteStore::record_at(const RelativePath& path, HistoryAction action,
                                   const FileStamp& stamp) {
    const auto row = knowledge_.index().read(
        [&](Tables& tables) { return tables.entities.by_path(project_.id, path.str()); });
    return {.at = knowledge_.now(),
            .action = action,
            .path = path,
            .from = std::nullopt,
            .permalink = row && row->permalink ? *row->permalink : "",
            .title = row ? row->title : "",
            .checksum = std::nullopt,
            .size = stamp.size,
            .frame = std::nullopt,
            .since = timestamp_from_ns(stamp.mtime_ns)};
}

NoteStore::KeptRecord NoteStore::keep_content(HistoryAction action, const RelativePath& path,
                                              const FileContent& content) {
    if (!knowledge_.config()->history_enabled) {
        return {content.stamp, std::nullopt, fail(Fault::forbidden, "the history is switched off")};
    }
    HistoryRecord record = record_at(path, action, content.stamp);
    auto whole = keep_version(knowledge_, project_, record, content.bytes);
    return {content.stamp, std::move(record), std::move(whole)};
}

NoteStore::KeptRecord NoteStore::keep_moved(const Entity& entity, const RelativePath& to,
                                            const FileContent* content) {
    HistoryRecord record{.at = knowledge_.now(),
                         .action = HistoryAction::moved,
                         .path = to,
                         .from = entity.path,
                         .permalink = entity.permalink.value_or(""),
                         .title = entity.title,
                         .checksum = std::nullopt,
                         .size = entity.stamp.size};
    auto whole =
        keep_version(knowledge_, project_, record,
                     content ? std::optional<std::string_view>(content->bytes) : std::nullopt);
    return {std::nullopt, std::move(record), std::move(whole)};
}

Result<NoteStore::KeptRecord> NoteStore::keep_file(HistoryAction action, const RelativePath& path,
                                                   FinalLink link, std::string_view new_bytes) {
    const auto stamp = files_->stamp(path);
    if (!stamp && stamp.error().fault == Fault::not_found) return KeptRecord{};
    if (!stamp && link == FinalLink::followed) return tl::unexpected(stamp.error());
    // A link that leads nowhere has nothing to be kept.
    if (!stamp) return KeptRecord{};
    KeptRecord kept{*stamp, std::nullopt, {}};
    if (!knowledge_.config()->history_enabled) {
        kept.whole = fail(Fault::forbidden, "the history is switched off");
        return kept;
    }
    const bool is_large = static_cast<std::size_t>(stamp->size) > kMaxKeptBytes;
    if (!is_large) {
        const auto content = files_->read(path);
        if (content && action == HistoryAction::overwritten && content->bytes == new_bytes) {
            return KeptRecord{content->stamp, std::nullopt, {}};
        }
        if (content) return keep_content(action, path, *content);
        kept.whole = tl::unexpected(content.error());
    } else {
        kept.whole = fail(Fault::unavailable, "it is larger than 10 MB");
    }
    knowledge_.log()(LogLevel::warning, "what " + path.str() + " said is not in the history: " +
                                            kept.whole.error().message);
    kept.record = record_at(path, action, *stamp);
    keep_version(knowledge_, project_, *kept.record, std::nullopt);
    return kept;
}

void NoteStore::keep_written(const Entity& note, std::string_view bytes, NotDone& not_done) {
    constexpr const char* kWhat = "What it says now";
    attempt(knowledge_, not_done, std::string(kWhat) + " is not in the history", [&] {
        tell_unkept(keep_version(knowledge_, project_,
                                 {.at = knowledge_.now(),
                                  .action = HistoryAction::written,
                                  .path = note.path,
                                  .from = std::nullopt,
                                  .permalink = note.permalink.value_or(""),
                                  .title = note.title},
                                 bytes),
                    kWhat, not_done);
    });
}

/// That the settings switch the history off is no news.
void NoteStore::tell_unkept(const Result<void>& kept, std::string_view what, NotDone& not_done) {
    if (kept || kept.error().fault == Fault::forbidden) return;
    not_done.push_back(std::string(what) + " is not in the history: " + kept.error().message);
}

void NoteStore::withdraw(const std::optional<HistoryRecord>& record) {
    if (record) withdraw_version(knowledge_, project_, *record);
}

}  // namespace bm
