// Requests as bytes: how they are framed, how slow and how large they may be.
#include <latch>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <sys/resource.h>

#include "server/file_descriptor.hpp"
#include "server/http_response.hpp"
#include "server/http_server.hpp"
#include "tests/support/http_fixture.hpp"

using namespace std::chrono_literals;
using bm::test::FieldList;
using bm::test::http_request;
using bm::test::HttpClient;
using bm::test::HttpFixture;
using bm::test::HttpReply;

namespace {

const std::string ping = R"({"jsonrpc":"2.0","id":1,"method":"ping"})";

const FieldList json_fields = {{"Content-Type", "application/json"},
                               {"Accept", "application/json, text/event-stream"}};

/// Without sessions a ping is the shortest request that is answered.
void be_stateless(bm::HttpTransportOptions& options) { options.legacy_stateless = true; }

std::string ping_request(const FieldList& more = {}) {
    FieldList fields = json_fields;
    fields.insert(fields.end(), more.begin(), more.end());
    return http_request("POST", "/mcp", fields, ping);
}

/// Answers at once, but is not done with its first request before the latch opens.
class HesitantService final : public bm::HttpService {
public:
    void serve(bm::HttpExchange& exchange) override {
        const bool is_first = exchange.request().path == "/first";
        exchange.answer(bm::plain_response(200, "here"));
        if (is_first) done.wait();
    }
    std::latch done{1};
};

HttpReply answer_to(HttpFixture& server, std::string_view bytes) {
    HttpClient client(server.port());
    client.write(bytes);
    return client.read();
}

}  // namespace

TEST_CASE("one connection carries many requests") {
    HttpFixture server(be_stateless);
    HttpClient client(server.port());
    for (int i = 0; i < 200; ++i) {
        client.write(ping_request());
        const HttpReply reply = client.read();
        REQUIRE(reply.status == 200);
        CHECK_FALSE(reply.has("Connection"));
    }
}

TEST_CASE("pipelined requests are answered in their order") {
    HttpFixture server(be_stateless);
    HttpClient client(server.port());
    client.write(ping_request() + "\r\n" + http_request("GET", "/nowhere") + ping_request());
    CHECK(client.read().status == 200);
    CHECK(client.read().status == 404);
    CHECK(client.read().status == 200);
}

TEST_CASE("a request may come in any pieces") {
    HttpFixture server(be_stateless);
    HttpClient client(server.port());
    for (const char byte : ping_request()) client.write(std::string(1, byte));
    CHECK(client.read().status == 200);
}

TEST_CASE("a chunked body is a body") {
    HttpFixture server(be_stateless);
    HttpClient client(server.port());
    FieldList fields = json_fields;
    fields.emplace_back("Transfer-Encoding", "chunked");
    client.write(http_request("POST", "/mcp", fields) + "5\r\n" + ping.substr(0, 5) + "\r\n");
    std::array<char, 16> size{};
    std::snprintf(size.data(), size.size(), "%zx\r\n", ping.size() - 5);
    client.write(size.data() + ping.substr(5) + "\r\n0\r\n\r\n" + ping_request());
    CHECK(client.read().status == 200);
    CHECK(client.read().status == 200);
}

TEST_CASE("the body of a refused request is never taken for a request") {
    HttpFixture server(be_stateless);
    const std::string smuggled = "GET /nowhere HTTP/1.1\r\nHost: localhost\r\n\r\n";
    for (const std::string& bytes :
         {http_request("GET", "/mcp", {{"Content-Length", "44"}}) + smuggled,
          http_request("POST", "/nowhere", {}, smuggled),
          http_request("POST", "/mcp", {{"Content-Type", "text/plain"}}, smuggled)}) {
        CAPTURE(bytes);
        HttpClient client(server.port());
        client.write(bytes);
        CHECK(client.read().status >= 400);
        CHECK(client.is_closed_within(5s));
    }
}

TEST_CASE("a client that asks whether to go on is told") {
    HttpFixture server(be_stateless);
    HttpClient client(server.port());
    FieldList fields = json_fields;
    fields.emplace_back("Expect", "100-continue");
    fields.emplace_back("Content-Length", std::to_string(ping.size()));
    client.write(http_request("POST", "/mcp", fields));
    CHECK(client.read_head().status == 100);
    client.write(ping);
    CHECK(client.read().status == 200);
    // Not when the answer is known already.
    HttpClient other(server.port());
    other.write(http_request("POST", "/mcp", fields, "", "evil.example.com"));
    CHECK(other.read_head().status == 403);
}

TEST_CASE("malformed requests get their status and lose their connection") {
    HttpFixture server(be_stateless);
    struct Row {
        std::string bytes;
        int status;
    };
    const std::vector<Row> rows = {
        {"GARBAGE\r\n\r\n", 400},
        {"GET /mcp HTTP/1.1\n\n", 400},
        {"GET /mcp HTTP/3.0\r\nHost: localhost\r\n\r\n", 505},
        {http_request("POST", "/mcp", {{"Content-Length", "1"}, {"Content-Length", "2"}}), 400},
        {http_request("POST", "/mcp", {{"Transfer-Encoding", "gzip"}}), 501},
        {http_request("POST", "/mcp", {{"Content-Encoding", "gzip"}}), 415},
        {http_request("POST", "/mcp", {{"X", std::string(20'000, 'x')}}), 431},
        {http_request("POST", "/" + std::string(9'000, 'x')), 414},
        {std::string(20'000, 'x'), 431},
        {http_request("POST", "/mcp",
                      {{"Content-Type", "application/json"}, {"Transfer-Encoding", "chunked"}}) +
             "zz\r\n",
         400},
    };
    for (const Row& row : rows) {
        CAPTURE(row.bytes.substr(0, 80));
        HttpClient client(server.port());
        client.write(row.bytes);
        const HttpReply reply = client.read();
        CHECK(reply.status == row.status);
        CHECK(reply.field("Connection") == "close");
        CHECK(client.is_closed_within(5s));
    }
    CHECK(answer_to(server, ping_request()).status == 200);
}

TEST_CASE("a body beyond the limit is refused, whether its length is told or not") {
    HttpFixture server([](bm::HttpTransportOptions& options) {
        be_stateless(options);
        options.longest_message = 1000;
    });
    const std::string large(1001, ' ');
    CHECK(answer_to(server, http_request("POST", "/mcp", json_fields, large)).status == 413);
    FieldList chunked = json_fields;
    chunked.emplace_back("Transfer-Encoding", "chunked");
    CHECK(answer_to(server, http_request("POST", "/mcp", chunked) + "3e9\r\n" + large + "\r\n")
              .status == 413);
    // The refusal comes before the bytes, and reaches a client that goes on sending.
    HttpClient client(server.port());
    client.write(http_request(
        "POST", "/mcp", {{"Content-Type", "application/json"}, {"Content-Length", "500000"}}));
    client.write(std::string(500'000, 'x'));
    CHECK(client.read().status == 413);
    const std::string fits = ping + std::string(1000 - ping.size(), ' ');
    CHECK(answer_to(server, http_request("POST", "/mcp", json_fields, fits)).status == 200);
}

TEST_CASE("slow heads and bodies are cut") {
    HttpFixture server([](bm::HttpTransportOptions& options) {
        be_stateless(options);
        options.connection_limits.head_time = 150ms;
        options.connection_limits.body_time = 150ms;
    });
    HttpClient head(server.port());
    head.write("POST /mcp HTTP/1.1\r\n");
    HttpClient body(server.port());
    const std::string whole = ping_request();
    body.write(whole.substr(0, whole.size() - 5));
    // A byte now and then does not help.
    for (int i = 0; i < 4; ++i) {
        std::this_thread::sleep_for(60ms);
        head.write("X");
        body.write(" ");
    }
    CHECK(head.read().status == 408);
    CHECK(head.is_closed_within(5s));
    CHECK(body.read().status == 408);
    CHECK(body.is_closed_within(5s));
}

TEST_CASE("idle connections are closed without a word") {
    HttpFixture server([](bm::HttpTransportOptions& options) {
        be_stateless(options);
        options.connection_limits.idle_time = 50ms;
    });
    HttpClient client(server.port());
    client.write(ping_request());
    CHECK(client.read().status == 200);
    CHECK(client.is_closed_within(10s));
}

TEST_CASE("connections that ask for their end get it") {
    HttpFixture server(be_stateless);
    HttpClient client(server.port());
    client.write(ping_request({{"Connection", "close"}}));
    const HttpReply reply = client.read();
    CHECK(reply.status == 200);
    CHECK(reply.field("Connection") == "close");
    CHECK(client.is_closed_within(5s));
    HttpClient old(server.port());
    old.write(
        "POST /mcp HTTP/1.0\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        "Content-Length: " +
        std::to_string(ping.size()) + "\r\n\r\n" + ping);
    CHECK(old.read().status == 200);
    CHECK(old.is_closed_within(5s));
}

TEST_CASE("a client that closes its side before its request is whole gets no thread stuck") {
    HttpFixture server(be_stateless);
    const std::string whole = ping_request();
    for (const std::size_t count : {std::size_t{0}, std::size_t{10}, whole.size() - 3}) {
        HttpClient client(server.port());
        client.write(whole.substr(0, count));
        client.shut_writing();
        CHECK(client.is_closed_within(5s));
    }
    // A quick request is answered even so.
    HttpClient client(server.port());
    client.write(whole);
    client.shut_writing();
    CHECK(client.read().status == 200);
}

TEST_CASE("two servers do not share a port") {
    HttpFixture first(be_stateless);
    CHECK_THROWS(
        HttpFixture([&](bm::HttpTransportOptions& options) { options.port = first.port(); }));
    CHECK_THROWS(
        HttpFixture([](bm::HttpTransportOptions& options) { options.host = "256.0.0.1"; }));
}

TEST_CASE("too many connections are told so") {
    HttpFixture server([](bm::HttpTransportOptions& options) {
        be_stateless(options);
        options.connections = 2;
    });
    HttpClient first(server.port());
    HttpClient second(server.port());
    first.write("P");
    second.write("P");
    HttpReply refusal;
    // The first two may not be accepted yet.
    for (int i = 0; i < 100 && refusal.status != 503; ++i) {
        HttpClient third(server.port());
        refusal = third.has_more_within(50ms) ? third.read() : HttpReply();
    }
    CHECK(refusal.status == 503);
    CHECK(refusal.field("Retry-After") == "1");
}

TEST_CASE("a connection that was promised to go on does, however crowded it becomes") {
    HesitantService service;
    auto server = bm::HttpServer::open(service, {.connections = 2});
    REQUIRE(server);
    HttpClient first((*server)->port());
    first.write(http_request("GET", "/first"));
    const HttpReply promise = first.read();
    CHECK(promise.status == 200);
    CHECK_FALSE(promise.has("Connection"));
    // Now no further connection would be kept.
    HttpClient second((*server)->port());
    second.write(http_request("GET", "/second"));
    CHECK(second.read().field("Connection") == "close");
    first.write(http_request("GET", "/again"));
    service.done.count_down();
    CHECK(first.read().status == 200);
}

TEST_CASE("a low limit of descriptors is raised as far as the system allows") {
    rlimit before{};
    REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
    rlimit low = before;
    low.rlim_cur = 200;
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &low) == 0);
    CHECK(bm::allow_descriptors(100) == 200);
    CHECK(bm::allow_descriptors(300) == 300);
    CHECK(bm::allow_descriptors(static_cast<std::size_t>(before.rlim_max) + 1) == before.rlim_max);
    CHECK(::setrlimit(RLIMIT_NOFILE, &before) == 0);
}

TEST_CASE("listening beyond this machine must be meant") {
    std::vector<std::string> warnings;
    const auto beyond = [](bm::HttpTransportOptions& options) { options.host = "0.0.0.0"; };
    CHECK_THROWS(HttpFixture(beyond));
    HttpFixture server([&](bm::HttpTransportOptions& options) {
        beyond(options);
        options.is_open_to_all = true;
        options.on_warning = [&](std::string_view text) { warnings.emplace_back(text); };
    });
    CHECK(warnings.size() == 1);
}
