#include "server/reply.hpp"

#include <memory>
#include <utility>

#include <doctest/doctest.h>

#include "tests/support/recording_sinks.hpp"

using bm::InFlight;
using bm::Json;
using bm::Reply;
using bm::RequestId;

namespace {

struct Asked {
    InFlight requests;
    std::shared_ptr<bm::test::RecordingAnswers> sink =
        std::make_shared<bm::test::RecordingAnswers>();

    Reply ask(const Json& id = 1) {
        return Reply(requests, requests.admit(*RequestId::from(id), sink)->ticket);
    }
};

}  // namespace

TEST_CASE("a request is answered once with the first answer") {
    Asked asked;
    {
        Reply reply = asked.ask("a");
        reply.result({{"x", 1}});
        reply.error({-32603, "too late"});
        reply.result({{"x", 2}});
    }
    REQUIRE(asked.sink->answers.size() == 1);
    CHECK(asked.sink->answers[0].dump() == R"({"jsonrpc":"2.0","id":"a","result":{"x":1}})");
}

TEST_CASE("a duty that nobody met is met with an internal error") {
    Asked asked;
    { const Reply reply = asked.ask(); }
    REQUIRE(asked.sink->answers.size() == 1);
    CHECK(asked.sink->answers[0]["error"]["code"] == -32603);
}

TEST_CASE("a duty moves with its object") {
    Asked asked;
    {
        Reply first = asked.ask();
        Reply second = std::move(first);
        first.result({{"from", "first"}});  // NOLINT(bugprone-use-after-move)
        CHECK(asked.sink->answers.empty());
        second.result({{"from", "second"}});
    }
    REQUIRE(asked.sink->answers.size() == 1);
    CHECK(asked.sink->answers[0]["result"]["from"] == "second");
}

TEST_CASE("a cancelled request is not answered at all") {
    Asked asked;
    {
        Reply reply = asked.ask();
        asked.requests.cancel(*RequestId::from(1));
        reply.result(Json::object());
    }
    {
        const Reply reply = asked.ask(2);
        asked.requests.cancel(*RequestId::from(2));
    }
    CHECK(asked.sink->answers.empty());
    CHECK(asked.sink->skipped == 2);
}
