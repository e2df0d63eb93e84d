#include "server/in_flight.hpp"

#include <memory>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "server/answer_sinks.hpp"
#include "server/post_sink.hpp"
#include "tests/support/recording_sinks.hpp"

using bm::InFlight;
using bm::Json;
using bm::RequestId;
using bm::test::RecordingAnswers;

namespace {

RequestId id(const Json& raw) { return *RequestId::from(raw); }

}  // namespace

TEST_CASE("an id is free again once its request was taken") {
    InFlight requests;
    const auto sink = std::make_shared<RecordingAnswers>();
    const auto first = requests.admit(id(1), sink);
    REQUIRE(first);
    CHECK_FALSE(requests.admit(id(1), sink));
    CHECK(requests.admit(id("1"), sink));
    CHECK(requests.take(first->ticket));
    CHECK_FALSE(requests.take(first->ticket));
    CHECK(requests.admit(id(1), sink));
}

TEST_CASE("a ticket does not open a later request of the same id") {
    InFlight requests;
    const auto sink = std::make_shared<RecordingAnswers>();
    const auto first = requests.admit(id(1), sink);
    CHECK(requests.cancel(id(1)));
    const auto second = requests.admit(id(1), sink);
    REQUIRE(second);
    CHECK_FALSE(requests.take(first->ticket));
    CHECK(requests.take(second->ticket));
}

TEST_CASE("cancelling stops the request and tells its sink that no answer comes") {
    InFlight requests;
    const auto sink = std::make_shared<RecordingAnswers>();
    const auto admitted = requests.admit(id(1), sink);
    CHECK_FALSE(admitted->cancelled.stop_requested());
    CHECK(requests.cancel(id(1)));
    CHECK(admitted->cancelled.stop_requested());
    CHECK(sink->skipped == 1);
    CHECK_FALSE(requests.cancel(id(1)));
    CHECK_FALSE(requests.cancel(id("x")));
    CHECK(sink->skipped == 1);
}

TEST_CASE("whoever cancels a request needs nobody who waited for it") {
    // Its worker, woken by the stop, and its client may be gone before the sink is told.
    struct Place {
        std::shared_ptr<bm::Outbox> outbox = std::make_shared<bm::Outbox>();
        std::shared_ptr<bm::AnswerSink> answers;
    };
    for (const bool in_batch : {false, true}) {
        CAPTURE(in_batch);
        InFlight requests;
        auto place = std::make_shared<Place>();
        std::shared_ptr<bm::AnswerSink> whole =
            std::make_shared<bm::WholeAnswer>(place->outbox, *bm::find_revision("2025-03-26"));
        place->answers =
            in_batch ? std::make_shared<bm::BatchAnswers>(std::move(whole), 1) : std::move(whole);
        const auto admitted = requests.admit(id(1), place->answers);
        const std::weak_ptr<bm::Outbox> outbox = place->outbox;
        const std::stop_callback gone(admitted->cancelled, [&] {
            place.reset();
            CHECK_FALSE(outbox.expired());
        });
        CHECK(requests.cancel(id(1)));
        CHECK(outbox.expired());
    }
}

TEST_CASE("what is left is taken in the order in which it came") {
    InFlight requests;
    const auto sink = std::make_shared<RecordingAnswers>();
    for (const char* name : {"z", "a", "m"}) REQUIRE(requests.admit(id(name), sink));
    CHECK_FALSE(requests.wait_until_empty(bm::steady_now()));
    std::string order;
    for (const auto& taken : requests.take_all()) {
        order += taken.ticket.id.json().get<std::string>();
    }
    CHECK(order == "zam");
    CHECK(requests.wait_until_empty(bm::steady_now()));
    CHECK(requests.take_all().empty());
}
