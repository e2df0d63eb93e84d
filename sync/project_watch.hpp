#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <stop_token>

#include "repository/election.hpp"
#include "repository/file_events.hpp"
#include "sync/pending_changes.hpp"
#include "sync/watch_listener.hpp"

namespace bm {

/// Keeps the index of one project in step with its files. Of all processes the one that wins the
/// project's lock watches; the others index everything once and wait for its end. One thread.
class ProjectWatch {
public:
    using Time = PendingChanges::Time;
    struct Surroundings {
        KnowledgeBase& knowledge;
        FileEvents* events;  ///< null when the system gives none
        const WatchListener& listener;
        std::chrono::milliseconds slow_scan;  ///< between scans where changes are not told
    };
    /// How many WatchId a project takes.
    static constexpr int kWatchIds = 3;

    /// `first_id` and those after it are this project's own.
    ProjectWatch(const Surroundings& surroundings, Project project, WatchId first_id);
    ~ProjectWatch();
    ProjectWatch(const ProjectWatch&) = delete;
    ProjectWatch& operator=(const ProjectWatch&) = delete;

    /// Stands for election, then watches or waits. Everything is indexed once in any case.
    void start(Time now);
    void handle(const FileEvent& event, Time now);
    void want_everything(Time now) { pending_.changed("", now); }
    /// Ignore rules are read again.
    void renew_rules(Time now);
    void set_delays(const PendingChanges::Delays& delays) { pending_.set_delays(delays); }

    [[nodiscard]] const Project& project() const noexcept { return project_; }
    [[nodiscard]] bool owns(WatchId id) const noexcept;
    /// When act() has something to do.
    [[nodiscard]] std::optional<Time> due() const;
    /// Whatever is due.
    void act(Time now, const std::stop_token& stop);

private:
    void stand_for_election(Time now);
    void begin_watching(Time now);
    Coverage watch_folder();
    void wait_for_folder(Time next_visit);
    void scan_slowly(Time now, const char* why);
    void visit_again(Time now);
    void index_pending(Time now, const std::stop_token& stop);
    void index_scope(const SyncScope& scope, Time now, const std::stop_token& stop);
    void look_again_at(const SyncReport& report);
    void set_state(WatchState state);
    [[nodiscard]] WatchId tree_id() const { return first_id_; }
    [[nodiscard]] WatchId lock_id() const { return {first_id_.value + 1}; }
    [[nodiscard]] WatchId folder_id() const { return {first_id_.value + 2}; }

    Surroundings at_;
    Project project_;
    WatchId first_id_;
    PendingChanges pending_;
    std::unique_ptr<Election> election_;
    std::optional<WatchState> state_;
    bool hears_of_end_ = false;  ///< of the process that watches now
    std::size_t election_tries_ = 0;
    std::optional<Time> next_election_;
    std::optional<Time> next_visit_;       ///< of a folder that is missing or scanned slowly
    std::optional<std::uint64_t> device_;  ///< that the root was on when it was last watched
    int uncovered_visits_ = 0;             ///< in a row, at which not every folder was watched
    int failures_ = 0;                     ///< runs in a row that broke off
    int hindered_runs_ = 0;                ///< in a row that could not read everything
};

}  // namespace bm
