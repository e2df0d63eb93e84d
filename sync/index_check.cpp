#include "sync/index_check.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "repository/index_audit.hpp"
#include "sync/file_draft.hpp"
#include "sync/index_note.hpp"
#include "sync/indexed_rows.hpp"
#include "sync/link_resolver.hpp"
#include "sync/prepared_files.hpp"
#include "sync/scan.hpp"
#include "sync/sync_run.hpp"

namespace bm {

namespace {

constexpr int kMostDamageLines = 10;
constexpr std::size_t kComparedAtOnce = 256;
constexpr std::size_t kMostPathsNamed = 3;

class ProjectCheck {
public:
    ProjectCheck(KnowledgeBase& knowledge, const Project& project, const SyncOptions& options)
        : run_(knowledge, project, options) {}

    Result<ProjectFindings> check() {
        std::vector<SeenFile> files;
        const auto disk = scan_folder(
            run_.project.path, run_.rules, [&](SeenFile file) { files.push_back(std::move(file)); },
            run_.options.stop, Leftovers::stay);
        if (!disk) return tl::unexpected(disk.error());
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
        compare_rows(files);
        compare_files(std::move(files));
        if (!run_.options.stop.stop_requested()) {
            run_.knowledge.index().read([&](Tables& tables) {
                compare_documents(tables);
                compare_links(tables);
            });
        }
        std::stable_sort(findings_.differences.begin(), findings_.differences.end(),
                         [](const auto& a, const auto& b) { return a.path < b.path; });
        return std::move(findings_);
    }

private:
    void add(IndexFlaw flaw, std::string path, std::string text) {
        findings_.differences.push_back({flaw, std::move(path), std::move(text)});
    }

    /// Rows whose files are gone, and files that have several.
    void compare_rows(const std::vector<SeenFile>& files) {
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
        for (const auto& path : gone) {
            if (presence_of(run_.project.path, run_.rules, path) != Presence::absent) continue;
            add(IndexFlaw::row_without_file, path.str(), "is in the index and is no file any more");
        }
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
            run_.knowledge.index().read([&](Tables& tables) {
                for (std::size_t i = 0; i < batch.size(); ++i) {
                    compare_file(tables, seen[done + i].path, batch[i]);
                }
            });
            done += batch.size();
            if (run_.options.progress) run_.options.progress(done, total);
        }
    }

    void compare_file(Tables& tables, const RelativePath& path, const Result<PreparedFile>& file) {
        if (!file) {
            // What went away meanwhile is the business of whoever comes next.
            if (file.error().fault == Fault::not_found) return;
            findings_.unusable.push_back({path.str(), file.error().message, 1, run_.knowledge.now(),
                                          file.error().fault == Fault::unavailable});
            return;
        }
        const auto entity = tables.entities.by_path(run_.project.id, path.str());
        if (!entity) {
            add(IndexFlaw::file_without_row, path.str(), "is not in the index");
        } else if (entity->checksum != file->checksum) {
            add(IndexFlaw::changed_file, path.str(), "has changed since it was indexed");
        } else if (!rows_agree(tables, *entity, *file)) {
            add(IndexFlaw::wrong_rows, path.str(), "is indexed as something that it does not say");
        }
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
        findings_.has_wrong_counts =
            found.counted != static_cast<std::int64_t>(found.living.size());
        if (findings_.has_wrong_counts) {
            add(IndexFlaw::search_documents, "",
                "the text index counts " + std::to_string(found.counted) + " documents and has " +
                    std::to_string(found.living.size()));
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
        if (findings.has_wrong_counts) {
            tables.text.clear(project.id);
        } else if (!findings.stray_documents.empty()) {
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
