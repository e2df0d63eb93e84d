#include "server/server_requests.hpp"

#include <thread>

#include <doctest/doctest.h>

using namespace std::chrono_literals;
using bm::Json;
using bm::Response;
using bm::ServerRequests;

namespace {

Response answer_to(const bm::RequestId& id, const char* word) {
    return {id, {{"id", id.json()}, {"result", {{"word", word}}}}};
}

}  // namespace

TEST_CASE("answers find their requests whatever their order") {
    ServerRequests requests;
    ServerRequests::Pending first(requests);
    ServerRequests::Pending second(requests);
    CHECK(first.id() != second.id());
    CHECK(requests.on_response(answer_to(second.id(), "two")));
    CHECK(requests.on_response(answer_to(first.id(), "one")));
    CHECK(first.wait({}, bm::steady_now())->at("result").at("word") == "one");
    CHECK(second.wait({}, bm::steady_now())->at("result").at("word") == "two");
}

TEST_CASE("a wait ends with the answer of another thread") {
    ServerRequests requests;
    ServerRequests::Pending pending(requests);
    std::jthread client([&] { CHECK(requests.on_response(answer_to(pending.id(), "late"))); });
    const auto answer = pending.wait({}, bm::steady_now() + 20s);
    REQUIRE(answer);
    CHECK(answer->at("result").at("word") == "late");
}

TEST_CASE("a wait ends when it is stopped or its time is over") {
    ServerRequests requests;
    ServerRequests::Pending pending(requests);
    CHECK_FALSE(pending.wait({}, bm::steady_now()));
    std::stop_source stop;
    std::jthread stopper([&] { stop.request_stop(); });
    CHECK_FALSE(pending.wait(stop.get_token(), bm::steady_now() + 20s));
}

TEST_CASE("what answers nothing is told so") {
    ServerRequests requests;
    std::optional<bm::RequestId> gone;
    {
        ServerRequests::Pending pending(requests);
        gone = pending.id();
        CHECK(requests.on_response(answer_to(*gone, "once")));
        CHECK_FALSE(requests.on_response(answer_to(*gone, "twice")));
    }
    CHECK_FALSE(requests.on_response(answer_to(*gone, "too late")));
    CHECK_FALSE(requests.on_response({std::nullopt, Json::object()}));
    CHECK_FALSE(requests.on_response({bm::RequestId::from(7), Json::object()}));
}
