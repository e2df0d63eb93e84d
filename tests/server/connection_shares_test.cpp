#include "server/connection_shares.hpp"

#include <array>
#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include "server/http_response.hpp"
#include "server/http_server.hpp"
#include "tests/support/http_client.hpp"

using namespace std::chrono_literals;

namespace {

class HereService final : public bm::HttpService {
public:
    void serve(bm::HttpExchange& exchange) override {
        exchange.answer(bm::plain_response(200, "here"));
    }
};

/// What a client at that address of this machine is answered.
int status_from(const char* address, int port) {
    const bm::FileDescriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in place{};
    place.sin_family = AF_INET;
    ::inet_pton(AF_INET, address, &place.sin_addr);
    REQUIRE(::bind(socket.number(), reinterpret_cast<const sockaddr*>(&place), sizeof place) == 0);
    place.sin_port = htons(static_cast<std::uint16_t>(port));
    place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::connect(socket.number(), reinterpret_cast<const sockaddr*>(&place), sizeof place) ==
            0);
    // A refusal comes unasked, and could be lost behind a request that nobody reads.
    pollfd refused{socket.number(), POLLIN, 0};
    if (::poll(&refused, 1, 300) == 0) {
        const std::string request = bm::test::http_request("GET", "/", {{"Connection", "close"}});
        [[maybe_unused]] const auto sent =
            ::send(socket.number(), request.data(), request.size(), MSG_NOSIGNAL);
    }
    std::string head(12, ' ');  // HTTP/1.1 200
    const auto got = ::recv(socket.number(), head.data(), head.size(), MSG_WAITALL);
    return got == 12 ? std::stoi(head.substr(9)) : 0;
}

}  // namespace

TEST_CASE("of crowded places each peer has a quarter at most") {
    bm::ConnectionShares shares(16);
    std::vector<bm::ConnectionShares::Place> taken;
    // While there is room, nobody counts.
    for (int i = 0; i < 8; ++i) {
        taken.push_back(shares.take("192.0.2.1"));
        CHECK(taken.back());
    }
    CHECK_FALSE(shares.take("192.0.2.1"));
    for (int i = 0; i < 4; ++i) {
        taken.push_back(shares.take("192.0.2.2"));
        CHECK(taken.back());
    }
    CHECK_FALSE(shares.take("192.0.2.2"));
    CHECK(shares.take("192.0.2.3"));
    // What is given back is there again: four of the first are still more than a share.
    taken.erase(taken.begin(), taken.begin() + 4);
    CHECK_FALSE(shares.take("192.0.2.1"));
    taken.erase(taken.begin());
    CHECK(shares.take("192.0.2.1"));
}

TEST_CASE("all addresses of one machine are one peer") {
    bm::ConnectionShares shares(8);
    std::vector<bm::ConnectionShares::Place> taken;
    for (const char* peer : {"2001:db8::1", "2001:db8::2", "2001:DB8:0:0:ffff::3", "2001:db8::4"}) {
        taken.push_back(shares.take(peer));
        CHECK(taken.back());
    }
    CHECK_FALSE(shares.take("2001:db8::5"));
    CHECK(shares.take("2001:db8:0:1::1"));
    CHECK(shares.take("192.0.2.1"));
}

TEST_CASE("who was refused leaves nothing behind") {
    bm::ConnectionShares shares(4);
    std::vector<bm::ConnectionShares::Place> taken;
    for (int i = 0; i < 2; ++i) taken.push_back(shares.take("192.0.2.1"));
    for (int i = 0; i < 100; ++i) CHECK_FALSE(shares.take("192.0.2.1"));
    taken.clear();
    for (int i = 0; i < 2; ++i) {
        taken.push_back(shares.take("192.0.2.1"));
        CHECK(taken.back());
    }
}

TEST_CASE("a server refuses who has his share, and nobody else") {
    HereService service;
    bm::HttpServer::Options options;
    options.connections = 8;
    options.counts_loopback = true;
    const auto server = bm::HttpServer::open(service, std::move(options));
    REQUIRE(server);
    const int port = (*server)->port();
    std::vector<bm::test::HttpClient> idle;
    for (std::size_t i = 1; i <= 4; ++i) {
        idle.emplace_back(port);
        for (int j = 0; j < 500 && (*server)->connection_count() < i; ++j) {
            std::this_thread::sleep_for(10ms);
        }
    }
    CHECK(status_from("127.0.0.1", port) == 503);
    CHECK(status_from("127.0.0.2", port) == 200);
    CHECK(status_from("127.0.0.1", port) == 503);
    // Who goes makes room again.
    idle.clear();
    int status = 503;
    for (int i = 0; i < 50 && status == 503; ++i) {
        std::this_thread::sleep_for(10ms);
        status = status_from("127.0.0.1", port);
    }
    CHECK(status == 200);
}

TEST_CASE("the program's own machine and a trusted proxy have no share") {
    for (const bool is_proxy : {true, false}) {
        HereService service;
        bm::HttpServer::Options options;
        options.connections = 8;
        options.counts_loopback = is_proxy;
        std::string complaint;
        if (is_proxy) options.proxies = *bm::TrustedProxies::from({"127.0.0.1"}, complaint);
        const auto server = bm::HttpServer::open(service, std::move(options));
        REQUIRE(server);
        std::vector<bm::test::HttpClient> idle;
        for (std::size_t i = 1; i <= 6; ++i) {
            idle.emplace_back((*server)->port());
            for (int j = 0; j < 500 && (*server)->connection_count() < i; ++j) {
                std::this_thread::sleep_for(10ms);
            }
        }
        CHECK((*server)->connection_count() == 6);
        CHECK(status_from("127.0.0.1", (*server)->port()) == 200);
    }
}

TEST_CASE("who takes an answer a little at a time does not hold it for ever") {
    const std::string answer(8 * 1024 * 1024, 'x');
    struct Row {
        std::size_t least_bytes_per_second;
        std::size_t bytes;
        bool is_taken;
    };
    for (const Row& row : {Row{100 * 1024 * 1024, answer.size(), false}, Row{1, 500'000, true}}) {
        CAPTURE(row.bytes);
        std::array<int, 2> ends{};
        REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) == 0);
        const bm::FileDescriptor client(ends[1]);
        bm::HttpSocket socket(bm::FileDescriptor{ends[0]}, -1, nullptr,
                              {2s, row.least_bytes_per_second});
        std::atomic<bool> is_over{false};
        const std::jthread reader([&] {
            std::array<char, 4096> piece{};
            while (!is_over && ::recv(client.number(), piece.data(), piece.size(), 0) > 0) {
                std::this_thread::sleep_for(2ms);
            }
        });
        const auto began = bm::steady_now();
        CHECK(socket.write_all(std::string_view(answer).substr(0, row.bytes)) == row.is_taken);
        // All of it at this pace would take at least four seconds.
        if (!row.is_taken) CHECK(bm::steady_now() - began < 4s);
        is_over = true;
        ::shutdown(client.number(), SHUT_RDWR);
    }
}
