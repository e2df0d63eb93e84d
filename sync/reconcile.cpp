#include "sync/reconcile.hpp"

#include <algorithm>
#include <functional>
#include <set>
#include <utility>

#include "repository/indexed_files.hpp"
#include "repository/project_mounts.hpp"
#include "sync/changes.hpp"
#include "sync/file_storing.hpp"
#include "sync/link_settling.hpp"
#include "sync/mount_guard.hpp"
#include "sync/sync_run.hpp"
#include "sync/sync_summary.hpp"
#include "sync/vanished_files.hpp"

namespace bm {

namespace {

constexpr std::int64_t kMaxFailures = 3;

class Reconciliation {
public:
    Reconciliation(KnowledgeBase& knowledge, const Project& project, const SyncOptions& options)
        : run_(knowledge, project, options), mounts_(knowledge, project) {}

    Result<SyncReport> compare() {
        return find_differences().map([&](Differences found) {
            for (const auto& move : find_moves(found))
                run_.report.moved[move.from.path.str()] = move.to.path.str();
            for (const auto& gone : found.gone) run_.report.deleted.push_back(gone.path.str());
            for (const auto& file : found.added) {
                if (run_.is_known_failure(file)) continue;
                run_.report.added.push_back(file.path.str());
                if (const auto sum = run_.checksum(file))
                    run_.report.checksums.emplace(file.path.str(), *sum);
            }
            for (const auto& touched : found.touched) {
                const auto sum = run_.checksum(touched.seen);
                if (!sum || *sum == touched.row.checksum || run_.is_known_failure(touched.seen))
                    continue;
                run_.report.modified.push_back(touched.seen.path.str());
                run_.report.checksums.emplace(touched.seen.path.str(), *sum);
            }
            return std::move(run_.report);
        });
    }

    Result<SyncReport> apply() {
        const Timestamp started = run_.knowledge.now();
        return find_differences().map([&](Differences found) {
            apply_moves(run_, find_moves(found), found);
            apply_deletions(run_, found.gone);
            store_files(run_, jobs_of(std::move(found)));
            settle_pending_links(run_.knowledge.index(), run_.project.id, run_.options.stop);
            sort_report();
            if (run_.options.scope.is_whole_project() && !run_.options.stop.stop_requested()) {
                const auto devices = mounts_.devices();
                run_.knowledge.index().write([&](Tables& tables) {
                    set_project_mounts(tables.database, run_.project.id, devices);
                    tables.projects.set_last_scan(run_.project.id, started,
                                                  run_.report.total_files);
                });
            }
            return std::move(run_.report);
        });
    }

private:
    Result<Differences> find_differences() {
        auto disk = look();
        if (!disk) return tl::unexpected(disk.error());
        run_.report.total_files = static_cast<std::int64_t>(disk->files.size());
        for (const auto& name : disk->bad_names) {
            run_.report.failed.push_back(
                {name, "the file name is not valid UTF-8", 1, run_.knowledge.now()});
        }
        for (const auto& folder : disk->unreadable_folders) {
            run_.knowledge.log()(LogLevel::warning, "cannot read the folder " + folder +
                                                        "; what it holds stays as it is");
        }
        const auto mounted = mounts_.check(disk->unreadable_folders);
        if (!mounted) return tl::unexpected(mounted.error());
        run_.report.unreadable_folders = disk->unreadable_folders;
        // A walk that was interrupted has not seen everything: nothing may be called gone.
        if (run_.options.stop.stop_requested()) return Differences{};
        ChangeFinder finder(*disk, run_.options.full);
        run_.knowledge.index().read([&](Tables& tables) {
            each_row(tables, [&](IndexedFile row) {
                run_.is_first_load = false;
                finder.row(std::move(row));
            });
            for (auto& failure : tables.projects.failures(run_.project.id)) {
                run_.failures.emplace(failure.path, std::move(failure));
            }
        });
        return finder.finish();
    }

    Result<ScanResult> look() {
        const SyncScope& scope = run_.options.scope;
        if (scope.is_whole_project()) {
            return scan_folder(run_.project.path, run_.rules, run_.options.stop);
        }
        return scan_paths(run_.project.path, run_.rules, scope.paths(), run_.options.stop);
    }

    void each_row(Tables& tables, const std::function<void(IndexedFile)>& seen) {
        const SyncScope& scope = run_.options.scope;
        if (scope.is_whole_project())
            return each_indexed_file(tables.database, run_.project.id, seen);
        // There may be other rows, which were not looked at.
        run_.is_first_load = false;
        auto rows = indexed_files_at(tables.database, run_.project.id, scope.paths());
        std::sort(rows.begin(), rows.end(),
                  [](const IndexedFile& a, const IndexedFile& b) { return a.path < b.path; });
        for (auto& row : rows) seen(std::move(row));
    }

    /// Only files whose size is that of a missing one can be renamed ones; the others are not read
    /// for this.
    std::vector<MovedFile> find_moves(Differences& found) {
        if (found.gone.empty() || found.added.empty()) return {};
        std::set<std::int64_t> sizes;
        for (const auto& gone : found.gone) sizes.insert(gone.stamp.size);
        std::vector<std::optional<Checksum>> checksums(found.added.size());
        for (std::size_t i = 0; i < found.added.size(); ++i) {
            if (sizes.contains(found.added[i].stamp.size))
                checksums[i] = run_.checksum(found.added[i]);
        }
        return take_moves(found, checksums);
    }

    std::vector<StoringJob> jobs_of(Differences found) {
        std::vector<StoringJob> jobs;
        jobs.reserve(found.added.size() + found.touched.size());
        const auto add = [&](SeenFile file, std::optional<IndexedFile> row) {
            const auto known = run_.failures.find(file.path.str());
            if (known != run_.failures.end() && known->second.failures >= kMaxFailures &&
                run_.is_known_failure(file))
                return;
            jobs.push_back({std::move(file), std::move(row)});
        };
        for (auto& file : found.added) add(std::move(file), std::nullopt);
        for (auto& touched : found.touched) add(std::move(touched.seen), std::move(touched.row));
        return jobs;
    }

    void sort_report() {
        std::sort(run_.report.added.begin(), run_.report.added.end());
        std::sort(run_.report.deleted.begin(), run_.report.deleted.end());
    }

    SyncRun run_;
    MountGuard mounts_;
};

}  // namespace

Result<SyncReport> compare_project(KnowledgeBase& knowledge, const Project& project,
                                   const std::stop_token& stop) {
    SyncOptions options;
    options.stop = stop;
    return Reconciliation(knowledge, project, options).compare();
}

Result<SyncReport> reconcile_project(KnowledgeBase& knowledge, const Project& project,
                                     const SyncOptions& options) {
    auto report = Reconciliation(knowledge, project, options).apply();
    if (report) knowledge.log()(LogLevel::debug, summary_line(project, *report));
    return report;
}

}  // namespace bm
