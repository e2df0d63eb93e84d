#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "sync/index_change.hpp"
#include "sync/reconcile.hpp"
#include "sync/scan.hpp"

namespace bm {

/// What the parts of one comparison or reconciliation share. One thread.
struct SyncRun {
    SyncRun(KnowledgeBase& knowledge_base, const Project& compared, const SyncOptions& chosen);

    std::optional<Checksum> checksum(const SeenFile& file);
    /// Every file that a walk lists goes through here.
    void saw(const SeenFile& file);
    void report_walk(const ScanResult& disk);
    /// After report_walk().
    void report_unreadable(const std::vector<std::string>& folders);
    /// A file that failed so often at least and has not changed since; notes it in the report.
    bool is_known_failure(const SeenFile& file, std::int64_t failures_at_least);

    KnowledgeBase& knowledge;
    const Project& project;
    const SyncOptions& options;
    std::shared_ptr<const Config> config;
    IgnoreRules rules;
    std::unique_ptr<NoteFiles> files;
    FileIdentity index;         ///< that the files are compared with; it may be replaced meanwhile
    IndexChange change;         ///< one transaction after another
    bool is_first_load = true;  ///< there was no row before
    bool is_bulk_load = false;  ///< links are settled once, at the end
    std::size_t stored = 0;     ///< files, of those that this run has to store
    std::map<std::string, FailedFile, std::less<>> failures;
    std::set<std::string, std::less<>> failing;  ///< of those the ones that are on disk
    SyncReport report;
};

}  // namespace bm
