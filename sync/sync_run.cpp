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

bool SyncRun::is_known_failure(const SeenFile& file) {
    const auto known = failures.find(file.path.str());
    if (known == failures.end()) return false;
    const auto now = checksum(file);
    if (now && known->second.checksum != now) return false;
    report.skipped.push_back({known->first, known->second.reason, known->second.failures,
                              known->second.first_failed, !now.has_value()});
    return true;
}

}  // namespace bm
