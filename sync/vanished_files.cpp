#include "sync/vanished_files.hpp"

#include <algorithm>
#include <utility>

#include "sync/file_preparation.hpp"
#include "sync/files_in_work.hpp"
#include "sync/mount_guard.hpp"

namespace bm {

namespace {

constexpr std::size_t kSmallBatch = 100;

/// The row, unless somebody else has touched it since the comparison.
std::optional<Entity> unchanged(SyncRun& run, Tables& tables, const IndexedFile& row) {
    auto now = tables.entities.by_path(run.project.id, row.path.str());
    if (now && now->id == row.id && now->checksum == row.checksum && now->stamp == row.stamp) {
        return now;
    }
    if (now) run.report.left_alone.insert(row.path.str());
    return std::nullopt;
}

/// A note that a tool wrote at the new place meanwhile is not replaced.
std::optional<Entity> movable(SyncRun& run, Tables& tables, const MovedFile& move) {
    if (tables.entities.by_path(run.project.id, move.to.path.str())) return std::nullopt;
    return unchanged(run, tables, move.from);
}

/// The file at its new place; none when it is not there or the old one came back.
std::optional<PreparedFile> moved_file(SyncRun& run, const MovedFile& move) {
    if (presence_of(run.project.path, run.rules, move.from.path) != Presence::absent) {
        return std::nullopt;
    }
    auto prepared = prepare_from_disk(*run.files, move.to.path, move.to.stamp.size);
    if (!prepared) return std::nullopt;
    return *std::move(prepared);
}

/// The folders whose disk has gone since the walk; an error when it is the project's own.
Result<std::vector<std::string>> uncovered_folders(const SyncRun& run) {
    std::vector<std::string> folders;
    return MountGuard(run.knowledge, run.project).check(folders).map([&] { return folders; });
}

bool lies_below(const std::vector<std::string>& folders, const std::string& path) {
    return std::any_of(folders.begin(), folders.end(),
                       [&](const std::string& folder) { return path.starts_with(folder); });
}

}  // namespace

void apply_moves(SyncRun& run, const std::vector<MovedFile>& moves) {
    const auto leave = [&](const MovedFile& move) {
        run.report.left_alone.insert(move.from.path.str());
        run.report.left_alone.insert(move.to.path.str());
    };
    for (std::size_t at = 0; at < moves.size() && !run.options.stop.stop_requested();
         at += kSmallBatch) {
        std::vector<std::pair<const MovedFile*, PreparedFile>> batch;
        for (std::size_t i = at; i < std::min(at + kSmallBatch, moves.size()); ++i) {
            if (auto prepared = moved_file(run, moves[i])) {
                batch.emplace_back(&moves[i], *std::move(prepared));
            } else {
                leave(moves[i]);
            }
        }
        run.change.commit([&](Tables& tables) {
            FilesInWork in_work(run.knowledge, run.project);
            for (const auto& [move, prepared] : batch) {
                // A tool that moves a note holds its new place, too.
                const bool is_others = in_work.contains(move->to.path);
                const auto entity = is_others ? std::nullopt : movable(run, tables, *move);
                if (!entity) {
                    leave(*move);
                    continue;
                }
                run.change.move(tables, *run.config, *entity, prepared, Author::another_program,
                                Author::another_program);
                run.report.moved[move->from.path.str()] = move->to.path.str();
            }
        });
    }
}

void apply_deletions(SyncRun& run, const std::vector<IndexedFile>& gone) {
    for (std::size_t at = 0; at < gone.size() && !run.options.stop.stop_requested();
         at += kSmallBatch) {
        std::vector<const IndexedFile*> batch;
        const auto not_seen = [&](const IndexedFile& row) {
            run.report.unseen.insert(row.path.str());
        };
        for (std::size_t i = at; i < std::min(at + kSmallBatch, gone.size()); ++i) {
            // Somebody may have put it back since the walk.
            switch (presence_of(run.project.path, run.rules, gone[i].path)) {
                case Presence::absent:
                    batch.push_back(&gone[i]);
                    break;
                case Presence::unknown:
                    not_seen(gone[i]);
                    break;
                case Presence::listed:
                    break;
            }
        }
        // Or the disk may have been unmounted.
        const auto uncovered = uncovered_folders(run);
        std::erase_if(batch, [&](const IndexedFile* row) {
            const bool kept = !uncovered || lies_below(*uncovered, row->path.str());
            if (kept) not_seen(*row);
            return kept;
        });
        run.change.commit([&](Tables& tables) {
            FilesInWork in_work(run.knowledge, run.project);
            for (const auto* row : batch) {
                if (in_work.contains(row->path)) {
                    run.report.left_alone.insert(row->path.str());
                    continue;
                }
                const auto entity = unchanged(run, tables, *row);
                if (!entity) continue;
                run.change.forget(tables, *entity);
                tables.projects.forget_failure(run.project.id, row->path.str());
                run.report.deleted.push_back(row->path.str());
            }
        });
    }
}

}  // namespace bm
