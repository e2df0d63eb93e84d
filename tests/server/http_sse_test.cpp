// The transport of 2024-11-05.

#include "tests/support/http_test_names.hpp"

namespace {

void be_sse(bm::HttpTransportOptions& options) {
    options.kind = bm::HttpTransportKind::sse;
    options.path = "/sse";
}

/// One client: its stream, and posts beside it.
class OldClient {
public:
    explicit OldClient(HttpFixture& server) : server_(server), stream(server.port()) {
        stream.write(http_request("GET", "/sse", {{"Accept", "text/event-stream"}}));
        status = stream.read_head().status;
        const std::string event = stream.next_real_event().value_or("");
        CHECK(event_field(event, "event") == "endpoint");
        place = event_data(event);
    }

    HttpReply post_text(const std::string& body) {
        check.sent(body);
        HttpClient client(server_.port());
        client.write(http_request("POST", place, {{"Content-Type", "application/json"}}, body));
        return client.read();
    }
    HttpReply post(const Json& message) { return post_text(message.dump()); }

    Json next() {
        const std::string event = stream.next_real_event().value_or("data: {}");
        if (event != "data: {}") CHECK(event_field(event, "event") == "message");
        Json message = Json::parse(event_data(event));
        check.received(message);
        return message;
    }

    void initialize() {
        CHECK(post(rpc_request("open", "initialize",
                               {{"protocolVersion", "2024-11-05"},
                                {"capabilities", Json::object()},
                                {"clientInfo", {{"name", "old"}, {"version", "1"}}}}))
                  .status == 202);
        CHECK(next()["result"]["protocolVersion"] == "2024-11-05");
        CHECK(post({{"jsonrpc", "2.0"}, {"method", "notifications/initialized"}}).status == 202);
    }

private:
    HttpFixture& server_;

public:
    HttpClient stream;
    std::string place;
    int status = 0;
    WireCheck check;
};

}  // namespace

TEST_CASE("an old client has its whole dialogue") {
    HttpFixture server(be_sse);
    OldClient client(server);
    CHECK(client.status == 200);
    CHECK(client.place.find("/messages?sessionId=") == 0);
    CHECK(client.place.size() > 40);
    client.initialize();
    CHECK(client.post(rpc_request(1, "tools/list")).status == 202);
    CHECK(client.next()["result"].contains("tools"));
    Json steps = tool_call(2, "steps");
    steps["params"]["_meta"]["progressToken"] = 2;
    CHECK(client.post(steps).status == 202);
    for (int i = 0; i < 3; ++i) CHECK(client.next()["method"] == "notifications/progress");
    CHECK(client.next()["id"] == 2);
    CHECK(client.post_text("{").status == 202);
    CHECK(client.next()["error"]["code"] == -32700);
    server.changes().publish({bm::Change::Kind::tools_list, {}});
    CHECK(client.next()["method"] == "notifications/tools/list_changed");
    CHECK(client.check.violations() == std::vector<std::string>());
}

TEST_CASE("closing the stream ends the session and its work") {
    HttpFixture server(be_sse);
    OldClient client(server);
    client.initialize();
    CHECK(client.post(tool_call(1, "wait")).status == 202);
    server.gate().wait_for_arrivals(1);
    client.stream.close();
    HttpReply late;
    for (int i = 0; i < 500 && late.status != 404; ++i) {
        late = client.post(rpc_request(i + 2, "ping"));
        if (late.status != 404) std::this_thread::sleep_for(10ms);
    }
    CHECK(late.status == 404);
    // While the gate is shut and the server goes on: nothing else can have stopped it.
    CHECK(server.gate().has_turned_back_within(1, 15s));
}

TEST_CASE("the old endpoints have the checks of the new one") {
    HttpFixture server(be_sse);
    struct Row {
        const char* method;
        const char* path;
        const char* host;
        int status;
    };
    for (const Row& row : {Row{"GET", "/sse", "evil.example.com", 403},
                           {"POST", "/messages?sessionId=x", "evil.example.com", 403},
                           {"POST", "/messages?sessionId=x", "localhost", 404},
                           {"POST", "/messages", "localhost", 404},
                           {"GET", "/messages", "localhost", 405},
                           {"POST", "/sse", "localhost", 405},
                           {"OPTIONS", "/sse", "localhost", 204},
                           {"OPTIONS", "/messages", "localhost", 204},
                           {"GET", "/mcp", "localhost", 404}}) {
        CAPTURE(row.path);
        HttpClient client(server.port());
        client.write(http_request(row.method, row.path, {{"Content-Type", "application/json"}}, "",
                                  row.host));
        CHECK(client.read().status == row.status);
    }
    HttpClient formless(server.port());
    formless.write(http_request("GET", "/sse", {{"Accept", "application/json"}}));
    CHECK(formless.read().status == 406);
}

TEST_CASE("old clients hear the end of the server") {
    HttpFixture server(be_sse);
    OldClient client(server);
    client.initialize();
    CHECK(client.post(tool_call(1, "wait")).status == 202);
    server.gate().wait_for_arrivals(1);
    server.stop();
    const Json answer = client.next();
    CHECK(answer["id"] == 1);
    CHECK(answer.contains("error"));
    CHECK_FALSE(client.stream.next_real_event());
    CHECK(client.stream.stream_is_complete());
    CHECK(server.wait() == 0);
}
