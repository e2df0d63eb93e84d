#include "cloud/mcp_relay.hpp"

#include <chrono>
#include <thread>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "tests/cloud/fake_http.hpp"

namespace bm {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;
using test::FakeHttp;

const HttpHeaders kJson{{"content-type", "application/json"}};

struct Fixture : test::KeyedSession {
    std::mutex mutex;
    std::vector<json> written;
    std::optional<McpRelay> relay;

    Fixture() {
        relay.emplace(McpRelay::Parts{.session = session,
                                      .http = http,
                                      .endpoint = "https://h/mcp",
                                      .write = [this](std::string_view text) {
                                          const std::scoped_lock lock(mutex);
                                          CHECK(text.find('\n') == std::string_view::npos);
                                          written.push_back(json::parse(text));
                                      }});
    }
    void open(const char* session_id) {
        http.answer(200, R"({"jsonrpc":"2.0","id":0,"result":{"protocolVersion":"2025-11-25"}})",
                    {{"content-type", "application/json"}, {"mcp-session-id", session_id}});
        relay->take(R"({"jsonrpc":"2.0","id":0,"method":"initialize","params":{}})");
        http.answer(202, "");
        relay->take(R"({"jsonrpc":"2.0","method":"notifications/initialized"})");
    }
    /// Waits for what is on its way; the session goes on.
    void settle_calls() {
        const auto end = std::chrono::steady_clock::now() + milliseconds(10'000);
        std::size_t seen = 0;
        for (int quiet = 0; quiet < 10 && std::chrono::steady_clock::now() < end; ++quiet) {
            std::this_thread::sleep_for(milliseconds(20));
            const std::scoped_lock lock(mutex);
            if (written.size() != seen) quiet = 0;
            seen = written.size();
        }
    }
    void settle() { relay->finish(milliseconds(5'000)); }
};

std::string header(const HttpCall& call, std::string_view name) {
    return FakeHttp::header(call, name);
}

TEST_CASE("a session of the host is kept and named with every message") {
    Fixture f;
    f.open("s1");
    f.http.answer(200, "{\"jsonrpc\":\"2.0\",\n \"id\":1,\"result\":{}}", kJson);
    f.relay->take(R"({"jsonrpc":"2.0","id":1,"method":"ping"})");
    f.http.answer(200, "");  // DELETE
    f.settle();
    REQUIRE(f.http.calls.size() == 4);
    CHECK(header(f.http.calls[0], "MCP-Session-Id").empty());
    CHECK(header(f.http.calls[0], "Authorization") == "Bearer bmc_x");
    CHECK(header(f.http.calls[0], "Accept") == "application/json, text/event-stream");
    for (std::size_t i = 1; i < 3; ++i) {
        CHECK(header(f.http.calls[i], "MCP-Session-Id") == "s1");
        CHECK(header(f.http.calls[i], "MCP-Protocol-Version") == "2025-11-25");
    }
    CHECK(f.http.calls[3].method == "DELETE");
    REQUIRE(f.written.size() == 2);
    CHECK(f.written[1] == json::parse(R"({"jsonrpc":"2.0","id":1,"result":{}})"));
}

TEST_CASE("what comes as events becomes lines, in its order") {
    Fixture f;
    f.http.answer(
        200,
        "id: 1\ndata:\n\ndata: {\"jsonrpc\":\"2.0\",\"method\":\"notifications/progress\"}\n\n"
        "data: {\"jsonrpc\":\"2.0\",\"id\":\"a\",\"result\":{}}\n\n",
        {{"content-type", "text/event-stream; charset=utf-8"}});
    f.relay->take(R"({"jsonrpc":"2.0","id":"a","method":"tools/call","params":{"name":"x"}})");
    f.settle();
    REQUIRE(f.written.size() == 2);
    CHECK(f.written[0]["method"] == "notifications/progress");
    CHECK(f.written[1]["id"] == "a");
}

TEST_CASE("a modern request names its revision, its method and what it is about") {
    Fixture f;
    f.http.answer(200, R"({"jsonrpc":"2.0","id":1,"result":{}})", kJson);
    f.relay->take(
        R"({"jsonrpc":"2.0","id":1,"method":"resources/read","params":{"uri":"memory://ä b",)"
        R"("_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}}})");
    f.settle();
    REQUIRE(f.http.calls.size() == 1);
    CHECK(header(f.http.calls[0], "MCP-Protocol-Version") == "2026-07-28");
    CHECK(header(f.http.calls[0], "Mcp-Method") == "resources/read");
    CHECK(header(f.http.calls[0], "Mcp-Name") == "=?base64?bWVtb3J5Oi8vw6QgYg==?=");
    CHECK(header(f.http.calls[0], "MCP-Session-Id").empty());
}

TEST_CASE("a host that has forgotten the session gets a new one, and the request again") {
    Fixture f;
    f.open("s1");
    f.http.answer(
        404, R"({"jsonrpc":"2.0","id":null,"error":{"code":-32001,"message":"Session not found"}})",
        kJson);
    f.http.answer(200, R"({"jsonrpc":"2.0","id":0,"result":{}})",
                  {{"content-type", "application/json"}, {"mcp-session-id", "s2"}});
    f.http.answer(202, "");
    f.http.answer(200, R"({"jsonrpc":"2.0","id":5,"result":{"ok":true}})", kJson);
    f.http.answer(200, "");
    f.relay->take(R"({"jsonrpc":"2.0","id":5,"method":"tools/list"})");
    f.settle();
    REQUIRE(f.http.calls.size() == 7);
    CHECK(header(f.http.calls[5], "MCP-Session-Id") == "s2");
    REQUIRE(f.written.size() == 2);
    CHECK(f.written[1]["result"]["ok"] == true);
}

TEST_CASE("no request stays without an answer") {
    Fixture f;
    f.http.fail();
    f.http.answer(502, "<html>down</html>");
    f.http.answer(200, "data: {\"jsonrpc\":\"2.0\"", {{"content-type", "text/event-stream"}});
    f.relay->take(
        R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"read_note"}})");
    f.settle();
    f.relay->take(R"({"jsonrpc":"2.0","id":"two","method":"tools/list"})");
    f.settle();
    f.relay->take(R"({"jsonrpc":"2.0","id":3,"method":"ping"})");
    f.settle();
    REQUIRE(f.written.size() == 3);
    CHECK(f.written[0]["id"] == 1);
    CHECK(f.written[0]["result"]["isError"] == true);
    CHECK(f.written[0]["result"]["content"][0]["text"] == "Cannot reach it.");
    CHECK(f.written[1]["id"] == "two");
    CHECK(f.written[1]["error"]["message"] == "API request failed: 502 <html>down</html>");
    CHECK(f.written[2]["id"] == 3);
    CHECK(f.written[2]["error"]["code"] == -32603);
}

TEST_CASE("an error that does not know its request gets its id back") {
    Fixture f;
    f.http.answer(400, R"({"jsonrpc":"2.0","id":null,"error":{"code":-32020,"message":"no"}})",
                  kJson);
    f.relay->take(R"({"jsonrpc":"2.0","id":9,"method":"tools/list"})");
    f.settle();
    REQUIRE(f.written.size() == 1);
    CHECK(f.written[0]["id"] == 9);
    CHECK(f.written[0]["error"]["code"] == -32020);
}

TEST_CASE("a host that says nothing to the first message leaves the reader free") {
    Fixture f;
    f.http.answer_by([&](const HttpCall& call) -> CloudResult<HttpAnswer> {
        std::atomic<bool> stopped{false};
        const std::stop_callback tell(call.stop, [&] {
            stopped = true;
            stopped.notify_all();
        });
        stopped.wait(false);
        return cloud_fail(CloudFault::interrupted, "ended");
    });
    f.relay->take(R"({"jsonrpc":"2.0","id":0,"method":"initialize","params":{}})");
    f.relay->take(R"({"jsonrpc":"2.0","id":1,"method":"ping"})");
    f.relay->take(R"({"jsonrpc":"2.0","method":"notifications/initialized"})");
    f.relay->finish(milliseconds(50));
    CHECK(f.written.empty());
    CHECK(f.http.calls.size() == 1);
}

TEST_CASE("a request that its client calls back is hung up") {
    Fixture f;
    std::stop_token seen;
    std::atomic<bool> is_there{false};
    f.http.answer_by([&](const HttpCall& call) -> CloudResult<HttpAnswer> {
        std::atomic<bool> stopped{false};
        const std::stop_callback tell(call.stop, [&] {
            stopped = true;
            stopped.notify_all();
        });
        is_there = true;
        is_there.notify_all();
        stopped.wait(false);
        return cloud_fail(CloudFault::interrupted, "ended");
    });
    f.relay->take(R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"slow"}})");
    is_there.wait(false);
    f.http.answer(202, "");
    f.relay->take(
        R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}})");
    f.settle();
    CHECK(f.written.empty());
    CHECK(f.http.calls.size() == 2);
}

/// A relay with a tool of its own, which waits until it is called back when it is asked to.
struct OwnToolFixture : Fixture {
    std::vector<std::string> called;

    OwnToolFixture() {
        RelayTools tools;
        tools.names = {"sync_project"};
        tools.declarations = [](std::string_view revision) {
            return R"([{"name":"sync_project","title":")" + std::string(revision) + R"("}])";
        };
        tools.call = [this](const RelayToolCall& call) {
            const json params = json::parse(call.params);
            called.push_back(std::string(call.revision));
            while (params["arguments"].contains("wait") && !call.cancelled.stop_requested())
                std::this_thread::sleep_for(milliseconds(5));
            call.write(R"({"jsonrpc":"2.0","method":"notifications/progress"})");
            return std::string(R"({"content":[],"isError":false})");
        };
        relay.emplace(McpRelay::Parts{.session = session,
                                      .http = http,
                                      .endpoint = "https://h/mcp",
                                      .write =
                                          [this](std::string_view text) {
                                              const std::scoped_lock lock(mutex);
                                              written.push_back(json::parse(text));
                                          },
                                      .tools = std::move(tools)});
    }
};

TEST_CASE("a tool of this machine is listed after the host's, on the last page only") {
    OwnToolFixture f;
    f.open("s1");
    const char* list = R"({"jsonrpc":"2.0","id":1,"method":"tools/list"})";
    f.http.answer(200,
                  R"({"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"a"}],"nextCursor":"x"}})",
                  kJson);
    f.relay->take(list);
    f.settle_calls();
    f.http.answer(200, R"({"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"b"}]}})", kJson);
    f.relay->take(list);
    f.settle_calls();
    f.http.answer(200, "data: {\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"tools\":[]}}\n\n",
                  {{"content-type", "text/event-stream"}});
    f.relay->take(list);
    f.settle_calls();
    f.http.answer(200, R"({"jsonrpc":"2.0","id":1,"error":{"code":-32603,"message":"no"}})", kJson);
    f.relay->take(list);
    f.settle_calls();
    REQUIRE(f.written.size() == 5);
    CHECK(f.written[1]["result"]["tools"].size() == 1);
    CHECK(f.written[2]["result"]["tools"] ==
          json::parse(R"([{"name":"b"},{"name":"sync_project","title":"2025-11-25"}])"));
    CHECK(f.written[3]["result"]["tools"].size() == 1);
    CHECK(f.written[4].contains("error"));
    f.http.answer(200, "");
    f.settle();
}

TEST_CASE("a call of a tool of this machine never reaches the host, and can be called back") {
    OwnToolFixture f;
    f.open("s1");
    f.settle_calls();
    const auto before = f.http.calls.size();
    REQUIRE(before == 2);
    f.relay->take(
        R"({"jsonrpc":"2.0","id":"a","method":"tools/call","params":{"name":"sync_project","arguments":{}}})");
    f.settle_calls();
    REQUIRE(f.written.size() == 3);
    CHECK(f.written[1]["method"] == "notifications/progress");
    CHECK(f.written[2] ==
          json::parse(R"({"jsonrpc":"2.0","id":"a","result":{"content":[],"isError":false}})"));
    CHECK(f.called == std::vector<std::string>{"2025-11-25"});
    CHECK(f.http.calls.size() == before);
    f.relay->take(
        R"({"jsonrpc":"2.0","id":"b","method":"tools/call","params":{"name":"sync_project","arguments":{"wait":1}}})");
    f.http.answer(202, "");
    f.relay->take(
        R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"b"}})");
    f.http.answer(200, "");
    f.settle();
    // Its progress, and no answer.
    CHECK(f.written.size() == 4);
}

/// A host that knows one session, and forgets it when it starts anew.
struct RestartingHost {
    std::mutex mutex;
    std::string session = "s1";
    std::vector<HttpCall> calls;
    bool answers_with_events = false;

    CloudResult<HttpAnswer> serve(const HttpCall& call) {
        const std::scoped_lock lock(mutex);
        calls.push_back(call);
        const json message = json::parse(call.body, nullptr, false);
        const HttpHeaders events{{"content-type", "text/event-stream"}};
        if (call.method == "POST" && message["method"] == "initialize") {
            const std::string answer = json{{"jsonrpc", "2.0"},
                                            {"id", message["id"]},
                                            {"result", {{"protocolVersion", revision()}}}}
                                           .dump();
            HttpHeaders fields = answers_with_events ? events : kJson;
            fields.emplace_back("mcp-session-id", session);
            return HttpAnswer{200, fields,
                              answers_with_events ? "data: " + answer + "\n\n" : answer};
        }
        if (header(call, "MCP-Session-Id") != session) return HttpAnswer{404, kJson, "{}"};
        if (call.method == "GET")
            return HttpAnswer{200, events,
                              "id: 7\ndata: {\"jsonrpc\":\"2.0\",\"method\":\"m\"}\n\n"};
        if (call.method != "POST" || !message.contains("id")) return HttpAnswer{202, {}, ""};
        const json answer = {{"jsonrpc", "2.0"}, {"id", message["id"]}, {"result", json::object()}};
        return HttpAnswer{200, kJson, answer.dump()};
    }
    void restart() {
        const std::scoped_lock lock(mutex);
        session = "s2";
        calls.clear();
    }
    std::string revision() const { return session == "s1" ? "2025-11-25" : "2025-06-18"; }
    /// `METHOD SESSION what it says`, of what has come since the start.
    std::vector<std::string> said() {
        const std::scoped_lock lock(mutex);
        std::vector<std::string> all;
        for (const HttpCall& call : calls) {
            const json message = json::parse(call.body, nullptr, false);
            std::string line = call.method + ' ' + header(call, "MCP-Session-Id");
            if (message.is_object()) line += ' ' + message.value("method", "");
            if (message.is_object() && message.contains("params") &&
                message["params"].contains("uri"))
                line += ' ' + message["params"]["uri"].get<std::string>();
            if (!header(call, "Last-Event-ID").empty())
                line += " after " + header(call, "Last-Event-ID");
            all.push_back(line);
        }
        return all;
    }
    bool hears(const std::string& line) {
        const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
        while (std::chrono::steady_clock::now() < end) {
            for (const std::string& one : said()) {
                if (one == line) return true;
            }
            std::this_thread::sleep_for(milliseconds(20));
        }
        return false;
    }
};

struct RestartFixture : Fixture {
    RestartingHost host;

    RestartFixture() {
        for (int i = 0; i < 200; ++i)
            http.answer_by([this](const HttpCall& call) { return host.serve(call); });
    }
    ~RestartFixture() { settle(); }
    void begin() {
        relay->take(R"({"jsonrpc":"2.0","id":0,"method":"initialize","params":{}})");
        relay->take(R"({"jsonrpc":"2.0","method":"notifications/initialized"})");
        say(1, "logging/setLevel", R"({"level":"debug"})");
        say(2, "resources/subscribe", R"({"uri":"memory://a"})");
        say(3, "resources/subscribe", R"({"uri":"memory://b"})");
        say(4, "resources/unsubscribe", R"({"uri":"memory://b"})");
    }
    void say(int id, const char* method, const char* params) {
        relay->take(json{
            {"jsonrpc", "2.0"}, {"id", id}, {"method", method}, {"params", json::parse(params)}}
                        .dump());
        CHECK(waits_for(id));
    }
    bool waits_for(int id) {
        const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
        while (std::chrono::steady_clock::now() < end && count(id) == 0)
            std::this_thread::sleep_for(milliseconds(10));
        return count(id) > 0;
    }
    int count(int id) {
        const std::scoped_lock lock(mutex);
        int found = 0;
        for (const json& message : written) found += message.contains("id") && message["id"] == id;
        return found;
    }
};

TEST_CASE("a new session is told what the old one knew, and the client hears no answer twice") {
    for (const bool with_events : {false, true}) {
        CAPTURE(with_events);
        RestartFixture f;
        f.host.answers_with_events = with_events;
        f.begin();
        f.host.restart();
        f.say(9, "ping", "{}");
        f.settle_calls();
        std::vector<std::string> told;
        for (const std::string& line : f.host.said()) {
            if (line.starts_with("POST")) told.push_back(line);
        }
        std::vector<std::string> wanted = {
            "POST  initialize", "POST s2 notifications/initialized", "POST s2 logging/setLevel",
            "POST s2 resources/subscribe memory://a", "POST s2 ping"};
        // The one that was refused, unless who follows the events was first.
        if (!told.empty() && told.front() == "POST s1 ping") told.erase(told.begin());
        CHECK(told == wanted);
        for (const int id : {0, 1, 2, 3, 4, 9}) {
            CAPTURE(id);
            CHECK(f.count(id) == 1);
        }
        const std::scoped_lock lock(f.mutex, f.host.mutex);
        for (const json& message : f.written) {
            CHECK((!message.contains("id") || message["id"].is_number()));
        }
        CHECK(header(f.host.calls.back(), "MCP-Protocol-Version") == "2025-06-18");
    }
}

TEST_CASE("a client that only listens goes on hearing after the host has started anew") {
    RestartFixture f;
    f.begin();
    CHECK(f.host.hears("GET s1"));
    f.host.restart();
    CHECK(f.host.hears("GET s1 after 7"));
    CHECK(f.host.hears("POST s2 resources/subscribe memory://a"));
    // From the start: the numbers of the old session mean nothing in the new one.
    CHECK(f.host.hears("GET s2"));
    CHECK(f.count(0) == 1);
}

TEST_CASE("a session that cannot be opened anew is tried again with the next request") {
    Fixture f;
    f.open("s1");
    f.settle_calls();
    f.http.answer(404, "{}", kJson);
    f.http.answer(503, "down");
    f.relay->take(R"({"jsonrpc":"2.0","id":5,"method":"ping"})");
    f.settle_calls();
    f.http.answer(404, "{}", kJson);
    f.http.answer(200, R"({"jsonrpc":"2.0","id":0,"result":{}})",
                  {{"content-type", "application/json"}, {"mcp-session-id", "s2"}});
    f.http.answer(202, "");
    f.http.answer(200, R"({"jsonrpc":"2.0","id":6,"result":{"ok":true}})", kJson);
    f.relay->take(R"({"jsonrpc":"2.0","id":6,"method":"ping"})");
    f.settle_calls();
    REQUIRE(f.written.size() == 3);
    CHECK(f.written[1]["id"] == 5);
    CHECK(f.written[1].contains("error"));
    CHECK(f.written[2]["result"]["ok"] == true);
    f.http.answer(200, "");
    f.settle();
}

TEST_CASE("a session that is begun by half is begun again, with all that the client follows") {
    // What fails first: the end of the handshake, or telling the subscription again.
    for (const bool is_early : {true, false}) {
        CAPTURE(is_early);
        Fixture f;
        f.open("s1");
        f.settle_calls();
        f.http.answer(200, R"({"jsonrpc":"2.0","id":4,"result":{}})", kJson);
        f.relay->take(R"({"jsonrpc":"2.0","id":4,"method":"resources/subscribe",)"
                      R"("params":{"uri":"memory://a"}})");
        f.settle_calls();
        const auto begins = [&](const char* session) {
            f.http.answer(404, "{}", kJson);
            f.http.answer(200, R"({"jsonrpc":"2.0","id":0,"result":{}})",
                          {{"content-type", "application/json"}, {"mcp-session-id", session}});
        };
        begins("s2");
        if (!is_early) f.http.answer(202, "");
        f.http.fail();
        f.relay->take(R"({"jsonrpc":"2.0","id":5,"method":"ping"})");
        f.settle_calls();
        begins("s3");
        f.http.answer(202, "");
        f.http.answer(200, R"({"jsonrpc":"2.0","id":"bm-again-1","result":{}})", kJson);
        f.http.answer(200, R"({"jsonrpc":"2.0","id":6,"result":{"ok":true}})", kJson);
        const std::size_t before = f.http.calls.size();
        f.relay->take(R"({"jsonrpc":"2.0","id":6,"method":"ping"})");
        f.settle_calls();
        REQUIRE(f.http.calls.size() == before + 5);
        CHECK(header(f.http.calls[before], "MCP-Session-Id") == "s1");
        CHECK(header(f.http.calls[before + 3], "MCP-Session-Id") == "s3");
        CHECK(f.http.calls[before + 3].body.find("memory://a") != std::string::npos);
        CHECK(f.written.back()["result"]["ok"] == true);
        f.http.answer(200, "");
        f.settle();
    }
}

TEST_CASE("what a bound client says goes out bound, and what it may not is answered here") {
    Fixture f;
    f.relay.emplace(McpRelay::Parts{.session = f.session,
                                    .http = f.http,
                                    .endpoint = "https://h/mcp",
                                    .write =
                                        [&f](std::string_view text) {
                                            const std::scoped_lock lock(f.mutex);
                                            f.written.push_back(json::parse(text));
                                        },
                                    .binding = ProjectBinding("research")});
    f.http.answer(200, R"({"jsonrpc":"2.0","id":"a","result":{}})", kJson);
    f.relay->take(
        R"({"jsonrpc":"2.0","id":"a","method":"tools/call","params":{"name":"write_note","arguments":{"project":"main"}}})");
    f.settle();
    f.relay->take(
        R"({"jsonrpc":"2.0","id":"b","method":"tools/call","params":{"name":"delete_project","arguments":{"project_name":"main"}}})");
    f.settle();
    REQUIRE(f.http.calls.size() == 1);
    CHECK(json::parse(f.http.calls[0].body)["params"]["arguments"]["project"] == "research");
    REQUIRE(f.written.size() == 2);
    CHECK(f.written[1]["id"] == "b");
    CHECK(f.written[1]["result"]["isError"] == true);
}

}  // namespace
}  // namespace bm
