#include "sync/sync_run.hpp"

namespace bm {

SyncRun::SyncRun(KnowledgeBase& knowledge_base, const Project& compared, const SyncOptions& chosen)
    : knowledge(knowledge_base),
      project(compared),
      options(chosen),
      config(knowledge_base.config()),
      rules(knowledge_base.ignore_rules(compared)),
      files(knowledge_base.files(compared)) {}

std::optional<Checksum> SyncRun::checksum(const SeenFile& file) {
    const auto measured = files->measure(file.path);
    if (!measured) return std::nullopt;
    return measured->checksum;
}

void SyncRun::saw(const SeenFile& file) {
    if (failures.contains(file.path.str())) failing.insert(file.path.str());
}

void SyncRun::report_walk(const ScanResult& disk) {
    report.total_files = disk.files;
    report.unreadable_folders = disk.unreadable_folders;
    for (const auto& name : disk.bad_names) {
        report.failed.push_back({name, "the file name is not valid UTF-8", 1, knowledge.now()});
    }
    for (const auto& folder : disk.unreadable_folders) {
        knowledge.log()(LogLevel::warning,
                        "cannot read the folder " + folder + "; what it holds stays as it is");
    }
}

bool SyncRun::is_known_failure(const SeenFile& file, std::int64_t failures_at_least) {
    const auto known = failures.find(file.path.str());
    if (known == failures.end() || known->second.failures < failures_at_least) return false;
    const auto now = checksum(file);
    if (now && known->second.checksum != now) return false;
    report.skipped.push_back({known->first, known->second.reason, known->second.failures,
                              known->second.first_failed, !now.has_value()});
    return true;
}

}  // namespace bm
