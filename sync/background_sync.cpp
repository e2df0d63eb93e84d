#include "sync/background_sync.hpp"

#include <exception>

#include "sync/reconcile.hpp"

namespace bm {

namespace {

void sync_all(KnowledgeBase& knowledge, const std::stop_token& stop) {
    for (const auto& project : knowledge.projects()) {
        if (stop.stop_requested()) return;
        if (knowledge.constraint() && project.name.str() != *knowledge.constraint()) continue;
        SyncOptions options;
        options.background = true;
        options.stop = stop;
        const auto report = reconcile_project(knowledge, project, options);
        if (!report) knowledge.log()(LogLevel::warning, report.error().message);
    }
}

}  // namespace

BackgroundSync::BackgroundSync(KnowledgeBase& knowledge)
    : thread_([&knowledge](const std::stop_token& stop) {
          try {
              sync_all(knowledge, stop);
          } catch (const std::exception& problem) {
              // The tools go on without it; the next start tries again.
              knowledge.log()(LogLevel::error,
                              std::string("indexing in the background stopped: ") + problem.what());
          }
      }) {}

}  // namespace bm
