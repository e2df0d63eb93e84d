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
#include "server/post_sink.hpp"
#include "server/replay_buffer.hpp"
#include "server/session_stream.hpp"
#include "tests/support/recording_sinks.hpp"

using namespace std::chrono_literals;
using bm::Json;
using Attached = bm::StandaloneStream::Attached;

namespace {

bool is_readable(int fd) {
    pollfd watched{fd, POLLIN, 0};
    return ::poll(&watched, 1, 0) == 1;
}

Json notice(const char* method) { return {{"jsonrpc", "2.0"}, {"method", method}}; }

const bm::RevisionPolicy& revision(const char* version) { return *bm::find_revision(version); }

}  // namespace

TEST_CASE("an outbox wakes its writer once there is something") {
    bm::Outbox outbox(nullptr, 10);
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

TEST_CASE("what is pushed quietly goes out with what follows") {
    bm::Outbox outbox;
    CHECK(outbox.push_quietly("a"));
    CHECK_FALSE(is_readable(outbox.fd()));
    CHECK(outbox.push("b"));
    CHECK(is_readable(outbox.fd()));
    CHECK(outbox.take().bytes == "ab");
    CHECK(outbox.push_quietly("c"));
    outbox.end();
    CHECK(is_readable(outbox.fd()));
    const auto taken = outbox.take();
    CHECK(taken.bytes == "c");
    CHECK(taken.is_last);
    CHECK_FALSE(outbox.push_quietly("d"));
}

TEST_CASE("an outbox that nobody empties breaks off") {
    bm::Outbox outbox(nullptr, 10);
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
    for (const char* text : {"", "-", "3", "3-", "-17", "3-x", "3-17 ", "99999999999999999999-1",
                             "1-0", "01-1", "1-01", "+1-1"}) {
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
    CHECK(stream.attach(first, std::nullopt) == Attached::yes);
    CHECK(stream.attach(second, std::nullopt) == Attached::yes);
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
    CHECK(stream.attach(third, 1) == Attached::yes);
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
    CHECK(stream.attach(outbox, std::nullopt) == Attached::yes);
    const std::string text = outbox->take().bytes;
    CHECK(text.find("list_changed") == text.rfind("list_changed"));
    CHECK(text.find("notifications/message") == std::string::npos);
    CHECK(text.find("id: 0-32\n") != std::string::npos);
    CHECK(text.find("id: 0-33\n") == std::string::npos);
}

TEST_CASE("a stream that nobody asked for has so many listeners, and none once it has ended") {
    bm::StandaloneStream stream;
    std::vector<std::shared_ptr<bm::Outbox>> all;
    for (std::size_t i = 0; i < bm::StandaloneStream::most_listeners; ++i) {
        all.push_back(std::make_shared<bm::Outbox>());
        CHECK(stream.attach(all.back(), std::nullopt) == Attached::yes);
    }
    const auto late = std::make_shared<bm::Outbox>();
    CHECK(stream.attach(late, std::nullopt) == Attached::too_many);
    all.front()->break_off();  // its client has gone, and nobody has told the stream yet
    CHECK(stream.attach(late, std::nullopt) == Attached::yes);
    CHECK(stream.attach(std::make_shared<bm::Outbox>(), 7) == Attached::too_many);
    stream.end_all();
    CHECK(stream.attach(std::make_shared<bm::Outbox>(), std::nullopt) == Attached::has_ended);
    CHECK(stream.listeners() == 0);
}

TEST_CASE("what nobody asked for takes up little, and counts among what is kept") {
    bm::KeptAnswers kept(1'000);
    {
        bm::StandaloneStream stream(&kept);
        // While nobody listens: some 64 KiB, not 32 notices of any length.
        const std::string large(30'000, 'x');
        for (const char* name : {"a", "b", "c", "d"}) stream.send(notice((large + name).c_str()));
        const auto outbox = std::make_shared<bm::Outbox>();
        CHECK(stream.attach(outbox, std::nullopt) == Attached::yes);
        const std::string text = outbox->take().bytes;
        CHECK(text.find("xb") != std::string::npos);
        CHECK(text.find("xc") == std::string::npos);
        CHECK(kept.bytes() > 60'000);
        // Too much of all together: what was sent is kept no more.
        stream.send(notice("last"));
        CHECK(kept.bytes() == 0);
        CHECK(outbox->take().bytes.find("last") != std::string::npos);
        CHECK(stream.attach(std::make_shared<bm::Outbox>(), 1) == Attached::not_kept);
        CHECK(stream.attach(std::make_shared<bm::Outbox>(), 3) == Attached::yes);
        stream.send(notice("kept"));
        CHECK(kept.bytes() > 0);
    }
    CHECK(kept.bytes() == 0);
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
    const auto session = store.open("ann", "ann", revision("2025-06-18"));
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
    const auto session = store.open("", "", revision("2025-06-18"));
    now += 29min;
    CHECK(store.find(session->id(), "") == session);
    now += 29min;
    CHECK(store.find(session->id(), "") == session);
    const auto outbox = std::make_shared<bm::Outbox>();
    CHECK(session->standalone().attach(outbox, std::nullopt) == Attached::yes);
    now += 40min;
    session->stop_listening(*outbox);
    CHECK(store.find(session->id(), "") == session);  // it was not alone until now
    now += 29min;
    const auto sink = std::make_shared<bm::test::RecordingAnswers>();
    CHECK(session->requests().admit(*bm::RequestId::from(1), sink));
    now += 40min;
    CHECK(session->requests().cancel(*bm::RequestId::from(1)));
    now += 29min;
    CHECK(store.find(session->id(), "") == session);  // it worked until then
    now += 31min;
    CHECK(store.find(session->id(), "") == nullptr);
    CHECK(store.size() == 0);
}

TEST_CASE("sessions that nobody asks for end too, once anybody asks for any") {
    bm::ChangeBus changes;
    bm::Moment now{};
    bm::LegacySessionStore store(changes, {}, [&] { return now; });
    for (int i = 0; i < 3; ++i) CHECK(store.open("", "", revision("2025-06-18")));
    now += 29min;
    const auto asked = store.open("", "", revision("2025-06-18"));
    now += 2min;
    CHECK(store.find(asked->id(), "") == asked);
    CHECK(store.size() == 1);
}

TEST_CASE("idle sessions make room for new ones, working ones do not") {
    bm::ChangeBus changes;
    bm::LegacySessionStore store(changes, {.sessions = 2, .sessions_per_client = 2});
    const auto first = store.open("", "", revision("2025-06-18"));
    const auto second = store.open("", "", revision("2025-06-18"));
    CHECK(store.find(first->id(), "") == first);  // so the second is the oldest
    const auto third = store.open("", "", revision("2025-06-18"));
    REQUIRE(third);
    CHECK(store.find(second->id(), "") == nullptr);
    const auto busy = std::make_shared<bm::Outbox>();
    CHECK(first->standalone().attach(busy, std::nullopt) == Attached::yes);
    CHECK(third->standalone().attach(busy, std::nullopt) == Attached::yes);
    CHECK(store.open("", "", revision("2025-06-18")) == nullptr);
    CHECK(store.size() == 2);
}

TEST_CASE("sessions that are opened and forgotten push out each other, not those that work") {
    bm::ChangeBus changes;
    bm::LegacySessionStore store(changes, {.sessions = 4, .sessions_per_client = 4});
    const auto works = store.open("", "", revision("2025-06-18"));
    REQUIRE(works);
    const auto outbox = std::make_shared<bm::Outbox>();
    const auto admitted = works->requests().admit(
        *bm::RequestId::from(1), std::make_shared<bm::WholeAnswer>(outbox, revision("2025-06-18")));
    REQUIRE(admitted);
    CHECK(works->requests().cancel(admitted->ticket.id));
    for (int i = 0; i < 20; ++i) REQUIRE(store.open("", "", revision("2025-06-18")));
    CHECK(store.find(works->id(), "") == works);
    CHECK(store.size() == 4);
}

TEST_CASE("one client cannot push the sessions of others out") {
    bm::ChangeBus changes;
    bm::Moment now{};
    const bm::LegacySessionStore::Limits limits;  // as they are
    bm::LegacySessionStore store(changes, limits, [&] { return now; });
    // Where nobody has to say who he is, all sessions have the same owner.
    const auto other = store.open("", "bob", revision("2025-06-18"));
    for (int i = 0; i < 1200; ++i) CHECK(store.open("", "ann", revision("2025-06-18")));
    CHECK(store.size() == limits.sessions_per_client + 1);
    CHECK(store.find(other->id(), "") == other);
    // Many clients together: what was used just now stays, and whoever is new waits.
    for (std::size_t client = 0; store.size() < limits.sessions; ++client) {
        CHECK(store.open("", "c" + std::to_string(client), revision("2025-06-18")));
    }
    CHECK(store.open("", "new", revision("2025-06-18")) == nullptr);
    CHECK(store.find(other->id(), "") == other);
    now += limits.undisturbed;
    CHECK(store.find(other->id(), "") == other);
    CHECK(store.open("", "new", revision("2025-06-18")));
    CHECK(store.size() == limits.sessions);
    CHECK(store.find(other->id(), "") == other);
}

TEST_CASE("answers are kept within a budget, and not for long") {
    bm::ChangeBus changes;
    std::chrono::minutes later{0};
    bm::KeptAnswers kept(10'000);
    bm::LegacySessionStore store(changes, {}, [&] { return bm::steady_now() + later; },
                                 {nullptr, &kept});
    const auto session = store.open("", "", revision("2025-06-18"));
    const auto other = store.open("", "", revision("2025-06-18"));
    for (int i = 0; i < 64; ++i) {
        const auto stream = session->open_stream(1, revision("2025-06-18"));
        stream->answer(Json{{"id", i}, {"result", std::string(1000, 'x')}});
        CHECK(kept.bytes() <= 10'000);
    }
    CHECK(kept.bytes() > 8'000);
    CHECK(session->find_stream(64));
    CHECK_FALSE(session->find_stream(1));
    // What is at work is not forgotten.
    const auto open = other->open_stream(2, revision("2025-06-18"));
    open->answer(Json{{"id", 1}, {"result", std::string(20'000, 'x')}});
    CHECK(other->find_stream(open->number()) == open);
    CHECK_FALSE(session->find_stream(64));
    CHECK(kept.bytes() > 20'000);
    // What is larger than all that may be kept is not, once it is complete.
    open->answer(Json{{"id", 2}});
    CHECK_FALSE(other->find_stream(open->number()));
    CHECK(kept.bytes() == 0);
    const auto small = other->open_stream(1, revision("2025-06-18"));
    small->answer(Json{{"id", 3}});
    CHECK(store.find(session->id(), ""));
    CHECK(other->find_stream(small->number()) == small);
    later += 6min;
    CHECK(store.find(session->id(), ""));
    CHECK_FALSE(other->find_stream(small->number()));
}

TEST_CASE("whatever goes gives back what it took up among the kept answers") {
    bm::ChangeBus changes;
    bm::KeptAnswers kept(10'000);
    {
        bm::LegacySessionStore store(changes, {}, bm::steady_now, {nullptr, &kept});
        const auto session = store.open("", "", revision("2025-06-18"));
        const auto stream = session->open_stream(1, revision("2025-06-18"));
        const std::size_t empty = kept.bytes();
        stream->answer(Json{{"id", 1}, {"result", std::string(1000, 'x')}});
        CHECK(kept.bytes() > empty + 1000);
    }
    CHECK(kept.bytes() == 0);
}

TEST_CASE("of the answers that went out whole a session keeps the last") {
    bm::ChangeBus changes;
    bm::LegacySessionStore store(changes, {});
    const auto session = store.open("", "", revision("2025-06-18"));
    for (int i = 0; i < 10; ++i) {
        const auto stream = session->open_stream(1, revision("2025-06-18"));
        stream->answer(Json{{"id", i}});
        if (i != 0) stream->set_delivered();
    }
    const auto next = session->open_stream(1, revision("2025-06-18"));
    CHECK(session->find_stream(1));  // its client may come back for it
    CHECK_FALSE(session->find_stream(6));
    for (std::uint64_t number = 7; number <= 11; ++number) CHECK(session->find_stream(number));
    session->forget_stream(11);
    CHECK_FALSE(session->find_stream(11));
}

TEST_CASE("a refusal has its status only until the stream has begun") {
    const auto refusal = [] {
        return Json{{"id", 1}, {"error", {{"code", -32021}, {"message", "no"}}}};
    };
    using Errors = bm::EventAnswer::EarlyErrors;
    const auto early_bytes = std::make_shared<bm::Outbox>();
    bm::EventAnswer early(early_bytes, revision("2026-07-28"), Errors::by_status);
    early.answer(refusal());
    CHECK(early.begin_stream() == 400);
    CHECK(early_bytes->take().bytes == refusal().dump());
    const auto late_bytes = std::make_shared<bm::Outbox>();
    bm::EventAnswer late(late_bytes, revision("2026-07-28"), Errors::by_status);
    CHECK(late.begin_stream() == 0);
    late.answer(refusal());
    const auto taken = late_bytes->take();
    CHECK(taken.bytes == "data: " + refusal().dump() + "\n\n");
    CHECK(taken.is_last);
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
    // Who has no name has the places of all.
    bm::StreamSlots open({.total = 3, .per_client = 1});
    std::vector<bm::StreamSlots::Slot> taken;
    for (int i = 0; i < 3; ++i) CHECK(taken.emplace_back(open.take("").slot) != nullptr);
    CHECK(open.take("").refusal == bm::StreamSlots::Refusal::all_taken);
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

TEST_CASE("many clients do not make one that is heard of again start anew") {
    bm::ClientRates rates(1);
    const bm::Moment now{};
    CHECK(rates.admits("ann", now));
    for (int i = 0; i < 3000; ++i) {
        CHECK(rates.admits(std::to_string(i), now));
        if (i % 100 == 0) CHECK_FALSE(rates.admits("ann", now));
    }
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
