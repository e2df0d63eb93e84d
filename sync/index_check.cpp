#include "sync/index_check.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "repository/index_audit.hpp"
#include "sync/file_draft.hpp"
#include "sync/file_preparation.hpp"
#include "sync/files_in_work.hpp"
#include "sync/index_note.hpp"
#include "sync/indexed_rows.hpp"
#include "sync/link_resolver.hpp"
#include "sync/mount_guard.hpp"
#include "sync/prepared_files.hpp"
#include "sync/row_stamp.hpp"
#include "sync/scan.hpp"
#include "sync/sync_run.hpp"

namespace bm {

namespace {

constexpr int kMostDamageLines = 10;
constexpr std::size_t kComparedAtOnce = 256;
constexpr std::size_t kMostPathsNamed = 3;

/// What is wrong with the row of a file, and its other rows; none when all is well.
std::optional<IndexDifference> difference_of(Tables& tables, IndexAudit& audit, ProjectId project,
                                             const PreparedFile& file) {
    const std::string& path = file.path.str();
    const auto row = tables.entities.by_path(project, path);
    if (!row) return IndexDifference{IndexFlaw::file_without_row, path, "is not in the index"};
    if (row->checksum != file.checksum) {
        return IndexDifference{IndexFlaw::changed_file, path, "has changed since it was indexed"};
    }
    const bool has_right_date = row->updated == updated_of(file);
    if (!has_right_date && row->stamp.mtime_ns != file.stamp.mtime_ns) {
        return IndexDifference{IndexFlaw::changed_file, path, "was touched since it was indexed"};
    }
    if (!has_right_date || !rows_agree(tables, project, *row, file) ||
        !audit.derived_columns_agree(*row)) {
        return IndexDifference{IndexFlaw::wrong_rows, path,
                               "is indexed as something that it does not say"};
    }
    return std::nullopt;
}

class ProjectCheck {
public:
    ProjectCheck(KnowledgeBase& knowledge, const Project& project, const SyncOptions& options)
        : run_(knowledge, project, options) {}

    Result<ProjectFindings> check() {
        if (const auto& why = run_.rules.unknown_because()) {
            return fail(Fault::unavailable, *why);
        }
        std::vector<SeenFile> files;
        const auto disk = scan_folder(run_.project.path, run_.rules,
                                      [&](SeenFile file) { files.push_back(std::move(file)); },
                                      {.stop = run_.options.stop});
        if (!disk) return tl::unexpected(disk.error());
        // To look for each row whose file was not seen would take longer than the whole walk.
        if (run_.options.stop.stop_requested()) return std::move(findings_);
        findings_.files = disk->files;
        findings_.unreadable_folders = disk->unreadable_folders;
        findings_.hindrances = disk->hindrances;
        for (const auto& path : disk->leftovers) {
            add(IndexFlaw::leftover_file, path, "was left unfinished by a program that died");
        }
        for (const auto& name : disk->bad_names) {
            findings_.unusable.push_back(
                {name, "the file name is not valid UTF-8", 1, run_.knowledge.now(), false});
        }
        const std::size_t bad_names = findings_.unusable.size();
        if (const auto known = compare_rows(files); !known) return tl::unexpected(known.error());
        compare_files(std::move(files));
        if (!run_.options.stop.stop_requested()) {
            run_.knowledge.index().read([&](Tables& tables) {
                compare_documents(tables);
                compare_links(tables);
            });
        }
        findings_.usable_files =
            findings_.files - static_cast<std::int64_t>(findings_.unusable.size() - bad_names);
        std::stable_sort(findings_.differences.begin(), findings_.differences.end(),
                         [](const auto& a, const auto& b) { return a.path < b.path; });
        return std::move(findings_);
    }

private:
    void add(IndexFlaw flaw, std::string path, std::string text) {
        findings_.differences.push_back({flaw, std::move(path), std::move(text)});
    }

    /// Whoever writes a file with this program has indexed it when he lets go of it.
    PathLocks::Held hold(const RelativePath& path) {
        return run_.knowledge.locks().lock({lock_of_change(run_.project, path)});
    }

    /// Rows whose files are gone, and files that have several. Fault::unavailable when it is the
    /// disk of the project that is gone.
    Result<void> compare_rows(const std::vector<SeenFile>& files) {
        std::vector<RelativePath> gone;
        std::optional<RelativePath> last;
        IndexedRows rows(run_.knowledge.index(), run_.project.id, SyncScope::whole_project());
        while (const auto row = rows.next()) {
            if (last == row->path) {
                add(IndexFlaw::doubled_rows, row->path.str(), "has more than one row");
                continue;
            }
            last = row->path;
            const bool is_there = std::binary_search(
                files.begin(), files.end(), SeenFile{row->path, {}},
                [](const SeenFile& a, const SeenFile& b) { return a.path < b.path; });
            if (!is_there) gone.push_back(row->path);
        }
        std::erase_if(gone, [this](const RelativePath& path) {
            return run_.options.stop.stop_requested() || !is_row_without(path);
        });
        auto& unknown = findings_.unreadable_folders;
        return MountGuard(run_.knowledge, run_.project).check(unknown).map([&] {
            for (const auto& path : gone) {
                const bool may_be_there = std::any_of(
                    unknown.begin(), unknown.end(),
                    [&](const std::string& folder) { return path.str().starts_with(folder); });
                if (may_be_there) continue;
                add(IndexFlaw::row_without_file, path.str(),
                    "is in the index and is no file any more");
            }
        });
    }

    bool is_row_without(const RelativePath& path) {
        const auto is_absent = [&] {
            return presence_of(run_.project.path, run_.rules, path) == Presence::absent;
        };
        if (!is_absent()) return false;
        const auto held = hold(path);
        return is_absent() && run_.knowledge.index().read([&](Tables& tables) {
            return tables.entities.by_path(run_.project.id, path.str()).has_value();
        });
    }

    void compare_files(std::vector<SeenFile> files) {
        const std::size_t total = files.size();
        const std::vector<SeenFile> seen = files;
        PreparedFiles prepared(
            *run_.files, std::move(files),
            static_cast<unsigned>(std::max(1, run_.config->sync_max_concurrent_files)));
        for (std::size_t done = 0; done < total && !run_.options.stop.stop_requested();) {
            std::vector<Result<PreparedFile>> batch;
            while (batch.size() < kComparedAtOnce && done + batch.size() < total) {
                batch.push_back(*prepared.next());
            }
            std::vector<RelativePath> suspects;
            run_.knowledge.index().read([&](Tables& tables) {
                IndexAudit audit(tables.database);
                for (std::size_t i = 0; i < batch.size(); ++i) {
                    const RelativePath& path = seen[done + i].path;
                    if (!batch[i]) {
                        tell_of_unusable(path, batch[i].error());
                    } else if (difference_of(tables, audit, run_.project.id, *batch[i])) {
                        suspects.push_back(path);
                    }
                }
            });
            for (const auto& path : suspects) look_again(path);
            done += batch.size();
            if (run_.options.progress) run_.options.progress(done, total);
        }
    }

    void tell_of_unusable(const RelativePath& path, const Error& error) {
        // What went away meanwhile is the business of whoever comes next.
        if (error.fault == Fault::not_found) return;
        findings_.unusable.push_back({path.str(), error.message, 1, run_.knowledge.now(),
                                      error.fault == Fault::unavailable});
    }

    /// The file was read before the row: somebody may have changed both in between.
    void look_again(const RelativePath& path) {
        const auto held = hold(path);
        const auto file = prepare_from_disk(*run_.files, path);
        if (!file) return tell_of_unusable(path, file.error());
        auto found = run_.knowledge.index().read([&](Tables& tables) {
            IndexAudit audit(tables.database);
            return difference_of(tables, audit, run_.project.id, *file);
        });
        // Another program that is at it has not let anybody index it yet.
        const auto now = run_.files->stamp(path);
        if (!found || !now || !is_stamp_of(file->stamp, *now)) return;
        findings_.differences.push_back(*std::move(found));
    }

    void compare_documents(Tables& tables) {
        const auto wanted = IndexAudit(tables.database).documents(run_.project.id);
        const auto found = tables.text.documents(run_.project.id);
        std::set<EntityId> lacking;
        std::size_t next = 0;
        for (const auto& document : wanted) {
            while (next < found.living.size() && found.living[next] < document.doc) {
                findings_.stray_documents.push_back(found.living[next++]);
            }
            const bool is_there = next < found.living.size() && found.living[next] == document.doc;
            if (is_there) {
                ++next;
            } else {
                lacking.insert(document.entity);
            }
        }
        for (; next < found.living.size(); ++next) {
            findings_.stray_documents.push_back(found.living[next]);
        }
        for (const EntityId id : lacking) {
            if (const auto entity = tables.entities.by_id(id)) {
                add(IndexFlaw::search_documents, entity->path.str(), "is not wholly searchable");
            }
        }
        if (!findings_.stray_documents.empty()) {
            add(IndexFlaw::search_documents, "",
                "the text index has " + std::to_string(findings_.stray_documents.size()) +
                    " documents of no note");
        }
        findings_.has_wrong_counts = found.counted != found.are;
        if (findings_.has_wrong_counts) {
            const auto shown = [](const TextIndex::Counts& counts) {
                return std::to_string(counts.documents) + " documents with " +
                       std::to_string(counts.tokens) + " words";
            };
            add(IndexFlaw::search_documents, "",
                "the text index counts " + shown(found.counted) + " and has " + shown(found.are));
        }
    }

    void compare_links(Tables& tables) {
        std::map<std::string, std::optional<EntityId>> known;
        std::map<EntityId, std::vector<std::string>> wrong;
        for (const auto& link : IndexAudit(tables.database).links(run_.project.id)) {
            const auto [found, is_new] = known.try_emplace(link.to_name);
            if (is_new) found->second = resolve_link(tables, run_.project.id, link.to_name);
            if (found->second != link.to) wrong[link.from].push_back(link.to_name);
        }
        for (const auto& [from, names] : wrong) {
            const auto entity = tables.entities.by_id(from);
            if (!entity) continue;
            std::string text = "has links that lead astray:";
            for (std::size_t i = 0; i < std::min(names.size(), kMostPathsNamed); ++i) {
                text += " [[" + names[i] + "]]";
            }
            add(IndexFlaw::wrong_links, entity->path.str(), std::move(text));
        }
    }

    SyncRun run_;
    ProjectFindings findings_;
};

/// The first row of a path stays; the file is indexed anew anyway.
void forget_doubled(Tables& tables, ProjectId project) {
    constexpr auto all = static_cast<std::size_t>(std::numeric_limits<std::int64_t>::max());
    const auto rows = indexed_files_after(tables.database, project, "", all);
    for (std::size_t i = 1; i < rows.size(); ++i) {
        if (rows[i].path != rows[i - 1].path) continue;
        const auto entity = tables.entities.by_id(rows[i].id);
        if (entity) forget_entity(tables, project, *entity);
    }
}

bool has_flaw(const ProjectFindings& findings, IndexFlaw flaw) {
    return std::any_of(findings.differences.begin(), findings.differences.end(),
                       [flaw](const auto& each) { return each.flaw == flaw; });
}

/// What has to be indexed anew.
SyncScope flawed_part(const ProjectFindings& findings) {
    SyncScope scope;
    if (findings.has_wrong_counts) return SyncScope::whole_project();
    for (const auto& each : findings.differences) {
        const bool is_of_file = each.flaw != IndexFlaw::wrong_links && !each.path.empty();
        if (is_of_file) scope.add(each.path);
    }
    return scope;
}

}  // namespace

std::string_view name_of(IndexFlaw flaw) {
    switch (flaw) {
        case IndexFlaw::file_without_row:
            return "file_without_row";
        case IndexFlaw::row_without_file:
            return "row_without_file";
        case IndexFlaw::changed_file:
            return "changed_file";
        case IndexFlaw::wrong_rows:
            return "wrong_rows";
        case IndexFlaw::doubled_rows:
            return "doubled_rows";
        case IndexFlaw::search_documents:
            return "search_documents";
        case IndexFlaw::wrong_links:
            return "wrong_links";
        case IndexFlaw::leftover_file:
            return "leftover_file";
    }
    return "";
}

DatabaseFindings check_database(KnowledgeBase& knowledge) {
    return knowledge.index().read([](Tables& tables) {
        IndexAudit audit(tables.database);
        DatabaseFindings findings{audit.damage(kMostDamageLines), 0};
        if (findings.damage.empty()) findings.orphans = audit.orphans();
        return findings;
    });
}

void remove_orphans(KnowledgeBase& knowledge) {
    knowledge.index().write([](Tables& tables) { IndexAudit(tables.database).remove_orphans(); });
}

void replace_database(KnowledgeBase& knowledge) { knowledge.index().replace(); }

Result<ProjectFindings> check_project(KnowledgeBase& knowledge, const Project& project,
                                      const SyncProgress& progress, const std::stop_token& stop) {
    SyncOptions options;
    options.progress = progress;
    options.stop = stop;
    return ProjectCheck(knowledge, project, options).check();
}

Result<void> repair_project(KnowledgeBase& knowledge, const Project& project,
                            const ProjectFindings& findings, const SyncProgress& progress,
                            const std::stop_token& stop) {
    knowledge.index().write([&](Tables& tables) {
        if (has_flaw(findings, IndexFlaw::doubled_rows)) forget_doubled(tables, project.id);
        // All that is searched stays searchable, however far the rest gets.
        if (findings.has_wrong_counts) tables.text.count_again(project.id);
        if (!findings.stray_documents.empty()) {
            tables.text.erase(project.id, findings.stray_documents);
        }
        if (has_flaw(findings, IndexFlaw::wrong_links)) {
            tables.projects.add_pending_links(project.id, PendingLinks::all);
        }
    });
    SyncOptions options;
    options.full = true;
    options.progress = progress;
    options.stop = stop;
    options.scope = flawed_part(findings);
    // Settles the links, too.
    return reconcile_project(knowledge, project, options).map([](const SyncReport&) {});
}

}  // namespace bm
