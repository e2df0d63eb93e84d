#include <exception>
#include <utility>

#include "markdown/frontmatter.hpp"
#include "markdown/note_parser.hpp"
#include "sync/file_preparation.hpp"
#include "sync/note_store.hpp"

namespace bm {

Result<Entity> NoteStore::move(const Entity& entity, const RelativePath& wanted) {
    const auto held = hold({{entity.path, FinalLink::itself}, {wanted, FinalLink::itself}});
    if (!held) return tl::unexpected(held.error());
    const auto row = row_now(entity);
    if (!row || held->places.front().path != entity.path) return tl::unexpected(gone(entity));
    if (row->path != entity.path) return tl::unexpected(moved_meanwhile(entity, *row));
    const RelativePath& to = held->places.back().path;
    if (auto refusal = why_left_out(to)) return tl::unexpected(*std::move(refusal));
    const auto moved = files_->move(row->path, to);
    if (!moved) return tl::unexpected(moved.error());
    try {
        auto result = index_moved(*row, to);
        if (!result) {
            undo_move(row->path, to);
            return fail(result.error().fault, "Move failed: " + result.error().message);
        }
        files_->prune_empty_folders(row->path);
        announce(NoteChange::Kind::removed, *row);
        announce(NoteChange::Kind::moved, *result);
        return result;
    } catch (const std::exception& problem) {
        // The file is there for good, and the next scan takes its rows along.
        index_later(to, problem);
        files_->prune_empty_folders(row->path);
        Entity there = *row;
        there.path = to;
        return there;
    }
}

void NoteStore::undo_move(const RelativePath& from, const RelativePath& to) {
    if (const auto back = files_->move(to, from); !back) {
        knowledge_.log()(LogLevel::error, "could not move " + to.str() + " back to " + from.str() +
                                              ": " + back.error().message);
    }
}

Result<bool> NoteStore::write_permalink(const Entity& entity, const RelativePath& path,
                                        FileContent& content) {
    // Links know a note by the permalink it had, also when only the index knew it so far.
    const bool is_kept = entity.permalink && !knowledge_.config()->update_permalinks_on_move;
    const std::string permalink =
        is_kept ? *entity.permalink : permalink_for_new(path, std::nullopt);
    auto text = with_frontmatter_keys(content.bytes, {{"permalink", Value::string(permalink)}});
    // A block that cannot be read is left alone: the move was asked for, not its repair.
    if (!text || *text == content.bytes) return false;
    keep_moved(entity, path, content.bytes);
    const auto stamp = files_->write(path, *text, content.stamp);
    if (!stamp) return tl::unexpected(stamp.error());
    content.bytes = *std::move(text);
    content.stamp = *stamp;
    return true;
}

Result<Entity> NoteStore::index_moved(const Entity& entity, const RelativePath& to) {
    auto content = files_->read(to);
    if (!content) return tl::unexpected(content.error());
    const auto config = knowledge_.config();
    bool is_kept = false;
    const bool is_note = entity.content_type == "text/markdown";
    if (is_note && !config->disable_permalinks) {
        // A permalink that only the index gave would not survive the index.
        const bool names_its_own = parse_note(content->bytes, to).permalink.has_value();
        if (config->update_permalinks_on_move || !names_its_own) {
            const auto written = write_permalink(entity, to, *content);
            if (!written) return tl::unexpected(written.error());
            is_kept = *written;
        }
    }
    if (!is_kept) keep_moved(entity, to, std::nullopt);
    const auto prepared = prepare_bytes(to, *std::move(content));
    if (!prepared) return tl::unexpected(prepared.error());
    auto moved = knowledge_.index().write([&](Tables& tables) {
        return move_entity(tables, project_.id, *config, entity, *prepared);
    });
    catch_up(to, prepared->stamp);
    return std::move(moved.entity);
}

}  // namespace bm
