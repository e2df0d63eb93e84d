#include <utility>

#include "markdown/frontmatter.hpp"
#include "markdown/text.hpp"
#include "markdown/title_heading.hpp"
#include "sync/note_store.hpp"
#include "sync/read_only.hpp"

namespace bm {

EditOutcome NoteStore::edit(const Entity& entity, const NoteEdit& edit, const ValueMap& metadata) {
    if (auto refusal = why_read_only(knowledge_, project_)) return *std::move(refusal);
    Entity now = entity;
    Error last{Fault::conflict, ""};
    for (int attempt = 0; attempt < kMaxAttempts; ++attempt) {
        const auto held = hold({{now.path, FinalLink::followed}});
        if (!held) return held.error();
        auto row = row_now(entity);
        if (!row) return gone(entity);
        const bool is_held = row->path == now.path;
        now = *std::move(row);
        if (!is_held) {
            last = moved_meanwhile(entity, now);
            continue;
        }
        // The place of the note is another file's behind a link.
        if (held->places.front().path != now.path) return gone(now);
        auto current = files_->read(now.path);
        if (!current) return current.error();
        if (!is_valid_utf8(current->bytes)) {
            return Error{Fault::invalid,
                         now.path.str() + " is not UTF-8 text and cannot be edited"};
        }
        auto edited = edited_text(now, current->bytes, edit, metadata);
        if (auto* failure = std::get_if<EditFailure>(&edited)) return std::move(*failure);
        if (auto* error = std::get_if<Error>(&edited)) return std::move(*error);
        const std::string& bytes = std::get<std::string>(edited);
        KeptRecord kept;
        if (bytes != current->bytes) {
            kept = keep_content(HistoryAction::overwritten, now.path, *current);
        }
        auto stored = store(now.path, bytes, current->stamp);
        if (stored) {
            tell_unkept(kept.whole, "What it said before", stored->not_done);
            return *std::move(stored);
        }
        withdraw(kept.record);
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

}  // namespace bm
