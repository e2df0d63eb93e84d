#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "repository/background_task.hpp"
#include "sync/reconcile.hpp"

namespace bm {

/// One run over a part of a project in the background: performed on one thread, asked for its
/// outcome by another. Thread-safe.
class IndexRun {
public:
    enum class Company { alone, beside_another };  ///< of a run over the same project

    IndexRun(KnowledgeBase& knowledge, Project project, SyncScope scope,
             Company company = Company::alone);

    /// Once. Never throws.
    void perform() noexcept;
    /// It ends early, with everything done so far consistent.
    void stop() { stop_.request_stop(); }
    [[nodiscard]] bool has_begun() const;
    [[nodiscard]] bool is_done() const;

    [[nodiscard]] const Project& project() const noexcept { return project_; }
    [[nodiscard]] const SyncScope& scope() const noexcept { return scope_; }
    /// What came of it, once it is done; none when it broke off because of problem().
    [[nodiscard]] const std::optional<Result<SyncReport>>& outcome() const noexcept {
        return outcome_;
    }
    [[nodiscard]] const std::string& problem() const noexcept { return problem_; }

private:
    enum class Stage { waits, runs, done };
    void enter(Stage stage);

    KnowledgeBase& knowledge_;
    const Project project_;
    const SyncScope scope_;
    const Company company_;
    std::stop_source stop_;
    mutable std::mutex mutex_;
    Stage stage_ = Stage::waits;
    std::optional<Result<SyncReport>> outcome_;
    std::string problem_;
};

/// Performs long runs one after another on a thread of its own, so that nobody's short ones wait
/// for them. Projects that have been scanned before come first: their runs are shorter.
/// Thread-safe. Its end stops the run that is on and drops the others.
class IndexRuns {
public:
    /// `on_done` is called after each run, on the thread of the runs.
    explicit IndexRuns(std::function<void()> on_done);
    ~IndexRuns();
    IndexRuns(const IndexRuns&) = delete;
    IndexRuns& operator=(const IndexRuns&) = delete;

    void add(std::shared_ptr<IndexRun> run, bool was_scanned);

private:
    void perform_all();
    std::shared_ptr<IndexRun> next();

    std::function<void()> on_done_;
    std::mutex mutex_;
    std::deque<std::shared_ptr<IndexRun>> scanned_before_;
    std::deque<std::shared_ptr<IndexRun>> new_;
    std::shared_ptr<IndexRun> current_;
    bool is_ended_ = false;
    BackgroundTask thread_;
};

}  // namespace bm
