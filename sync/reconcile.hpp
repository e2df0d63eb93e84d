#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "sync/knowledge_base.hpp"
#include "sync/sync_scope.hpp"
#include "sync/unreadable_folder.hpp"

namespace bm {

/// After so many failures a file is only tried again when it has changed.
constexpr std::int64_t kFailuresToGiveUp = 3;

/// A file that could not become part of the index, and why.
struct SkippedFile {
    std::string path;
    std::string reason;
    std::int64_t failures = 0;
    Timestamp first_failed;
    bool may_pass = false;  ///< the machine refused (disk, descriptors): trying again may help
};

/// What differs between the files and the index, or what was done about it. Paths are sorted.
struct SyncReport {
    SyncScope scope = SyncScope::whole_project();  ///< that was looked at
    std::vector<std::string> added;
    std::vector<std::string> modified;
    std::vector<std::string> deleted;
    std::map<std::string, std::string> moved;   ///< old to new
    std::map<std::string, Checksum> checksums;  ///< of added and modified files
    std::vector<SkippedFile>
        skipped;  ///< known to be unusable and unchanged since; tried again when they change
    std::vector<SkippedFile> failed;  ///< could not be read or understood this time
    std::vector<std::string> unreadable_folders;
    Hindrances hindrances;             ///< why they are
    std::set<std::string> left_alone;  ///< changed by somebody else all the time; still to be seen
    std::set<std::string> unseen;      ///< could not be looked for; their rows stay
    std::int64_t total_files = 0;      ///< seen on disk

    [[nodiscard]] bool is_clean() const {
        return added.empty() && modified.empty() && deleted.empty() && moved.empty();
    }
};

/// Called now and then with what is done and what there is to do; 0 while that is not known.
using SyncProgress = std::function<void(std::size_t done, std::size_t total)>;

struct SyncOptions {
    bool full = false;        ///< look at every byte again, also of files that look unchanged
    bool background = false;  ///< short transactions, so that tool calls never wait
    /// A longer run over the same project is on and settles the links that wait for it.
    bool is_beside_another = false;
    std::stop_token stop;  ///< ends early, with everything done so far consistent
    SyncProgress progress;
    SyncScope scope = SyncScope::whole_project();  ///< what lies outside is left as it is
};

/// Compares without changing anything.
Result<SyncReport> compare_project(KnowledgeBase& knowledge, const Project& project,
                                   const std::stop_token& stop = {});

/// Brings the index in step with the files: moves, deletions, new and modified files; then links
/// that waited. Files are only read. One bad file never stops the others. What a tool or another
/// process indexed meanwhile, or is about to, is left alone and looked at once more.
/// Fault::not_found when the project was removed meanwhile.
Result<SyncReport> reconcile_project(KnowledgeBase& knowledge, const Project& project,
                                     const SyncOptions& options = {});

}  // namespace bm
