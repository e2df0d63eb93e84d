#include "server/stdio_connection.hpp"

#include <array>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/stop_signals.hpp"
#include "tests/support/pipe_client.hpp"

using namespace std::chrono_literals;
using bm::Ending;
using bm::Json;
using bm::StdioConnection;

namespace {

/// A connection and the raw other ends of its pipes.
struct Wire {
    explicit Wire(StdioConnection::Options options = {}) {
        options.log = [this](bm::Severity, std::string_view text) { cuts.emplace_back(text); };
        auto in = bm::test::make_pipe();
        auto out = bm::test::make_pipe();
        options.stop_fd = stop.read_end.number();
        to_server = std::move(in.write_end);
        from_server = std::move(out.read_end);
        connection = std::make_unique<StdioConnection>(std::move(in.read_end),
                                                       std::move(out.write_end), options);
    }

    void write(std::string_view bytes) const {
        REQUIRE(::write(to_server.number(), bytes.data(), bytes.size()) ==
                static_cast<ssize_t>(bytes.size()));
    }
    std::string read() const {
        std::array<char, 65536> bytes{};
        const ssize_t count = ::read(from_server.number(), bytes.data(), bytes.size());
        return {bytes.data(), static_cast<std::size_t>(std::max<ssize_t>(count, 0))};
    }
    std::string message() const {
        auto received = connection->receive();
        if (auto* message = std::get_if<bm::ReceivedMessage>(&received)) return message->bytes;
        return std::holds_alternative<bm::ReceivedTooMuch>(received) ? "(too much)" : "(end)";
    }
    Ending ending() const {
        auto received = connection->receive();
        REQUIRE(std::holds_alternative<Ending>(received));
        return std::get<Ending>(received);
    }
    /// Reads up to the end of the line, or of what is written of it, with pauses in which the pipe
    /// is full. Returns how many bytes came.
    std::size_t read_slowly() const {
        std::size_t size = 0;
        pollfd ready{from_server.number(), POLLIN, 0};
        while (::poll(&ready, 1, 2000) > 0) {
            const std::string piece = read();
            size += piece.size();
            if (piece.empty() || piece.back() == '\n') break;
            std::this_thread::sleep_for(60ms);
        }
        return size;
    }
    void request_stop() const { REQUIRE(::write(stop.write_end.number(), "x", 1) == 1); }

    // What a program on standard input and output has in place, so that a lost reader is no signal.
    bm::StopSignals signals;
    bm::WakePipe stop = bm::make_wake_pipe();
    bm::FileDescriptor to_server;
    bm::FileDescriptor from_server;
    std::vector<std::string> cuts;  // messages, as the log has them; read it when no thread sends
    std::unique_ptr<StdioConnection> connection;
};

/// Sixteen times what a pipe holds.
const std::string large(1'000'000, 'x');
constexpr std::size_t large_line_size = 1'000'000 + std::string_view("{'large':''}\n").size();

}  // namespace

TEST_CASE("messages are lines and blank ones are skipped") {
    Wire wire;
    wire.write("{\"a\":1}\n\r\n \t\n{\"b\":2}\r\nrest");
    CHECK(wire.message() == "{\"a\":1}");
    CHECK(wire.message() == "{\"b\":2}");
    wire.to_server = bm::FileDescriptor();
    CHECK(wire.message() == "rest");
    CHECK(wire.ending() == Ending::end_of_input);
    CHECK(wire.ending() == Ending::end_of_input);
}

TEST_CASE("a line beyond the limit is too much and the next one comes through") {
    Wire wire({.longest_line = 100});
    wire.write(std::string(5000, 'x') + "\n{}\n");
    CHECK(wire.message() == "(too much)");
    CHECK(wire.message() == "{}");
}

TEST_CASE("a message is one line whatever it holds") {
    const Wire wire;
    wire.connection->send({{"text", "line\nend ü\xFF"}});
    CHECK(wire.read() == "{\"text\":\"line\\nend ü\xEF\xBF\xBD\"}\n");
}

TEST_CASE("a message larger than the pipe goes through whole while others are sent") {
    Wire wire;
    bm::test::PipeClient client(std::move(wire.to_server), std::move(wire.from_server));
    std::vector<std::jthread> senders;
    for (int s = 0; s < 4; ++s) {
        senders.emplace_back([&wire, s] {
            for (int i = 0; i < 5; ++i) {
                wire.connection->send({{"id", s * 5 + i}, {"large", i % 2 == 0 ? large : "small"}});
            }
        });
    }
    senders.clear();
    wire.connection.reset();
    const auto messages = client.rest();
    CHECK(messages.size() == 20);
    for (const Json& message : messages) {
        CHECK((message["large"] == "small" || message["large"] == large));
    }
}

TEST_CASE("being told to stop ends the wait for input") {
    Wire wire;
    CHECK_FALSE(wire.connection->is_ending());
    std::jthread later([&wire] { wire.request_stop(); });
    CHECK(wire.ending() == Ending::stop_requested);
    CHECK(wire.connection->is_ending());
    // What is said last still goes out.
    wire.connection->send({{"last", true}});
    CHECK(wire.read() == "{\"last\":true}\n");
}

TEST_CASE("a reader that goes away ends the wait for input without a write") {
    Wire wire;
    std::jthread later([&wire] { wire.from_server = bm::FileDescriptor(); });
    CHECK(wire.ending() == Ending::peer_gone);
    CHECK(wire.connection->is_ending());
    wire.connection->send({{"lost", true}});
}

TEST_CASE("a reader that goes away while we write ends the conversation") {
    Wire wire;
    std::jthread sender([&] { wire.connection->send({{"large", large}}); });
    CHECK_FALSE(wire.read().empty());
    wire.from_server = bm::FileDescriptor();
    sender.join();
    CHECK(wire.ending() == Ending::peer_gone);
}

TEST_CASE("a client that does not read cannot hold up the end for long") {
    Wire wire({.patience = 50ms});
    std::jthread stopper;
    // The pipe is full long before the message is through; then comes the wish to stop.
    std::jthread sender([&] { wire.connection->send({{"large", large}}); });
    wire.request_stop();
    sender.join();
    CHECK(wire.connection->is_ending());
    wire.connection->send({{"more", large}});
}

TEST_CASE("a client that does not read cannot hold up the end of its own input") {
    Wire wire({.patience = 50ms});
    std::jthread sender([&] { wire.connection->send({{"large", large}}); });
    wire.to_server = bm::FileDescriptor();
    auto received = wire.connection->receive();
    CHECK(std::holds_alternative<Ending>(received));
    sender.join();
}

TEST_CASE("a client that reads slowly after the end of its input gets everything") {
    Wire wire({.patience = 400ms});
    std::jthread sender([&] { wire.connection->send({{"large", large}}); });
    wire.to_server = bm::FileDescriptor();
    CHECK(wire.read_slowly() == large_line_size);
    sender.join();
    CHECK(wire.ending() == Ending::end_of_input);
    CHECK(wire.cuts.empty());
}

TEST_CASE("a client that reads slowly cannot hold up a stop and the cut is noted") {
    Wire wire({.patience_when_stopped = 200ms});
    std::jthread sender([&] { wire.connection->send({{"large", large}}); });
    wire.request_stop();
    wire.read_slowly();
    sender.join();
    REQUIRE(wire.cuts.size() == 1);
    CHECK(wire.cuts[0].find("of a message of 1000013 bytes ") != std::string::npos);
    CHECK(wire.connection->is_ending());
}

TEST_CASE("a thread that waits for room sees the input end although nobody reads it") {
    Wire wire({.patience = 50ms});
    std::jthread later([&wire] { wire.to_server = bm::FileDescriptor(); });
    wire.connection->send({{"large", large}});
    CHECK(wire.ending() == Ending::peer_gone);
    CHECK(wire.cuts.size() == 1);
}

TEST_CASE("what the input held when it ended is read after a slow write as well") {
    Wire wire;
    wire.write("{\"a\":1}\n{\"b\":2}\n");
    wire.to_server = bm::FileDescriptor();
    std::jthread sender([&] { wire.connection->send({{"large", large}}); });
    CHECK(wire.read_slowly() == large_line_size);
    sender.join();
    CHECK(wire.message() == "{\"a\":1}");
    CHECK(wire.message() == "{\"b\":2}");
    CHECK(wire.ending() == Ending::end_of_input);
}

TEST_CASE("a socket that nobody holds at the other end is a peer that has gone") {
    const bm::StopSignals signals;
    auto in = bm::test::make_pipe();
    auto out = bm::test::make_socket_pair();
    StdioConnection connection(std::move(in.read_end), std::move(out.write_end), {});
    std::jthread later([&out] { out.read_end = bm::FileDescriptor(); });
    CHECK(std::get<Ending>(connection.receive()) == Ending::peer_gone);
    CHECK(connection.is_ending());
}

TEST_CASE("sockets and non-blocking descriptors serve as well") {
    std::array<int, 2> ends{};
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()) == 0);
    const bm::FileDescriptor client(ends[0]);
    StdioConnection connection(bm::FileDescriptor(ends[1]),
                               bm::FileDescriptor(::fcntl(ends[1], F_DUPFD_CLOEXEC, 3)), {});
    std::string sent;
    std::jthread sender([&] { connection.send({{"large", std::string(2'000'000, 'x')}}); });
    std::array<char, 4096> bytes{};
    while (sent.empty() || sent.back() != '\n') {
        const ssize_t count = ::read(client.number(), bytes.data(), bytes.size());
        if (count > 0) sent.append(bytes.data(), static_cast<std::size_t>(count));
    }
    sender.join();
    CHECK(Json::parse(sent)["large"].get_ref<const std::string&>().size() == 2'000'000);
    REQUIRE(::write(client.number(), "{}\n", 3) == 3);
    CHECK(std::get<bm::ReceivedMessage>(connection.receive()).bytes == "{}");
}
