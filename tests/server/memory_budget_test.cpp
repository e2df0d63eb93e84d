// How much memory clients may take up together, and that small requests go on when it is taken.
#include "server/memory_budget.hpp"

#include <memory>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

#include <doctest/doctest.h>

#include "server/http_response.hpp"
#include "server/http_server.hpp"
#include "server/kept_answers.hpp"
#include "server/session_stream.hpp"
#include "tests/support/http_fixture.hpp"

using namespace std::chrono_literals;
using bm::MemoryBudget;
using bm::test::FieldList;
using bm::test::http_request;
using bm::test::HttpClient;
using bm::test::HttpFixture;
using bm::test::HttpReply;
using bm::test::JsonSchema;
using bm::test::McpHttpClient;

namespace {

/// Reads every body, and answers in few words or in many.
class ReadingService final : public bm::HttpService {
public:
    void serve(bm::HttpExchange& exchange) override {
        if (!exchange.read_body(1'000'000)) return;
        const bool is_large = exchange.request().path == "/large";
        exchange.answer(bm::plain_response(200, is_large ? std::string(50'000, 'x') : "here"));
    }
};

bool reaches(const MemoryBudget& budget, std::size_t bytes) {
    const bm::Moment deadline = bm::steady_now() + 20s;
    while (budget.counted() != bytes) {
        if (bm::steady_now() > deadline) return false;
        std::this_thread::yield();
    }
    return true;
}

HttpReply answer_to(int port, const std::string& bytes) {
    HttpClient client(port);
    client.write(bytes);
    return client.read();
}

}  // namespace

TEST_CASE("a budget counts what is more than a little, and gives back what goes") {
    MemoryBudget budget({.total = 100, .uncounted = 10});
    {
        MemoryBudget::Share small(&budget);
        CHECK(small.resize(10));
        CHECK(budget.counted() == 0);
        MemoryBudget::Share large(&budget);
        CHECK(large.resize(110));
        CHECK(budget.counted() == 100);
        CHECK_FALSE(small.resize(11));
        CHECK_FALSE(large.resize(111));
        CHECK(small.resize(5));
        CHECK(large.resize(50));
        CHECK(budget.counted() == 40);
        MemoryBudget::Share moved = std::move(large);
        CHECK(budget.counted() == 40);
        moved = MemoryBudget::Share(&budget);
        CHECK(budget.counted() == 0);
        CHECK(moved.resize(60));
    }
    CHECK(budget.counted() == 0);
    CHECK(MemoryBudget::Share().resize(1'000'000));
}

TEST_CASE("one client has a quarter at most, and whoever has no name what is left") {
    MemoryBudget budget({.total = 100, .uncounted = 10});
    MemoryBudget::Share first({&budget, "ann"});
    MemoryBudget::Share second({&budget, "ann"});
    CHECK(first.resize(30));
    CHECK_FALSE(second.resize(20));
    CHECK(second.resize(15));
    MemoryBudget::Share other({&budget, "bob"});
    CHECK(other.resize(35));
    CHECK_FALSE(other.resize(36));
    MemoryBudget::Share nobody(&budget);
    CHECK(nobody.resize(60));
    CHECK(budget.counted() == 100);
    first.release();
    CHECK(second.resize(30));
    const MemoryBudget::Share moved = std::move(second);
    CHECK_FALSE(first.resize(20));
    CHECK(first.resize(15));
}

TEST_CASE("a client who has his part of the memory shuts out nobody else") {
    HttpFixture server([](bm::HttpTransportOptions& options) {
        options.memory = {.total = 400'000, .uncounted = 1'000};
    });
    const std::string body(90'000, ' ');
    const auto post = [&](HttpClient& client, const std::string& sent) {
        client.write(http_request("POST", "/mcp",
                                  {{"Content-Type", "application/json"},
                                   {"Accept", "*/*"},
                                   {"Content-Length", "90000"}}) +
                     sent);
    };
    HttpClient greedy(server.port(), "127.0.0.2");
    post(greedy, body.substr(5'000));
    const auto status_for = [&](const std::string& from) {
        HttpClient client(server.port(), from);
        post(client, body);
        return client.read().status;
    };
    // Once the first body has come.
    int again = 0;
    for (int i = 0; i < 500 && again != 503; ++i) again = status_for("127.0.0.2");
    CHECK(again == 503);
    CHECK(status_for("127.0.0.3") == 400);  // blanks are no message
    CHECK(status_for("") == 400);
    greedy.close();
    // Once the server has seen him go.
    for (int i = 0; i < 500 && again == 503; ++i) again = status_for("127.0.0.2");
    CHECK(again == 400);
}

TEST_CASE("what is followed is limited, and counts") {
    HttpFixture server([](bm::HttpTransportOptions& options) {
        options.memory = {.total = 4'400'000, .uncounted = 0};
    });
    McpHttpClient client(server);
    client.from = "127.0.0.2";
    const auto listen = [&](int id, int count) {
        JsonSchema::Json uris = JsonSchema::Json::array();
        for (int i = 0; i < count; ++i) {
            uris.push_back("a:" + std::to_string(i) + std::string(4'000, 'x'));
        }
        return bm::test::modern_request(id, "subscriptions/listen",
                                        {{"notifications", {{"resourceSubscriptions", uris}}}});
    };
    const HttpReply too_many = client.modern(listen(1, 100));
    CHECK(too_many.status == 200);
    CHECK(JsonSchema::Json::parse(too_many.body)["error"]["code"] == -32602);
    HttpClient first(server.port(), client.from);
    client.modern_on(first, listen(2, 50));
    CHECK(first.read_head().status == 200);
    // A second one is more than his quarter: the body of 200 KB counts, and what it asks for.
    HttpClient second(server.port(), client.from);
    client.modern_on(second, listen(3, 50));
    const HttpReply refused = second.read();
    CHECK(refused.status == 429);
    CHECK(JsonSchema::Json::parse(refused.body)["id"] == 3);
    HttpClient other(server.port(), "127.0.0.3");
    client.modern_on(other, listen(4, 50));
    CHECK(other.read_head().status == 200);
}

TEST_CASE("an outbox that the budget has no room for breaks off; what was taken counts on") {
    MemoryBudget budget({.total = 100, .uncounted = 0});
    bm::Outbox outbox(&budget);
    CHECK(outbox.push(std::string(60, 'x')));
    {
        const auto taken = outbox.take();
        CHECK(taken.bytes.size() == 60);
        CHECK(budget.counted() == 60);
        CHECK_FALSE(outbox.push(std::string(60, 'y')));
        CHECK(outbox.take().is_broken);
    }
    CHECK(budget.counted() == 0);
}

TEST_CASE("bodies that find no memory are told to come back, and small requests go on") {
    MemoryBudget budget({.total = 100'000, .uncounted = 1'000});
    ReadingService service;
    const auto server = bm::HttpServer::open(service, {.memory = &budget});
    REQUIRE(server);
    const int port = (*server)->port();
    const std::string body(90'000, 'x');
    HttpClient slow(port);
    slow.write(http_request("POST", "/", {{"Content-Length", "90000"}}) + body.substr(10'000));
    REQUIRE(reaches(budget, 79'000));

    std::string chunked = http_request("POST", "/", {{"Transfer-Encoding", "chunked"}});
    for (int i = 0; i < 9; ++i) chunked += "2710\r\n" + body.substr(80'000) + "\r\n";
    for (const std::string& bytes : {http_request("POST", "/", {}, body), chunked,
                                     http_request("POST", "/large", {}, "how large?")}) {
        const HttpReply refused = answer_to(port, bytes);
        CHECK(refused.status == 503);
        CHECK(refused.has("Retry-After"));
    }
    for (int i = 0; i < 20; ++i) {
        CHECK(answer_to(port, http_request("POST", "/", {}, "small")).status == 200);
    }
    slow.write(body.substr(80'000));
    CHECK(slow.read().status == 200);
    CHECK(reaches(budget, 0));
    // A client has its answer a moment before the server lets go of the body.
    for (const std::string& bytes : {http_request("POST", "/", {}, body), chunked + "0\r\n\r\n",
                                     http_request("POST", "/large", {}, "how large?")}) {
        CHECK(answer_to(port, bytes).status == 200);
        CHECK(reaches(budget, 0));
    }
}

TEST_CASE("a call whose answer finds no memory has run, and nobody is told to send it again") {
    HttpFixture server([](bm::HttpTransportOptions& options) {
        options.memory = {.total = 30'000, .uncounted = 1'000};
    });
    McpHttpClient client(server);
    client.fields = {{"Origin", "http://localhost:1"}};
    const auto is_told = [&](const HttpReply& reply, const JsonSchema::Json& id) {
        CHECK(reply.status == 200);
        CHECK_FALSE(reply.has("Retry-After"));
        CHECK(reply.field("Access-Control-Allow-Origin") == "http://localhost:1");
        const auto messages = client.messages(reply);
        REQUIRE(messages.size() == 1);
        CHECK(messages[0]["error"]["code"] == -32603);
        CHECK(messages[0]["id"] == id);
    };
    auto echo = bm::test::modern_call(1, "echo");
    echo["params"]["arguments"] = {{"text", std::string(20'000, 'x')}};
    is_told(client.modern(echo), 1);
    echo["id"] = "as events";
    is_told(client.modern(echo, {{"Accept", "text/event-stream"}}), "as events");
    client.initialize();
    auto call = bm::test::tool_call(2, "echo");
    call["params"]["arguments"] = {{"text", std::string(20'000, 'x')}};
    is_told(client.post(call, {{"Accept", "application/json"}}), 2);
    const HttpReply legacy = client.post(call);
    // A slow machine may have begun the stream already: the client comes back for the rest.
    if (!legacy.is_broken) is_told(legacy, 2);
    CHECK(client.post(bm::test::tool_call(3, "hello")).status == 200);
    CHECK(client.violations().empty());
}

TEST_CASE("pages may read why a request could not be served, where they may read anything") {
    HttpFixture server([](bm::HttpTransportOptions& options) {
        options.longest_message = 1'000;
        options.connection_limits.body_time = 50ms;
    });
    const std::string much = "7d0\r\n" + std::string(2'000, 'x') + "\r\n0\r\n\r\n";
    const auto answer = [&](const std::string& path, const std::string& origin, int status,
                            const FieldList& framing, const std::string& body) {
        FieldList fields = {{"Content-Type", "application/json"}, {"Accept", "*/*"}};
        fields.emplace_back("Origin", origin);
        fields.insert(fields.end(), framing.begin(), framing.end());
        const HttpReply reply = answer_to(server.port(), http_request("POST", path, fields) + body);
        CHECK(reply.status == status);
        return reply;
    };
    const FieldList chunked = {{"Transfer-Encoding", "chunked"}};
    for (const auto& [status, framing, body] : std::vector<std::tuple<int, FieldList, std::string>>{
             {413, chunked, much},
             {400, chunked, "no size\r\n"},
             {408, chunked, "5\r\nhel"},
             {408, {{"Content-Length", "50"}}, "{"}}) {
        CAPTURE(body);
        const HttpReply read = answer("/mcp", "http://localhost:1", status, framing, body);
        CHECK(read.field("Access-Control-Allow-Origin") == "http://localhost:1");
        CHECK(read.field("Content-Type") == "application/json");
        CHECK(JsonSchema::Json::parse(read.body)["error"]["code"] == -32600);
        const HttpReply foreign = answer("/mcp", "http://evil.test", 403, framing, body);
        CHECK_FALSE(foreign.has("Access-Control-Allow-Origin"));
    }
}

TEST_CASE("answers that are kept for clients that come back make room, the oldest first") {
    bm::KeptAnswers kept(130);  // two of some 60 bytes
    const bm::RevisionPolicy& policy = *bm::find_revision("2025-06-18");
    std::vector<std::shared_ptr<bm::SessionStream>> streams;
    for (std::uint64_t number = 1; number <= 3; ++number) {
        auto& stream = streams.emplace_back(
            std::make_shared<bm::SessionStream>(number, policy, 1, true, &kept));
        stream->answer({{"text", std::string(30, 'x')}});
    }
    const auto comes_back = [&](std::size_t at) {
        return streams[at]->attach(std::make_shared<bm::Outbox>(), 0);
    };
    CHECK_FALSE(comes_back(0));
    CHECK(comes_back(1));
    CHECK(comes_back(2));
    streams.erase(streams.begin() + 1);
    streams.push_back(std::make_shared<bm::SessionStream>(4, policy, 1, true, &kept));
    streams.back()->answer({{"text", std::string(30, 'x')}});
    CHECK(comes_back(1));
    CHECK(comes_back(2));
}
