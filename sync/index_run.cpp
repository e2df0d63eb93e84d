#include "sync/index_run.hpp"

#include <exception>
#include <utility>

#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "sync/knowledge_base.hpp"

namespace bm {

namespace {

constexpr std::size_t kManyChanges = 100;

/// A scan leaves free memory behind that the allocator would keep for a server that idles.
void give_memory_back(KnowledgeBase& knowledge) {
    knowledge.index().release_memory();
#ifdef __GLIBC__
    malloc_trim(0);
#endif
}

bool is_large(const SyncReport& report) {
    return report.added.size() + report.modified.size() + report.deleted.size() +
               report.moved.size() >
           kManyChanges;
}

}  // namespace

IndexRun::IndexRun(KnowledgeBase& knowledge, Project project, SyncScope scope, Company company)
    : knowledge_(knowledge),
      project_(std::move(project)),
      scope_(std::move(scope)),
      company_(company) {}

void IndexRun::enter(Stage stage) {
    const std::scoped_lock lock(mutex_);
    stage_ = stage;
}

bool IndexRun::has_begun() const {
    const std::scoped_lock lock(mutex_);
    return stage_ != Stage::waits;
}

bool IndexRun::is_done() const {
    const std::scoped_lock lock(mutex_);
    return stage_ == Stage::done;
}

void IndexRun::perform() noexcept {
    enter(Stage::runs);
    try {
        SyncOptions options;
        options.background = true;
        options.stop = stop_.get_token();
        options.scope = scope_;
        options.is_beside_another = company_ == Company::beside_another;
        outcome_ = reconcile_project(knowledge_, project_, options);
        if (*outcome_ && (scope_.is_whole_project() || is_large(**outcome_))) {
            give_memory_back(knowledge_);
        }
    } catch (const std::exception& problem) {
        outcome_.reset();
        problem_ = problem.what();
    }
    enter(Stage::done);
}

IndexRuns::IndexRuns(std::function<void()> on_done)
    : on_done_(std::move(on_done)), thread_([this] { perform_all(); }) {}

IndexRuns::~IndexRuns() {
    {
        const std::scoped_lock lock(mutex_);
        is_ended_ = true;
        if (current_) current_->stop();
    }
    thread_.finish();
}

void IndexRuns::add(std::shared_ptr<IndexRun> run, bool was_scanned) {
    {
        const std::scoped_lock lock(mutex_);
        (was_scanned ? scanned_before_ : new_).push_back(std::move(run));
    }
    thread_.ask();
}

std::shared_ptr<IndexRun> IndexRuns::next() {
    const std::scoped_lock lock(mutex_);
    current_.reset();
    auto& waiting = scanned_before_.empty() ? new_ : scanned_before_;
    if (is_ended_ || waiting.empty()) return nullptr;
    current_ = std::move(waiting.front());
    waiting.pop_front();
    return current_;
}

void IndexRuns::perform_all() {
    while (const auto run = next()) {
        run->perform();
        on_done_();
    }
}

}  // namespace bm
