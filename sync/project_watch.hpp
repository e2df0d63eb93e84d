#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>

#include "repository/election.hpp"
#include "repository/file_events.hpp"
#include "repository/mount_table.hpp"
#include "sync/hindered_paths.hpp"
#include "sync/index_run.hpp"
#include "sync/pending_changes.hpp"
#include "sync/watch_listener.hpp"

namespace bm {

/// Keeps the index of one project in step with its files. Of all processes the one that wins the
/// project's lock watches; the others wait for its end. One thread; long runs are handed to
/// another.
class ProjectWatch {
public:
    using Time = PendingChanges::Time;
    struct Surroundings {
        KnowledgeBase& knowledge;
        FileEvents* events;  ///< null when the system gives none
        IndexRuns& runs;
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

    /// Stands for election, then watches or waits. Whoever watches, and whoever comes to a project
    /// that nobody has scanned, indexes everything once.
    void start(Time now);
    void handle(const FileEvent& event, Time now);
    void want_everything(Time now) { pending_.changed("", now); }
    /// Something was mounted or unmounted somewhere.
    void mounts_changed(Time now);
    /// Ignore rules are read again.
    void renew_rules(Time now);
    /// Events were read and then lost: whatever they may have said is done at `when`.
    void recover(Time when);
    /// Other projects may lie in this one now, or none any more.
    void agree_with_neighbours(Time now);
    void set_delays(const PendingChanges::Delays& delays) { pending_.set_delays(delays); }

    [[nodiscard]] const Project& project() const noexcept { return project_; }
    [[nodiscard]] bool owns(WatchId id) const noexcept;
    /// When act() has something to do.
    [[nodiscard]] std::optional<Time> due() const;
    /// Whatever is due.
    void act(Time now, const std::stop_token& stop);

private:
    /// Which folder a path leads to.
    struct Root {
        std::uint64_t device;
        std::uint64_t inode;
        friend bool operator==(const Root&, const Root&) = default;
    };
    static std::optional<Root> root_at(const std::filesystem::path& path);
    static bool is_ignore_file(std::string_view path);

    void stand_for_election(Time now);
    void begin_watching(Time now);
    void end_watching();
    Coverage watch_tree();
    void begin_with(Coverage coverage, Time now);
    void check_root(Time now);
    bool keeps_unmounted();
    void wait_for_folder(Time now);
    void scan_slowly(Time now, const char* why);
    void visit_again(Time now);
    void index_pending(Time now, const std::stop_token& stop);
    bool know_current_row();
    [[nodiscard]] std::optional<Time> index_due() const;
    void forget_pending();
    void finish(const IndexRun& run, Time now);
    void look_again_at(const SyncScope& looked_at, const SyncReport& report);
    void try_later(const SyncScope& scope, const std::string& problem);
    void set_state(WatchState state);
    [[nodiscard]] WatchId tree_id() const { return first_id_; }
    [[nodiscard]] WatchId lock_id() const { return {first_id_.value + 1}; }
    [[nodiscard]] WatchId folder_id() const { return {first_id_.value + 2}; }

    Surroundings at_;
    Project project_;
    WatchId first_id_;
    PendingChanges pending_;
    HinderedPaths hindered_;
    std::unique_ptr<Election> election_;
    std::optional<WatchState> state_;
    std::shared_ptr<IndexRun> long_run_;                  ///< on the other thread
    SyncScope after_long_run_;                            ///< what is looked at then
    bool hears_of_end_ = false;                           ///< of the process that watches now
    bool hears_of_root_ = false;                          ///< when its path comes to lead elsewhere
    bool hears_of_files_ = false;                         ///< below the root
    WatchState state_with_files_ = WatchState::watching;  ///< while the root is there
    std::size_t election_tries_ = 0;
    std::optional<Time> next_election_;
    std::optional<Time> next_visit_;            ///< of a folder that is missing or scanned slowly
    std::optional<Root> root_;                  ///< when it was last watched
    MountedDevices devices_;                    ///< the same
    std::vector<InnerProject> inner_projects_;  ///< the same
    std::string watch_limit_;                   ///< that was too low
    int uncovered_visits_ = 0;                  ///< in a row, at which not every folder was watched
    int failures_ = 0;                          ///< runs in a row that broke off
};

}  // namespace bm
