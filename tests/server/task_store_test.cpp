#include "server/task_store.hpp"

#include <stdexcept>
#include <thread>

#include <doctest/doctest.h>

#include "tests/support/fixture_catalog.hpp"

using namespace std::chrono_literals;
using bm::Json;
using bm::TaskStore;

namespace {

using Work = std::variant<bm::ToolReply, bm::InputNeeded>;

struct Tasks {
    explicit Tasks(TaskStore::Options options = {}) : store(with_recorder(std::move(options))) {}

    TaskStore::Options with_recorder(TaskStore::Options options) {
        options.changed = [this](const std::string& id) {
            const std::scoped_lock lock(mutex);
            changes[id]++;
            changed.notify_all();
        };
        return options;
    }
    std::optional<Json> start(std::function<Work(const bm::CallContext&)> work,
                              const char* owner = "alice") {
        return store.start(owner, tool, *bm::find_revision("2026-07-28"), {.forms = true},
                           {std::move(work)});
    }
    Json get(const Json& task, const char* owner = "alice") {
        return store.find(owner, task["taskId"]).value_or(Json());
    }
    /// The task when it has another status.
    Json get_after(const Json& task, const char* status) {
        std::unique_lock lock(mutex);
        for (;;) {
            lock.unlock();
            Json now = get(task);
            lock.lock();
            if (now["status"] != status) return now;
            changed.wait_for(lock, 20ms);
        }
    }

    bm::Tool tool;
    std::mutex mutex;
    std::condition_variable changed;
    std::map<std::string, int> changes;
    TaskStore store;  // last: reports to the members above
};

bm::InputNeeded questions(std::vector<std::string> keys) {
    bm::InputNeeded needed;
    for (std::string& key : keys) {
        needed.questions.push_back(
            {std::move(key),
             bm::FormQuestion{"?", {{"type", "object"}, {"properties", Json::object()}}}});
    }
    return needed;
}

Json yes() { return {{"action", "accept"}, {"content", Json::object()}}; }

bm::ToolReply said(std::string text) { return {.value = std::move(text)}; }

}  // namespace

TEST_CASE("a task works, is found from the start, and completes with its result") {
    bm::test::Gate gate;
    Tasks tasks;
    const auto task = tasks.start([&gate](const bm::CallContext& call) -> Work {
        gate.wait(call.cancelled);
        return said("done");
    });
    REQUIRE(task);
    CHECK((*task)["status"] == "working");
    CHECK((*task)["taskId"].get<std::string>().size() >= 22);
    CHECK((*task)["createdAt"].get<std::string>().size() ==
          std::string("2026-07-28T00:00:00Z").size());
    CHECK(tasks.get(*task) == *task);
    gate.open();
    const Json end = tasks.get_after(*task, "working");
    CHECK(end["status"] == "completed");
    CHECK(end["result"]["content"][0]["text"] == "done");
    CHECK(end["result"]["isError"] == false);
}

TEST_CASE("a tool that fails completes, one that breaks fails") {
    Tasks tasks;
    const auto fails = tasks.start([](const bm::CallContext&) -> Work {
        return bm::ToolReply{.value = "no", .is_error = true};
    });
    const Json failed = tasks.get_after(*fails, "working");
    CHECK(failed["status"] == "completed");
    CHECK(failed["result"]["isError"] == true);
    const auto breaks = tasks.start(
        [](const bm::CallContext&) -> Work { throw std::runtime_error("the secret reason"); });
    const Json broken = tasks.get_after(*breaks, "working");
    CHECK(broken["status"] == "failed");
    CHECK(broken["error"]["code"] == -32603);
    CHECK(broken.dump().find("secret") == std::string::npos);
    CHECK_FALSE(broken.contains("result"));
}

TEST_CASE("questions park a task until all are answered, whoever answers what") {
    Tasks tasks;
    const auto task = tasks.start([](const bm::CallContext& call) -> Work {
        if (call.answers.form("a") && call.answers.form("b")) {
            return said(call.state.at("asked").get<std::string>());
        }
        bm::InputNeeded needed = questions({"a", "b"});
        needed.state = {{"asked", "both"}};
        return needed;
    });
    Json parked = tasks.get_after(*task, "working");
    const std::string id = (*task)["taskId"];
    CHECK(parked["status"] == "input_required");
    CHECK(parked["inputRequests"].size() == 2);
    CHECK(parked["inputRequests"]["a"]["method"] == "elicitation/create");
    // Nothing that helps.
    for (const Json& useless :
         {Json::object(), Json{{"c", yes()}}, Json{{"a", nullptr}}, Json{{"a", "yes"}}}) {
        CHECK(tasks.store.answer("alice", id, useless));
        CHECK(tasks.get(*task) == parked);
    }
    CHECK(tasks.store.answer("alice", id, {{"b", yes()}}));
    parked = tasks.get(*task);
    CHECK(parked["status"] == "input_required");
    CHECK(parked["inputRequests"].size() == 1);
    CHECK(tasks.store.answer("alice", id, {{"b", yes()}}));
    CHECK(tasks.store.answer("alice", id, {{"a", yes()}, {"c", yes()}}));
    const Json end = [&] {
        for (;;) {
            Json now = tasks.get(*task);
            if (now["status"] == "completed") return now;
            std::this_thread::sleep_for(1ms);
        }
    }();
    CHECK(end["result"]["content"][0]["text"] == "both");
    CHECK_FALSE(end.contains("inputRequests"));
    CHECK(tasks.store.answer("alice", id, {{"a", yes()}}));
    CHECK(tasks.get(*task) == end);
}

TEST_CASE("a key that was used is not used again in a task") {
    Tasks tasks;
    const auto task = tasks.start([rounds = 0](const bm::CallContext& call) mutable -> Work {
        if (call.answers.form("a") && ++rounds == 2) return said("twice");
        return questions({"a"});
    });
    CHECK(tasks.get_after(*task, "working")["inputRequests"].contains("a"));
    CHECK(tasks.store.answer("alice", (*task)["taskId"], {{"a", yes()}}));
    Json again = tasks.get(*task);
    while (again["status"] == "working") again = tasks.get(*task);
    CHECK(again["inputRequests"].contains("a-2"));
    CHECK_FALSE(again["inputRequests"].contains("a"));
    CHECK(tasks.store.answer("alice", (*task)["taskId"], {{"a-2", yes()}}));
    CHECK(tasks.get_after(*task, "working")["status"] != "failed");
}

TEST_CASE("a task may not ask for what its client has not declared") {
    Tasks tasks;
    const auto task = tasks.start([](const bm::CallContext&) -> Work {
        return bm::InputNeeded{.questions = {{"roots", bm::RootsQuestion{}}}};
    });
    const Json end = tasks.get_after(*task, "working");
    CHECK(end["status"] == "failed");
    CHECK(end["error"]["code"] == -32021);
}

TEST_CASE("a cancelled task is told to stop and stays cancelled, however often") {
    std::stop_source seen;
    bm::test::Gate never;
    bm::test::Gate late;
    Tasks tasks;  // ends, with its threads, before what they wait behind
    const auto task = tasks.start([&](const bm::CallContext& call) -> Work {
        never.wait(call.cancelled);
        seen.request_stop();
        late.wait({});
        return said("too late");
    });
    const std::string id = (*task)["taskId"];
    never.wait_for_arrivals(1);
    CHECK(tasks.store.cancel("alice", id));
    CHECK(tasks.get(*task)["status"] == "cancelled");
    late.wait_for_arrivals(1);
    CHECK(seen.stop_requested());
    late.open();
    CHECK(tasks.store.cancel("alice", id));
    CHECK(tasks.get(*task)["status"] == "cancelled");
    CHECK_FALSE(tasks.get(*task).contains("result"));
}

TEST_CASE("a parked task can be cancelled, a finished one cannot become anything else") {
    Tasks tasks;
    const auto parked =
        tasks.start([](const bm::CallContext&) -> Work { return questions({"a"}); });
    tasks.get_after(*parked, "working");
    CHECK(tasks.store.cancel("alice", (*parked)["taskId"]));
    CHECK(tasks.get(*parked)["status"] == "cancelled");
    CHECK_FALSE(tasks.get(*parked).contains("inputRequests"));
    const auto done = tasks.start([](const bm::CallContext&) -> Work { return said("x"); });
    const Json end = tasks.get_after(*done, "working");
    CHECK(tasks.store.cancel("alice", (*done)["taskId"]));
    CHECK(tasks.get(*done) == end);
}

TEST_CASE("a task exists for its principal only") {
    Tasks tasks;
    const auto task = tasks.start([](const bm::CallContext&) -> Work { return questions({"a"}); });
    tasks.get_after(*task, "working");
    const std::string id = (*task)["taskId"];
    CHECK(tasks.get(*task, "bob").is_null());
    CHECK(tasks.get(*task, "").is_null());
    CHECK_FALSE(tasks.store.answer("bob", id, {{"a", yes()}}));
    CHECK_FALSE(tasks.store.cancel("bob", id));
    CHECK_FALSE(tasks.store.cancel("alice", "another"));
    CHECK(tasks.get(*task)["status"] == "input_required");
}

TEST_CASE("unfinished tasks are bounded, for all and for each, and make room when they end") {
    bm::Moment now{};
    TaskStore::Options options{.tasks = 3, .unfinished_per_principal = 2};
    options.clock = [&now] { return now; };
    Tasks tasks(options);
    const auto ask = [](const bm::CallContext&) -> Work { return questions({"a"}); };
    const auto first = tasks.start(ask);
    const auto second = tasks.start(ask);
    CHECK(second);
    CHECK_FALSE(tasks.start(ask));
    CHECK(tasks.start(ask, "bob"));
    CHECK_FALSE(tasks.start(ask, "carol"));
    CHECK(tasks.store.cancel("alice", (*second)["taskId"]));
    CHECK(tasks.start(ask, "carol"));
    CHECK(tasks.get(*second).is_null());
    CHECK_FALSE(tasks.start(ask, "dave"));
    now += options.lifetime - 1ms;
    CHECK_FALSE(tasks.get(*first).is_null());
    now += 1ms;
    CHECK(tasks.get(*first).is_null());
    CHECK(tasks.start(ask, "dave"));
}

TEST_CASE("a task that finds no worker fails instead of waiting for ever") {
    bm::test::Gate gate;
    TaskStore::Options options;
    options.workers = {.threads = 1, .queued_tasks = 1};
    Tasks tasks(options);
    const auto work = [&gate](const bm::CallContext& call) -> Work {
        gate.wait(call.cancelled);
        return said("x");
    };
    const auto running = tasks.start(work);
    gate.wait_for_arrivals(1);
    const auto queued = tasks.start(work);
    const auto refused = tasks.start(work);
    CHECK(tasks.get(*refused)["status"] == "failed");
    CHECK(tasks.get(*queued)["status"] == "working");
    gate.open();
}

TEST_CASE("every change of a task is told") {
    Tasks tasks;
    const auto task = tasks.start([](const bm::CallContext& call) -> Work {
        if (call.answers.form("a")) return said("x");
        return questions({"a"});
    });
    tasks.get_after(*task, "working");
    const std::string id = (*task)["taskId"];
    CHECK(tasks.store.answer("alice", id, {{"a", yes()}}));
    std::unique_lock lock(tasks.mutex);
    // Parked, answered, completed.
    CHECK(tasks.changed.wait_for(lock, 20s, [&] { return tasks.changes[id] == 3; }));
}
