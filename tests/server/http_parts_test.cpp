// What the endpoint keeps: outgoing bytes, events for replay, streams, sessions, places, threads.
#include <atomic>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <poll.h>

#include "server/client_limits.hpp"
#include "server/connection_threads.hpp"
#include "server/legacy_session_store.hpp"
#include "server/outbox.hpp"
#include "server/replay_buffer.hpp"
#include "server/session_stream.hpp"

using namespace std::chrono_literals;
using bm::Json;

namespace {

bool is_readable(int fd) {
    pollfd watched{fd, POLLIN, 0};
    return ::poll(&watched, 1, 0) == 1;
}

Json notice(const char* method) { return {{"jsonrpc", "2.0"}, {"method", method}}; }

const bm::RevisionPolicy& revision(const char* version) { return *bm::find_revision(version); }

}  // namespace

TEST_CASE("an outbox wakes its writer once there is something") {
    bm::Outbox outbox(10);
    CHECK_FALSE(is_readable(outbox.fd()));
    CHECK(outbox.push("a"));
    CHECK(outbox.push("b"));
    CHECK(is_readable(outbox.fd()));
    const auto taken = outbox.take();
    CHECK(taken.bytes == "ab");
    CHECK_FALSE(taken.is_last);
    CHECK_FALSE(is_readable(outbox.fd()));
    outbox.end();
    CHECK(is_readable(outbox.fd()));
    CHECK(outbox.take().is_last);
    CHECK_FALSE(outbox.push("c"));
    CHECK(is_readable(outbox.fd()));
}

TEST_CASE("an outbox that nobody empties breaks off") {
    bm::Outbox outbox(10);
    CHECK(outbox.push(std::string(100, 'x')));  // one piece may be larger than all
    CHECK_FALSE(outbox.push("y"));
    CHECK(outbox.take().is_broken);
    CHECK(outbox.has_ended());
}

TEST_CASE("a replay buffer tells what was missed, or that it cannot") {
    bm::ReplayBuffer buffer({.events = 3, .bytes = 100});
    CHECK(buffer.after(0) == "");
    CHECK(buffer.after(1) == std::nullopt);
    for (const char* text : {"a", "b", "c"}) buffer.add(text);
    CHECK(buffer.after(0) == "abc");
    CHECK(buffer.after(2) == "c");
    CHECK(buffer.after(3) == "");
    CHECK(buffer.after(4) == std::nullopt);
    buffer.add("d");
    CHECK(buffer.after(0) == std::nullopt);
    CHECK(buffer.after(1) == "bcd");
    buffer.add(std::string(99, 'x'));
    CHECK(buffer.size() == 2);
    buffer.add(std::string(200, 'x'));
    CHECK(buffer.size() == 0);
    CHECK(buffer.after(6) == "");
    CHECK(buffer.after(5) == std::nullopt);
}

TEST_CASE("event ids name stream and event") {
    CHECK(bm::EventId::from("3-17") == bm::EventId{3, 17});
    CHECK(bm::EventId{3, 17}.text() == "3-17");
    for (const char* text : {"", "-", "3", "3-", "-17", "3-x", "3-17 ", "99999999999999999999-1"}) {
        CAPTURE(text);
        CHECK(bm::EventId::from(text) == std::nullopt);
    }
}

TEST_CASE("only revisions that know it get the priming event") {
    for (const auto& policy : bm::revisions()) {
        CAPTURE(policy.version);
        bm::SessionStream stream(1, policy, 1);
        const auto outbox = std::make_shared<bm::Outbox>();
        CHECK(stream.attach(outbox, 0));
        CHECK(outbox->take().bytes ==
              (policy.version == "2025-11-25" ? "id: 1-1\nretry: 1000\ndata: \n\n" : ""));
    }
    bm::SessionStream passing(1, revision("2025-11-25"), 1, false);
    const auto outbox = std::make_shared<bm::Outbox>();
    CHECK(passing.attach(outbox, 0));
    passing.answer(Json{{"id", 1}});
    CHECK(outbox->take().bytes == "data: {\"id\":1}\n\n");
}

TEST_CASE("a stream outlives its connection") {
    bm::SessionStream stream(7, revision("2025-06-18"), 1);
    const auto first = std::make_shared<bm::Outbox>();
    CHECK(stream.attach(first, 0));
    stream.send(notice("one"));
    stream.leave_stream();
    CHECK(first->take().is_last);
    stream.send(notice("two"));
    const auto second = std::make_shared<bm::Outbox>();
    CHECK(stream.attach(second, 1));
    const std::string missed = second->take().bytes;
    CHECK(missed.find("one") == std::string::npos);
    CHECK(missed.find("id: 7-2\ndata: {\"jsonrpc\":\"2.0\",\"method\":\"two\"}") == 0);
    const auto third = std::make_shared<bm::Outbox>();
    CHECK(stream.attach(third, 2));
    CHECK(second->take().is_last);
    stream.answer(Json{{"id", 1}});
    const auto rest = third->take();
    CHECK(rest.bytes == "id: 7-3\ndata: {\"id\":1}\n\n");
    CHECK(rest.is_last);
    CHECK(stream.is_complete());
    // After the end too.
    const auto late = std::make_shared<bm::Outbox>();
    CHECK(stream.attach(late, 2));
    CHECK(late->take().bytes == rest.bytes);
    CHECK_FALSE(stream.attach(std::make_shared<bm::Outbox>(), 4));
}

TEST_CASE("what nobody asked for goes to the newest listener alone") {
    bm::StandaloneStream stream;
    const auto first = std::make_shared<bm::Outbox>();
    const auto second = std::make_shared<bm::Outbox>();
    CHECK(stream.attach(first, std::nullopt));
    CHECK(stream.attach(second, std::nullopt));
    stream.send(notice("a"));
    CHECK(first->take().bytes == "");
    CHECK(second->take().bytes.find("id: 0-1\n") == 0);
    stream.detach(*second);
    stream.send(notice("b"));
    CHECK(first->take().bytes.find("id: 0-2\n") == 0);
    // A listener whose connection broke counts no more.
    first->break_off();
    stream.send(notice("c"));
    const auto third = std::make_shared<bm::Outbox>();
    CHECK(stream.attach(third, 1));
    const std::string missed = third->take().bytes;
    CHECK(missed.find("\"b\"") != std::string::npos);
    CHECK(missed.find("\"c\"") != std::string::npos);
    stream.end_all();
    CHECK(third->take().is_last);
    CHECK(stream.listeners() == 0);
}

TEST_CASE("notices wait for a listener, once each; log messages do not") {
    bm::StandaloneStream stream;
    stream.send(notice("notifications/resources/list_changed"));
    stream.send(notice("notifications/resources/list_changed"));
    stream.send(notice("notifications/message"));
    for (int i = 0; i < 100; ++i) stream.send(notice(std::to_string(i).c_str()));
    const auto outbox = std::make_shared<bm::Outbox>();
    CHECK(stream.attach(outbox, std::nullopt));
    const std::string text = outbox->take().bytes;
    CHECK(text.find("list_changed") == text.rfind("list_changed"));
    CHECK(text.find("notifications/message") == std::string::npos);
    CHECK(text.find("id: 0-32\n") != std::string::npos);
    CHECK(text.find("id: 0-33\n") == std::string::npos);
}

TEST_CASE("session ids are long, visible and different") {
    const std::string id = bm::make_session_id();
    CHECK(id.size() == 43);
    CHECK(
        id.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") ==
        std::string::npos);
    CHECK(id != bm::make_session_id());
}

TEST_CASE("a session is its owner's") {
    bm::ChangeBus changes;
    bm::LegacySessionStore store(changes, {});
    const auto session = store.open("ann", revision("2025-06-18"));
    REQUIRE(session);
    CHECK(store.find(session->id(), "ann") == session);
    CHECK(store.find(session->id(), "bob") == nullptr);
    CHECK(store.find(session->id(), "") == nullptr);
    CHECK_FALSE(store.end(session->id(), "bob"));
    CHECK(store.end(session->id(), "ann"));
    CHECK_FALSE(store.end(session->id(), "ann"));
    CHECK(store.find(session->id(), "ann") == nullptr);
}

TEST_CASE("a session that is left alone ends") {
    bm::ChangeBus changes;
    bm::Moment now{};
    bm::LegacySessionStore store(changes, {.idle_time = 30min}, [&] { return now; });
    const auto session = store.open("", revision("2025-06-18"));
    now += 29min;
    CHECK(store.find(session->id(), "") == session);
    now += 29min;
    CHECK(store.find(session->id(), "") == session);
    const auto outbox = std::make_shared<bm::Outbox>();
    CHECK(session->standalone().attach(outbox, std::nullopt));
    now += 31min;
    CHECK(store.find(session->id(), "") == session);  // it listens
    session->standalone().detach(*outbox);
    now += 31min;
    CHECK(store.find(session->id(), "") == nullptr);
    CHECK(store.size() == 0);
}

TEST_CASE("idle sessions make room for new ones, working ones do not") {
    bm::ChangeBus changes;
    bm::LegacySessionStore store(changes, {.sessions = 2, .sessions_per_owner = 2});
    const auto first = store.open("", revision("2025-06-18"));
    const auto second = store.open("", revision("2025-06-18"));
    CHECK(store.find(first->id(), "") == first);  // so the second is the oldest
    const auto third = store.open("", revision("2025-06-18"));
    REQUIRE(third);
    CHECK(store.find(second->id(), "") == nullptr);
    const auto busy = std::make_shared<bm::Outbox>();
    CHECK(first->standalone().attach(busy, std::nullopt));
    CHECK(third->standalone().attach(busy, std::nullopt));
    CHECK(store.open("", revision("2025-06-18")) == nullptr);
    CHECK(store.size() == 2);
}

TEST_CASE("one owner cannot push the sessions of others out") {
    bm::ChangeBus changes;
    bm::LegacySessionStore store(changes, {.sessions = 10, .sessions_per_owner = 2});
    const auto other = store.open("bob", revision("2025-06-18"));
    for (int i = 0; i < 20; ++i) CHECK(store.open("ann", revision("2025-06-18")));
    CHECK(store.size() == 3);
    CHECK(store.find(other->id(), "bob") == other);
}

TEST_CASE("streams have places, for all and for each") {
    bm::StreamSlots slots({.total = 3, .per_client = 2});
    auto first = slots.take("ann");
    const auto second = slots.take("ann");
    CHECK(first.slot);
    CHECK(second.slot);
    const auto refused = slots.take("ann");
    CHECK_FALSE(refused.slot);
    CHECK(refused.refusal == bm::StreamSlots::Refusal::client_has_too_many);
    const auto third = slots.take("bob");
    CHECK(third.slot);
    CHECK(slots.take("bob").refusal == bm::StreamSlots::Refusal::all_taken);
    first.slot.reset();
    CHECK(slots.take("bob").slot);
    CHECK(slots.take("ann").slot);
}

TEST_CASE("rates are counted for each client") {
    bm::ClientRates rates(2);
    const bm::Moment now{};
    CHECK(rates.admits("ann", now));
    CHECK(rates.admits("ann", now));
    CHECK_FALSE(rates.admits("ann", now));
    CHECK(rates.admits("bob", now));
    CHECK(rates.admits("ann", now + 1s));
}

TEST_CASE("connection threads are started on demand, reused, and limited") {
    bm::ConnectionThreads threads({.threads = 3, .idle_time = 10s});
    std::atomic<int> ran{0};
    for (int i = 0; i < 20; ++i) {
        CHECK(threads.run([&] { ++ran; }));
        CHECK(threads.wait_until_idle(bm::steady_now() + 10s));
    }
    CHECK(ran == 20);
    // One is enough for one job at a time; a second may have begun before the first was idle again.
    CHECK(threads.thread_count() <= 2);
    std::atomic<bool> open{false};
    const auto wait = [&] {
        while (!open) std::this_thread::sleep_for(1ms);
    };
    for (int i = 0; i < 3; ++i) CHECK(threads.run(wait));
    CHECK_FALSE(threads.run(wait));
    CHECK(threads.job_count() == 3);
    CHECK_FALSE(threads.wait_until_idle(bm::steady_now() + 1ms));
    open = true;
    CHECK(threads.wait_until_idle(bm::steady_now() + 10s));
}

TEST_CASE("idle connection threads end") {
    bm::ConnectionThreads threads({.threads = 3, .idle_time = 1ms});
    CHECK(threads.run([] {}));
    for (int i = 0; i < 1000 && threads.thread_count() > 0; ++i) {
        std::this_thread::sleep_for(10ms);
    }
    CHECK(threads.thread_count() == 0);
}
