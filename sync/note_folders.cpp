#include <utility>

#include "markdown/file_naming.hpp"
#include "sync/note_store.hpp"

namespace bm {

FolderOutcome NoteStore::move_folder(std::string_view folder, std::string_view to,
                                     const FolderWatch& watch) {
    const std::string from_prefix = normalized_path(folder);
    const std::string to_prefix = normalized_path(to);
    return each_below(from_prefix, watch, [&](const Entity& entity) -> Result<std::string> {
        const std::string rest = entity.path.str().substr(from_prefix.size() + 1);
        return RelativePath::parse(to_prefix.empty() ? rest : to_prefix + '/' + rest)
            .and_then([&](const RelativePath& target) { return move(entity, target); })
            .map([](const Entity& moved) { return moved.path.str(); });
    });
}

FolderOutcome NoteStore::remove_folder(std::string_view folder, const FolderWatch& watch) {
    return each_below(normalized_path(folder), watch,
                      [&](const Entity& entity) -> Result<std::string> {
                          return remove(entity).map([&] { return entity.path.str(); });
                      });
}

FolderOutcome NoteStore::each_below(const std::string& folder, const FolderWatch& watch,
                                    const std::function<Result<std::string>(const Entity&)>& act) {
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
        if (auto done = act(entity)) {
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
