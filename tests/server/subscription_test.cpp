#include "server/subscription.hpp"

#include <memory>
#include <string>

#include <doctest/doctest.h>

#include "tests/support/recording_sinks.hpp"

using namespace std::chrono_literals;
using bm::Change;
using bm::Json;
using bm::SubscriptionFilter;
using Kind = bm::Change::Kind;

namespace {

std::string methods(const std::vector<Json>& messages) {
    std::string out;
    for (const Json& message : messages) {
        out +=
            message["method"].get<std::string>().substr(std::string("notifications/").size()) + " ";
    }
    return out;
}

}  // namespace

TEST_CASE("a filter admits what it names and writes itself as the protocol does") {
    SubscriptionFilter filter;
    CHECK(filter.json().dump() == "{}");
    filter.tools_list = true;
    filter.resources.add("a:b", "b");
    filter.resources.add("a:a", "a");
    CHECK(filter.json().dump() ==
          R"({"toolsListChanged":true,"resourceSubscriptions":["a:a","a:b"]})");
    CHECK(filter.admits({Kind::tools_list, {}}));
    CHECK_FALSE(filter.admits({Kind::prompts_list, {}}));
    CHECK_FALSE(filter.admits({Kind::resources_list, {}}));
    CHECK(filter.admits({Kind::resource_updated, "b"}));
    CHECK_FALSE(filter.admits({Kind::resource_updated, "a:c"}));
}

TEST_CASE("the acknowledgement comes before every change even while others publish") {
    bm::ChangeBus bus(0ms);
    // Keeps the bus's thread busy with what the new ones want as well.
    bm::test::RecordingSink other_sink;
    const auto filter = [] {
        SubscriptionFilter out;
        out.tools_list = true;
        return out;
    };
    const bm::Subscription other(other_sink, *bm::RequestId::from(0), filter(), bus);
    std::jthread publisher([&bus](const std::stop_token& stop) {
        while (!stop.stop_requested()) bus.publish({Kind::tools_list, {}});
    });
    for (int i = 0; i < 100; ++i) {
        bm::test::RecordingSink sink;
        const bm::Subscription one(sink, *bm::RequestId::from(i), filter(), bus);
        CHECK(
            methods(sink.wait_for(2)).rfind("subscriptions/acknowledged tools/list_changed ", 0) ==
            0);
    }
}

TEST_CASE("every message of a subscription carries its id as it came") {
    for (const Json& id : {Json("listen:0"), Json(0), Json(1732400000123)}) {
        bm::ChangeBus bus(1ms);
        bm::test::RecordingSink sink;
        SubscriptionFilter filter;
        filter.resources_list = true;
        filter.prompts_list = true;
        filter.resources.add("a:b", "b");
        bm::Subscription one(sink, *bm::RequestId::from(id), std::move(filter), bus);
        bus.publish({Kind::resources_list, {}});
        bus.publish({Kind::prompts_list, {}});
        bus.publish({Kind::resource_updated, "b"});
        const auto messages = sink.wait_for(4);
        for (const Json& message : messages) {
            CHECK(message["params"]["_meta"]["io.modelcontextprotocol/subscriptionId"] == id);
        }
        CHECK(messages.back()["params"]["uri"] == "a:b");
        CHECK(one.final_result()["_meta"]["io.modelcontextprotocol/subscriptionId"] == id);
        CHECK(one.cancellation()["params"]["requestId"] == id);
    }
}

TEST_CASE("a session hears of lists once it is ready and of resources it follows") {
    bm::ChangeBus bus(1ms);
    bm::test::RecordingSink sink;
    bm::LegacySession session(*bm::find_revision("2025-06-18"));
    const bm::SessionNotices notices(sink, session, bus);
    CHECK_FALSE(notices.wants({Kind::tools_list, {}}));
    session.set_ready();
    CHECK(notices.wants({Kind::tools_list, {}}));
    CHECK_FALSE(notices.wants({Kind::resource_updated, "b"}));
    REQUIRE(session.follow("a:b", "b"));
    CHECK(notices.wants({Kind::resource_updated, "b"}));
    bus.publish({Kind::resource_updated, "b"});
    CHECK(sink.wait_for(1)[0].dump() ==
          R"({"jsonrpc":"2.0","method":"notifications/resources/updated","params":{"uri":"a:b"}})");
    REQUIRE(session.follow("a:B", "b"));
    bus.publish({Kind::resource_updated, "b"});
    CHECK(sink.wait_for(3)[1]["params"]["uri"] == "a:B");
    CHECK(sink.wait_for(3)[2]["params"]["uri"] == "a:b");
    bus.publish({Kind::resources_list, {}});
    CHECK(sink.wait_for(4)[3].dump() ==
          R"({"jsonrpc":"2.0","method":"notifications/resources/list_changed"})");
}
