#include "tools/folder_place.hpp"

#include "markdown/file_naming.hpp"
#include "markdown/memory_url.hpp"
#include "markdown/text.hpp"
#include "sync/reconcile.hpp"

namespace bm {

namespace {

Result<FolderPlace> place_in(ToolContext& context, const Project& project, std::string folder) {
    FolderPlace place{project, std::move(folder), {}};
    if (place.folder.empty()) return place;
    SyncOptions options;
    options.stop = context.call.cancelled;
    const auto report = reconcile_project(context.knowledge, project, options);
    if (!report) return tl::unexpected(report.error());
    for (const auto* files : {&report->failed, &report->skipped}) {
        for (const auto& file : *files) {
            if (file.path.starts_with(place.folder + '/')) {
                place.unusable.emplace_back(file.path, file.reason);
            }
        }
    }
    return place;
}

bool holds_nothing(KnowledgeBase& knowledge, const FolderPlace& place) {
    return place.unusable.empty() && knowledge.index().read([&](Tables& tables) {
        return tables.entities.below(place.project.id, place.folder).empty();
    });
}

}  // namespace

FolderOutcome FolderPlace::with_unusable(FolderOutcome outcome) const {
    outcome.total += unusable.size();
    outcome.failed.insert(outcome.failed.end(), unusable.begin(), unusable.end());
    return outcome;
}

Result<FolderPlace> folder_place(ToolContext& context, const ChosenProject& chosen,
                                 std::string_view identifier) {
    const std::string_view typed = without_memory_scheme(trim(identifier));
    auto plain = place_in(context, chosen.project, normalized_path(typed));
    if (!plain || plain->folder.empty() || !holds_nothing(context.knowledge, *plain)) return plain;
    const auto front = project_in_front(context.knowledge, typed);
    if (!front || !may_reach(context.knowledge, chosen, front->project)) return plain;
    auto inner = place_in(context, front->project, normalized_path(front->rest));
    if (!inner || inner->folder.empty() || holds_nothing(context.knowledge, *inner)) return plain;
    return inner;
}

FolderWatch watch_of(const ToolContext& context, std::string_view verb) {
    const auto& progress = context.call.progress;
    if (!progress) return {context.call.cancelled, {}};
    return {context.call.cancelled,
            [&progress, verb = std::string(verb)](std::size_t done, std::size_t total) {
                progress(
                    static_cast<double>(done), static_cast<double>(total),
                    verb + ' ' + std::to_string(done) + " of " + std::to_string(total) + " files");
            }};
}

}  // namespace bm
