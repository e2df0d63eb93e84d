#include "sync/sync_run.hpp"

namespace bm {

SyncRun::SyncRun(KnowledgeBase& knowledge_base, const Project& compared, const SyncOptions& chosen)
    : knowledge(knowledge_base),
      project(compared),
      options(chosen),
      config(knowledge_base.config()),
      rules(knowledge_base.ignore_rules(compared)),
      files(knowledge_base.files(compared)),
      change(knowledge, project, *files) {
    report.scope = chosen.scope;
}

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
    report.hindrances = disk.hindrances;
    for (const auto& name : disk.bad_names) {
        report.failed.push_back({name, "the file name is not valid UTF-8", 1, knowledge.now()});
    }
}

void SyncRun::report_unreadable(const std::vector<std::string>& folders) {
    report.unreadable_folders = folders;
    for (const auto& folder : folders) {
        knowledge.log()(LogLevel::warning,
                        project.name.str() + ": " + unreadable_sentence(folder, report.hindrances));
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
