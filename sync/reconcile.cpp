#include "sync/reconcile.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "markdown/mime_type.hpp"
#include "sync/changes.hpp"
#include "sync/index_note.hpp"
#include "sync/link_resolver.hpp"
#include "sync/prepared_files.hpp"

namespace bm {

namespace {

constexpr std::size_t kForegroundBatch = 2'000;
constexpr std::size_t kBackgroundBatch = 100;
constexpr std::size_t kSmallBatch = 100;  // moves and deletions
// From here on links are settled once for the whole project instead of note by note.
constexpr std::size_t kBulkFiles = 200;
constexpr std::size_t kWaitingPage = 1'000;
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
            apply_moves(find_moves(found));
            apply_deletions(found.gone);
            index_files(jobs_of(std::move(found)));
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
        auto disk = scan_folder(project_.path, knowledge_.ignore_rules(project_), options_.stop);
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
            tables.entities.each_file(project_.id,
                                      [&](IndexedFile row) { finder.row(std::move(row)); });
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

    /// The row has not been touched by anybody else since the comparison.
    bool is_unchanged(Tables& tables, const IndexedFile& row) {
        const auto now = tables.entities.by_path(project_.id, row.path.str());
        return now && now->id == row.id && now->checksum == row.checksum;
    }

    void apply_moves(const std::vector<MovedFile>& moves) {
        for (std::size_t at = 0; at < moves.size() && !options_.stop.stop_requested();
             at += kSmallBatch) {
            std::vector<std::pair<const MovedFile*, PreparedFile>> batch;
            for (std::size_t i = at; i < std::min(at + kSmallBatch, moves.size()); ++i) {
                auto content = files_->read(moves[i].to.path);
                auto prepared = content.and_then([&](const FileContent& bytes) {
                    return prepare_file(moves[i].to.path, bytes);
                });
                if (prepared) batch.emplace_back(&moves[i], *std::move(prepared));
            }
            knowledge_.index().write([&](Tables& tables) {
                for (const auto& [move, prepared] : batch) {
                    if (!is_unchanged(tables, move->from)) continue;
                    const auto entity = tables.entities.by_id(move->from.id);
                    move_entity(tables, project_.id, *config_, *entity, prepared);
                    report_.moved[move->from.path.str()] = move->to.path.str();
                }
            });
        }
        for (const auto& [from, to] : report_.moved) announce(NoteChange::Kind::moved, to);
    }

    void apply_deletions(const std::vector<IndexedFile>& gone) {
        for (std::size_t at = 0; at < gone.size() && !options_.stop.stop_requested();
             at += kSmallBatch) {
            std::vector<const IndexedFile*> batch;
            for (std::size_t i = at; i < std::min(at + kSmallBatch, gone.size()); ++i) {
                // Somebody may have put it back since the walk.
                if (!files_->exists(gone[i].path)) batch.push_back(&gone[i]);
            }
            knowledge_.index().write([&](Tables& tables) {
                for (const auto* row : batch) {
                    if (!is_unchanged(tables, *row)) continue;
                    forget_entity(tables, project_.id, *tables.entities.by_id(row->id));
                    tables.projects.forget_failure(project_.id, row->path.str());
                    report_.deleted.push_back(row->path.str());
                }
            });
        }
        for (const auto& path : report_.deleted) announce(NoteChange::Kind::removed, path);
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
        for (std::size_t at = 0; at < jobs.size() && !options_.stop.stop_requested();
             at += batch_size) {
            const auto count = std::min(batch_size, jobs.size() - at);
            index_batch(std::span(jobs).subspan(at, count), prepared, bulk);
            if (options_.progress) options_.progress(at + count, jobs.size());
        }
        if (bulk) settle_all_links();
        for (const auto& path : report_.added) announce(NoteChange::Kind::written, path);
        for (const auto& path : report_.modified) announce(NoteChange::Kind::written, path);
    }

    void index_batch(std::span<const Job> jobs, PreparedFiles& prepared, bool bulk) {
        // In a bulk load the files are read while the transaction is open, on other threads: nobody
        // waits for the disk but this one. A background load gathers first.
        std::vector<Result<PreparedFile>> gathered;
        if (options_.background) {
            for (std::size_t i = 0; i < jobs.size(); ++i) gathered.push_back(*prepared.next());
        }
        std::vector<std::string> added;
        std::vector<std::string> modified;
        std::vector<std::pair<const Job*, Error>> failed;
        knowledge_.index().write([&](Tables& tables) {
            std::optional<TextIndex::Loader> loader;
            if (bulk) loader.emplace(tables.text.bulk_load(project_.id));
            for (std::size_t i = 0; i < jobs.size(); ++i) {
                auto file = options_.background ? std::move(gathered[i]) : *prepared.next();
                if (!file) {
                    failed.emplace_back(&jobs[i], std::move(file.error()));
                } else if (index_one(tables, jobs[i], *file, loader ? &*loader : nullptr)) {
                    (jobs[i].row ? modified : added).push_back(jobs[i].file.path.str());
                    report_.checksums.emplace(jobs[i].file.path.str(), file->checksum);
                }
            }
            if (loader) loader->finish();
        });
        report_.added.insert(report_.added.end(), added.begin(), added.end());
        report_.modified.insert(report_.modified.end(), modified.begin(), modified.end());
        for (const auto& [job, error] : failed) record_failure(*job, error);
    }

    /// True when the rows changed.
    bool index_one(Tables& tables, const Job& job, const PreparedFile& file,
                   TextIndex::Loader* loader) {
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
        index_file(tables, project_.id, *config_, file, {loader});
        return !row || row->checksum != file.checksum;
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

    void settle_all_links() {
        knowledge_.index().write(
            [&](Tables& tables) { tables.graph.resolve_all_exact(project_.id); });
        // What is left is resolved by the finer rules, in pages, so that writers get their turn.
        RelationId after{0};
        while (!options_.stop.stop_requested()) {
            const auto page = knowledge_.index().read([&](Tables& tables) {
                return tables.graph.waiting(project_.id, after, kWaitingPage);
            });
            if (page.empty()) break;
            std::vector<std::pair<RelationId, EntityId>> settled;
            knowledge_.index().read([&](Tables& tables) {
                std::map<std::string, std::optional<EntityId>> known;
                for (const auto& link : page) {
                    auto found = known.find(link.to_name);
                    if (found == known.end()) {
                        found = known
                                    .emplace(link.to_name,
                                             resolve_link(tables, project_.id, link.to_name))
                                    .first;
                    }
                    if (found->second) settled.emplace_back(link.id, *found->second);
                }
            });
            if (!settled.empty()) {
                knowledge_.index().write([&](Tables& tables) {
                    for (const auto& [relation, target] : settled)
                        tables.graph.set_target(relation, target);
                });
            }
            after = page.back().id;
        }
    }

    void announce(NoteChange::Kind kind, const std::string& path) {
        knowledge_.changes().publish({kind, project_.name.str(), path});
    }

    KnowledgeBase& knowledge_;
    const Project& project_;
    const SyncOptions& options_;
    std::shared_ptr<const Config> config_;
    std::unique_ptr<NoteFiles> files_;
    std::map<std::string, FailedFile, std::less<>> failures_;
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
    return Reconciliation(knowledge, project, options).apply();
}

}  // namespace bm
