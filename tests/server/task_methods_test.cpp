// The tasks extension as a client on one connection sees it. Every message goes through the check
// against the schemas.
#include <chrono>
#include <thread>

#include <doctest/doctest.h>

#include "server/conversation.hpp"
#include "tests/conformance/fixtures.hpp"
#include "tests/support/memory_connection.hpp"

using namespace std::chrono_literals;
using bm::Json;

namespace {

const Json with_tasks = {{"elicitation", Json::object()},
                         {"extensions", {{"io.modelcontextprotocol/tasks", Json::object()}}}};

/// A conversation with the fixtures of the suites, over memory.
struct TaskTalk {
    TaskTalk() : thread([this] { CHECK(conversation.run()); }) {}
    ~TaskTalk() {
        connection.end();
        thread.join();
        CHECK(connection.violations() == std::vector<std::string>());
    }

    Json ask(const char* method, Json params, const Json& capabilities = with_tasks) {
        send(method, std::move(params), capabilities);
        return connection.next();
    }
    void send(const char* method, Json params, const Json& capabilities = with_tasks) {
        params["_meta"] = {{bm::meta_key::version, "2026-07-28"},
                           {bm::meta_key::client_capabilities, capabilities}};
        connection.say(Json{{"jsonrpc", "2.0"},
                            {"id", ++last_id},
                            {"method", method},
                            {"params", std::move(params)}});
    }
    Json start(const char* tool, Json arguments = Json::object()) {
        return ask("tools/call", {{"name", tool}, {"arguments", std::move(arguments)}})["result"];
    }
    Json get(const Json& task) { return ask("tasks/get", {{"taskId", task["taskId"]}})["result"]; }
    Json get_when(const Json& task, const char* status) {
        for (int tries = 0; tries < 2000; ++tries) {
            Json now = get(task);
            if (now["status"] == status) return now;
            std::this_thread::sleep_for(10ms);
        }
        return nullptr;
    }

    bm::ChangeBus changes{1ms};
    bm::Catalog catalog{bm::conformance::all_fixtures(changes)};
    bm::Dispatcher dispatcher{catalog, {}, 100, nullptr, {.changes = &changes}};
    bm::test::MemoryConnection connection;
    bm::Conversation conversation{dispatcher, changes, connection, {}};
    int last_id = 0;
    std::jthread thread;
};

}  // namespace

TEST_CASE("a call is answered with a handle and the task is found at once") {
    TaskTalk talk;
    const Json handle = talk.start("slow_compute", {{"seconds", 0.05}, {"label", "x"}});
    CHECK(handle["resultType"] == "task");
    CHECK_FALSE(handle.contains("content"));
    CHECK(talk.get(handle)["taskId"] == handle["taskId"]);
    const Json end = talk.get_when(handle, "completed");
    CHECK(end["resultType"] == "complete");
    CHECK(end["result"]["content"][0]["text"] == "Computed: x");
}

TEST_CASE("who takes no handles gets the result, or an error where there is no other way") {
    TaskTalk talk;
    const Json params = {{"name", "slow_compute"}, {"arguments", {{"label", "x"}}}};
    const Json result = talk.ask("tools/call", params, Json::object())["result"];
    CHECK(result["resultType"] == "complete");
    CHECK(result["content"][0]["text"] == "Computed: x");
    const Json refused = talk.ask("tools/call", {{"name", "multi_input"}}, Json::object());
    CHECK(refused["error"]["code"] == -32021);
    CHECK(refused["error"]["data"].dump() ==
          R"({"requiredCapabilities":{"extensions":{"io.modelcontextprotocol/tasks":{}}}})");
    CHECK(talk.start("greet", {{"name", "Ann"}})["content"][0]["text"] == "Hello, Ann!");
}

TEST_CASE("the methods of tasks need the extension and a task of the client") {
    TaskTalk talk;
    for (const char* method : {"tasks/get", "tasks/update", "tasks/cancel"}) {
        CAPTURE(method);
        const Json params = {{"taskId", "unknown"}, {"inputResponses", Json::object()}};
        CHECK(talk.ask(method, params, Json::object())["error"]["code"] == -32021);
        CHECK(talk.ask(method, params)["error"]["code"] == -32602);
        CHECK(talk.ask(method, Json::object())["error"]["code"] == -32602);
    }
    CHECK(talk.ask("tasks/update", {{"taskId", "x"}, {"inputResponses", 5}})["error"]["code"] ==
          -32602);
    CHECK(talk.ask("tasks/list", Json::object())["error"]["code"] == -32601);
    CHECK(talk.ask("tasks/result", {{"taskId", "x"}})["error"]["code"] == -32601);
}

TEST_CASE("a parked task takes its answers one by one") {
    TaskTalk talk;
    const Json task = talk.start("multi_input");
    CHECK(talk.get_when(task, "input_required")["inputRequests"].size() == 2);
    const Json yes = {{"action", "accept"}, {"content", {{"confirm", true}}}};
    const auto answer = [&](const char* key) {
        return talk.ask("tasks/update",
                        {{"taskId", task["taskId"]}, {"inputResponses", {{key, yes}}}})["result"];
    };
    CHECK(answer("first")["resultType"] == "complete");
    CHECK(answer("nonsense")["resultType"] == "complete");
    CHECK(talk.get(task)["inputRequests"].size() == 1);
    answer("second");
    CHECK(talk.get_when(task, "completed")["result"]["content"][0]["text"] ==
          "Both were answered.");
}

TEST_CASE("a task may end in an error of the protocol or by its client's wish") {
    TaskTalk talk;
    CHECK(talk.get_when(talk.start("protocol_error_job"), "failed")["error"]["code"] == -32603);
    const Json slow = talk.start("slow_compute", {{"seconds", 60}});
    for (int i = 0; i < 2; ++i) {
        CHECK(talk.ask("tasks/cancel", {{"taskId", slow["taskId"]}}).contains("result"));
    }
    CHECK(talk.get(slow)["status"] == "cancelled");
}

TEST_CASE("questions come before the handle, which carries none of them") {
    TaskTalk talk;
    const Json asked = talk.start("test_tool_with_task");
    CHECK(asked["resultType"] == "input_required");
    CHECK_FALSE(asked.contains("taskId"));
    const Json answer = {{"action", "accept"}, {"content", {{"name", "Alice"}}}};
    const Json task = talk.ask(
        "tools/call",
        {{"name", "test_tool_with_task"}, {"inputResponses", {{"user_name", answer}}}})["result"];
    CHECK(task["resultType"] == "task");
    CHECK(talk.get_when(task, "completed")["result"]["content"][0]["text"] == "Worked for Alice");
}

TEST_CASE("a subscription hears of the tasks it names, and of no others") {
    TaskTalk talk;
    const Json task = talk.start("confirm_delete", {{"filename", "a"}});
    const Json other = talk.start("multi_input");
    talk.get_when(task, "input_required");
    talk.get_when(other, "input_required");
    const Json acknowledged =
        talk.ask("subscriptions/listen",
                 {{"notifications", {{"taskIds", {task["taskId"], "unknown", task["taskId"]}}}}});
    CHECK(acknowledged["params"]["notifications"] ==
          Json{{"taskIds", Json::array({task["taskId"]})}});
    for (const Json& one : {other, task}) {
        const Json wish = {{"taskId", one["taskId"]}};
        talk.send("tasks/cancel", wish);
    }
    std::vector<Json> notices;
    for (int left = 3; left > 0; --left) {
        const Json said = talk.connection.next();
        if (said.contains("method")) notices.push_back(said);
    }
    REQUIRE(notices.size() == 1);
    CHECK(notices[0]["method"] == "notifications/tasks");
    CHECK(notices[0]["params"]["taskId"] == task["taskId"]);
    CHECK(notices[0]["params"]["status"] == "cancelled");
    CHECK(notices[0]["params"]["_meta"].contains("io.modelcontextprotocol/subscriptionId"));
    talk.send("ping", Json::object());
    CHECK(talk.connection.next().contains("error"));
    talk.connection.end();
    CHECK(talk.connection.next()["result"]["resultType"] == "complete");
}
