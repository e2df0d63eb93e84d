#include <exception>
#include <utility>

#include "markdown/frontmatter.hpp"
#include "markdown/note_parser.hpp"
#include "repository/clock.hpp"
#include "sync/file_preparation.hpp"
#include "sync/note_store.hpp"
#include "sync/read_only.hpp"
#include "sync/row_stamp.hpp"

namespace bm {

Result<MovedNote> NoteStore::move(const Entity& entity, const RelativePath& wanted) {
    if (auto refusal = why_read_only(knowledge_, project_)) {
        return tl::unexpected(*std::move(refusal));
    }
    const auto held = hold({{entity.path, FinalLink::itself}, {wanted, FinalLink::itself}});
    if (!held) return tl::unexpected(held.error());
    const auto row = row_now(entity);
    if (!row || held->places.front().path != entity.path) return tl::unexpected(gone(entity));
    if (row->path != entity.path) return tl::unexpected(moved_meanwhile(entity, *row));
    const RelativePath& to = held->places.back().path;
    if (auto refusal = why_left_out(to)) return tl::unexpected(*std::move(refusal));
    const bool folder_is_new = !files_->folder_exists(parent_folder(to.str()));
    const auto moved = files_->move(row->path, to);
    if (!moved) return tl::unexpected(moved.error());
    try {
        auto result = index_moved(*row, to);
        if (!result) {
            undo_move(row->path, to, folder_is_new);
            return fail(result.error().fault, "Move failed: " + result.error().message);
        }
        files_->prune_empty_folders(row->path);
        return result;
    } catch (const std::exception& problem) {
        // The file is there for good, and the next scan takes its rows along.
        auto later = index_later(to, problem);
        files_->prune_empty_folders(row->path);
        MovedNote there{*row, false, {std::move(later)}};
        there.entity.path = to;
        return there;
    }
}

void NoteStore::undo_move(const RelativePath& from, const RelativePath& to, bool folder_is_new) {
    if (const auto back = files_->move(to, from); !back) {
        knowledge_.log()(LogLevel::error, "could not move " + to.str() + " back to " + from.str() +
                                              ": " + back.error().message);
    } else if (folder_is_new) {
        files_->prune_empty_folders(to);
    }
}

std::optional<std::string> NoteStore::text_with_permalink(const Entity& entity,
                                                          const RelativePath& to,
                                                          std::string_view bytes) {
    const auto config = knowledge_.config();
    if (entity.content_type != "text/markdown" || config->disable_permalinks) return std::nullopt;
    // A permalink that only the index gave would not survive the index.
    const bool names_its_own = parse_note(bytes, to).permalink.has_value();
    if (names_its_own && !config->update_permalinks_on_move) return std::nullopt;
    // Links know a note by the permalink it had, also when only the index knew it so far.
    const bool is_kept = entity.permalink && !config->update_permalinks_on_move;
    const std::string permalink = is_kept ? *entity.permalink : permalink_for_new(to, std::nullopt);
    auto text = with_frontmatter_keys(bytes, {{"permalink", Value::string(permalink)}});
    // A block that cannot be read is left alone: the move was asked for, not its repair.
    if (!text || *text == bytes) return std::nullopt;
    return *std::move(text);
}

Result<MovedNote> NoteStore::index_moved(const Entity& entity, const RelativePath& to) {
    const Timestamp begun = system_now();
    auto content = files_->read(to);
    if (!content) return tl::unexpected(content.error());
    const auto text = text_with_permalink(entity, to, content->bytes);
    // What nobody can read is found before anything is written.
    auto prepared =
        prepare_bytes(to, {text.value_or(content->bytes), content->stamp, content->born});
    if (!prepared) return tl::unexpected(prepared.error());
    const auto kept = keep_moved(entity, to, text ? &*content : nullptr);
    if (text) {
        const auto stamp = files_->write(to, *text, content->stamp);
        if (!stamp) {
            withdraw(kept.record);
            return tl::unexpected(stamp.error());
        }
        prepared->stamp = *stamp;
    }
    prepared->stamp = marked_unless_settled(prepared->stamp, begun);
    const auto config = knowledge_.config();
    IndexChange change(knowledge_, project_, *files_);
    MovedNote moved{entity, true, {}};
    moved.not_done = change.commit([&](Tables& tables) {
        moved.entity = change
                           .move(tables, *config, entity, *prepared, Author::this_program,
                                 text ? Author::this_program : Author::another_program)
                           .entity;
    });
    tell_unkept(kept.whole, "Where it was before", moved.not_done);
    if (text) keep_written(moved.entity, *text, moved.not_done);
    catch_up(to, prepared->stamp, moved.not_done);
    return moved;
}

}  // namespace bm
