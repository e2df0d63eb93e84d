#include "sync/background_sync.hpp"

#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <set>
#include <string>

#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "sync/reconcile.hpp"

namespace bm {

namespace {

// Long enough for whoever held the index to be done.
constexpr std::chrono::seconds kPauseBeforeRetry{2};
constexpr int kMaxTries = 3;

/// False when it must be tried again.
bool sync_one(KnowledgeBase& knowledge, const Project& project, const std::stop_token& stop) {
    try {
        SyncOptions options;
        options.background = true;
        options.stop = stop;
        const auto report = reconcile_project(knowledge, project, options);
        if (!report) knowledge.log()(LogLevel::warning, report.error().message);
        return true;
    } catch (const std::exception& problem) {
        // One project must not keep the others from being indexed.
        knowledge.log()(LogLevel::error, "indexing " + project.name.str() +
                                             " in the background stopped: " + problem.what());
        return false;
    }
}

/// The names of those that failed. Without `wanted` every project is meant.
std::set<std::string> sync_projects(KnowledgeBase& knowledge, const std::set<std::string>* wanted,
                                    const std::stop_token& stop) {
    std::set<std::string> failed;
    const auto projects = knowledge.projects();
    // The first round looks at everything.
    if (wanted == nullptr) knowledge.wishes().clear();
    for (const auto& project : projects) {
        const std::string& name = project.name.str();
        if (stop.stop_requested()) break;
        if (knowledge.constraint() && name != *knowledge.constraint()) continue;
        if (wanted != nullptr && !wanted->contains(name)) continue;
        if (!sync_one(knowledge, project, stop)) failed.insert(name);
    }
    return failed;
}

void pause(const std::stop_token& stop) {
    std::mutex mutex;
    std::condition_variable_any never;
    std::unique_lock lock(mutex);
    never.wait_for(lock, stop, kPauseBeforeRetry, [] { return false; });
}

/// A scan leaves free memory behind that the allocator would keep for a server that idles.
void give_memory_back(KnowledgeBase& knowledge) {
    knowledge.index().release_memory();
#ifdef __GLIBC__
    malloc_trim(0);
#endif
}

void sync_with_retries(KnowledgeBase& knowledge, const std::set<std::string>* wanted,
                       const std::stop_token& stop) {
    try {
        std::set<std::string> left = sync_projects(knowledge, wanted, stop);
        for (int tries = 1; tries < kMaxTries && !left.empty(); ++tries) {
            pause(stop);
            left = sync_projects(knowledge, &left, stop);
        }
    } catch (const std::exception& problem) {
        // The tools go on without it; the next wish or start tries again.
        knowledge.log()(LogLevel::error,
                        std::string("indexing in the background stopped: ") + problem.what());
    }
    give_memory_back(knowledge);
}

}  // namespace

BackgroundSync::BackgroundSync(KnowledgeBase& knowledge)
    : thread_([&knowledge](const std::stop_token& stop) {
          sync_with_retries(knowledge, nullptr, stop);
          while (!stop.stop_requested()) {
              const auto wanted = knowledge.wishes().take(stop);
              if (!wanted.empty()) sync_with_retries(knowledge, &wanted, stop);
          }
      }) {}

}  // namespace bm
