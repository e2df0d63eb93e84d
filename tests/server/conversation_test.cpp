#include "server/conversation.hpp"

#include <map>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include "tests/support/fixture_catalog.hpp"
#include "tests/support/memory_connection.hpp"

using namespace std::chrono_literals;
using bm::Conversation;
using bm::Ending;
using bm::Json;

namespace {

Json request(Json id, const char* method, Json params = nullptr) {
    Json out = {{"jsonrpc", "2.0"}, {"id", std::move(id)}, {"method", method}};
    if (!params.is_null()) out["params"] = std::move(params);
    return out;
}

Json call(Json id, const char* tool) {
    return request(std::move(id), "tools/call", {{"name", tool}});
}

Json modern(Json id, const char* method, Json params = Json::object()) {
    params["_meta"] = {{bm::meta_key::version, "2026-07-28"},
                       {bm::meta_key::client_capabilities, Json::object()}};
    return request(std::move(id), method, std::move(params));
}

Json cancelled(Json id) {
    return {{"jsonrpc", "2.0"},
            {"method", "notifications/cancelled"},
            {"params", {{"requestId", std::move(id)}}}};
}

/// A conversation over memory, run by a thread of its own.
class Talk {
public:
    explicit Talk(Conversation::Options options = {})
        : conversation_(dispatcher_, changes_, connection, std::move(options)) {}

    void start() {
        thread_ = std::jthread([this] { in_time_ = conversation_.run(); });
    }
    void open(const char* version = "2025-11-25") {
        start();
        connection.say(request("open", "initialize", {{"protocolVersion", version}}));
        connection.next();
    }
    /// Ends the conversation and returns what else was said.
    std::vector<Json> finish(Ending ending = Ending::end_of_input) {
        connection.end(ending);
        thread_.join();
        CHECK(connection.violations() == std::vector<std::string>());
        return connection.rest();
    }
    [[nodiscard]] bool in_time() const noexcept { return in_time_; }
    [[nodiscard]] bm::test::Gate& gate() noexcept { return fixture_.gate(); }
    [[nodiscard]] bm::ChangeBus& changes() noexcept { return changes_; }

private:
    bm::test::FixtureCatalog fixture_;
    bm::Dispatcher dispatcher_{fixture_.catalog(), {}, 100, nullptr};
    bm::ChangeBus changes_{1ms};

public:
    bm::test::MemoryConnection connection;

private:
    Conversation conversation_;
    bool in_time_ = false;
    std::jthread thread_;
};

Conversation::Options with_grace(std::chrono::milliseconds grace,
                                 std::chrono::milliseconds hard = 20s) {
    Conversation::Options options;
    options.grace = grace;
    options.hard_limit = hard;
    return options;
}

}  // namespace

TEST_CASE("a request is answered under its own id and the end of input ends the conversation") {
    Talk talk;
    talk.open();
    for (const Json& id : {Json(0), Json("0"), Json(1732400000123), Json(-5), Json("")}) {
        talk.connection.say(call(id, "hello"));
        CHECK(talk.connection.next()["id"] == id);
    }
    CHECK(talk.finish().empty());
    CHECK(talk.in_time());
}

TEST_CASE("requests behind the handshake see its session") {
    Talk piped;
    piped.connection.say(request(0, "initialize", {{"protocolVersion", "2024-11-05"}}));
    for (int i = 1; i <= 50; ++i) piped.connection.say(call(i, "hello"));
    piped.start();
    for (int i = 0; i <= 50; ++i) CHECK(piped.connection.next().contains("result"));
    CHECK(piped.finish().empty());
}

TEST_CASE("a slow call holds up nothing that is quick") {
    Talk talk;
    talk.open();
    talk.connection.say(call("slow", "wait"));
    talk.gate().wait_for_arrivals(1);
    talk.connection.say(request(1, "ping"));
    CHECK(talk.connection.next()["id"] == 1);
    talk.connection.say(modern(2, "server/discover"));
    CHECK(talk.connection.next()["id"] == 2);
    talk.connection.say(call(3, "hello"));
    CHECK(talk.connection.next()["id"] == 3);
    talk.gate().open();
    CHECK(talk.connection.next()["id"] == "slow");
    CHECK(talk.finish().empty());
}

TEST_CASE("quick answers come while every worker is busy and more calls wait") {
    Conversation::Options options;
    options.workers.threads = 2;
    Talk talk(options);
    talk.open();
    for (int i = 0; i < 6; ++i) talk.connection.say(call(i, "wait"));
    talk.gate().wait_for_arrivals(2);
    talk.connection.say(request("p", "ping"));
    CHECK(talk.connection.next()["id"] == "p");
    // One that has not begun can be cancelled too.
    talk.connection.say(cancelled(5));
    talk.connection.say(request("q", "ping"));
    CHECK(talk.connection.next()["id"] == "q");
    talk.gate().open();
    std::map<std::string, int> answered;
    for (int i = 0; i < 5; ++i) ++answered[talk.connection.next()["id"].dump()];
    CHECK(answered == std::map<std::string, int>{{"0", 1}, {"1", 1}, {"2", 1}, {"3", 1}, {"4", 1}});
    CHECK(talk.finish().empty());
}

TEST_CASE("more calls than the queue holds are all answered") {
    Conversation::Options options;
    options.workers.threads = 2;
    options.workers.queued_tasks = 4;
    Talk talk(options);
    talk.open();
    constexpr int count = 500;
    for (int i = 0; i < count; ++i) talk.connection.say(call(i, "hello"));
    std::map<std::string, int> answered;
    for (int i = 0; i < count; ++i) ++answered[talk.connection.next()["id"].dump()];
    CHECK(answered.size() == count);
    CHECK(talk.finish().empty());
}

TEST_CASE("a full queue does not keep a conversation from being stopped") {
    Conversation::Options options = with_grace(0ms);
    options.workers.threads = 1;
    options.workers.queued_tasks = 1;
    Talk talk(options);
    talk.open();
    for (int i = 0; i < 5; ++i) talk.connection.say(call(i, "wait"));
    talk.gate().wait_for_arrivals(1);
    for (const Json& message : talk.finish(Ending::stop_requested)) {
        CHECK(message["error"]["code"] == -32603);
    }
    CHECK(talk.in_time());
}

TEST_CASE("a cancelled call is told to stop and never answered") {
    Talk talk;
    talk.open();
    for (const Json& id : {Json(1), Json("1")}) talk.connection.say(call(id, "wait"));
    talk.gate().wait_for_arrivals(2);
    talk.connection.say(cancelled(1));
    talk.connection.say(cancelled("1"));
    talk.connection.say(call(1, "hello"));
    CHECK(talk.connection.next()["result"]["content"][0]["text"] == "Hello, world.");
    CHECK(talk.finish().empty());
    CHECK(talk.in_time());
}

TEST_CASE("ids are compared with their type and only while they are in flight") {
    Talk talk;
    talk.open();
    talk.connection.say(call(1, "wait"));
    talk.gate().wait_for_arrivals(1);
    talk.connection.say(request(1, "ping"));
    CHECK(talk.connection.next()["error"]["code"] == -32600);
    talk.connection.say(request("1", "ping"));
    CHECK(talk.connection.next().contains("result"));
    talk.gate().open();
    CHECK(talk.connection.next().contains("result"));
    talk.connection.say(request(1, "ping"));
    CHECK(talk.connection.next().contains("result"));
    CHECK(talk.finish().empty());
}

TEST_CASE("the end of input lets quick calls finish and gives up the others") {
    Talk talk(with_grace(50ms));
    talk.open();
    talk.connection.say(call("slow", "wait"));
    talk.gate().wait_for_arrivals(1);
    talk.connection.say(call("quick", "hello"));
    const auto said = talk.finish();
    REQUIRE(said.size() == 2);
    CHECK(said[0]["id"] == "quick");
    CHECK(said[0].contains("result"));
    CHECK(said[1]["id"] == "slow");
    CHECK(said[1]["error"]["code"] == -32603);
    CHECK(talk.in_time());
}

TEST_CASE("work that does not even end when told to is reported after the hard limit") {
    Talk talk(with_grace(10ms, 60ms));
    talk.open();
    talk.connection.say(call(1, "stubborn"));
    talk.gate().wait_for_arrivals(1);
    CHECK(talk.finish().size() == 1);
    CHECK_FALSE(talk.in_time());
    talk.gate().open();
}

TEST_CASE("a client that is gone is not waited for") {
    Talk talk(with_grace(20s));
    talk.open();
    talk.connection.say(call(1, "wait"));
    talk.gate().wait_for_arrivals(1);
    const auto began = bm::steady_now();
    CHECK(talk.finish(Ending::peer_gone).empty());
    CHECK(bm::steady_now() - began < 10s);
    CHECK(talk.in_time());
}

TEST_CASE("subscriptions end with a result and its announcement in this order") {
    Talk talk;
    talk.start();
    const Json filter = {{"notifications", {{"toolsListChanged", true}}}};
    talk.connection.say(modern("a", "subscriptions/listen", filter));
    talk.connection.say(modern("b", "subscriptions/listen", filter));
    talk.connection.next();
    talk.connection.next();
    const auto said = talk.finish();
    REQUIRE(said.size() == 4);
    CHECK(said[0]["id"] == "a");
    CHECK(said[0]["result"]["resultType"] == "complete");
    CHECK(said[1]["method"] == "notifications/cancelled");
    CHECK(said[1]["params"]["requestId"] == "a");
    CHECK(said[2]["id"] == "b");
    CHECK(said[3]["params"]["requestId"] == "b");
}

TEST_CASE("a client holds a limited number of subscriptions") {
    Talk talk;
    talk.start();
    const Json filter = {{"notifications", {{"toolsListChanged", true}}}};
    for (int i = 0; i < 100; ++i) {
        talk.connection.say(modern(i, "subscriptions/listen", filter));
        CHECK(talk.connection.next().contains("method"));
    }
    talk.connection.say(modern(100, "subscriptions/listen", filter));
    CHECK(talk.connection.next()["error"]["code"] == 429);
    talk.connection.say(cancelled(7));
    talk.connection.say(modern(101, "subscriptions/listen", filter));
    CHECK(talk.connection.next().contains("method"));
    CHECK(talk.finish().size() == 200);
}

TEST_CASE("completions are limited to what a person can type") {
    Conversation::Options options;
    options.completions_per_second = 3;
    bm::Moment now{};
    options.clock = [&now] { return now; };
    Talk talk(options);
    talk.open();
    const Json params = {{"ref", {{"type", "ref/prompt"}, {"name", "greet"}}},
                         {"argument", {{"name", "tone"}, {"value", ""}}}};
    const auto ask = [&](int id) {
        talk.connection.say(request(id, "completion/complete", params));
        return talk.connection.next();
    };
    for (int i = 0; i < 3; ++i) CHECK(ask(i).contains("result"));
    CHECK(ask(3)["error"]["code"] == 429);
    now += 1s;
    CHECK(ask(4).contains("result"));
    CHECK(talk.finish().empty());
}

TEST_CASE("a message beyond the size limit is refused and the next is read") {
    Talk talk;
    talk.open("2025-06-18");
    talk.connection.say_too_much();
    const Json refusal = talk.connection.next();
    CHECK(refusal["error"]["code"] == -32600);
    CHECK(refusal["id"].is_null());
    talk.connection.say(request(1, "ping"));
    CHECK(talk.connection.next()["id"] == 1);
    CHECK(talk.finish().empty());
}

TEST_CASE("an answer that cannot be sent is an internal error and the conversation goes on") {
    Talk talk;
    talk.open();
    for (const char* tool : {"hello", "mirror"}) {
        talk.connection.fail_sends(1);
        talk.connection.say(call(tool, tool));
        const Json refusal = talk.connection.next();
        CHECK(refusal["id"] == tool);
        CHECK(refusal["error"]["code"] == -32603);
    }
    talk.connection.fail_sends(1);
    talk.connection.say(request(1, "tools/list"));
    CHECK(talk.connection.next()["error"]["code"] == -32603);
    // Not even the error: nothing can be said then, but the next request may be luckier.
    talk.connection.fail_sends(2);
    talk.connection.say(request(2, "tools/list"));
    talk.connection.say(request(3, "ping"));
    CHECK(talk.connection.next()["id"] == 3);
    CHECK(talk.finish().empty());
}

TEST_CASE("calls of both eras run beside each other without mixing") {
    Talk talk;
    talk.open("2025-03-26");
    constexpr int count = 200;
    for (int i = 0; i < count; ++i) {
        talk.connection.say(i % 2 == 0 ? call(i, "three")
                                       : modern(i, "tools/call", {{"name", "three"}}));
    }
    for (int i = 0; i < count; ++i) {
        const Json answer = talk.connection.next();
        const bool is_modern = answer["id"].get<int>() % 2 == 1;
        CHECK(answer["result"].contains("resultType") == is_modern);
        CHECK(answer["result"].contains("structuredContent") == is_modern);
    }
    CHECK(talk.finish().empty());
}

TEST_CASE("changes reach the session while calls run") {
    Talk talk;
    talk.open();
    talk.connection.say(Json{{"jsonrpc", "2.0"}, {"method", "notifications/initialized"}});
    talk.connection.say(request(0, "ping"));
    talk.connection.next();
    std::jthread publisher([&](const std::stop_token& stop) {
        while (!stop.stop_requested())
            talk.changes().publish({bm::Change::Kind::resources_list, {}});
    });
    int answers = 0;
    int changes = 0;
    for (int i = 1; i <= 100; ++i) talk.connection.say(call(i, "hello"));
    while (answers < 100 || changes < 3) {
        talk.connection.next().contains("id") ? ++answers : ++changes;
    }
    publisher.request_stop();
    publisher.join();
    talk.finish();
    CHECK(answers == 100);
}
