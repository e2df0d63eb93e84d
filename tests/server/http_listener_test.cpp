#include "server/http_listener.hpp"

#include <condition_variable>
#include <mutex>
#include <string>
#include <vector>

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/http_response.hpp"
#include "server/http_server.hpp"
#include "tests/support/http_client.hpp"

using namespace std::chrono_literals;
using bm::test::http_request;
using bm::test::HttpClient;

namespace {

/// What a listener asks of the library. Its first run ends by itself, as when the system has no
/// descriptors left; the next ones last until they are stopped.
class FakeAcceptors {
public:
    static bm::AcceptorFunctions functions() { return {&open, &run, &stop, &close}; }

    /// Waits until that many have been opened; false when that takes too long.
    static bool wait_for_opens(int count) {
        std::unique_lock lock(mutex);
        return changed.wait_for(lock, 10s, [&] { return opens >= count; });
    }
    static void reset() {
        const std::scoped_lock lock(mutex);
        opens = closes = runs = 0;
        stopped = false;
    }
    static int open_count() {
        const std::scoped_lock lock(mutex);
        return opens;
    }
    static int close_count() {
        const std::scoped_lock lock(mutex);
        return closes;
    }

private:
    static BmAcceptor* open(const char* /*host*/, int port, BmAccepted /*taker*/, int* bound) {
        const std::scoped_lock lock(mutex);
        ++opens;
        stopped = false;
        *bound = port == 0 ? 4711 : port;
        changed.notify_all();
        return reinterpret_cast<BmAcceptor*>(&opens);
    }
    static void run(BmAcceptor* /*acceptor*/) {
        std::unique_lock lock(mutex);
        if (++runs == 1) return;
        changed.wait(lock, [] { return stopped; });
    }
    static void stop(BmAcceptor* /*acceptor*/) {
        const std::scoped_lock lock(mutex);
        stopped = true;
        changed.notify_all();
    }
    static void close(BmAcceptor* /*acceptor*/) {
        const std::scoped_lock lock(mutex);
        ++closes;
    }

    static inline std::mutex mutex;
    static inline std::condition_variable changed;
    static inline int opens = 0;
    static inline int closes = 0;
    static inline int runs = 0;
    static inline bool stopped = false;
};

class GreetingService final : public bm::HttpService {
public:
    void serve(bm::HttpExchange& exchange) override {
        exchange.answer(bm::plain_response(200, exchange.request().peer));
    }
};

/// What [::1] answers on this port; -1: nobody listens there.
int status_over_six(int port) {
    const bm::FileDescriptor socket(::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in6 address{};
    address.sin6_family = AF_INET6;
    address.sin6_port = htons(static_cast<std::uint16_t>(port));
    address.sin6_addr = in6addr_loopback;
    if (::connect(socket.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address) !=
        0) {
        return -1;
    }
    const std::string request = http_request("GET", "/", {{"Connection", "close"}}, "", "[::1]");
    [[maybe_unused]] const auto sent = ::send(socket.number(), request.data(), request.size(), 0);
    std::string all;
    std::array<char, 1024> piece{};
    for (;;) {
        const auto got = ::recv(socket.number(), piece.data(), piece.size(), 0);
        if (got <= 0) break;
        all.append(piece.data(), static_cast<std::size_t>(got));
    }
    return all.starts_with("HTTP/1.1 200") && all.ends_with("::1\n") ? 200 : 0;
}

bool has_six() {
    const bm::FileDescriptor socket(::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in6 address{};
    address.sin6_family = AF_INET6;
    address.sin6_addr = in6addr_loopback;
    return socket && ::bind(socket.number(), reinterpret_cast<const sockaddr*>(&address),
                            sizeof address) == 0;
}

}  // namespace

TEST_CASE("listening that the system has ended begins anew on the same port") {
    FakeAcceptors::reset();
    {
        const auto listener =
            bm::HttpListener::open(FakeAcceptors::functions(), {.host = "h", .accepted = {}});
        REQUIRE(listener);
        CHECK(FakeAcceptors::wait_for_opens(2));
        CHECK(listener->port() == 4711);
    }
    CHECK(FakeAcceptors::open_count() == 2);
    CHECK(FakeAcceptors::close_count() == 2);
}

TEST_CASE("a stop while nothing is listened on is not forgotten") {
    // Whatever moment of the pause it comes in: else the next run would never end.
    for (const auto pause : {0ms, 50ms, 95ms, 99ms, 100ms, 101ms, 105ms}) {
        CAPTURE(pause.count());
        FakeAcceptors::reset();
        const auto listener =
            bm::HttpListener::open(FakeAcceptors::functions(), {.host = "h", .accepted = {}});
        REQUIRE(listener);
        std::this_thread::sleep_for(pause);
        listener->stop();
        const int opened = FakeAcceptors::open_count();
        std::this_thread::sleep_for(pause == 0ms ? 150ms : 0ms);
        CHECK(FakeAcceptors::open_count() == opened);
    }
}

TEST_CASE("one server answers on both addresses of the machine itself") {
    GreetingService service;
    bm::HttpServer::Options options;
    options.other_hosts = {"::1"};
    const auto server = bm::HttpServer::open(service, std::move(options));
    REQUIRE(server);
    HttpClient client((*server)->port());
    client.write(http_request("GET", "/"));
    CHECK(client.read().body == "127.0.0.1\n");
    if (has_six()) {
        CHECK((*server)->address_count() == 2);
        CHECK(status_over_six((*server)->port()) == 200);
    }
    (*server)->stop();
    CHECK(status_over_six((*server)->port()) == -1);
}

TEST_CASE("an address that this machine does not have is left out") {
    GreetingService service;
    bm::HttpServer::Options options;
    options.other_hosts = {"2001:db8::7"};
    const auto server = bm::HttpServer::open(service, std::move(options));
    REQUIRE(server);
    CHECK((*server)->address_count() == 1);
    HttpClient client((*server)->port());
    client.write(http_request("GET", "/"));
    CHECK(client.read().status == 200);
}

TEST_CASE("another program on the second address is told of") {
    if (!has_six()) return;
    GreetingService service;
    bm::HttpServer::Options first;
    first.host = "::1";
    const auto other = bm::HttpServer::open(service, std::move(first));
    REQUIRE(other);
    bm::HttpServer::Options options;
    options.port = (*other)->port();
    options.other_hosts = {"::1"};
    std::vector<std::string> log;
    options.log = [&](bm::Severity severity, std::string_view text) {
        if (severity == bm::Severity::warning) log.emplace_back(text);
    };
    const auto server = bm::HttpServer::open(service, std::move(options));
    if (!server) return;  // somebody else has taken that port of 127.0.0.1
    CHECK((*server)->address_count() == 1);
    REQUIRE(log.size() == 1);
    CHECK(log.front().find("another program has it") != std::string::npos);
}
