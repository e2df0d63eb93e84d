// Modern requests, and what holds for every request to the endpoint: each status in its place.

#include <atomic>
#include <thread>

#include "server/client_abilities.hpp"
#include "server/protocol_era.hpp"
#include "tests/support/fixed_authorizer.hpp"
#include "tests/support/http_test_names.hpp"

using bm::test::FixedAuthorizer;

namespace {

int code_in(const HttpReply& reply) {
    const Json body = Json::parse(reply.body, nullptr, false);
    return body.is_object() && body.contains("error") ? body["error"]["code"].get<int>() : 0;
}

/// Lets in until its token is taken back.
class RevocableAuthorizer final : public bm::Authorizer {
public:
    std::variant<bm::Principal, bm::HttpResponse> authorize(const bm::HttpRequest&) override {
        if (!is_revoked) return bm::Principal{"ann", bm::Scope::write, {}};
        bm::HttpResponse response;
        response.status = 401;
        return response;
    }
    bm::HttpResponse refuse_scope(bm::Scope) override { return {}; }

    std::atomic<bool> is_revoked{false};
};

Json listen_request(Json id, Json wishes) {
    return modern_request(std::move(id), "subscriptions/listen",
                          {{"notifications", std::move(wishes)}});
}

}  // namespace

TEST_CASE("a modern request is answered with JSON when nothing precedes the answer") {
    HttpFixture server;
    McpHttpClient client(server);
    for (const char* method : {"server/discover", "tools/list", "resources/list", "prompts/list"}) {
        const HttpReply reply = client.modern(modern_request(method, method));
        CHECK(reply.status == 200);
        CHECK(reply.field("Content-Type") == "application/json");
        CHECK(reply.field("Cache-Control") == "no-store");
        CHECK_FALSE(reply.has("MCP-Session-Id"));
        CHECK(client.messages(reply).front()["result"]["resultType"] == "complete");
    }
    const HttpReply called = client.modern(modern_call(1234567890123, "hello"));
    CHECK(client.messages(called).front()["id"] == 1234567890123);
    CHECK(client.violations() == std::vector<std::string>());
}

TEST_CASE("the path of the endpoint has a slash at its end or none") {
    HttpFixture server;
    for (const char* path : {"/mcp", "/mcp/"}) {
        McpHttpClient client(server, path);
        CHECK(client.modern(modern_request(1, "tools/list")).status == 200);
    }
    for (const char* path : {"/", "/mcp2", "/mcp/x", "/%6dcp", "/mcp//", "/MCP"}) {
        CAPTURE(path);
        McpHttpClient client(server, path);
        CHECK(client.modern(modern_request(1, "tools/list")).status == 404);
    }
}

TEST_CASE("every modern refusal has its status and its code") {
    HttpFixture server;
    McpHttpClient client(server);
    const Json good = modern_call("g", "hello");
    const FieldList headers = modern_fields(good);
    const auto without_meta = rpc_request("m", "tools/call", {{"name", "hello"}});
    Json other_version = good;
    other_version["params"]["_meta"]["io.modelcontextprotocol/protocolVersion"] = "v999.0.0";
    Json bad_token = good;
    bad_token["params"]["_meta"]["progressToken"] = 1.5;
    const FieldList unknown_version = {
        {"MCP-Protocol-Version", "v999.0.0"}, {"Mcp-Method", "tools/call"}, {"Mcp-Name", "hello"}};
    struct Row {
        const char* what;
        std::string body;
        FieldList fields;
        int status;
        int code;
    };
    const auto modern_row = [](const char* what, const Json& message, int status, int code) {
        return Row{what, message.dump(), modern_fields(message), status, code};
    };
    std::vector<Row> rows = {
        {"good", good.dump(), headers, 200, 0},
        {"not JSON", "{", headers, 400, -32700},
        {"not UTF-8", "\"\xff\"", headers, 400, -32700},
        {"empty body", "", headers, 400, -32700},
        {"array", "[" + good.dump() + "]", headers, 400, -32600},
        {"number", "1", headers, 400, -32600},
        {"response", R"({"jsonrpc":"2.0","id":1,"result":{}})", headers, 400, -32600},
        {"id of a wrong type", R"({"jsonrpc":"2.0","id":null,"method":"x"})", headers, 400, -32600},
        {"params of a wrong type", R"({"jsonrpc":"2.0","id":1,"method":"x","params":[]})", headers,
         400, -32600},
        {"no metadata", without_meta.dump(), headers, 400, -32602},
        {"no version header",
         good.dump(),
         {{"Mcp-Method", "tools/call"}, {"Mcp-Name", "hello"}},
         400,
         -32020},
        {"other version header", other_version.dump(), headers, 400, -32020},
        {"unknown version", other_version.dump(), unknown_version, 400, -32022},
        {"unknown version by header alone",
         R"({"jsonrpc":"2.0","id":1,"method":"ping"})",
         {{"MCP-Protocol-Version", "v999.0.0"}},
         400,
         -32022},
        {"batch of an unknown version",
         "[" + good.dump() + "]",
         {{"MCP-Protocol-Version", "v999.0.0"}},
         400,
         -32022},
        {"no method header", good.dump(), {{"MCP-Protocol-Version", "2026-07-28"}}, 400, -32020},
        {"progress token of a wrong type", bad_token.dump(), headers, 400, -32602},
        modern_row("unknown method", modern_request(1, "nope"), 404, -32601),
        modern_row("initialize", modern_request(1, "initialize"), 404, -32601),
        modern_row("ping", modern_request(1, "ping"), 404, -32601),
        modern_row("logging/setLevel", modern_request(1, "logging/setLevel"), 404, -32601),
        modern_row("resources/subscribe", modern_request(1, "resources/subscribe"), 404, -32601),
        modern_row("unknown tool", modern_call(1, "nope"), 200, -32602),
        modern_row("tool without a name", modern_request(1, "tools/call"), 200, -32602),
        modern_row("bad cursor", modern_request(1, "tools/list", {{"cursor", "?"}}), 200, -32602),
        modern_row("broken tool", modern_call(1, "throw"), 200, -32603),
        modern_row("undeclared extension", listen_request(1, {{"taskIds", Json::array()}}), 400,
                   -32021),
        modern_row("filter of a wrong type", listen_request(1, {{"toolsListChanged", 1}}), 200,
                   -32602),
    };
    for (const Row& row : rows) {
        CAPTURE(row.what);
        HttpClient connection(server.port());
        FieldList fields = client.all_fields(row.fields);
        if (row.body.empty()) fields.emplace_back("Content-Length", "0");
        connection.write(http_request("POST", "/mcp", fields, row.body));
        const HttpReply reply = connection.read();
        CHECK(reply.status == row.status);
        CHECK(code_in(reply) == row.code);
        const Json sent = Json::parse(row.body, nullptr, false);
        if (row.code != 0 && sent.is_object() && sent.contains("method") && !sent["id"].is_null()) {
            CHECK(Json::parse(reply.body)["id"] == sent["id"]);
        } else if (row.code != 0) {
            CHECK_FALSE(Json::parse(reply.body).contains("id"));
        }
    }
}

TEST_CASE("the guards that need no body hold in their order") {
    FixedAuthorizer authorizer;
    HttpFixture server([&](bm::HttpTransportOptions& options) {
        options.authorizer = &authorizer;
        options.longest_message = 1000;
    });
    // Each row breaks what the rows above it break, and one thing less.
    const std::string good = modern_call(1, "hello").dump();
    struct Row {
        const char* what;
        FieldList fields;
        const char* host;
        std::string body;
        int status;
    };
    const FieldList accept_none = {{"Accept", "text/html"}};
    const auto plus = [](FieldList fields, const FieldList& more) {
        fields.insert(fields.end(), more.begin(), more.end());
        return fields;
    };
    const FieldList token = {{"Authorization", "Bearer write"}};
    const FieldList json = {{"Content-Type", "application/json"}};
    const FieldList all = plus(token, json);
    const std::vector<Row> rows = {
        {"size", accept_none, "evil.example.com", std::string(1001, 'x'), 413},
        {"host", accept_none, "evil.example.com", "{", 403},
        {"origin", plus(accept_none, {{"Origin", "http://evil.example.com"}}), "localhost", "{",
         403},
        {"opaque origin", plus(accept_none, {{"Origin", "null"}}), "localhost", "{", 403},
        {"credentials", accept_none, "localhost", "{", 401},
        {"media type", plus(token, accept_none), "localhost", "{", 415},
        {"accepted forms", plus(all, accept_none), "localhost", "{", 406},
        {"parsing", all, "localhost", "{", 400},
        {"nothing", plus(all, modern_fields(modern_call(1, "hello"))), "localhost", good, 200},
    };
    for (const Row& row : rows) {
        CAPTURE(row.what);
        HttpClient client(server.port());
        client.write(http_request("POST", "/mcp", row.fields, row.body, row.host));
        const HttpReply reply = client.read();
        CHECK(reply.status == row.status);
        CHECK(reply.has("WWW-Authenticate") == (row.status == 401));
    }
    HttpClient get(server.port());
    get.write(http_request("GET", "/mcp"));
    CHECK(get.read().field("WWW-Authenticate").find("Bearer") == 0);
}

TEST_CASE("other methods are told what the path takes") {
    HttpFixture server;
    for (const char* method : {"PUT", "PATCH", "HEAD", "TRACE", "CONNECT", "post"}) {
        CAPTURE(method);
        HttpClient client(server.port());
        client.write(http_request(method, "/mcp"));
        const HttpReply head = client.read_head();
        CHECK(head.status == 405);
        CHECK(head.field("Allow") == "GET, POST, DELETE, OPTIONS");
    }
    for (const char* method : {"GET", "DELETE"}) {
        HttpClient client(server.port());
        client.write(http_request(method, "/mcp", {{"MCP-Protocol-Version", "2026-07-28"}}));
        const HttpReply reply = client.read();
        CHECK(reply.status == 405);
        CHECK(reply.field("Allow") == "POST, OPTIONS");
    }
}

TEST_CASE("pages of allowed origins may read every answer") {
    FixedAuthorizer authorizer;
    HttpFixture server(
        [&](bm::HttpTransportOptions& options) { options.authorizer = &authorizer; });
    const FieldList origin = {{"Origin", "http://localhost:5173"}};
    HttpClient client(server.port());
    client.write(http_request("OPTIONS", "/mcp", origin));
    const HttpReply preflight = client.read();
    CHECK(preflight.status == 204);
    CHECK(preflight.field("Access-Control-Allow-Origin") == "http://localhost:5173");
    client.write(http_request("POST", "/mcp", origin));
    const HttpReply refused = client.read();
    CHECK(refused.status == 401);
    CHECK(refused.field("Access-Control-Allow-Origin") == "http://localhost:5173");
    CHECK(refused.field("Access-Control-Expose-Headers").find("WWW-Authenticate") !=
          std::string::npos);
    // Neither with what is looked at before the origin.
    for (const auto& [own, may_read] :
         {std::pair{"http://localhost:5173", true}, {"http://evil.example.com", false}}) {
        HttpClient large(server.port());
        large.write(http_request("POST", "/mcp",
                                 {{"Origin", own}, {"Content-Length", std::to_string(1 << 30)}}));
        const HttpReply too_large = large.read();
        CHECK(too_large.status == 413);
        CHECK(too_large.has("Access-Control-Allow-Origin") == may_read);
    }
    HttpClient evil(server.port());
    evil.write(http_request("OPTIONS", "/mcp", {{"Origin", "http://evil.example.com"}}));
    const HttpReply shut_out = evil.read();
    CHECK(shut_out.status == 403);
    CHECK_FALSE(shut_out.has("Access-Control-Allow-Origin"));
}

TEST_CASE("a scope that does not suffice is refused before anything runs") {
    FixedAuthorizer authorizer;
    HttpFixture server(
        [&](bm::HttpTransportOptions& options) { options.authorizer = &authorizer; });
    McpHttpClient client(server);
    client.fields = {{"Authorization", "Bearer read"}};
    CHECK(client.modern(modern_call(1, "hello")).status == 200);
    const HttpReply refused = client.modern(modern_call(2, "echo"));
    CHECK(refused.status == 403);
    CHECK(refused.field("WWW-Authenticate").find("notes:write") != std::string::npos);
    CHECK(client.modern(modern_call(3, "unknown")).status == 200);
    client.initialize();
    CHECK(client.post(bm::test::tool_call(4, "hello")).status == 200);
    CHECK(client.post(bm::test::tool_call(5, "echo")).status == 403);
}

TEST_CASE("a caller who may reach one project alone reaches none where nothing keeps him to it") {
    FixedAuthorizer authorizer;
    HttpFixture server(
        [&](bm::HttpTransportOptions& options) { options.authorizer = &authorizer; });
    McpHttpClient client(server);
    client.fields = {{"Authorization", "Bearer bound"}};
    CHECK(client.modern(modern_call(1, "hello")).status == 403);
    CHECK_THROWS(client.initialize());
}

TEST_CASE("streams end soon after their token is taken back, however much they say") {
    for (const auto kind : {bm::HttpTransportKind::streamable, bm::HttpTransportKind::sse}) {
        const bool is_sse = kind == bm::HttpTransportKind::sse;
        CAPTURE(is_sse);
        RevocableAuthorizer authorizer;
        HttpFixture server([&](bm::HttpTransportOptions& options) {
            options.kind = kind;
            options.authorizer = &authorizer;
            options.keep_alive = 100ms;
        });
        HttpClient stream(server.port());
        HttpClient listening(server.port());
        if (is_sse) {
            stream.write(http_request("GET", "/mcp", {{"Accept", "text/event-stream"}}));
        } else {
            McpHttpClient client(server);
            client.initialize();
            client.listen_on(stream);
            client.modern_on(listening, listen_request(1, {{"toolsListChanged", true}}));
            REQUIRE(listening.read_head().status == 200);
        }
        REQUIRE(stream.read_head().status == 200);
        // Several intervals: who may listen goes on doing so.
        for (int i = 0; i < 4; ++i) CHECK(stream.next_event());
        authorizer.is_revoked = true;
        std::atomic<bool> is_over{false};
        const std::jthread talk([&] {
            while (!is_over) {
                server.changes().publish({bm::Change::Kind::tools_list, {}});
                std::this_thread::sleep_for(20ms);
            }
        });
        const auto until = bm::steady_now() + 10s;
        while (stream.next_event() && bm::steady_now() < until) continue;
        CHECK(stream.stream_is_complete());
        while (!is_sse && listening.next_event() && bm::steady_now() < until) continue;
        CHECK((is_sse || listening.stream_is_complete()));
        is_over = true;
        CHECK(bm::steady_now() < until);
    }
}

TEST_CASE("a session belongs to its principal") {
    FixedAuthorizer authorizer;
    HttpFixture server(
        [&](bm::HttpTransportOptions& options) { options.authorizer = &authorizer; });
    McpHttpClient client(server);
    client.fields = {{"Authorization", "Bearer write"}};
    client.initialize();
    CHECK(client.post(rpc_request(1, "ping")).status == 200);
    client.fields = {{"Authorization", "Bearer other"}};
    CHECK(client.post(rpc_request(2, "ping")).status == 404);
    CHECK(client.post({{"jsonrpc", "2.0"}, {"method", "notifications/x"}}).status == 404);
    for (const char* method : {"GET", "DELETE"}) {
        CAPTURE(method);
        HttpClient connection(server.port());
        connection.write(http_request(method, "/mcp",
                                      {{"Mcp-Session-Id", client.session()},
                                       {"Accept", "text/event-stream"},
                                       {"Authorization", "Bearer other"}}));
        CHECK(connection.read().status == 404);
    }
    client.fields = {};
    CHECK(client.post(rpc_request(3, "ping")).status == 401);
    // Nobody else has ended it.
    client.fields = {{"Authorization", "Bearer write"}};
    CHECK(client.post(rpc_request(4, "ping")).status == 200);
}

TEST_CASE("every method of the endpoint needs credentials") {
    FixedAuthorizer authorizer;
    HttpFixture server(
        [&](bm::HttpTransportOptions& options) { options.authorizer = &authorizer; });
    McpHttpClient client(server);
    client.fields = {{"Authorization", "Bearer write"}};
    client.initialize();
    for (const char* method : {"GET", "POST", "DELETE"}) {
        CAPTURE(method);
        HttpClient connection(server.port());
        connection.write(http_request(method, "/mcp",
                                      {{"Mcp-Session-Id", client.session()},
                                       {"Accept", "text/event-stream, application/json"},
                                       {"Content-Type", "application/json"}}));
        const HttpReply reply = connection.read();
        CHECK(reply.status == 401);
        CHECK(reply.field("WWW-Authenticate").find("Bearer") == 0);
    }
    CHECK(client.post(rpc_request(1, "ping")).status == 200);  // it was not ended
}

TEST_CASE("a refusal that comes after its stream has begun is an event") {
    bm::Tool late;
    late.name = "ask_late";
    late.description = "Works, and then asks for sampling.";
    late.input_schema = {{"type", "object"}};
    late.converse = [](const bm::CallContext&, const Json&) -> bm::ToolOutcome {
        std::this_thread::sleep_for(600ms);  // longer than a stream waits for its first event
        bm::InputNeeded needed;
        needed.questions.push_back({"q", bm::SamplingQuestion{.prompt = "What?", .max_tokens = 1}});
        return needed;
    };
    HttpFixture server({}, {late});
    McpHttpClient client(server);
    Json request = modern_call(1, "ask_late");
    const HttpReply at_once = client.modern(request);
    CHECK(at_once.status == 400);
    CHECK(code_in(at_once) == -32021);
    request["params"]["_meta"]["progressToken"] = 1;
    const HttpReply reply = client.modern(request);
    CHECK(reply.status == 200);
    CHECK(reply.field("Content-Type") == "text/event-stream");
    CHECK(reply.body.find("data: ") == 0);
    const auto messages = client.messages(reply);
    REQUIRE(messages.size() == 1);
    CHECK(messages[0]["error"]["code"] == -32021);
}

TEST_CASE("what a modern request names may be long") {
    HttpFixture server;
    McpHttpClient client(server);
    const std::string uri = "fixture://notes/" + std::string(8000, 'n');
    const HttpReply reply = client.modern(modern_request(1, "resources/read", {{"uri", uri}}));
    CHECK(reply.status == 200);
    CHECK(client.messages(reply).front()["result"]["contents"][0]["uri"] == uri);
}

TEST_CASE("a state that another process has sealed is refused") {
    bm::Tool asking;
    asking.name = "ask";
    asking.description = "Asks for a name.";
    asking.input_schema = {{"type", "object"}};
    asking.converse = [](const bm::CallContext& call, const Json&) -> bm::ToolOutcome {
        if (!call.state.is_null()) return bm::ToolReply{"known", false, {}};
        bm::InputNeeded needed;
        needed.questions.push_back(
            {"q", bm::FormQuestion{.message = "Who?", .schema = {{"type", "object"}}}});
        needed.state = "asked once";
        return needed;
    };
    const auto asks = [](Json id) {
        Json request = modern_call(std::move(id), "ask");
        request["params"]["_meta"]["io.modelcontextprotocol/clientCapabilities"] = {
            {"elicitation", {{"form", Json::object()}}}};
        return request;
    };
    std::string state;
    {
        HttpFixture before({}, {asking});
        McpHttpClient client(before);
        const auto asked = client.messages(client.modern(asks(1))).front();
        REQUIRE(asked["result"].contains("requestState"));
        state = asked["result"]["requestState"];
        Json again = asks(2);
        again["params"]["requestState"] = state;
        again["params"]["inputResponses"] = {{"q", {{"action", "decline"}}}};
        CHECK(client.messages(client.modern(again)).front()["result"].contains("content"));
    }
    HttpFixture after({}, {asking});
    McpHttpClient client(after);
    Json again = asks(3);
    again["params"]["requestState"] = state;
    again["params"]["inputResponses"] = {{"q", {{"action", "decline"}}}};
    const HttpReply reply = client.modern(again);
    CHECK(reply.status == 200);
    CHECK(code_in(reply) == -32602);
}

TEST_CASE("progress and log messages precede the answer as events") {
    HttpFixture server;
    McpHttpClient client(server);
    for (const Json& token : {Json(0), Json(""), Json("t")}) {
        Json request = modern_call(token, "steps");
        request["params"]["_meta"]["progressToken"] = token;
        const HttpReply reply = client.modern(request, {{"Accept-Encoding", "gzip, br"}});
        CHECK(reply.status == 200);
        CHECK(reply.field("Content-Type") == "text/event-stream");
        CHECK(reply.field("X-Accel-Buffering") == "no");
        CHECK(reply.field("Cache-Control") == "no-cache, no-transform");
        CHECK_FALSE(reply.is_broken);
        // A compressed event would wait for the next.
        CHECK_FALSE(reply.has("Content-Encoding"));
        CHECK(reply.body.find("id:") == std::string::npos);
        CHECK(reply.body.find("retry:") == std::string::npos);
        const auto messages = client.messages(reply);
        REQUIRE(messages.size() == 4);
        CHECK(messages[0]["params"]["progress"] == 1);
        CHECK(messages[3].contains("result"));
    }
    Json logged = modern_call("l", "hello");
    logged["params"]["_meta"]["io.modelcontextprotocol/logLevel"] = "debug";
    const auto messages = client.messages(client.modern(logged));
    CHECK(messages.size() == 2);
    CHECK(client.violations() == std::vector<std::string>());
}

TEST_CASE("a client that takes only one form gets that form") {
    HttpFixture server;
    McpHttpClient client(server);
    const auto fields = [](const Json& request, const char* accept) {
        FieldList out = modern_fields(request);
        out.emplace_back("Content-Type", "application/json");
        out.emplace_back("Accept", accept);
        return out;
    };
    Json request = modern_call(1, "steps");
    request["params"]["_meta"]["progressToken"] = 1;
    HttpClient connection(server.port());
    connection.write(
        http_request("POST", "/mcp", fields(request, "application/json"), request.dump()));
    const HttpReply whole = connection.read();
    CHECK(whole.field("Content-Type") == "application/json");
    CHECK(Json::parse(whole.body).contains("result"));
    const Json plain = modern_call(2, "hello");
    connection.write(
        http_request("POST", "/mcp", fields(plain, "text/event-stream"), plain.dump()));
    const HttpReply events = connection.read();
    CHECK(events.field("Content-Type") == "text/event-stream");
    CHECK(events.body.find("data: {\"jsonrpc\"") == 0);
    const Json listen = listen_request(3, Json::object());
    connection.write(
        http_request("POST", "/mcp", fields(listen, "application/json"), listen.dump()));
    CHECK(connection.read().status == 406);
}

TEST_CASE("notifications are accepted and ignored, and sessions are nothing to modern requests") {
    HttpFixture server;
    McpHttpClient client(server);
    const FieldList version = {{"MCP-Protocol-Version", "2026-07-28"}};
    const HttpReply accepted = client.post(
        {{"jsonrpc", "2.0"}, {"method", "notifications/cancelled"}, {"params", {{"requestId", 1}}}},
        version);
    CHECK(accepted.status == 202);
    CHECK(accepted.body.empty());
    CHECK(
        client.post({{"jsonrpc", "2.0"}, {"method", "notifications/unheard-of"}}, version).status ==
        202);
    const HttpReply reply =
        client.modern(modern_request(1, "tools/list"), {{"Mcp-Session-Id", "no such session"}});
    CHECK(reply.status == 200);
    CHECK_FALSE(reply.has("MCP-Session-Id"));
}

TEST_CASE("a client that goes takes its request along") {
    HttpFixture server;
    McpHttpClient client(server);
    for (const bool as_events : {false, true}) {
        CAPTURE(as_events);
        HttpClient connection(server.port());
        Json request = modern_call(as_events ? "e" : "j", "wait");
        if (as_events) request["params"]["_meta"]["progressToken"] = 1;
        client.modern_on(connection, request);
        server.gate().wait_for_arrivals(as_events ? 2 : 1);
        if (as_events) CHECK(connection.read_head().status == 200);
        connection.close();
    }
    // While the gate is shut and the server goes on: nothing else can have stopped them.
    CHECK(server.gate().has_turned_back_within(2, 15s));
}

TEST_CASE("equal ids of different clients have nothing to do with each other") {
    HttpFixture server;
    McpHttpClient first(server);
    McpHttpClient second(server);
    HttpClient waiting(server.port());
    first.modern_on(waiting, modern_call(1, "wait"));
    server.gate().wait_for_arrivals(1);
    CHECK(second.modern(modern_call(1, "hello")).status == 200);
    server.gate().open();
    const HttpReply reply = waiting.read();
    CHECK(Json::parse(reply.body)["result"]["structuredContent"]["result"] == "went through");
}

TEST_CASE("a subscription is acknowledged at once, fed, and ended in order") {
    HttpFixture server;
    McpHttpClient client(server);
    HttpClient connection(server.port());
    client.modern_on(connection,
                     listen_request("sub", {{"resourcesListChanged", true},
                                            {"toolsListChanged", true},
                                            {"unheardOf", true},
                                            {"resourceSubscriptions", {"note://one"}}}));
    const HttpReply head = connection.read_head();
    CHECK(head.status == 200);
    CHECK(head.field("Content-Type") == "text/event-stream");
    const Json acknowledged = client.message(connection.next_real_event().value_or("data: {}"));
    CHECK(acknowledged["method"] == "notifications/subscriptions/acknowledged");
    CHECK(acknowledged["params"]["notifications"].size() == 3);
    server.changes().publish({bm::Change::Kind::resources_list, {}});
    const Json changed = client.message(connection.next_real_event().value_or("data: {}"));
    CHECK(changed["method"] == "notifications/resources/list_changed");
    CHECK(changed["params"]["_meta"]["io.modelcontextprotocol/subscriptionId"] == "sub");
    server.changes().publish({bm::Change::Kind::prompts_list, {}});
    server.stop();
    const Json result = client.message(connection.next_real_event().value_or("data: {}"));
    CHECK(result["id"] == "sub");
    CHECK(result["result"]["resultType"] == "complete");
    CHECK_FALSE(connection.next_real_event());
    CHECK(connection.stream_is_complete());
    CHECK(server.wait() == 0);
    CHECK(client.violations() == std::vector<std::string>());
}

TEST_CASE("each filter of a subscription lets in what it names, and nothing else") {
    using Kind = bm::Change::Kind;
    struct Row {
        const char* filter;
        Kind kind;
        const char* method;
    };
    HttpFixture server;
    McpHttpClient client(server);
    const std::vector<Row> rows = {
        {"toolsListChanged", Kind::tools_list, "notifications/tools/list_changed"},
        {"promptsListChanged", Kind::prompts_list, "notifications/prompts/list_changed"},
        {"resourcesListChanged", Kind::resources_list, "notifications/resources/list_changed"}};
    for (const Row& row : rows) {
        CAPTURE(row.filter);
        HttpClient connection(server.port());
        client.modern_on(connection, listen_request(row.filter, {{row.filter, true}}));
        CHECK(connection.read_head().status == 200);
        const Json acknowledged = client.message(connection.next_real_event().value_or("data: {}"));
        const Json granted = {{row.filter, true}};
        CHECK(acknowledged["params"]["notifications"] == granted);
        for (const Row& other : rows) {
            if (other.kind != row.kind) server.changes().publish({other.kind, {}});
        }
        server.changes().publish({row.kind, {}});
        const Json changed = client.message(connection.next_real_event().value_or("data: {}"));
        CHECK(changed["method"] == row.method);
    }
    CHECK(client.violations().empty());
}

TEST_CASE("tasks are followed, and asked for by whom they belong to and by their name") {
    FixedAuthorizer authorizer;
    bm::Tool slow;
    slow.name = "slow";
    slow.description = "Goes on in the background until its gate opens.";
    slow.input_schema = {{"type", "object"}};
    slow.background = bm::Background::always;
    bm::test::Gate gate;
    slow.converse = [&gate](const bm::CallContext&, const Json&) -> bm::ToolOutcome {
        return bm::BackgroundWork{[&gate](const bm::CallContext& call) {
            gate.wait(call.cancelled);
            return bm::ToolReply{"done", false, {}};
        }};
    };
    HttpFixture server([&](bm::HttpTransportOptions& options) { options.authorizer = &authorizer; },
                       {slow});
    McpHttpClient client(server);
    client.fields = {{"Authorization", "Bearer write"}};
    const auto with_tasks = [](Json message) {
        message["params"]["_meta"][bm::meta_key::client_capabilities] = {
            {"extensions", {{bm::tasks_extension, Json::object()}}}};
        return message;
    };
    const Json started =
        client.messages(client.modern(with_tasks(modern_call(1, "slow")))).front()["result"];
    CHECK(started["resultType"] == "task");
    const Json wishes = {{"taskIds", {started["taskId"], "unknown"}}};
    const auto granted_to = [&](HttpClient& stream, const Json& id) {
        client.modern_on(stream, with_tasks(listen_request(id, wishes)));
        CHECK(stream.read_head().status == 200);
        return client.message(
            stream.next_real_event().value_or("data: {}"))["params"]["notifications"];
    };
    HttpClient stream(server.port());
    CHECK(granted_to(stream, 2) == Json{{"taskIds", {started["taskId"]}}});

    const Json get = modern_request(3, "tasks/get", {{"taskId", started["taskId"]}});
    CHECK(client.modern(get).status == 400);
    CHECK(code_in(client.modern(get)) == -32021);
    const HttpReply other_name =
        client.post(with_tasks(get), {{"MCP-Protocol-Version", "2026-07-28"},
                                      {"Mcp-Method", "tasks/get"},
                                      {"Mcp-Name", "another"}});
    CHECK(other_name.status == 400);
    CHECK(code_in(other_name) == -32020);
    const HttpReply unnamed = client.post(
        with_tasks(get), {{"MCP-Protocol-Version", "2026-07-28"}, {"Mcp-Method", "tasks/get"}});
    CHECK(unnamed.status == 400);
    CHECK(code_in(unnamed) == -32020);
    CHECK(client.messages(client.modern(with_tasks(get))).front()["result"]["status"] == "working");

    // To anybody else it is as unknown as one that never was.
    client.fields = {{"Authorization", "Bearer other"}};
    const HttpReply foreign = client.modern(with_tasks(get));
    CHECK(foreign.status == 200);
    CHECK(code_in(foreign) == -32602);
    HttpClient stranger(server.port());
    CHECK(granted_to(stranger, 4) == Json::object());

    gate.open();
    const Json notice = client.message(stream.next_real_event().value_or("data: {}"));
    CHECK(notice["method"] == "notifications/tasks");
    CHECK(notice["params"]["taskId"] == started["taskId"]);
    CHECK(notice["params"]["status"] == "completed");
    CHECK(notice["params"]["_meta"]["io.modelcontextprotocol/subscriptionId"] == 2);
    CHECK_FALSE(stranger.has_more_within(100ms));
    CHECK(client.violations() == std::vector<std::string>());
}

TEST_CASE("silent streams show that they live") {
    HttpFixture server([](bm::HttpTransportOptions& options) { options.keep_alive = 20ms; });
    McpHttpClient client(server);
    HttpClient connection(server.port());
    client.modern_on(connection, listen_request(1, Json::object()));
    CHECK(connection.read_head().status == 200);
    CHECK(connection.next_event().value_or("").find("data: ") == 0);
    CHECK(connection.next_event() == ": keep-alive");
    CHECK(connection.next_event() == ": keep-alive");
}

TEST_CASE("each client has its places for streams, and all have theirs") {
    HttpFixture server(
        [](bm::HttpTransportOptions& options) { options.streams = {.total = 3, .per_client = 2}; });
    McpHttpClient client(server);
    client.from = "127.0.0.2";
    std::vector<std::unique_ptr<HttpClient>> open;
    for (int i = 0; i < 2; ++i) {
        open.push_back(std::make_unique<HttpClient>(server.port(), client.from));
        client.modern_on(*open.back(), listen_request(i, Json::object()));
        CHECK(open.back()->read_head().status == 200);
    }
    const HttpReply refused = client.modern(listen_request(2, Json::object()));
    CHECK(refused.status == 429);
    CHECK(refused.has("Retry-After"));
    CHECK(Json::parse(refused.body)["id"] == 2);
    open.clear();
    // The places come back once the server has seen them go.
    HttpReply again;
    for (int i = 3; i < 300 && again.status != 200; ++i) {
        HttpClient connection(server.port(), client.from);
        client.modern_on(connection, listen_request(i, Json::object()));
        again = connection.read_head();
        if (again.status != 200) std::this_thread::sleep_for(10ms);
    }
    CHECK(again.status == 200);
}

TEST_CASE("when the streams of all are taken, whoever asks is told when to come back") {
    HttpFixture server(
        [](bm::HttpTransportOptions& options) { options.streams = {.total = 1, .per_client = 5}; });
    McpHttpClient client(server);
    HttpClient open(server.port());
    client.modern_on(open, listen_request(0, Json::object()));
    CHECK(open.read_head().status == 200);
    const HttpReply refused = client.modern(listen_request(1, Json::object()));
    CHECK(refused.status == 429);
    CHECK(refused.has("Retry-After"));
    CHECK(Json::parse(refused.body)["id"] == 1);
}

TEST_CASE("completions beyond the rate are told when to come back") {
    HttpFixture server(
        [](bm::HttpTransportOptions& options) { options.completions_per_second = 1; });
    McpHttpClient client(server);
    const Json params = {{"ref", {{"type", "ref/prompt"}, {"name", "greeting"}}},
                         {"argument", {{"name", "who"}, {"value", ""}}}};
    int refused = 0;
    for (int i = 0; i < 5; ++i) {
        const HttpReply reply = client.modern(modern_request(i, "completion/complete", params));
        if (reply.status != 429) continue;
        ++refused;
        CHECK(reply.field("Retry-After") == "1");
    }
    CHECK(refused >= 3);
    // A session's too, whatever form it takes; its answers are events otherwise.
    client.initialize();
    refused = 0;
    for (int i = 0; i < 5; ++i) {
        const HttpReply reply = client.post(rpc_request(i, "completion/complete", params));
        if (reply.status != 429) continue;
        ++refused;
        CHECK(reply.field("Retry-After") == "1");
        CHECK(reply.field("Content-Type") == "application/json");
        CHECK(Json::parse(reply.body)["id"] == i);
    }
    CHECK(refused >= 3);
}

TEST_CASE("requests for which there is no room are told when to come back") {
    HttpFixture server([](bm::HttpTransportOptions& options) {
        options.workers = {.threads = 1, .queued_tasks = 1};
    });
    McpHttpClient client(server);
    client.initialize();
    HttpClient working(server.port());
    client.post_on(working, bm::test::tool_call("w", "wait"));
    server.gate().wait_for_arrivals(1);
    HttpClient queued(server.port());
    client.post_on(queued, bm::test::tool_call("q", "wait"));
    CHECK(queued.read_head().status == 200);
    for (const HttpReply& reply :
         {client.post(bm::test::tool_call(1, "hello")), client.modern(modern_call(1, "hello"))}) {
        CHECK(reply.status == 429);
        CHECK(reply.has("Retry-After"));
        CHECK(Json::parse(reply.body)["id"] == 1);
    }
    // The id is free again.
    server.gate().open();
    CHECK(client.post(bm::test::tool_call(1, "hello")).status == 200);
}

TEST_CASE("a refused host or origin is named, with the way in") {
    HttpFixture server;
    HttpClient host(server.port());
    host.write(http_request("POST", "/mcp", {}, "{}", "192.168.1.5:8471"));
    const HttpReply by_host = host.read();
    CHECK(by_host.status == 403);
    CHECK(by_host.body.find("192.168.1.5:8471") != std::string::npos);
    CHECK(by_host.body.find("--allow-host") != std::string::npos);
    HttpClient origin(server.port());
    origin.write(http_request("POST", "/mcp", {{"Origin", "https://app.example.com"}}, "{}"));
    const HttpReply by_origin = origin.read();
    CHECK(by_origin.status == 403);
    CHECK(by_origin.body.find("https://app.example.com") != std::string::npos);
    CHECK(by_origin.body.find("--allow-origin") != std::string::npos);
    HttpClient lost(server.port());
    lost.write(http_request("GET", "/"));
    const HttpReply elsewhere = lost.read();
    CHECK(elsewhere.status == 404);
    CHECK(elsewhere.body.find("/mcp") != std::string::npos);
}

TEST_CASE("handlers answer their paths and nobody else's") {
    class Hello final : public bm::HttpHandler {
    public:
        std::optional<bm::HttpResponse> handle(const bm::HttpRequest& request) override {
            if (request.path != "/hello") return std::nullopt;
            bm::HttpResponse response;
            response.body = request.method + " " + request.query + " " + request.body;
            return response;
        }
    };
    Hello hello;
    HttpFixture server([&](bm::HttpTransportOptions& options) { options.handlers = {&hello}; });
    HttpClient client(server.port());
    client.write(http_request("POST", "/hello?a=%20", {}, "body"));
    CHECK(client.read().body == "POST a=%20 body");
    client.write(http_request("GET", "/hello2"));
    CHECK(client.read().status == 404);
    HttpClient misled(server.port());
    misled.write(http_request("GET", "/hello", {}, "", "evil.example"));
    CHECK(misled.read().status == 403);
    client.write(http_request("POST", "/hello", {}, std::string(70'000, 'x')));
    CHECK(client.read().status == 413);
}
