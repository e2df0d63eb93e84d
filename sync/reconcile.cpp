#include "sync/reconcile.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <functional>
#include <iterator>
#include <optional>
#include <set>
#include <thread>
#include <utility>

#include "repository/clock.hpp"
#include "repository/project_mounts.hpp"
#include "sync/changes.hpp"
#include "sync/file_storing.hpp"
#include "sync/indexed_rows.hpp"
#include "sync/link_settling.hpp"
#include "sync/mount_guard.hpp"
#include "sync/sync_run.hpp"
#include "sync/sync_summary.hpp"
#include "sync/vanished_files.hpp"
#include "sync/watermark.hpp"

namespace bm {

namespace {

// Who is overtaken more often hears of the file again through its next event or the next scan.
constexpr int kMaxRounds = 4;
// Whoever is at work on a file has committed in a moment.
constexpr std::array<std::chrono::milliseconds, kMaxRounds - 1> kPauses{
    std::chrono::milliseconds(2), std::chrono::milliseconds(15), std::chrono::milliseconds(60)};
// Nobody writes more than this twice within a step of the clock.
constexpr std::int64_t kMostUnseenBytes = 1LL << 20;
// From a change until it is looked at: debouncing, a file that stays open, a machine at work.
constexpr std::chrono::seconds kFreshness{10};

class Reconciliation {
public:
    Reconciliation(KnowledgeBase& knowledge, const Project& project, const SyncOptions& options)
        : run_(knowledge, project, options),
          mounts_(knowledge, project),
          started_(knowledge.now()) {}

    Result<SyncReport> compare() {
        return find_differences([](ChangeFinder&) {}, Leftovers::stay).map([&](Differences found) {
            for (const auto& move : find_moves(found))
                run_.report.moved[move.from.path.str()] = move.to.path.str();
            for (const auto& gone : found.gone) run_.report.deleted.push_back(gone.path.str());
            for (const auto& file : found.added) {
                if (run_.is_known_failure(file, 1)) continue;
                run_.report.added.push_back(file.path.str());
                if (const auto sum = run_.checksum(file))
                    run_.report.checksums.emplace(file.path.str(), *sum);
            }
            for (const auto& touched : found.touched) {
                const auto sum = run_.checksum(touched.seen);
                if (!sum || *sum == touched.row.checksum || run_.is_known_failure(touched.seen, 1))
                    continue;
                run_.report.modified.push_back(touched.seen.path.str());
                run_.report.checksums.emplace(touched.seen.path.str(), *sum);
            }
            return std::move(run_.report);
        });
    }

    Result<SyncReport> apply() {
        return find_differences([this](ChangeFinder& finder) { store_ahead(finder); },
                                Leftovers::go)
            .map([&](Differences found) {
                forget_failures_of_absent_files();
                apply_moves(run_, find_moves(found));
                apply_deletions(run_, found.gone);
                const auto jobs = jobs_of(std::move(found));
                store_files(run_, jobs, run_.stored + jobs.size());
                if (!run_.options.is_beside_another) {
                    settle_pending_links(run_.knowledge.index(), run_.project.id,
                                         run_.options.background, run_.options.stop);
                }
                sort_report();
                if (run_.options.scope.is_whole_project() && !run_.options.stop.stop_requested()) {
                    run_.knowledge.index().write([&](Tables& tables) {
                        // A new one has nothing of what was the same in the old one.
                        if (tables.identity != run_.index) return;
                        set_project_mounts(tables.database, run_.project.id, mounts_.devices());
                        tables.projects.set_last_scan(run_.project.id, started_,
                                                      run_.report.total_files);
                    });
                }
                return std::move(run_.report);
            });
    }

private:
    /// Files and rows flow past each other. `after_file` may take out of the finder what can be
    /// dealt with already.
    Result<Differences> find_differences(const std::function<void(ChangeFinder&)>& after_file,
                                         Leftovers leftovers) {
        if (const auto& why = run_.rules.unknown_because()) {
            return fail(Fault::unavailable, *why);
        }
        auto failures = run_.knowledge.index().read([&](Tables& tables) {
            run_.index = tables.identity;
            return tables.projects.failures(run_.project.id);
        });
        for (auto& failure : failures) run_.failures.emplace(failure.path, std::move(failure));
        const Watermark watermark(run_);
        if (run_.options.scope.is_whole_project()) mounts_.begin();
        IndexedRows rows(run_.knowledge.index(), run_.project.id, run_.options.scope);
        ChangeFinder finder(
            [&rows] { return rows.next(); }, run_.options.full,
            [this](const SeenFile& file, const IndexedFile& row) { return may_differ(file, row); });
        run_.is_first_load = run_.options.scope.is_whole_project() && finder.has_seen_no_row();
        const FileSink sink = [&](SeenFile file) {
            run_.saw(file);
            finder.file(std::move(file));
            after_file(finder);
        };
        auto disk = look(sink, leftovers);
        if (!disk) return tl::unexpected(disk.error());
        run_.report_walk(*disk);
        if (const auto mounted = mounts_.check(disk->unreadable_folders); !mounted) {
            return tl::unexpected(mounted.error());
        }
        run_.report_unreadable(disk->unreadable_folders);
        // A walk that was interrupted has not seen everything: nothing may be called gone.
        if (run_.options.stop.stop_requested()) return Differences{};
        auto found = finder.finish(disk->unreadable_folders);
        watermark.leave_out_old(found, disk->files);
        return found;
    }

    /// Something happened to the files of a scope. What came second within one step of the clock
    /// left the stamp that the row was made of. A mark stays then, so that our own writes, which
    /// come back as events, cost a look and no transaction.
    bool may_differ(const SeenFile& file, const IndexedFile& row) {
        const bool is_marked = row.stamp != file.stamp;
        if (run_.options.scope.is_whole_project() || file.stamp.size > kMostUnseenBytes ||
            timestamp_from_ns(file.stamp.ctime_ns) + kFreshness < system_now()) {
            return is_marked;
        }
        const auto measured = run_.files->measure(file.path);
        if (!measured || measured->stamp != file.stamp) return is_marked;
        return measured->checksum != row.checksum;
    }

    Result<ScanResult> look(const FileSink& seen, Leftovers leftovers) {
        const SyncScope& scope = run_.options.scope;
        const WalkOptions how{run_.options.stop, leftovers, started_};
        if (scope.is_whole_project()) {
            return scan_folder(run_.project.path, run_.rules, seen, how);
        }
        return scan_paths(run_.project.path, run_.rules, scope.paths(), seen, how);
    }

    /// Without rows there is no move: a first load is stored while the walk goes on, and needs no
    /// list of everything.
    void store_ahead(ChangeFinder& finder) {
        auto& added = finder.so_far().added;
        if (!run_.is_first_load || added.size() < kJobsAtOnce) return;
        Differences ready;
        ready.added = std::exchange(added, {});
        store_files(run_, jobs_of(std::move(ready)), 0);
    }

    /// They would be counted for ever, and push others out.
    void forget_failures_of_absent_files() {
        const auto& unknown = run_.report.unreadable_folders;
        std::vector<std::string> absent;
        for (const auto& [path, failure] : run_.failures) {
            const bool is_unknown = std::any_of(
                unknown.begin(), unknown.end(),
                [&path = path](const auto& folder) { return path.starts_with(folder); });
            if (!run_.failing.contains(path) && !is_unknown && run_.options.scope.covers(path)) {
                absent.push_back(path);
            }
        }
        if (absent.empty() || run_.options.stop.stop_requested()) return;
        run_.knowledge.index().write([&](Tables& tables) {
            for (const auto& path : absent) tables.projects.forget_failure(run_.project.id, path);
        });
    }

    /// Only a file with the size or the inode of a missing one can be a renamed one; the others
    /// are not read for this.
    std::vector<MovedFile> find_moves(Differences& found) {
        if (found.gone.empty() || found.added.empty()) return {};
        std::set<std::int64_t> sizes;
        std::set<std::int64_t> inodes;
        for (const auto& gone : found.gone) {
            sizes.insert(gone.stamp.size);
            inodes.insert(gone.stamp.inode);
        }
        std::vector<std::optional<MeasuredFile>> measured(found.added.size());
        for (std::size_t i = 0; i < found.added.size(); ++i) {
            const SeenFile& file = found.added[i];
            if (!sizes.contains(file.stamp.size) && !inodes.contains(file.stamp.inode)) continue;
            if (const auto now = run_.files->measure(file.path)) measured[i] = *now;
        }
        return take_moves(found, measured);
    }

    std::vector<StoringJob> jobs_of(Differences found) {
        std::vector<StoringJob> jobs;
        jobs.reserve(found.added.size() + found.touched.size());
        for (auto& file : found.added) {
            if (!run_.is_known_failure(file, kFailuresToGiveUp))
                jobs.push_back({std::move(file), std::nullopt});
        }
        for (auto& [seen, row] : found.touched) {
            if (!run_.is_known_failure(seen, kFailuresToGiveUp))
                jobs.push_back({std::move(seen), std::move(row)});
        }
        return jobs;
    }

    void sort_report() {
        std::sort(run_.report.added.begin(), run_.report.added.end());
        std::sort(run_.report.deleted.begin(), run_.report.deleted.end());
    }

    SyncRun run_;
    MountGuard mounts_;
    Timestamp started_;
};

/// Its rows have no project any more then.
Error removed_meanwhile(const Project& project) {
    return {Fault::not_found, "The project " + project.name.str() +
                                  " was removed while it was synced. Its files are as they were."};
}

FileIdentity identity_of(Index& index) {
    return index.read([](Tables& tables) { return tables.identity; });
}

void add_report(SyncReport& all, SyncReport&& more) {
    const auto append = [](auto& to, auto& from) {
        to.insert(to.end(), std::move_iterator(from.begin()), std::move_iterator(from.end()));
    };
    append(all.skipped, more.skipped);
    append(all.failed, more.failed);
    append(all.added, more.added);
    append(all.modified, more.modified);
    append(all.deleted, more.deleted);
    for (auto* paths : {&all.added, &all.modified, &all.deleted}) {
        std::sort(paths->begin(), paths->end());
    }
    all.moved.merge(more.moved);
    all.checksums.merge(more.checksums);
    all.left_alone = std::move(more.left_alone);
}

}  // namespace

Result<SyncReport> compare_project(KnowledgeBase& knowledge, const Project& project,
                                   const std::stop_token& stop) {
    SyncOptions options;
    options.stop = stop;
    return Reconciliation(knowledge, project, options).compare();
}

Result<SyncReport> reconcile_project(KnowledgeBase& knowledge, const Project& project,
                                     const SyncOptions& options) try {
    IgnoreRules rules = knowledge.ignore_rules(project);
    FileIdentity index = identity_of(knowledge.index());
    auto report = Reconciliation(knowledge, project, options).apply();
    SyncOptions again = options;
    again.full = false;
    for (int round = 1; report && !report->left_alone.empty() && round < kMaxRounds; ++round) {
        std::this_thread::sleep_for(kPauses.at(static_cast<std::size_t>(round) - 1));
        if (options.stop.stop_requested()) break;
        again.scope = {};
        for (const auto& path : report->left_alone) again.scope.add(path);
        auto more = Reconciliation(knowledge, project, again).apply();
        if (!more) break;
        add_report(*report, *std::move(more));
    }
    // Who saw other rules meanwhile may have ended before this run stored what they leave out; and
    // where the index was damaged and replaced, much of what was found is true of the old one.
    again.scope = SyncScope::whole_project();
    for (int round = 1; report && round < kMaxRounds && !options.stop.stop_requested(); ++round) {
        IgnoreRules now = knowledge.ignore_rules(project);
        const FileIdentity index_now = identity_of(knowledge.index());
        if (now.is_same_as(rules) && index_now == index) break;
        rules = std::move(now);
        index = index_now;
        const auto current = knowledge.find_project(project.name.str());
        if (!current) break;
        auto more = Reconciliation(knowledge, *current, again).apply();
        if (!more) break;
        add_report(*report, *std::move(more));
    }
    if (report) knowledge.log()(LogLevel::debug, summary_line(project, *report));
    return report;
} catch (const DatabaseError& error) {
    const auto is_there = [&](Tables& tables) {
        return tables.projects.by_id(project.id).has_value();
    };
    if (!error.is_constraint() || knowledge.index().read(is_there)) throw;
    return tl::unexpected(removed_meanwhile(project));
}

}  // namespace bm
