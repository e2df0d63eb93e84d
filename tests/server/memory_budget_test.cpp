// How much memory clients may take up together, and that small requests go on when it is taken.
#include "server/memory_budget.hpp"

#include <memory>
#include <string>
#include <thread>
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

TEST_CASE("a call whose answer finds no memory is told to come back, in either era") {
    HttpFixture server([](bm::HttpTransportOptions& options) {
        options.memory = {.total = 30'000, .uncounted = 1'000};
    });
    McpHttpClient client(server);
    auto echo = bm::test::modern_call(1, "echo");
    echo["params"]["arguments"] = {{"text", std::string(20'000, 'x')}};
    const HttpReply modern = client.modern(echo);
    CHECK(modern.status == 503);
    CHECK(modern.has("Retry-After"));
    client.initialize();
    auto call = bm::test::tool_call(2, "echo");
    call["params"]["arguments"] = {{"text", std::string(20'000, 'x')}};
    const HttpReply legacy = client.post(call);
    // A slow machine may have begun the stream already.
    CHECK((legacy.status == 503 || legacy.is_broken));
    CHECK(client.post(bm::test::tool_call(3, "hello")).status == 200);
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
