#include "server/task_store.hpp"

#include <algorithm>
#include <ctime>
#include <exception>
#include <utility>
#include <vector>

#include "markdown/result.hpp"
#include "repository/crypto.hpp"
#include "server/client_abilities.hpp"
#include "server/input_broker.hpp"
#include "server/protocol.hpp"

namespace bm {
namespace {

constexpr std::size_t task_id_bytes = 24;

bool is_final(TaskStatus status) {
    return status != TaskStatus::working && status != TaskStatus::input_required;
}

/// ISO 8601 in UTC, as the protocol wants times.
std::string present_time() {
    const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
    std::tm parts{};
    gmtime_r(&now, &parts);
    char text[sizeof "9999-12-31T23:59:59Z"];
    const std::size_t length = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
    return {text, length};
}

Json error_json(const ProtocolError& error) {
    Json out = {{"code", error.code}, {"message", error.message}};
    if (!error.data.is_null()) out["data"] = error.data;
    return out;
}

}  // namespace

std::string_view task_status_name(TaskStatus status) noexcept {
    switch (status) {
        case TaskStatus::working:
            return "working";
        case TaskStatus::input_required:
            return "input_required";
        case TaskStatus::completed:
            return "completed";
        case TaskStatus::failed:
            return "failed";
        case TaskStatus::cancelled:
            break;
    }
    return "cancelled";
}

/// One task. Everything but its constants is guarded by the store's mutex; while a step runs, only
/// the step touches `next`.
struct TaskStore::Entry {
    /// A question as the client knows it: no key is used twice in a task.
    struct Open {
        std::string key;
        std::string asked_as;
        Question question;
    };

    Entry(std::string task_id, std::string_view owner_id, const Tool& called,
          const RevisionPolicy& revision, const ClientAbilities& abilities, BackgroundWork rest)
        : id(std::move(task_id)),
          owner(owner_id),
          tool(called),
          policy(revision),
          work(std::move(rest)),
          created(present_time()),
          updated(created) {
        next.cancelled = stop.get_token();
        next.client = abilities;
    }

    void become(TaskStatus to) {
        status = to;
        updated = present_time();
    }
    void end(TaskStatus to, Json value) {
        outcome = std::move(value);
        open.clear();
        become(to);
    }
    void park(InputNeeded needed);
    /// False when nothing open was answered. With the last answer the task works again.
    bool take(const Json& responses);
    [[nodiscard]] Json json(const Options& options) const;

    const std::string id;
    const std::string owner;
    const Tool& tool;
    const RevisionPolicy& policy;
    const BackgroundWork work;
    const std::string created;
    std::string updated;
    Moment expires{};
    std::stop_source stop;
    TaskStatus status = TaskStatus::working;
    CallContext next;  // what the next run sees
    std::vector<Open> open;
    std::set<std::string> used_keys;
    Json gathered = Json::object();
    Json outcome;  // the result when completed, the error when failed
};

void TaskStore::Entry::park(InputNeeded needed) {
    next.state = std::move(needed.state);
    gathered = Json::object();
    for (auto& [key, question] : needed.questions) {
        std::string asked_as = key;
        for (int again = 2; !used_keys.insert(asked_as).second; ++again) {
            asked_as = key + "-" + std::to_string(again);
        }
        open.push_back({std::move(key), std::move(asked_as), std::move(question)});
    }
    become(TaskStatus::input_required);
}

bool TaskStore::Entry::take(const Json& responses) {
    if (status != TaskStatus::input_required) return false;
    const auto before = open.size();
    std::erase_if(open, [&](const Open& one) {
        const auto found = responses.find(one.asked_as);
        if (found == responses.end() || !found->is_object()) return false;
        gathered[one.key] = *found;
        return true;
    });
    if (open.size() == before) return false;
    if (open.empty()) next.answers = Answers(gathered);
    become(open.empty() ? TaskStatus::working : TaskStatus::input_required);
    return true;
}

Json TaskStore::Entry::json(const Options& options) const {
    Json out = {{"taskId", id},
                {"status", std::string(task_status_name(status))},
                {"createdAt", created},
                {"lastUpdatedAt", updated},
                {"ttlMs", options.lifetime.count()},
                {"pollIntervalMs", options.poll_interval.count()}};
    if (status == TaskStatus::completed) out["result"] = outcome;
    if (status == TaskStatus::failed) out["error"] = outcome;
    if (status == TaskStatus::input_required) {
        Json requests = Json::object();
        for (const Open& one : open) {
            requests[one.asked_as] = encode_question(one.question, policy);
        }
        out["inputRequests"] = std::move(requests);
    }
    return out;
}

/// One run of a task's work.
class TaskStore::Step final : public Task {
public:
    Step(TaskStore& store, std::shared_ptr<Entry> task) : store_(store), task_(std::move(task)) {}
    void run() override { store_.run_step(task_); }

private:
    TaskStore& store_;
    std::shared_ptr<Entry> task_;
};

TaskStore::TaskStore(Options options)
    : options_(std::move(options)), pool_(options_.workers, options_.log) {}

TaskStore::~TaskStore() {
    const std::scoped_lock lock(mutex_);
    for (const auto& [id, task] : tasks_) task->stop.request_stop();
}

void TaskStore::forget_expired() {
    const Moment now = options_.clock();
    std::erase_if(tasks_, [now](const auto& one) {
        if (one.second->expires > now) return false;
        one.second->stop.request_stop();
        return true;
    });
}

void TaskStore::forget_oldest_finished() {
    auto oldest = tasks_.end();
    for (auto one = tasks_.begin(); one != tasks_.end(); ++one) {
        if (!is_final(one->second->status)) continue;
        if (oldest == tasks_.end() || one->second->expires < oldest->second->expires) oldest = one;
    }
    if (oldest != tasks_.end()) tasks_.erase(oldest);
}

bool TaskStore::has_room(std::string_view principal) {
    forget_expired();
    const auto own = std::count_if(tasks_.begin(), tasks_.end(), [principal](const auto& one) {
        return one.second->owner == principal && !is_final(one.second->status);
    });
    if (static_cast<std::size_t>(own) >= options_.unfinished_per_principal) return false;
    if (tasks_.size() >= options_.tasks) forget_oldest_finished();
    return tasks_.size() < options_.tasks;
}

TaskStore::Entry* TaskStore::entry(std::string_view principal, const std::string& id) {
    forget_expired();
    const auto found = tasks_.find(id);
    if (found == tasks_.end() || found->second->owner != principal) return nullptr;
    return found->second.get();
}

std::optional<Json> TaskStore::start(std::string_view principal, const Tool& tool,
                                     const RevisionPolicy& policy, const ClientAbilities& client,
                                     BackgroundWork work) {
    auto task = std::make_shared<Entry>(base64url(random_bytes(task_id_bytes)), principal, tool,
                                        policy, client, std::move(work));
    Json handle;
    {
        const std::scoped_lock lock(mutex_);
        if (!has_room(principal)) return std::nullopt;
        task->expires = options_.clock() + options_.lifetime;
        tasks_.emplace(task->id, task);
        handle = task->json(options_);
    }
    submit(task);
    return handle;
}

std::optional<Json> TaskStore::find(std::string_view principal, const std::string& id) {
    const std::scoped_lock lock(mutex_);
    const Entry* task = entry(principal, id);
    if (task == nullptr) return std::nullopt;
    return task->json(options_);
}

bool TaskStore::answer(std::string_view principal, const std::string& id, const Json& responses) {
    std::shared_ptr<Entry> goes_on;
    {
        const std::scoped_lock lock(mutex_);
        Entry* task = entry(principal, id);
        if (task == nullptr) return false;
        if (!task->take(responses)) return true;
        if (task->status == TaskStatus::working) goes_on = tasks_.find(id)->second;
    }
    changed(id);
    if (goes_on) submit(goes_on);
    return true;
}

bool TaskStore::cancel(std::string_view principal, const std::string& id) {
    {
        const std::scoped_lock lock(mutex_);
        Entry* task = entry(principal, id);
        if (task == nullptr) return false;
        if (is_final(task->status)) return true;
        task->stop.request_stop();
        task->end(TaskStatus::cancelled, nullptr);
    }
    changed(id);
    return true;
}

void TaskStore::submit(const std::shared_ptr<Entry>& task) {
    std::unique_ptr<Task> step = std::make_unique<Step>(*this, task);
    if (pool_.submit(step, 0, steady_now())) return;
    {
        const std::scoped_lock lock(mutex_);
        if (is_final(task->status)) return;
        task->end(TaskStatus::failed, error_json({error_code::too_many_requests,
                                                  "Too many calls are waiting to be worked on"}));
    }
    changed(task->id);
}

void TaskStore::run_step(const std::shared_ptr<Entry>& task) {
    if (task->stop.stop_requested()) return;
    std::variant<ToolReply, InputNeeded, ProtocolError> outcome =
        ProtocolError{error_code::internal, "Internal error: the server's log has the details"};
    try {
        std::visit([&](auto&& came) { outcome = std::forward<decltype(came)>(came); },
                   task->work.run(task->next));
    } catch (const std::exception& error) {
        if (options_.log) {
            options_.log(Severity::error, task->tool.name + " failed: " + error.what());
        }
    } catch (...) {
        // Whatever a tool throws ends its call, not the process.
        if (options_.log) {
            options_.log(Severity::error, task->tool.name + " failed: it threw no exception");
        }
    }
    if (const auto* needed = std::get_if<InputNeeded>(&outcome)) {
        if (auto missing = missing_abilities(task->next.client, needed_abilities(*needed))) {
            outcome = *std::move(missing);
        }
    }
    {
        const std::scoped_lock lock(mutex_);
        if (is_final(task->status)) return;
        std::visit(
            Match{[&](ToolReply&& reply) {
                      Json result = encode_tool_reply(task->tool, std::move(reply), task->policy);
                      result["resultType"] = "complete";
                      task->end(TaskStatus::completed, std::move(result));
                  },
                  [&](InputNeeded&& needed) { task->park(std::move(needed)); },
                  [&](ProtocolError&& error) { task->end(TaskStatus::failed, error_json(error)); }},
            std::move(outcome));
    }
    changed(task->id);
}

void TaskStore::changed(const std::string& id) const {
    if (options_.changed) options_.changed(id);
}

}  // namespace bm
