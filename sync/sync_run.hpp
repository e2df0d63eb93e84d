#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sync/reconcile.hpp"
#include "sync/scan.hpp"

namespace bm {

/// What the parts of one comparison or reconciliation share. One thread.
struct SyncRun {
    SyncRun(KnowledgeBase& knowledge_base, const Project& compared, const SyncOptions& chosen);

    std::optional<Checksum> checksum(const SeenFile& file);
    /// A file that failed before and has not changed since; notes it in the report.
    bool is_known_failure(const SeenFile& file);

    /// One transaction. What it announces is told once it is committed.
    template <class Work>
    void change_index(Work&& work) {
        announced.clear();
        knowledge.index().write(std::forward<Work>(work));
        for (const auto& change : announced) knowledge.changes().publish(change);
        announced.clear();
    }
    void announce(NoteChange::Kind kind, const Entity& entity) {
        announced.push_back(note_change(kind, project.name.str(), entity));
    }

    KnowledgeBase& knowledge;
    const Project& project;
    const SyncOptions& options;
    std::shared_ptr<const Config> config;
    IgnoreRules rules;
    std::unique_ptr<NoteFiles> files;
    bool is_first_load = true;  ///< there was no row before
    std::map<std::string, FailedFile, std::less<>> failures;
    std::vector<NoteChange> announced;
    SyncReport report;
};

}  // namespace bm
