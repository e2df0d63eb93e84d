// What only a process can show: signals, exit codes, descriptors, and how long its end takes.
#include <array>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <doctest/doctest.h>
#include <signal.h>

#include "tests/support/child_server.hpp"
#include "tests/support/pipe_client.hpp"

using namespace std::chrono_literals;
using Json = bm::test::PipeClient::Json;

namespace {

/// Generous for a loaded machine under a sanitizer; the server's own limits are 0.7 and 1.8
/// seconds.
constexpr auto at_once = 1500ms;
constexpr auto soon = 1700ms;
constexpr auto at_last = 4s;

/// A child and a client that talks to it.
struct Running {
    explicit Running(const std::vector<std::string>& arguments = {})
        : child(FIXTURE_STDIO_SERVER, arguments),
          client(std::make_unique<bm::test::PipeClient>(std::move(child.to_server),
                                                        std::move(child.from_server))) {}

    Json open(const char* version = "2025-11-25") const {
        client->say(Json{{"jsonrpc", "2.0"},
                         {"id", 0},
                         {"method", "initialize"},
                         {"params", {{"protocolVersion", version}}}});
        return client->next();
    }
    void call(int id, const char* tool, Json arguments = Json::object()) const {
        client->say(Json{{"jsonrpc", "2.0"},
                         {"id", id},
                         {"method", "tools/call"},
                         {"params", {{"name", tool}, {"arguments", std::move(arguments)}}}});
    }
    void ping(int id) const {
        client->say(Json{{"jsonrpc", "2.0"}, {"id", id}, {"method", "ping"}});
        CHECK(client->next()["id"] == id);
    }
    /// Checks the exit and returns what was said on the way.
    std::vector<Json> ended(std::chrono::milliseconds within) {
        const auto exit = child.wait();
        REQUIRE(exit);
        CHECK(exit->code == 0);
        CHECK(exit->after <= within);
        auto said = client->rest();
        CHECK(client->violations() == std::vector<std::string>());
        return said;
    }

    bm::test::ChildServer child;
    std::unique_ptr<bm::test::PipeClient> client;
};

/// Makes sure that a call has begun: what is asked behind it was answered.
void begin_waiting(const Running& running, int id, const char* tool) {
    running.call(id, tool);
    running.call(id + 1, "hello");
    running.client->next();
}

}  // namespace

TEST_CASE("a server process answers and ends at once when its input does") {
    Running running;
    CHECK(running.open()["result"]["serverInfo"]["name"] == "Fixture");
    running.call(1, "hello");
    CHECK(running.client->next()["id"] == 1);
    running.client->close();
    CHECK(running.ended(at_once).empty());
}

TEST_CASE("a server process that hears nothing ends at once when its input does") {
    Running running;
    running.client->close();
    CHECK(running.ended(at_once).empty());
    CHECK(running.child.error_text().empty());
}

TEST_CASE("each signal that asks to end is a clean exit") {
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
        CAPTURE(signal);
        Running running;
        running.open();
        running.child.send_signal(signal);
        CHECK(running.ended(at_once).empty());
    }
}

TEST_CASE("a signal before the first message is a clean exit too") {
    Running running;
    running.ping(1);  // it runs by now
    running.child.send_signal(SIGINT);
    CHECK(running.ended(at_once).empty());
}

TEST_CASE("a signal with a call in flight gives the call up and answers it") {
    Running running;
    running.open();
    begin_waiting(running, 1, "wait");
    running.child.send_signal(SIGTERM);
    const auto said = running.ended(soon);
    REQUIRE(said.size() == 1);
    CHECK(said[0]["id"] == 1);
    CHECK(said[0]["error"]["code"] == -32603);
}

TEST_CASE(
    "the end of input with calls in flight answers the quick ones and gives up the slow ones") {
    Running running;
    running.open();
    begin_waiting(running, 1, "wait");
    for (int id = 10; id < 30; ++id) running.call(id, "hello");
    running.client->close();
    const auto said = running.ended(soon);
    REQUIRE(said.size() == 21);
    CHECK(said.back()["id"] == 1);
    CHECK(said.back().contains("error"));
}

TEST_CASE("a call that heeds nothing does not keep the process alive") {
    Running running;
    running.open();
    begin_waiting(running, 1, "stubborn");
    running.client->close();
    CHECK(running.ended(at_last).size() == 1);
}

TEST_CASE("a reader that goes away ends the process whether it writes or not") {
    for (const bool writes : {false, true}) {
        CAPTURE(writes);
        bm::test::ChildServer child(FIXTURE_STDIO_SERVER, {});
        const std::string ping = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}\n";
        REQUIRE(::write(child.to_server.number(), ping.data(), ping.size()) ==
                static_cast<ssize_t>(ping.size()));
        std::string answer(100, '\0');
        REQUIRE(::read(child.from_server.number(), answer.data(), answer.size()) > 0);
        child.from_server = bm::FileDescriptor();
        if (writes) {
            [[maybe_unused]] const auto count =
                ::write(child.to_server.number(), ping.data(), ping.size());
        }
        const auto exit = child.wait();
        REQUIRE(exit);
        CHECK(exit->code == 0);
        CHECK(exit->after <= at_once);
    }
}

TEST_CASE("a client that never reads is left at the end of input") {
    bm::test::ChildServer child(FIXTURE_STDIO_SERVER, {});
    // Answers of several times what a pipe holds.
    std::string requests =
        R"({"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25"}})"
        "\n";
    for (int i = 1; i <= 100; ++i) {
        requests += R"({"jsonrpc":"2.0","id":)" + std::to_string(i) +
                    R"(,"method":"tools/list"})"
                    "\n";
    }
    REQUIRE(::write(child.to_server.number(), requests.data(), requests.size()) ==
            static_cast<ssize_t>(requests.size()));
    CHECK_FALSE(child.wait(300ms));  // it has no reason to end while its client may still say more
    child.to_server = bm::FileDescriptor();
    const auto exit = child.wait();
    REQUIRE(exit);
    CHECK(exit->code == 0);
    CHECK(exit->after <= soon);
    CHECK(child.error_text().find("the client stopped reading") != std::string::npos);
}

TEST_CASE("a client that reads slowly gets whole lines after the end of its input") {
    bm::test::ChildServer child(FIXTURE_STDIO_SERVER, {});
    const std::string request =
        R"({"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2024-11-05"}})"
        "\n"
        R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","arguments":{"text":")" +
        std::string(3'000'000, 'x') + "\"}}}\n";
    bm::test::PipeClient writer(std::move(child.to_server), bm::FileDescriptor());
    writer.write(request);
    writer.close();
    std::string said;
    std::array<char, 65536> bytes{};
    for (;;) {
        std::this_thread::sleep_for(60ms);
        const ssize_t count = ::read(child.from_server.number(), bytes.data(), bytes.size());
        if (count <= 0) break;
        said.append(bytes.data(), static_cast<std::size_t>(count));
    }
    CHECK(said.size() > 3'000'000);
    CHECK(said.substr(said.size() - 2) == "}\n");
    const auto exit = child.wait();
    REQUIRE(exit);
    CHECK(exit->code == 0);
    CHECK(child.error_text() == "");
}

TEST_CASE("a socket whose peer goes away ends the process as a pipe does") {
    bm::test::ChildServer child(FIXTURE_STDIO_SERVER, {}, {.sockets = true});
    const std::string ping = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}\n";
    REQUIRE(::write(child.to_server.number(), ping.data(), ping.size()) ==
            static_cast<ssize_t>(ping.size()));
    std::string answer(100, '\0');
    REQUIRE(::read(child.from_server.number(), answer.data(), answer.size()) > 0);
    child.from_server = bm::FileDescriptor();
    const auto exit = child.wait();
    REQUIRE(exit);
    CHECK(exit->code == 0);
    CHECK(exit->after <= at_once);
}

TEST_CASE("a server process that is started without its streams says so and fails") {
    struct Start {
        std::vector<int> closed;
        std::string which;
    };
    for (const Start& start :
         {Start{{0}, "standard input is closed"}, Start{{1}, "standard output is closed"},
          Start{{0, 1}, "standard input and standard output are closed"}}) {
        CAPTURE(start.which);
        bm::test::ChildServer child(FIXTURE_STDIO_SERVER, {}, {.closed = start.closed});
        const auto exit = child.wait();
        REQUIRE(exit);
        CHECK(exit->code == 1);
        CHECK(child.error_text() ==
              "error: The server speaks with its client over standard input and output, but " +
                  start.which + "\n");
    }
}

TEST_CASE("a server process without standard error serves as ever and heeds signals") {
    bm::test::ChildServer child(FIXTURE_STDIO_SERVER, {"banner"}, {.closed = {2}});
    bm::test::PipeClient client(std::move(child.to_server), std::move(child.from_server));
    client.say(Json{{"jsonrpc", "2.0"}, {"id", 1}, {"method", "ping"}});
    CHECK(client.next()["id"] == 1);
    child.send_signal(SIGTERM);
    const auto exit = child.wait();
    REQUIRE(exit);
    CHECK(exit->code == 0);
    CHECK(client.rest().empty());
    CHECK(client.violations() == std::vector<std::string>());
}

TEST_CASE("what others print to standard output never reaches the client") {
    Running running({"banner"});
    running.open();
    running.call(1, "noise");
    CHECK(running.client->next()["result"]["content"][0]["text"] == "quiet");
    running.client->close();
    CHECK(running.ended(at_once).empty());
    const std::string errors = running.child.error_text();
    CHECK(errors.find("Welcome") != std::string::npos);
    CHECK(errors.find("noise on standard output") != std::string::npos);
}

TEST_CASE("two messages in one write and one in many are read alike") {
    Running running;
    running.open();
    running.client->write(
        "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/"
        "initialized\"}\n{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}\n");
    CHECK(running.client->next()["id"] == 1);
    for (const char byte :
         std::string("{\"jsonrpc\":\"2.0\",\"id\":\"ü\",\"method\":\"ping\"}\r\n")) {
        running.client->write({&byte, 1});
    }
    CHECK(running.client->next()["id"] == "ü");
    running.client->close();
    CHECK(running.ended(at_once).empty());
}

TEST_CASE("ten megabytes go in and come back on one line") {
    Running running;
    running.open();
    const std::string large(10 * 1024 * 1024, 'x');
    running.call(1, "echo", {{"text", large}});
    const Json answer = running.client->next();
    CHECK(answer["result"]["content"][0]["text"].get_ref<const std::string&>().size() ==
          large.size());
    CHECK(answer["result"]["structuredContent"]["result"] == large);
    running.ping(2);
    running.client->close();
    CHECK(running.ended(at_once).empty());
}

TEST_CASE("a line beyond all limits is refused and the process lives on") {
    Running running;
    running.open();
    running.client->write(std::string(33 * 1024 * 1024, 'x'));
    CHECK(running.client->next()["error"]["code"] == -32600);
    running.client->write(std::string(1024 * 1024, 'x') + "\n");
    running.ping(1);
    running.client->close();
    CHECK(running.ended(at_once).empty());
}

TEST_CASE("faults of calls are told to standard error and not to the client") {
    Running running;
    running.open();
    running.call(1, "throw");
    CHECK(running.client->next()["method"] == "notifications/message");
    CHECK(running.client->next()["error"]["code"] == -32603);
    running.client->close();
    CHECK(running.ended(at_once).empty());
    CHECK(running.child.error_text() == "error: tools/call throw failed: the secret reason\n");
}
