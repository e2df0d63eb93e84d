#include "server/change_bus.hpp"

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace std::chrono_literals;
using bm::Change;
using bm::ChangeBus;
using Kind = bm::Change::Kind;

namespace {

/// Wants the given kinds and keeps what it gets.
class Listener final : public bm::ChangeSubscriber {
public:
    explicit Listener(std::set<Kind> kinds, std::optional<std::string> project = std::nullopt)
        : bm::ChangeSubscriber(std::move(project)), kinds_(std::move(kinds)) {}

    bool wants(const Change& change) const override { return kinds_.contains(change.kind); }
    void deliver(const Change& change) override {
        std::unique_lock lock(mutex_);
        heard_.push_back(change);
        changed_.notify_all();
        changed_.wait(lock, [this] { return !blocked_; });
    }

    std::vector<Change> wait_for(std::size_t count) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return heard_.size() >= count; });
        return heard_;
    }
    std::vector<Change> heard() {
        const std::scoped_lock lock(mutex_);
        return heard_;
    }
    void block(bool blocked) {
        const std::scoped_lock lock(mutex_);
        blocked_ = blocked;
        changed_.notify_all();
    }

private:
    std::set<Kind> kinds_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<Change> heard_;
    bool blocked_ = false;
};

const std::set<Kind> everything = {Kind::tools_list, Kind::prompts_list, Kind::resources_list,
                                   Kind::resource_updated};

}  // namespace

TEST_CASE("equal changes within the delay arrive as one") {
    ChangeBus bus(20ms);
    Listener listener(everything);
    const ChangeBus::Membership membership(bus, listener);
    for (int i = 0; i < 1000; ++i) {
        bus.publish({Kind::resource_updated, "a:" + std::to_string(i % 2)});
        bus.publish({Kind::resources_list, {}});
    }
    const auto heard = listener.wait_for(3);
    CHECK(heard.size() <= 6);  // a slow machine may need two stretches
    CHECK(heard[0] == Change{Kind::resources_list, {}});
    CHECK(heard[1] == Change{Kind::resource_updated, "a:0"});
    CHECK(heard[2] == Change{Kind::resource_updated, "a:1"});
}

TEST_CASE("a change after the delay arrives again") {
    ChangeBus bus(1ms);
    Listener listener(everything);
    const ChangeBus::Membership membership(bus, listener);
    for (std::size_t i = 1; i <= 3; ++i) {
        bus.publish({Kind::tools_list, {}});
        CHECK(listener.wait_for(i).size() == i);
    }
}

TEST_CASE("each subscriber hears what it wants") {
    ChangeBus bus(1ms);
    Listener tools({Kind::tools_list});
    Listener both({Kind::tools_list, Kind::prompts_list});
    const ChangeBus::Membership first(bus, tools);
    const ChangeBus::Membership second(bus, both);
    bus.publish({Kind::tools_list, {}});
    bus.publish({Kind::resources_list, {}});
    bus.publish({Kind::prompts_list, {}});
    CHECK(both.wait_for(2).size() == 2);
    CHECK(tools.wait_for(1).size() == 1);
}

TEST_CASE("what nobody wants at the time is not kept for later") {
    ChangeBus bus(1ms);
    bus.publish({Kind::tools_list, {}});
    Listener listener(everything);
    const ChangeBus::Membership membership(bus, listener);
    bus.publish({Kind::prompts_list, {}});
    CHECK(listener.wait_for(1)[0].kind == Kind::prompts_list);
}

TEST_CASE("nothing is delivered once a membership has ended") {
    ChangeBus bus(1ms);
    Listener staying(everything);
    const ChangeBus::Membership membership(bus, staying);
    for (std::size_t round = 1; round <= 50; ++round) {
        auto leaving = std::make_unique<Listener>(everything);
        auto short_membership = std::make_unique<ChangeBus::Membership>(bus, *leaving);
        bus.publish({Kind::tools_list, {}});
        if (round % 2 == 0) leaving->wait_for(1);
        short_membership.reset();
        leaving.reset();  // a late delivery would touch freed memory
        staying.wait_for(round);
    }
}

TEST_CASE("leaving waits for a delivery that has begun") {
    ChangeBus bus(1ms);
    Listener slow(everything);
    slow.block(true);
    auto membership = std::make_unique<ChangeBus::Membership>(bus, slow);
    bus.publish({Kind::tools_list, {}});
    slow.wait_for(1);
    std::jthread leaving([&] { membership.reset(); });
    slow.block(false);
    leaving.join();
    CHECK(slow.heard().size() == 1);
}

TEST_CASE("a slow subscriber does not hold up those who publish") {
    ChangeBus bus(1ms);
    Listener slow(everything);
    slow.block(true);
    const ChangeBus::Membership membership(bus, slow);
    bus.publish({Kind::tools_list, {}});
    slow.wait_for(1);
    for (int i = 0; i < 10'000; ++i) bus.publish({Kind::prompts_list, {}});
    slow.block(false);
    CHECK(slow.wait_for(2).size() == 2);
}

TEST_CASE("the listener for other rooms translates their changes") {
    ChangeBus bus(1ms);
    Listener listener(everything);
    const ChangeBus::Membership membership(bus, listener);
    const bm::CatalogListener tell = bus.listener();
    tell({bm::CatalogChange::Kind::resource_updated, "a:b"});
    tell({bm::CatalogChange::Kind::resource_list, ""});
    const auto heard = listener.wait_for(2);
    CHECK(std::set<Change>(heard.begin(), heard.end()) ==
          std::set<Change>{{Kind::resource_updated, "a:b"}, {Kind::resources_list, {}}});
}

TEST_CASE("members come and go while changes are published from several threads") {
    ChangeBus bus(1ms);
    std::vector<std::jthread> threads;
    for (int t = 0; t < 3; ++t) {
        threads.emplace_back([&bus] {
            for (int i = 0; i < 500; ++i) {
                bus.publish({Kind::resource_updated, "a:" + std::to_string(i)});
            }
        });
    }
    for (int i = 0; i < 50; ++i) {
        Listener listener(everything);
        const ChangeBus::Membership membership(bus, listener);
        bus.publish({Kind::tools_list, {}});
        listener.wait_for(1);
    }
}

TEST_CASE("who may hear of one project hears of no other") {
    ChangeBus bus(1ms);
    Listener all(everything);
    Listener bound(everything, "mine");
    const ChangeBus::Membership first(bus, all);
    const ChangeBus::Membership second(bus, bound);
    bus.publish({Kind::resource_updated, "same-key", "other"});
    bus.publish({Kind::resource_updated, "same-key", "Mine"});
    bus.publish({Kind::resource_updated, "same-key", ""});
    bus.publish({Kind::resources_list, {}});
    CHECK(all.wait_for(4).size() == 4);
    bus.publish({Kind::resource_updated, "same-key", "mine"});
    bus.publish({Kind::tools_list, {}});
    bound.wait_for(2);
    all.wait_for(6);
    for (const Change& change : bound.heard()) {
        CHECK((change == Change{Kind::resource_updated, "same-key", "mine"} ||
               change == Change{Kind::tools_list, {}}));
    }
    CHECK(bound.heard().size() == 2);
}
