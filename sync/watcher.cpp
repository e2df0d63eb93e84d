#include "sync/watcher.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <exception>
#include <limits>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <poll.h>

#include "repository/mount_table.hpp"
#include "repository/wake_event.hpp"
#include "sync/first_scans.hpp"
#include "sync/index_run.hpp"
#include "sync/project_watch.hpp"
#include "sync/watch_status.hpp"

namespace bm {

namespace {

using Time = ProjectWatch::Time;

constexpr WatchId kConfigId{0};
constexpr WatchId kIgnoreFileId{1};
constexpr int kFirstProjectId = 2;
constexpr std::chrono::seconds kTroublePause{2};
constexpr int kMostTroubleDoublings = 5;  // about a minute

class WatcherThread {
public:
    WatcherThread(KnowledgeBase& knowledge, Watcher::Options options)
        : knowledge_(knowledge),
          options_(std::move(options)),
          events_(options_.open_events ? options_.open_events() : nullptr),
          runs_([this] { wake_.wake(); }),
          status_(knowledge),
          listener_(listener_for_both()) {
        knowledge_.wishes().wake_with([this] { wake_.wake(); });
    }
    ~WatcherThread() {
        knowledge_.wishes().wake_with(nullptr);
        // Before the locks are given back: whoever takes over writes after us.
        status_.end();
    }
    WatcherThread(const WatcherThread&) = delete;
    WatcherThread& operator=(const WatcherThread&) = delete;

    void run(const std::stop_token& stop) {
        const std::stop_callback on_stop(stop, [this] { wake_.wake(); });
        watch_settings();
        // The first round looks at everything.
        take_wishes_ = true;
        next_agreement_ = now();
        while (!stop.stop_requested()) {
            attempt(stop);
            wait();
        }
    }

private:
    WatchListener listener_for_both() {
        return {.state =
                    [this](const Project& project, WatchState state) {
                        status_.state(project, state);
                        if (options_.listener.state) options_.listener.state(project, state);
                    },
                .indexed =
                    [this](const Project& project, const SyncReport& report) {
                        status_.indexed(project, report);
                        if (options_.listener.indexed) options_.listener.indexed(project, report);
                    },
                .failed =
                    [this](const Project& project, const std::string& problem) {
                        status_.failed(project);
                        if (options_.listener.failed) options_.listener.failed(project, problem);
                    }};
    }

    static Time now() { return std::chrono::steady_clock::now(); }

    /// What goes wrong here must not end the server: it is tried again.
    void attempt(const std::stop_token& stop) {
        try {
            step(stop);
        } catch (const std::exception& problem) {
            if (!is_in_trouble_) {
                knowledge_.log()(
                    LogLevel::error,
                    std::string("watching for changes stopped for a moment: ") + problem.what());
            }
            is_in_trouble_ = true;
            next_agreement_ = now() + kTroublePause * (1 << troubles_);
            troubles_ = std::min(troubles_ + 1, kMostTroubleDoublings);
            if (!std::exchange(has_work_in_hand_, false)) return;
            for (const auto& project : projects_) project->recover(*next_agreement_);
        }
    }

    void step(const std::stop_token& stop) {
        if (next_opening_ && *next_opening_ <= now()) open_events();
        if (next_agreement_ && *next_agreement_ <= now()) {
            next_agreement_.reset();
            agree_with_settings();
            is_in_trouble_ = false;
            troubles_ = 0;
        }
        if (std::exchange(take_wishes_, false)) take_wishes();
        has_work_in_hand_ = true;
        read_events();
        if (std::exchange(mounts_changed_, false)) {
            for (const auto& project : projects_) project->mounts_changed(now());
        }
        for (const auto& project : projects_) {
            if (stop.stop_requested()) return;
            const Time begun = now();
            const auto due = project->due();
            if (due && *due <= begun) project->act(begun, stop);
        }
        has_work_in_hand_ = false;
        status_.save_if_due(now());
    }

    /// The system may have given none because too many files were open.
    void open_events() {
        events_ = options_.open_events();
        next_opening_.reset();
        if (!events_) return open_events_later();
        projects_.clear();
        watch_settings();
        next_agreement_ = now();
    }

    void open_events_later() {
        const auto delay = std::min<std::chrono::milliseconds>(options_.slow_scan,
                                                               kTroublePause * (1 << openings_));
        next_opening_ = now() + delay;
        openings_ = std::min(openings_ + 1, kMostTroubleDoublings);
    }

    void watch_settings() {
        bool is_told = false;
        if (!events_ && options_.open_events) open_events_later();
        if (events_) {
            is_told = events_->add_name(kConfigId, knowledge_.directory().config());
            events_->add_name(kIgnoreFileId, knowledge_.directory().ignore_file());
        }
        looks_at_settings_every_.reset();
        if (!is_told) looks_at_settings_every_ = options_.slow_scan;
    }

    std::vector<Project> wanted_projects() {
        std::vector<Project> wanted;
        if (!knowledge_.config()->sync_changes) return wanted;
        for (auto& project : knowledge_.projects()) {
            const auto& bound_to = knowledge_.constraint();
            // A project that lives in the cloud alone has no path.
            if (project.path.empty() || (bound_to && project.name.str() != *bound_to)) continue;
            wanted.push_back(std::move(project));
        }
        return wanted;
    }

    void agree_with_settings() {
        if (looks_at_settings_every_) next_agreement_ = now() + *looks_at_settings_every_;
        const auto wanted = wanted_projects();
        const auto delays = PendingChanges::delays_for(knowledge_.config()->sync_delay_ms);
        const auto is_same = [](const Project& a, const Project& b) {
            return a.name == b.name && a.path == b.path;
        };
        std::erase_if(projects_, [&](const auto& each) {
            const bool is_dropped = std::none_of(
                wanted.begin(), wanted.end(),
                [&](const Project& project) { return is_same(project, each->project()); });
            if (is_dropped) status_.dropped(each->project());
            return is_dropped;
        });
        for (const auto& project : wanted) {
            const bool is_known =
                std::any_of(projects_.begin(), projects_.end(),
                            [&](const auto& each) { return is_same(project, each->project()); });
            if (!is_known) add(project);
        }
        for (const auto& project : projects_) {
            project->set_delays(delays);
            project->agree_with_neighbours(now());
        }
    }

    void add(const Project& project) {
        const ProjectWatch::Surroundings surroundings{knowledge_, events_.get(), runs_, listener_,
                                                      options_.slow_scan};
        auto watch = std::make_unique<ProjectWatch>(surroundings, project, WatchId{next_id_});
        next_id_ += ProjectWatch::kWatchIds;
        watch->start(now());
        projects_.push_back(std::move(watch));
    }

    void take_wishes() {
        const auto wishes = knowledge_.wishes().take();
        for (const auto& name : wishes) {
            const auto wanted =
                std::find_if(projects_.begin(), projects_.end(),
                             [&](const auto& each) { return each->project().name.str() == name; });
            if (wanted != projects_.end()) {
                (*wanted)->want_everything(now());
            } else {
                // A project that is new to us is looked at as a whole anyway.
                next_agreement_ = now();
            }
        }
    }

    void read_events() {
        if (!events_) return;
        for (const auto& event : events_->read()) {
            if (event.watch == kConfigId) {
                if (event.kind == FileEvent::Kind::uncovered)
                    looks_at_settings_every_ = options_.slow_scan;
                next_agreement_ = now();
            } else if (event.watch == kIgnoreFileId) {
                for (const auto& project : projects_) project->renew_rules(now());
            } else {
                for (const auto& project : projects_) {
                    if (project->owns(event.watch)) project->handle(event, now());
                }
            }
        }
    }

    /// Milliseconds for poll; -1 when nothing is pending: sleeps until something happens.
    [[nodiscard]] int time_out() const {
        std::optional<Time> due = next_agreement_;
        if (next_opening_) due = std::min(due.value_or(*next_opening_), *next_opening_);
        if (const auto saving = status_.due()) due = std::min(due.value_or(*saving), *saving);
        for (const auto& project : projects_) {
            if (const auto each = project->due()) due = std::min(due.value_or(*each), *each);
        }
        if (!due) return -1;
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(*due - now()).count();
        return static_cast<int>(std::clamp<std::int64_t>(left, 0, std::numeric_limits<int>::max()));
    }

    void wait() {
        std::array<pollfd, 3> sources{pollfd{wake_.descriptor(), POLLIN, 0},
                                      pollfd{mounts_.descriptor(), POLLPRI, 0},
                                      pollfd{events_ ? events_->descriptor() : -1, POLLIN, 0}};
        ::poll(sources.data(), sources.size(), time_out());
        if (sources[0].revents != 0) {
            wake_.clear();
            take_wishes_ = true;
        }
        mounts_changed_ = mounts_changed_ || sources[1].revents != 0;
    }

    KnowledgeBase& knowledge_;
    Watcher::Options options_;
    WakeEvent wake_;
    MountEvents mounts_;
    std::unique_ptr<FileEvents> events_;
    IndexRuns runs_;  ///< wakes us
    WatchStatusKeeper status_;
    WatchListener listener_;
    std::vector<std::unique_ptr<ProjectWatch>> projects_;
    int next_id_ = kFirstProjectId;
    bool take_wishes_ = false;
    bool mounts_changed_ = false;
    bool has_work_in_hand_ = false;
    bool is_in_trouble_ = false;
    int troubles_ = 0;  ///< in a row
    std::optional<Time> next_agreement_;
    std::optional<Time> next_opening_;  ///< of the system's events
    int openings_ = 0;                  ///< that gave none, in a row
    std::optional<std::chrono::milliseconds> looks_at_settings_every_;
};

void watch_in_thread(KnowledgeBase& knowledge, Watcher::Options options,
                     const std::stop_token& stop) {
    try {
        WatcherThread(knowledge, std::move(options)).run(stop);
    } catch (const std::exception& problem) {
        // The tools go on without it.
        knowledge.log()(LogLevel::error,
                        std::string("watching for changes stopped: ") + problem.what());
    }
}

}  // namespace

Watcher::Watcher(KnowledgeBase& knowledge, Options options)
    : thread_([&knowledge, chosen = std::move(options),
               service = ScanService(knowledge)](const std::stop_token& stop) mutable {
          const auto serving = std::move(service);
          watch_in_thread(knowledge, std::move(chosen), stop);
      }) {}

}  // namespace bm
