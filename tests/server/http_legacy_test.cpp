// Sessions over HTTP: the revisions with a handshake.
#include <map>
#include <set>
#include <thread>

#include "server/http_session.hpp"
#include "server/protocol_era.hpp"
#include "tests/support/http_test_names.hpp"

namespace {

Json notification(const char* method, Json params = nullptr) {
    Json out = {{"jsonrpc", "2.0"}, {"method", method}};
    if (!params.is_null()) out["params"] = std::move(params);
    return out;
}

Json with_progress(Json request) {
    request["params"]["_meta"]["progressToken"] = request["id"];
    return request;
}

/// A post of a client that takes nothing but JSON.
void post_for_json(HttpClient& connection, const McpHttpClient& client, const Json& message) {
    connection.write(http_request("POST", "/mcp",
                                  {{"Content-Type", "application/json"},
                                   {"Accept", "application/json"},
                                   {"Mcp-Session-Id", client.session()}},
                                  message.dump()));
}

std::string next(HttpClient& connection) { return connection.next_real_event().value_or(""); }

}  // namespace

TEST_CASE("each legacy revision has its session") {
    HttpFixture server;
    std::set<std::string> ids;
    for (const auto& policy : bm::revisions()) {
        if (policy.modern) continue;
        CAPTURE(policy.version);
        McpHttpClient client(server);
        client.initialize(std::string(policy.version));
        CHECK(client.session().size() == 43);
        ids.insert(client.session());
        for (const char* method : {"ping", "tools/list", "resources/list", "prompts/list"}) {
            const HttpReply reply = client.post(rpc_request(method, method));
            CHECK(reply.status == 200);
            CHECK(reply.field("Content-Type") == "application/json");
            CHECK_FALSE(client.messages(reply).front()["result"].contains("resultType"));
        }
        const HttpReply called = client.post(with_progress(tool_call("c", "steps")));
        CHECK(called.field("Content-Type") == "text/event-stream");
        CHECK(client.messages(called).size() == 4);
        // Only one revision knows the event that has no message.
        CHECK((called.body.find("data: \n") != std::string::npos) ==
              (policy.version == "2025-11-25"));
        CHECK(client.violations() == std::vector<std::string>());
    }
    CHECK(ids.size() == 4);
}

TEST_CASE("every legacy situation has its status") {
    HttpFixture server;
    McpHttpClient client(server);
    client.initialize("2025-06-18");
    McpHttpClient other(server);
    const Json ping = rpc_request(1, "ping");
    CHECK(other.post(ping).status == 400);
    CHECK(other.post(ping, {{"MCP-Protocol-Version", "2025-06-18"}}).status == 400);
    CHECK(other.post(ping, {{"Mcp-Session-Id", "unknown"}}).status == 404);
    CHECK(other.post(ping, {{"Mcp-Session-Id", ""}}).status == 404);
    CHECK(other.post(notification("notifications/initialized")).status == 400);
    CHECK(client.post(ping).status == 200);
    CHECK(client.post(ping, {{"MCP-Protocol-Version", "2025-06-18"}}).status == 200);
    // Some clients name an older one with every request.
    CHECK(client.post(ping, {{"MCP-Protocol-Version", "2025-03-26"}}).status == 200);
    CHECK(client.post(ping, {{"MCP-Protocol-Version", "2026-07-28"}}).status == 400);
    CHECK(client.post(ping, {{"MCP-Protocol-Version", "v9"}}).status == 400);
    CHECK(client.post(ping, {{"Mcp-Session-Id", client.session()}}).status == 400);
    const HttpReply unknown = client.post(rpc_request(2, "nope"));
    CHECK(unknown.status == 200);
    CHECK(Json::parse(unknown.body)["error"]["code"] == -32601);
    CHECK(Json::parse(client.post(rpc_request(3, "server/discover")).body)["error"]["code"] ==
          -32601);
    const HttpReply failed = client.post(rpc_request(4, "tools/list", {{"cursor", "?"}}));
    CHECK(failed.status == 200);
    CHECK(Json::parse(failed.body)["error"]["code"] == -32602);
    const HttpReply broken = client.post_text("{");
    CHECK(broken.status == 400);
    CHECK(Json::parse(broken.body)["id"].is_null());
    CHECK(Json::parse(broken.body).contains("id"));
    const HttpReply batch = client.post_text("[" + ping.dump() + "]");
    CHECK(batch.status == 400);
    CHECK(Json::parse(batch.body).contains("id"));
    CHECK(Json::parse(batch.body)["id"].is_null());
    CHECK(client.post(notification("notifications/unheard-of")).status == 202);
    CHECK(client.post({{"jsonrpc", "2.0"}, {"id", 99}, {"result", Json::object()}}).status == 202);
    McpHttpClient newest(server);
    newest.initialize("2025-11-25");
    CHECK_FALSE(Json::parse(newest.post_text("{").body).contains("id"));
    CHECK_FALSE(Json::parse(newest.post_text("[" + ping.dump() + "]").body).contains("id"));
}

TEST_CASE("a handshake with the id of a session opens another") {
    HttpFixture server;
    McpHttpClient client(server);
    client.initialize();
    const HttpReply again =
        client.post(rpc_request(1, "initialize",
                                {{"protocolVersion", "2025-06-18"},
                                 {"capabilities", Json::object()},
                                 {"clientInfo", {{"name", "test"}, {"version", "1"}}}}));
    CHECK(again.status == 200);
    CHECK(again.field("MCP-Session-Id") != client.session());
    CHECK(client.post(rpc_request(2, "ping")).status == 200);
    const HttpReply wrong = client.post(rpc_request(3, "initialize"));
    CHECK(wrong.status == 200);
    CHECK_FALSE(wrong.has("MCP-Session-Id"));
}

TEST_CASE("a session ends when its client says so") {
    HttpFixture server;
    McpHttpClient client(server);
    client.initialize();
    HttpClient waiting(server.port());
    client.post_on(waiting, tool_call(1, "wait"));
    HttpClient listening(server.port());
    client.listen_on(listening);
    CHECK(listening.read_head().status == 200);
    server.gate().wait_for_arrivals(1);
    CHECK(client.end_session().status == 204);
    CHECK_FALSE(next(listening).find("id") == 0);
    CHECK(listening.stream_is_complete());
    // Its request was stopped and is not answered.
    CHECK(waiting.read_head().status == 200);
    CHECK(event_data(next(waiting)).empty());
    CHECK(next(waiting).empty());
    CHECK(client.end_session().status == 404);
    CHECK(client.post(rpc_request(2, "ping")).status == 404);
    HttpClient late(server.port());
    client.listen_on(late);
    CHECK(late.read().status == 404);
    HttpClient nameless(server.port());
    nameless.write(http_request("DELETE", "/mcp"));
    CHECK(nameless.read().status == 400);
}

TEST_CASE("both eras live on one endpoint at once") {
    HttpFixture server;
    McpHttpClient client(server);
    client.initialize();
    CHECK(client.modern(modern_call(1, "hello")).status == 200);
    CHECK(client.post(tool_call(2, "hello")).status == 200);
    CHECK(client.violations() == std::vector<std::string>());
}

TEST_CASE("a cancelled request of a session is not answered") {
    HttpFixture server;
    McpHttpClient client(server);
    client.initialize("2025-06-18");
    HttpClient connection(server.port());
    client.post_on(connection, tool_call(1, "wait"));
    server.gate().wait_for_arrivals(1);
    CHECK(client.post(notification("notifications/cancelled", {{"requestId", "1"}})).status == 202);
    CHECK(client.post(notification("notifications/cancelled", {{"requestId", 1}})).status == 202);
    CHECK(connection.read_head().status == 200);
    CHECK(next(connection).empty());
    CHECK(connection.stream_is_complete());
}

TEST_CASE("a request of the id of an unanswered one is refused") {
    HttpFixture server;
    McpHttpClient client(server);
    client.initialize();
    HttpClient connection(server.port());
    client.post_on(connection, tool_call(1, "wait"));
    server.gate().wait_for_arrivals(1);
    const HttpReply second = client.post(rpc_request(1, "ping"));
    CHECK(second.status == 400);
    CHECK(Json::parse(second.body)["error"]["code"] == -32600);
}

TEST_CASE("a client that lost its connection comes back for the rest") {
    HttpFixture server;
    McpHttpClient client(server);
    client.initialize();
    HttpClient lost(server.port());
    client.post_on(lost, tool_call(7, "wait"));
    CHECK(lost.read_head().status == 200);
    const std::string id = event_field(next(lost), "id");
    CHECK(id == "1-1");
    server.gate().wait_for_arrivals(1);
    lost.close();  // and the work goes on

    HttpClient back(server.port());
    client.listen_on(back, {{"Last-Event-ID", id}});
    CHECK(back.read_head().status == 200);
    server.gate().open();
    const std::string event = next(back);
    CHECK(event_field(event, "id") == "1-2");
    const Json answer = client.message(event);
    CHECK(answer["id"] == 7);
    CHECK(answer["result"]["structuredContent"]["result"] == "went through");
    CHECK(next(back).empty());
    CHECK(back.stream_is_complete());

    // Once more, after the end.
    HttpClient again(server.port());
    client.listen_on(again, {{"Last-Event-ID", id}});
    CHECK(again.read_head().status == 200);
    CHECK(next(again) == event);
    CHECK(next(again).empty());
    for (const char* unknown : {"1-9", "2-1", "99-1", "x", ""}) {
        CAPTURE(unknown);
        HttpClient wrong(server.port());
        client.listen_on(wrong, {{"Last-Event-ID", unknown}});
        CHECK(wrong.read().status == 400);
    }
    McpHttpClient stranger(server);
    stranger.initialize();
    HttpClient theirs(server.port());
    stranger.listen_on(theirs, {{"Last-Event-ID", id}});
    CHECK(theirs.read().status == 400);
}

TEST_CASE("what a session did not ask for goes to its newest listener, once") {
    HttpFixture server;
    McpHttpClient client(server);
    client.initialize();
    CHECK(client.post(rpc_request(1, "resources/subscribe", {{"uri", "note://one"}})).status ==
          200);
    HttpClient first(server.port());
    client.listen_on(first);
    CHECK(first.read_head().status == 200);
    HttpClient second(server.port());
    client.listen_on(second);
    CHECK(second.read_head().status == 200);
    // The head goes out before the listener joins: both are there once both have been fed.
    server.changes().publish({bm::Change::Kind::tools_list, {}});
    const auto fed = [](HttpClient& connection) { return connection.has_more_within(300ms); };
    const bool first_was_fed = fed(first);
    const bool second_was_fed = fed(second);
    CHECK(first_was_fed != second_was_fed);
    HttpClient& newest = second_was_fed ? second : first;
    CHECK(client.message(next(newest))["method"] == "notifications/tools/list_changed");
    newest.close();
    CHECK(client.violations() == std::vector<std::string>());
}

TEST_CASE("notices wait for a listener, and a listener that comes back misses none") {
    HttpFixture server;
    McpHttpClient client(server);
    client.initialize();
    server.changes().publish({bm::Change::Kind::tools_list, {}});
    std::this_thread::sleep_for(50ms);
    HttpClient first(server.port());
    client.listen_on(first);
    CHECK(first.read_head().status == 200);
    const std::string event = next(first);
    CHECK(client.message(event)["method"] == "notifications/tools/list_changed");
    server.changes().publish({bm::Change::Kind::prompts_list, {}});
    const std::string missed = next(first);
    first.close();
    HttpClient second(server.port());
    client.listen_on(second, {{"Last-Event-ID", event_field(event, "id")}});
    CHECK(second.read_head().status == 200);
    CHECK(next(second) == missed);
}

TEST_CASE("listening needs a session, a form and a place") {
    HttpFixture server(
        [](bm::HttpTransportOptions& options) { options.streams = {.total = 2, .per_client = 1}; });
    McpHttpClient client(server);
    client.initialize();
    HttpClient nameless(server.port());
    nameless.write(http_request("GET", "/mcp", {{"Accept", "text/event-stream"}}));
    CHECK(nameless.read().status == 400);
    HttpClient formless(server.port());
    formless.write(http_request("GET", "/mcp", {{"Accept", "application/json"}}));
    CHECK(formless.read().status == 406);
    HttpClient first(server.port(), "127.0.0.2");
    client.listen_on(first);
    CHECK(first.read_head().status == 200);
    HttpClient second(server.port(), "127.0.0.2");
    client.listen_on(second);
    const HttpReply refused = second.read();
    CHECK(refused.status == 429);
    CHECK(refused.has("Retry-After"));
}

TEST_CASE("batches are one answer each, in the revision that knows them") {
    HttpFixture server;
    McpHttpClient client(server);
    client.initialize("2025-03-26");
    const Json quick = {rpc_request(1, "ping"), notification("notifications/x"),
                        rpc_request(2, "nope"), rpc_request(3, "tools/list")};
    const HttpReply whole = client.post(quick);
    CHECK(whole.status == 200);
    CHECK(whole.field("Content-Type") == "application/json");
    CHECK(client.messages(whole).front().size() == 3);
    const HttpReply events =
        client.post(Json{tool_call(4, "hello"), rpc_request(5, "ping"), tool_call(6, "fail")});
    CHECK(events.field("Content-Type") == "text/event-stream");
    CHECK(client.messages(events).size() == 3);
    const HttpReply nothing = client.post(Json{notification("notifications/x")});
    CHECK(nothing.status == 202);
    CHECK(nothing.body.empty());
    CHECK(client.post_text("[]").status == 400);
    for (const Json& part : {rpc_request(7, "initialize"), modern_call(8, "hello")}) {
        const HttpReply refused = client.post(Json{part});
        CHECK(refused.status == 400);
        CHECK(Json::parse(refused.body).value("id", Json(0)).is_null());
    }
    CHECK(client.violations() == std::vector<std::string>());
}

TEST_CASE("no request of a batch is answered twice where its client does not keep up") {
    bm::Tool large;
    large.name = "large";
    large.description = "Says much.";
    large.input_schema = {{"type", "object"}};
    large.annotations.read_only = true;
    large.run = [](const bm::CallContext&, const Json&) {
        return bm::ToolReply{std::string(std::size_t{1024} * 1024, 'x'), false, {}};
    };
    for (const bool is_stateless : {true, false}) {
        CAPTURE(is_stateless);
        HttpFixture server(
            [&](bm::HttpTransportOptions& options) { options.legacy_stateless = is_stateless; },
            {large});
        McpHttpClient client(server);
        client.initialize("2025-03-26");
        constexpr int count = 14;
        Json batch = Json::array();
        for (int id = 0; id < count; ++id) batch.push_back(tool_call(id, "large"));
        HttpClient slow(server.port());
        client.post_on(slow, batch);
        std::this_thread::sleep_for(1500ms);
        const HttpReply reply = slow.read();
        std::map<int, int> answers;
        for (const Json& message : client.messages(reply)) {
            const int id = message["id"];
            CAPTURE(id);
            CHECK(++answers[id] == 1);
        }
        // Without a session nobody can come back for the rest, so all is said in one way or
        // another.
        if (is_stateless) {
            CHECK_FALSE(reply.is_broken);
            CHECK(answers.size() == count);
        }
    }
}

TEST_CASE("a batch whose parts are all cancelled ends") {
    HttpFixture server;
    McpHttpClient client(server);
    client.initialize("2025-03-26");
    HttpClient batch(server.port());
    post_for_json(batch, client, Json{tool_call(1, "wait"), tool_call(2, "wait")});
    server.gate().wait_for_arrivals(2);
    for (const int id : {1, 2}) {
        client.post(notification("notifications/cancelled", {{"requestId", id}}));
    }
    CHECK(batch.has_more_within(10s));
    CHECK(batch.read().status == 202);
    // By a part of itself, too.
    HttpClient itself(server.port());
    post_for_json(
        itself, client,
        Json{tool_call(3, "wait"), notification("notifications/cancelled", {{"requestId", 3}})});
    CHECK(itself.has_more_within(10s));
    CHECK(itself.read().status == 202);
}

TEST_CASE("a batch ends with its session") {
    HttpFixture server;
    McpHttpClient client(server);
    client.initialize("2025-03-26");
    HttpClient batch(server.port());
    post_for_json(batch, client, Json{tool_call(1, "wait"), tool_call(2, "wait")});
    server.gate().wait_for_arrivals(2);
    CHECK(client.end_session().status == 204);
    CHECK(batch.has_more_within(10s));
    CHECK(batch.read().status == 202);
}

TEST_CASE("clients that go while their session ends take nothing away that is needed") {
    HttpFixture server;
    for (int round = 0; round < 50; ++round) {
        McpHttpClient client(server);
        client.initialize();
        std::vector<std::unique_ptr<HttpClient>> gone;
        for (int id = 0; id < 3; ++id) {
            gone.push_back(std::make_unique<HttpClient>(server.port()));
            post_for_json(*gone.back(), client, tool_call(id, "wait"));
        }
        server.gate().wait_for_arrivals(3 * (round + 1));
        gone.clear();
        CHECK(client.end_session().status == 204);
    }
    CHECK(server.gate().has_turned_back_within(150, 15s));
}

TEST_CASE("what needs no session is answered before a client says that it is ready") {
    HttpFixture server;
    McpHttpClient client(server);
    HttpClient connection(server.port());
    client.post_on(connection, rpc_request(1, "initialize",
                                           {{"protocolVersion", "2025-11-25"},
                                            {"capabilities", Json::object()},
                                            {"clientInfo", {{"name", "t"}, {"version", "1"}}}}));
    const std::string session = connection.read().field("MCP-Session-Id");
    for (const char* method : {"ping", "tools/list"}) {
        CHECK(client.post(rpc_request(method, method), {{"Mcp-Session-Id", session}}).status ==
              200);
    }
}

TEST_CASE("an unknown tool is no lost session") {
    HttpFixture server;
    McpHttpClient client(server);
    client.initialize();
    const HttpReply reply = client.post(tool_call(1, "nope"));
    CHECK(reply.status == 200);
    CHECK(client.messages(reply).front()["error"]["code"] == -32602);
}

TEST_CASE("a session that was left alone for too long is gone") {
    HttpFixture server([](bm::HttpTransportOptions& options) { options.sessions.idle_time = 2s; });
    McpHttpClient client(server);
    client.initialize();
    HttpClient listening(server.port());
    client.listen_on(listening);
    CHECK(listening.read_head().status == 200);
    std::this_thread::sleep_for(2500ms);
    CHECK(client.post(rpc_request(1, "ping")).status == 200);  // it was not alone
    listening.close();
    std::this_thread::sleep_for(3s);
    CHECK(client.post(rpc_request(2, "ping")).status == 404);
}

TEST_CASE("a client asks its server's questions back in a post of their own") {
    bm::Tool asking;
    asking.name = "ask";
    asking.description = "Asks for a name.";
    asking.input_schema = {{"type", "object"}};
    asking.converse = [](const bm::CallContext& call, const Json&) -> bm::ToolOutcome {
        if (const auto answer = call.answers.form("q")) {
            return bm::ToolReply{answer->content.value("name", "?"), false, {}};
        }
        bm::InputNeeded needed;
        needed.questions.push_back(
            {"q", bm::FormQuestion{.message = "Who?", .schema = {{"type", "object"}}}});
        return needed;
    };
    HttpFixture server({}, {asking});
    McpHttpClient client(server);
    client.initialize("2025-11-25", {{"elicitation", Json::object()}});
    McpHttpClient stranger(server);
    stranger.initialize("2025-11-25", {{"elicitation", Json::object()}});
    HttpClient call(server.port());
    client.post_on(call, tool_call(1, "ask"));
    CHECK(call.read_head().status == 200);
    next(call);  // the priming one
    const Json question = client.message(next(call));
    CHECK(question["method"] == "elicitation/create");
    const auto answer = [&](const char* name) {
        return Json{{"jsonrpc", "2.0"},
                    {"id", question["id"]},
                    {"result", {{"action", "accept"}, {"content", {{"name", name}}}}}};
    };
    // The same id in another session answers nothing there.
    CHECK(stranger.post(answer("eve")).status == 202);
    CHECK_FALSE(call.has_more_within(200ms));
    CHECK(client.post(answer("ann")).status == 202);
    CHECK(client.message(next(call))["result"]["content"][0]["text"] == "ann");
    CHECK(client.post(answer("ann again")).status == 202);
}

TEST_CASE("a session listens on so many connections and no more") {
    HttpFixture server;
    McpHttpClient client(server);
    client.initialize();
    const std::string event = [&] {
        const HttpReply called = client.post(tool_call(1, "hello"));
        return event_field(called.body.substr(0, called.body.find("\n\n")), "id");
    }();
    std::vector<std::unique_ptr<HttpClient>> open;
    for (std::size_t i = 0; i < bm::StandaloneStream::most_listeners; ++i) {
        open.push_back(std::make_unique<HttpClient>(server.port()));
        client.listen_on(*open.back());
        CHECK(open.back()->read_head().status == 200);
    }
    HttpClient beyond(server.port());
    client.listen_on(beyond);
    const HttpReply refused = beyond.read();
    CHECK(refused.status == 429);
    CHECK(refused.has("Retry-After"));
    // Who comes back for the rest of an answer does not listen.
    HttpClient back(server.port());
    client.listen_on(back, {{"Last-Event-ID", event}});
    CHECK(back.read_head().status == 200);
    CHECK(next(back).find("Hello") != std::string::npos);
}

TEST_CASE("answers that were sent whole are not kept for long, nor beyond what all may keep") {
    bm::Tool large;
    large.name = "large";
    large.description = "Answers at length.";
    large.input_schema = {{"type", "object"}};
    large.run = [](const bm::CallContext&, const Json&) {
        return bm::ToolReply{std::string(std::size_t{1024} * 1024, 'x'), false, {}};
    };
    HttpFixture server(
        [](bm::HttpTransportOptions& options) {
            options.kept_answer_bytes = std::size_t{5} * 1024 * 1024;
        },
        {large});
    // Each session keeps the last of what it has received.
    McpHttpClient client(server);
    client.initialize();
    const auto call = [&](McpHttpClient& by, int id) {
        const HttpReply reply = by.post(tool_call(id, "large"));
        CHECK(reply.status == 200);
        return event_field(reply.body.substr(0, reply.body.find("\n\n")), "id");
    };
    const auto is_kept = [&](McpHttpClient& of, const std::string& event) {
        HttpClient back(server.port());
        of.listen_on(back, {{"Last-Event-ID", event}});
        return back.read_head().status == 200;
    };
    std::vector<std::string> events;
    for (int id = 0; id < 6; ++id) events.push_back(call(client, id));
    CHECK_FALSE(is_kept(client, events[0]));
    CHECK(is_kept(client, events[5]));
    // Those that were complete first go first, whoever asked for them.
    McpHttpClient other(server);
    other.initialize();
    std::string last;
    for (int id = 0; id < 5; ++id) last = call(other, id);
    CHECK(is_kept(other, last));
    CHECK_FALSE(is_kept(client, events[5]));
}

TEST_CASE("when all sessions are at work, whoever wants one is told when to come back") {
    HttpFixture server([](bm::HttpTransportOptions& options) { options.sessions.sessions = 1; });
    McpHttpClient first(server);
    first.initialize();
    HttpClient waiting(server.port());
    first.post_on(waiting, tool_call(1, "wait"));
    server.gate().wait_for_arrivals(1);
    McpHttpClient second(server);
    const HttpReply refused =
        second.post(rpc_request(1, "initialize",
                                {{"protocolVersion", "2025-06-18"},
                                 {"capabilities", Json::object()},
                                 {"clientInfo", {{"name", "test"}, {"version", "1"}}}}));
    CHECK(refused.status == 429);
    CHECK(refused.has("Retry-After"));
    CHECK(Json::parse(refused.body)["id"] == 1);
}

TEST_CASE("sessions that are left alone make room") {
    HttpFixture server([](bm::HttpTransportOptions& options) { options.sessions.sessions = 2; });
    McpHttpClient first(server);
    first.initialize();
    HttpClient listening(server.port());
    first.listen_on(listening);
    CHECK(listening.read_head().status == 200);
    // Joined for certain once it is fed.
    server.changes().publish({bm::Change::Kind::tools_list, {}});
    CHECK_FALSE(next(listening).empty());
    McpHttpClient second(server);
    second.initialize();
    McpHttpClient third(server);
    third.initialize();
    CHECK(first.post(rpc_request(1, "ping")).status == 200);
    CHECK(second.post(rpc_request(1, "ping")).status == 404);
    CHECK(third.post(rpc_request(1, "ping")).status == 200);
}

TEST_CASE("a server without sessions answers each message by itself") {
    HttpFixture server([](bm::HttpTransportOptions& options) { options.legacy_stateless = true; });
    McpHttpClient client(server);
    client.initialize("2025-06-18");
    CHECK(client.session().empty());
    // Nothing is promised that only a session could keep.
    const HttpReply opened =
        client.post(rpc_request(0, "initialize",
                                {{"protocolVersion", "2025-06-18"},
                                 {"capabilities", Json::object()},
                                 {"clientInfo", {{"name", "test"}, {"version", "1"}}}}));
    const Json offered = client.messages(opened).front()["result"]["capabilities"];
    CHECK(offered["resources"] == Json::object());
    CHECK(offered["tools"] == Json::object());
    CHECK(offered["prompts"] == Json::object());
    const bm::test::FieldList version = {{"MCP-Protocol-Version", "2025-06-18"}};
    CHECK(client.post(rpc_request(1, "ping")).status == 200);
    const HttpReply called = client.post(with_progress(tool_call(2, "steps")), version);
    CHECK(client.messages(called).size() == 4);
    CHECK(called.body.find("id: ") == std::string::npos);
    CHECK(client.post(rpc_request(3, "logging/setLevel", {{"level", "debug"}}), version).status ==
          200);
    CHECK(client.post(rpc_request(4, "ping"), {{"MCP-Protocol-Version", "v9"}}).status == 400);
    const HttpReply unknown =
        client.post(Json{rpc_request(4, "ping")}, {{"MCP-Protocol-Version", "v9"}});
    CHECK(unknown.status == 400);
    CHECK(Json::parse(unknown.body)["error"]["code"] == -32022);
    for (const char* method : {"GET", "DELETE"}) {
        HttpClient connection(server.port());
        connection.write(http_request(method, "/mcp"));
        const HttpReply reply = connection.read();
        CHECK(reply.status == 405);
        CHECK(reply.field("Allow") == "POST, OPTIONS");
    }
    CHECK(client.modern(modern_call(5, "hello")).status == 200);
    CHECK(client.violations() == std::vector<std::string>());
}
