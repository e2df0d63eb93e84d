#include "sync/file_storing.hpp"

#include <algorithm>
#include <chrono>
#include <span>
#include <thread>
#include <utility>

#include "sync/files_in_work.hpp"
#include "sync/prepared_files.hpp"
#include "sync/vanished_files.hpp"

namespace bm {

namespace {

// A transaction keeps other writers waiting: some 100 ms at a terminal, a few beside tool calls.
constexpr std::size_t kForegroundBatch = 512;
constexpr std::size_t kBackgroundBatch = 64;
constexpr std::int64_t kMostBatchBytes = 16LL << 20;
// Between two transactions others get their turn: they look again every millisecond.
constexpr std::chrono::milliseconds kPause{2};
// From here on links are settled once for the whole project instead of note by note.
constexpr std::size_t kBulkFiles = 200;

bool is_as_compared(const std::optional<Entity>& row, const std::optional<IndexedFile>& before) {
    if (!row || !before) return !row && !before;
    return row->id == before->id && row->checksum == before->checksum &&
           row->stamp == before->stamp;
}

class FileStoring {
public:
    FileStoring(SyncRun& run, std::span<const StoringJob> all)
        : run_(run), brings_many_(count_new(all) >= kBulkFiles) {}

    void store(std::span<const StoringJob> jobs, std::size_t total) {
        if (jobs.size() >= kBulkFiles) run_.is_bulk_load = true;
        const std::size_t batch_size =
            run_.options.background ? kBackgroundBatch : kForegroundBatch;
        std::vector<SeenFile> wanted;
        wanted.reserve(jobs.size());
        for (const auto& job : jobs) wanted.push_back(job.file);
        PreparedFiles prepared(
            *run_.files, std::move(wanted),
            static_cast<unsigned>(std::max(1, run_.config->sync_max_concurrent_files)));
        while (!jobs.empty() && !run_.options.stop.stop_requested()) {
            const auto batch = gather(jobs.first(std::min(batch_size, jobs.size())), prepared);
            index_batch(jobs.first(batch.size()), batch, run_.is_bulk_load);
            jobs = jobs.subspan(batch.size());
            run_.stored += batch.size();
            if (run_.options.progress) run_.options.progress(run_.stored, total);
            if (!jobs.empty()) std::this_thread::sleep_for(kPause);
        }
    }

private:
    static std::size_t count_new(std::span<const StoringJob> jobs) {
        return static_cast<std::size_t>(
            std::count_if(jobs.begin(), jobs.end(), [](const auto& job) { return !job.row; }));
    }

    /// Files are read before a transaction begins, on other threads.
    std::vector<Result<PreparedFile>> gather(std::span<const StoringJob> jobs,
                                             PreparedFiles& prepared) {
        std::vector<Result<PreparedFile>> files;
        std::int64_t bytes = 0;
        for (const auto& job : jobs) {
            files.push_back(*prepared.next());
            bytes += job.file.stamp.size;
            if (bytes > kMostBatchBytes) break;
        }
        return files;
    }

    void index_batch(std::span<const StoringJob> jobs, std::span<const Result<PreparedFile>> files,
                     bool bulk) {
        try {
            store_batch(jobs, files, bulk);
        } catch (const DatabaseError& error) {
            // Busy, full or damaged: no file is to blame.
            if (!error.is_constraint() || !is_project_there()) throw;
            isolate(jobs, files, error);
        } catch (const std::exception& error) {
            isolate(jobs, files, error);
        }
    }

    bool is_project_there() {
        return run_.knowledge.index().read(
            [&](Tables& tables) { return tables.projects.by_id(run_.project.id).has_value(); });
    }

    /// One of these files cannot be stored: finds out which, so that the others are.
    void isolate(std::span<const StoringJob> jobs, std::span<const Result<PreparedFile>> files,
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

    void store_batch(std::span<const StoringJob> jobs, std::span<const Result<PreparedFile>> files,
                     bool bulk) {
        std::vector<std::string> added;
        std::vector<std::string> modified;
        run_.change.commit([&](Tables& tables) {
            std::vector<std::string> changed_keys;
            std::optional<TextIndex::Loader> loader;
            IndexMode mode;
            mode.afresh = run_.options.full;
            mode.is_one_of_many = brings_many_;
            if (bulk) {
                mode.loader = &loader.emplace(tables.text.bulk_load(run_.project.id));
                // A first load has no older links that could point elsewhere now, but for a few of
                // notes that were written meanwhile.
                if (!run_.is_first_load) mode.changed_keys = &changed_keys;
                tables.projects.add_pending_links(run_.project.id, run_.is_first_load
                                                                       ? PendingLinks::all
                                                                       : PendingLinks::waiting);
            }
            FilesInWork in_work(run_.knowledge, run_.project);
            for (std::size_t i = 0; i < jobs.size(); ++i) {
                if (in_work.contains(jobs[i].file.path)) {
                    run_.report.left_alone.insert(jobs[i].file.path.str());
                } else if (files[i] && index_one(tables, jobs[i], *files[i], mode)) {
                    (jobs[i].row ? modified : added).push_back(jobs[i].file.path.str());
                }
            }
            if (loader) loader->finish();
            tables.graph.unlink(run_.project.id, changed_keys);
        });
        run_.report.added.insert(run_.report.added.end(), added.begin(), added.end());
        run_.report.modified.insert(run_.report.modified.end(), modified.begin(), modified.end());
        for (std::size_t i = 0; i < jobs.size(); ++i) {
            if (!files[i]) {
                record_failure(jobs[i], files[i].error());
            } else {
                run_.report.checksums.emplace(jobs[i].file.path.str(), files[i]->checksum);
            }
        }
    }

    /// True when the rows changed.
    bool index_one(Tables& tables, const StoringJob& job, const PreparedFile& file,
                   const IndexMode& mode) {
        const auto row = tables.entities.by_path(run_.project.id, job.file.path.str());
        // Somebody indexed other bytes since the comparison, and ours may be older: also when those
        // say the same as the ones before them.
        if (!is_as_compared(row, job.row)) {
            if (!row || row->checksum != file.checksum || row->stamp != file.stamp) {
                run_.report.left_alone.insert(job.file.path.str());
            }
            return false;
        }
        if (run_.failures.contains(job.file.path.str())) {
            tables.projects.forget_failure(run_.project.id, job.file.path.str());
        }
        if (row && row->checksum == file.checksum && !run_.options.full) {
            keep_rows(tables, *row, file);
            return false;
        }
        const auto indexed =
            run_.change.store(tables, *run_.config, file, Author::another_program, mode);
        return indexed.replaced != file.checksum;
    }

    void record_failure(const StoringJob& job, const Error& error) {
        const std::string& path = job.file.path.str();
        if (error.fault == Fault::not_found) {
            // It vanished while we worked: a deletion, not a failure.
            if (job.row) apply_deletions(run_, {*job.row});
            return;
        }
        const Timestamp now = run_.knowledge.now();
        // Somebody may have mended it since: only the bytes that were there before are known to
        // fail.
        const auto measured = run_.files->measure(job.file.path);
        std::optional<Checksum> sum;
        if (measured && measured->stamp == job.file.stamp) sum = measured->checksum;
        run_.knowledge.index().write([&](Tables& tables) {
            tables.projects.record_failure(run_.project.id, path, sum, error.message, now);
        });
        const auto known = run_.failures.find(path);
        run_.report.failed.push_back(
            {path, error.message, known == run_.failures.end() ? 1 : known->second.failures + 1,
             known == run_.failures.end() ? now : known->second.first_failed,
             error.fault == Fault::unavailable});
        run_.knowledge.log()(LogLevel::warning, error.message);
    }

    SyncRun& run_;
    bool brings_many_;  ///< files that had no rows
};

}  // namespace

void store_files(SyncRun& run, std::span<const StoringJob> jobs, std::size_t total) {
    FileStoring storing(run, jobs);
    for (; !jobs.empty(); jobs = jobs.subspan(std::min(jobs.size(), kJobsAtOnce))) {
        storing.store(jobs.first(std::min(jobs.size(), kJobsAtOnce)), total);
    }
}

}  // namespace bm
