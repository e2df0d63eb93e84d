#include "sync/watermark.hpp"

#include <chrono>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "sync/indexed_rows.hpp"

namespace bm {

namespace {

/// Files with a time after the second in which the last scan began.
bool is_newer(const SeenFile& file, Timestamp last_scan) {
    const auto second = std::chrono::floor<std::chrono::seconds>(last_scan);
    return std::chrono::nanoseconds(file.stamp.mtime_ns) >
           std::chrono::nanoseconds(second.time_since_epoch());
}

/// Those rows without a file that one of the added files may have been.
std::vector<IndexedFile> possible_origins(SyncRun& run, const std::vector<SeenFile>& added) {
    std::vector<IndexedFile> gone;
    if (added.empty()) return gone;
    std::set<std::int64_t> sizes;
    for (const auto& file : added) sizes.insert(file.stamp.size);
    IndexedRows rows(run.knowledge.index(), run.project.id, SyncScope::whole_project());
    while (auto row = rows.next()) {
        if (sizes.contains(row->stamp.size) &&
            presence_of(run.project.path, run.rules, row->path) == Presence::absent) {
            gone.push_back(*std::move(row));
        }
    }
    return gone;
}

Differences compare_with_rows(SyncRun& run, std::vector<SeenFile> recent) {
    SyncScope scope;
    for (const auto& file : recent) scope.add(file.path.str());
    IndexedRows rows(run.knowledge.index(), run.project.id, scope);
    ChangeFinder finder([&rows] { return rows.next(); }, false);
    for (auto& file : recent) finder.file(std::move(file));
    return finder.finish(run.report.unreadable_folders);
}

}  // namespace

ScanKind choose_scan(bool is_forced, std::optional<std::int64_t> last_file_count,
                     std::optional<Timestamp> last_scan, std::int64_t file_count) {
    if (is_forced) return ScanKind::full_forced;
    if (!last_file_count) return ScanKind::full_initial;
    if (file_count < *last_file_count) return ScanKind::full_deletions;
    return last_scan ? ScanKind::incremental : ScanKind::full_fallback;
}

std::string_view name_of(ScanKind kind) {
    switch (kind) {
        case ScanKind::full_forced:
            return "full_forced";
        case ScanKind::full_initial:
            return "full_initial";
        case ScanKind::full_deletions:
            return "full_deletions";
        case ScanKind::incremental:
            return "incremental";
        case ScanKind::full_fallback:
            return "full_fallback";
    }
    return "";
}

std::optional<Result<Differences>> find_recent_differences(SyncRun& run) {
    if (!run.config->scans_by_watermark || !run.options.scope.is_whole_project()) {
        return std::nullopt;
    }
    const auto last = run.knowledge.index().read(
        [&](Tables& tables) { return tables.projects.last_scan(run.project.id); });
    // Without a last scan, or when forced, there is nothing to count for.
    if (run.options.full || !last) return std::nullopt;
    std::vector<SeenFile> recent;
    const auto disk = scan_folder(
        run.project.path, run.rules,
        [&](SeenFile file) {
            run.saw(file);
            // What failed is tried again each time.
            const bool has_failed = run.failures.contains(file.path.str());
            if (has_failed || is_newer(file, last->started)) recent.push_back(std::move(file));
        },
        run.options.stop);
    if (!disk) return tl::unexpected(disk.error());
    const ScanKind kind = choose_scan(false, last->files, last->started, disk->files);
    run.knowledge.log()(LogLevel::debug,
                        "scan of " + run.project.name.str() + ": " + std::string(name_of(kind)));
    if (kind != ScanKind::incremental) return std::nullopt;
    // More than a scope names one by one: the usual comparison costs no more.
    if (recent.size() > SyncScope::kMostPaths) return std::nullopt;
    run.is_first_load = false;
    run.report_walk(*disk);
    run.report_unreadable(disk->unreadable_folders);
    if (run.options.stop.stop_requested()) return Differences{};
    Differences found = compare_with_rows(run, std::move(recent));
    for (auto& row : possible_origins(run, found.added)) found.gone.push_back(std::move(row));
    return found;
}

}  // namespace bm
