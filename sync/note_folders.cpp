#include <algorithm>
#include <iterator>
#include <utility>

#include "markdown/file_naming.hpp"
#include "sync/note_store.hpp"

namespace bm {

namespace {

void add_to(NotDone& all, NotDone more) {
    std::move(more.begin(), more.end(), std::back_inserter(all));
}

}  // namespace

FolderOutcome NoteStore::move_folder(std::string_view folder, std::string_view to,
                                     const FolderWatch& watch) {
    const std::string from_prefix = normalized_path(folder);
    const std::string to_prefix = normalized_path(to);
    const auto move_one = [&](const Entity& entity, NotDone& not_done) -> Result<std::string> {
        const std::string rest = entity.path.str().substr(from_prefix.size() + 1);
        return RelativePath::parse(to_prefix.empty() ? rest : to_prefix + '/' + rest)
            .and_then([&](const RelativePath& target) { return move(entity, target); })
            .map([&](MovedNote moved) {
                add_to(not_done, std::move(moved.not_done));
                return moved.entity.path.str();
            });
    };
    return each_below(from_prefix, watch, move_one);
}

FolderOutcome NoteStore::remove_folder(std::string_view folder, const FolderWatch& watch) {
    const auto remove_one = [&](const Entity& entity, NotDone& not_done) -> Result<std::string> {
        return remove(entity).map([&](NotDone more) {
            add_to(not_done, std::move(more));
            return entity.path.str();
        });
    };
    return each_below(normalized_path(folder), watch, remove_one);
}

FolderOutcome NoteStore::each_below(const std::string& folder, const FolderWatch& watch,
                                    const ActOnNote& act) {
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
        if (auto done = act(entity, outcome.not_done)) {
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

}  // namespace bm
