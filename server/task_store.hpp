#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <string_view>

#include "server/protocol_era.hpp"
#include "server/worker_pool.hpp"
#include "tools/tool.hpp"

namespace bm {

/// Where a task stands (MCP tasks extension). The last three are final.
enum class TaskStatus { working, input_required, completed, failed, cancelled };

[[nodiscard]] std::string_view task_status_name(TaskStatus status) noexcept;

/// The calls that go on after they were answered with a handle. A task belongs to the principal who
/// started it; for all others it does not exist. Thread-safe.
class TaskStore {
public:
    struct Options {
        /// That are kept. The oldest finished ones make room.
        std::size_t tasks = 1000;
        std::size_t unfinished_per_principal = 100;
        WorkerPool::Limits workers{.threads = 8, .queued_tasks = 1024};
        /// From its creation on; then it is stopped and forgotten.
        std::chrono::milliseconds lifetime = std::chrono::hours(1);
        /// How often we ask clients to look.
        std::chrono::milliseconds poll_interval{500};
        SteadyClock clock = steady_now;
        ServerLog log{};
        /// Called after each change of a task, from any thread.
        std::function<void(const std::string& id)> changed{};
    };

    explicit TaskStore(Options options);
    TaskStore(const TaskStore&) = delete;
    TaskStore& operator=(const TaskStore&) = delete;
    /// Stops what is running and waits for it.
    ~TaskStore();

    /// A new task that has begun, as the protocol writes it: other calls find it from here on.
    /// `tool` outlives the store. Nothing when there is no room.
    [[nodiscard]] std::optional<Json> start(std::string_view principal, const Tool& tool,
                                            const RevisionPolicy& policy,
                                            const ClientAbilities& client, BackgroundWork work);

    /// The task with what belongs to its status: open questions, result or error. Nothing when the
    /// principal has none of this id.
    [[nodiscard]] std::optional<Json> find(std::string_view principal, const std::string& id);

    /// Takes answers to open questions; a task that has them all goes on. What answers none of them
    /// is ignored. False when the principal has no task of this id.
    [[nodiscard]] bool answer(std::string_view principal, const std::string& id,
                              const Json& responses);

    /// Ends a task that has not ended yet. False when the principal has none of this id.
    [[nodiscard]] bool cancel(std::string_view principal, const std::string& id);

private:
    class Step;
    struct Entry;

    [[nodiscard]] Entry* entry(std::string_view principal, const std::string& id);
    [[nodiscard]] bool has_room(std::string_view principal);
    void forget_expired();
    void forget_oldest_finished();
    void submit(const std::shared_ptr<Entry>& task);
    void run_step(const std::shared_ptr<Entry>& task);
    void changed(const std::string& id) const;

    Options options_;
    std::mutex mutex_;
    std::map<std::string, std::shared_ptr<Entry>, std::less<>> tasks_;
    WorkerPool pool_;  // last: its threads end before what they use
};

}  // namespace bm
