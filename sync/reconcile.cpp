#include "sync/reconcile.hpp"

#include <algorithm>
#include <chrono>
#include <set>
#include <span>
#include <thread>
#include <utility>

#include "markdown/mime_type.hpp"
#include "sync/changes.hpp"
#include "sync/file_preparation.hpp"
#include "sync/index_note.hpp"
#include "sync/link_resolver.hpp"
#include "sync/prepared_files.hpp"
#include "sync/sync_summary.hpp"

namespace bm {

namespace {

// A transaction keeps other writers waiting: some 100 ms at a terminal, a few beside tool calls.
constexpr std::size_t kForegroundBatch = 512;
constexpr std::size_t kBackgroundBatch = 64;
constexpr std::int64_t kMostBatchBytes = 16LL << 20;
constexpr std::size_t kSmallBatch = 100;  // moves and deletions
// Between two transactions others get their turn: they look again every millisecond.
constexpr std::chrono::milliseconds kPause{2};
// From here on links are settled once for the whole project instead of note by note.
constexpr std::size_t kBulkFiles = 200;
constexpr std::size_t kWaitingPage = 250;
constexpr std::int64_t kMaxFailures = 3;

/// One file to be indexed, and the row it was compared with.
struct Job {
    SeenFile file;
    std::optional<IndexedFile> row;
};

class Reconciliation {
public:
    Reconciliation(KnowledgeBase& knowledge, const Project& project, const SyncOptions& options)
        : knowledge_(knowledge),
          project_(project),
          options_(options),
          config_(knowledge.config()),
          rules_(knowledge.ignore_rules(project)),
          files_(knowledge.files(project)) {}

    Result<SyncReport> compare() {
        return find_differences().map([&](Differences found) {
            for (const auto& move : find_moves(found))
                report_.moved[move.from.path.str()] = move.to.path.str();
            for (const auto& gone : found.gone) report_.deleted.push_back(gone.path.str());
            for (const auto& file : found.added) {
                if (is_known_failure(file)) continue;
                report_.added.push_back(file.path.str());
                if (const auto sum = checksum(file))
                    report_.checksums.emplace(file.path.str(), *sum);
            }
            for (const auto& touched : found.touched) {
                const auto sum = checksum(touched.seen);
                if (!sum || *sum == touched.row.checksum || is_known_failure(touched.seen))
                    continue;
                report_.modified.push_back(touched.seen.path.str());
                report_.checksums.emplace(touched.seen.path.str(), *sum);
            }
            return std::move(report_);
        });
    }

    Result<SyncReport> apply() {
        const Timestamp started = knowledge_.now();
        return find_differences().map([&](Differences found) {
            apply_moves(find_moves(found), found);
            apply_deletions(found.gone);
            index_files(jobs_of(std::move(found)));
            settle_pending_links();
            sort_report();
            if (!options_.stop.stop_requested()) {
                knowledge_.index().write([&](Tables& tables) {
                    tables.projects.set_last_scan(project_.id, started, report_.total_files);
                });
            }
            return std::move(report_);
        });
    }

private:
    Result<Differences> find_differences() {
        auto disk = scan_folder(project_.path, rules_, options_.stop);
        if (!disk) return tl::unexpected(disk.error());
        report_.total_files = static_cast<std::int64_t>(disk->files.size());
        report_.unreadable_folders = disk->unreadable_folders;
        for (const auto& name : disk->bad_names) {
            report_.failed.push_back(
                {name, "the file name is not valid UTF-8", 1, knowledge_.now()});
        }
        for (const auto& folder : disk->unreadable_folders) {
            knowledge_.log()(LogLevel::warning,
                             "cannot read the folder " + folder + "; what it holds stays as it is");
        }
        // A walk that was interrupted has not seen everything: nothing may be called gone.
        if (options_.stop.stop_requested()) return Differences{};
        ChangeFinder finder(*disk, options_.full);
        knowledge_.index().read([&](Tables& tables) {
            tables.entities.each_file(project_.id, [&](IndexedFile row) {
                is_first_load_ = false;
                finder.row(std::move(row));
            });
            for (auto& failure : tables.projects.failures(project_.id)) {
                failures_.emplace(failure.path, std::move(failure));
            }
        });
        return finder.finish();
    }

    std::optional<Checksum> checksum(const SeenFile& file) {
        const auto measured = files_->measure(file.path);
        if (!measured) return std::nullopt;
        return measured->checksum;
    }

    /// Only files whose size is that of a missing one can be renamed ones; the others are not read
    /// for this.
    std::vector<MovedFile> find_moves(Differences& found) {
        if (found.gone.empty() || found.added.empty()) return {};
        std::set<std::int64_t> sizes;
        for (const auto& gone : found.gone) sizes.insert(gone.stamp.size);
        std::vector<std::optional<Checksum>> checksums(found.added.size());
        for (std::size_t i = 0; i < found.added.size(); ++i) {
            if (sizes.contains(found.added[i].stamp.size)) checksums[i] = checksum(found.added[i]);
        }
        return take_moves(found, checksums);
    }

    /// A file that failed before and has not changed since.
    bool is_known_failure(const SeenFile& file) {
        const auto known = failures_.find(file.path.str());
        if (known == failures_.end()) return false;
        const auto now = checksum(file);
        if (now && known->second.checksum != now) return false;
        report_.skipped.push_back({known->first, known->second.reason, known->second.failures,
                                   known->second.first_failed});
        return true;
    }

    /// The row, unless somebody else has touched it since the comparison.
    std::optional<Entity> unchanged(Tables& tables, const IndexedFile& row) {
        auto now = tables.entities.by_path(project_.id, row.path.str());
        if (!now || now->id != row.id || now->checksum != row.checksum) return std::nullopt;
        return now;
    }

    /// What cannot be moved after all is left to the deletions and additions.
    void apply_moves(const std::vector<MovedFile>& moves, Differences& found) {
        const auto leave = [&](const MovedFile& move) {
            found.gone.push_back(move.from);
            found.added.push_back(move.to);
        };
        for (std::size_t at = 0; at < moves.size() && !options_.stop.stop_requested();
             at += kSmallBatch) {
            std::vector<std::pair<const MovedFile*, PreparedFile>> batch;
            for (std::size_t i = at; i < std::min(at + kSmallBatch, moves.size()); ++i) {
                auto prepared =
                    prepare_from_disk(*files_, moves[i].to.path, moves[i].to.stamp.size);
                if (prepared) {
                    batch.emplace_back(&moves[i], *std::move(prepared));
                } else {
                    leave(moves[i]);
                }
            }
            change_index([&](Tables& tables) {
                for (const auto& [move, prepared] : batch) {
                    const auto entity = unchanged(tables, move->from);
                    if (!entity) {
                        leave(*move);
                        continue;
                    }
                    const auto moved =
                        move_entity(tables, project_.id, *config_, *entity, prepared);
                    report_.moved[move->from.path.str()] = move->to.path.str();
                    announce(NoteChange::Kind::moved, moved.entity);
                }
            });
        }
    }

    void apply_deletions(const std::vector<IndexedFile>& gone) {
        for (std::size_t at = 0; at < gone.size() && !options_.stop.stop_requested();
             at += kSmallBatch) {
            std::vector<const IndexedFile*> batch;
            for (std::size_t i = at; i < std::min(at + kSmallBatch, gone.size()); ++i) {
                // Somebody may have put it back since the walk.
                if (presence_of(project_.path, rules_, gone[i].path) == Presence::absent) {
                    batch.push_back(&gone[i]);
                }
            }
            change_index([&](Tables& tables) {
                for (const auto* row : batch) {
                    const auto entity = unchanged(tables, *row);
                    if (!entity) continue;
                    forget_entity(tables, project_.id, *entity);
                    tables.projects.forget_failure(project_.id, row->path.str());
                    report_.deleted.push_back(row->path.str());
                    announce(NoteChange::Kind::removed, *entity);
                }
            });
        }
    }

    std::vector<Job> jobs_of(Differences found) {
        std::vector<Job> jobs;
        jobs.reserve(found.added.size() + found.touched.size());
        const auto add = [&](SeenFile file, std::optional<IndexedFile> row) {
            const auto known = failures_.find(file.path.str());
            if (known != failures_.end() && known->second.failures >= kMaxFailures &&
                is_known_failure(file))
                return;
            jobs.push_back({std::move(file), std::move(row)});
        };
        for (auto& file : found.added) add(std::move(file), std::nullopt);
        for (auto& touched : found.touched) add(std::move(touched.seen), std::move(touched.row));
        return jobs;
    }

    void index_files(const std::vector<Job>& jobs) {
        if (jobs.empty()) return;
        const bool bulk = jobs.size() >= kBulkFiles;
        const std::size_t batch_size = options_.background ? kBackgroundBatch : kForegroundBatch;
        std::vector<SeenFile> wanted;
        wanted.reserve(jobs.size());
        for (const auto& job : jobs) wanted.push_back(job.file);
        PreparedFiles prepared(
            *files_, std::move(wanted),
            static_cast<unsigned>(std::max(1, config_->sync_max_concurrent_files)));
        std::size_t done = 0;
        while (done < jobs.size() && !options_.stop.stop_requested()) {
            const auto batch = gather(
                std::span(jobs).subspan(done, std::min(batch_size, jobs.size() - done)), prepared);
            index_batch(std::span(jobs).subspan(done, batch.size()), batch, bulk);
            done += batch.size();
            if (options_.progress) options_.progress(done, jobs.size());
            std::this_thread::sleep_for(kPause);
        }
    }

    /// Files are read before a transaction begins, on other threads.
    std::vector<Result<PreparedFile>> gather(std::span<const Job> jobs, PreparedFiles& prepared) {
        std::vector<Result<PreparedFile>> files;
        std::int64_t bytes = 0;
        for (const auto& job : jobs) {
            files.push_back(*prepared.next());
            bytes += job.file.stamp.size;
            if (bytes > kMostBatchBytes) break;
        }
        return files;
    }

    void index_batch(std::span<const Job> jobs, std::span<const Result<PreparedFile>> files,
                     bool bulk) {
        try {
            store_batch(jobs, files, bulk);
        } catch (const DatabaseError& error) {
            // Busy, full or damaged: no file is to blame.
            if (!error.is_constraint()) throw;
            isolate(jobs, files, error);
        } catch (const std::exception& error) {
            isolate(jobs, files, error);
        }
    }

    /// One of these files cannot be stored: finds out which, so that the others are.
    void isolate(std::span<const Job> jobs, std::span<const Result<PreparedFile>> files,
                 const std::exception& error) {
        if (jobs.size() == 1) {
            record_failure(jobs.front(),
                           {Fault::invalid,
                            "Cannot index " + jobs.front().file.path.str() + ": " + error.what()});
            return;
        }
        const std::size_t half = jobs.size() / 2;
        index_batch(jobs.first(half), files.first(half), false);
        index_batch(jobs.subspan(half), files.subspan(half), false);
    }

    void store_batch(std::span<const Job> jobs, std::span<const Result<PreparedFile>> files,
                     bool bulk) {
        std::vector<std::string> added;
        std::vector<std::string> modified;
        change_index([&](Tables& tables) {
            std::vector<std::string> changed_keys;
            std::optional<TextIndex::Loader> loader;
            IndexMode mode;
            if (bulk) {
                mode.loader = &loader.emplace(tables.text.bulk_load(project_.id));
                // A first load has no older links that could point elsewhere now, but for a few of
                // notes that were written meanwhile.
                if (!is_first_load_) mode.changed_keys = &changed_keys;
                tables.projects.add_pending_links(
                    project_.id, is_first_load_ ? PendingLinks::all : PendingLinks::waiting);
            }
            for (std::size_t i = 0; i < jobs.size(); ++i) {
                if (files[i] && index_one(tables, jobs[i], *files[i], mode)) {
                    (jobs[i].row ? modified : added).push_back(jobs[i].file.path.str());
                }
            }
            if (loader) loader->finish();
            tables.graph.unlink(project_.id, changed_keys);
        });
        report_.added.insert(report_.added.end(), added.begin(), added.end());
        report_.modified.insert(report_.modified.end(), modified.begin(), modified.end());
        for (std::size_t i = 0; i < jobs.size(); ++i) {
            if (!files[i]) {
                record_failure(jobs[i], files[i].error());
            } else {
                report_.checksums.emplace(jobs[i].file.path.str(), files[i]->checksum);
            }
        }
    }

    /// True when the rows changed.
    bool index_one(Tables& tables, const Job& job, const PreparedFile& file,
                   const IndexMode& mode) {
        const auto row = tables.entities.by_path(project_.id, job.file.path.str());
        // Somebody indexed newer bytes than ours since the comparison.
        if (row.has_value() != job.row.has_value()) return false;
        if (row && row->checksum != job.row->checksum) return false;
        if (failures_.contains(job.file.path.str())) {
            tables.projects.forget_failure(project_.id, job.file.path.str());
        }
        if (row && row->checksum == file.checksum && !options_.full) {
            tables.entities.set_stamp(row->id, file.stamp);
            return false;
        }
        const auto indexed = index_file(tables, project_.id, *config_, file, mode);
        if (row && row->checksum == file.checksum) return false;
        announce(NoteChange::Kind::written, indexed.entity);
        return true;
    }

    void record_failure(const Job& job, const Error& error) {
        const std::string& path = job.file.path.str();
        if (error.fault == Fault::not_found) {
            // It vanished while we worked: a deletion, not a failure.
            if (job.row) apply_deletions({*job.row});
            return;
        }
        const auto sum = checksum(job.file);
        const Timestamp now = knowledge_.now();
        knowledge_.index().write([&](Tables& tables) {
            tables.projects.record_failure(project_.id, path, sum, error.message, now);
        });
        const auto known = failures_.find(path);
        report_.failed.push_back({path, error.message,
                                  known == failures_.end() ? 1 : known->second.failures + 1,
                                  known == failures_.end() ? now : known->second.first_failed});
        knowledge_.log()(LogLevel::warning, error.message);
    }

    /// Settles what this load, or one that was killed, left pending.
    void settle_pending_links() {
        while (!options_.stop.stop_requested()) {
            const PendingState pending = knowledge_.index().read(
                [&](Tables& tables) { return tables.projects.pending_links(project_.id); });
            if (pending.links == PendingLinks::none) return;
            knowledge_.index().write([&](Tables& tables) {
                if (pending.links == PendingLinks::all) tables.graph.unlink_all(project_.id);
                tables.graph.resolve_all_exact(project_.id);
            });
            if (settle_pages(pending)) return;
        }
    }

    /// What is left waiting is resolved by the finer rules, in pages, so that writers get their
    /// turn. False when more became pending or a stop was asked for.
    bool settle_pages(const PendingState& pending) {
        std::map<std::string, std::optional<EntityId>> known;
        RelationId after{0};
        while (!options_.stop.stop_requested()) {
            bool is_last = false;
            bool is_settled = false;
            knowledge_.index().write([&](Tables& tables) {
                const auto page = tables.graph.waiting(project_.id, after, kWaitingPage);
                known.clear();
                for (const auto& link : page) {
                    const auto [found, is_new] = known.try_emplace(link.to_name);
                    if (is_new) found->second = resolve_link(tables, project_.id, link.to_name);
                    if (found->second) tables.graph.set_target(link.id, found->second);
                    after = link.id;
                }
                is_last = page.size() < kWaitingPage;
                if (is_last) {
                    is_settled = tables.projects.clear_pending_links(project_.id, pending);
                }
            });
            if (is_last) return is_settled;
        }
        return false;
    }

    /// One transaction. What it announces is told once it is committed.
    template <class Work>
    void change_index(Work&& work) {
        announced_.clear();
        knowledge_.index().write(std::forward<Work>(work));
        for (const auto& change : announced_) knowledge_.changes().publish(change);
        announced_.clear();
    }

    void announce(NoteChange::Kind kind, const Entity& entity) {
        announced_.push_back(
            {kind, project_.name.str(), entity.permalink.value_or(entity.path.str())});
    }

    void sort_report() {
        std::sort(report_.added.begin(), report_.added.end());
        std::sort(report_.deleted.begin(), report_.deleted.end());
    }

    KnowledgeBase& knowledge_;
    const Project& project_;
    const SyncOptions& options_;
    std::shared_ptr<const Config> config_;
    IgnoreRules rules_;
    std::unique_ptr<NoteFiles> files_;
    bool is_first_load_ = true;  // there was no row before
    std::map<std::string, FailedFile, std::less<>> failures_;
    std::vector<NoteChange> announced_;
    SyncReport report_;
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
