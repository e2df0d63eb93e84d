#include "sync/web_client.hpp"

#include <array>
#include <cstdlib>
#include <filesystem>

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/temporary_folder.hpp"
#include "tests/support/tls_certificate.hpp"

namespace bm {
namespace {

std::string address_bytes(const char* text) {
    std::array<char, 16> bytes{};
    if (inet_pton(AF_INET, text, bytes.data()) == 1) return {bytes.data(), 4};
    REQUIRE(inet_pton(AF_INET6, text, bytes.data()) == 1);
    return {bytes.data(), 16};
}

TEST_CASE("addresses that no stranger may make us call, at both ends of each range") {
    for (const char* special : {"0.0.0.0",
                                "0.255.255.255",
                                "10.0.0.1",
                                "10.255.255.255",
                                "100.64.0.1",
                                "100.127.255.255",
                                "127.0.0.1",
                                "127.255.255.255",
                                "169.254.0.1",
                                "169.254.169.254",
                                "172.16.0.1",
                                "172.31.255.255",
                                "192.0.0.1",
                                "192.0.2.1",
                                "192.168.0.1",
                                "192.168.255.255",
                                "198.18.0.1",
                                "198.19.255.255",
                                "198.51.100.1",
                                "203.0.113.1",
                                "224.0.0.1",
                                "239.1.1.1",
                                "240.0.0.1",
                                "255.255.255.255",
                                "::",
                                "::1",
                                "::ffff:8.8.8.8",
                                "::ffff:127.0.0.1",
                                "::127.0.0.1",
                                "64:ff9b::7f00:1",
                                "64:ff9b::a9fe:a9fe",
                                "64:ff9b:1::1",
                                "100::1",
                                "2001::1",
                                "2001:db8::1",
                                "2002:7f00:1::",
                                "2002:808:808::",
                                "3fff::1",
                                "5f00::1",
                                "fc00::1",
                                "fd12:3456::1",
                                "fe80::1",
                                "fec0::1",
                                "ff02::1"}) {
        CAPTURE(special);
        CHECK_FALSE(is_public_address(address_bytes(special)));
    }
    for (const char* open : {"1.1.1.1",         "8.8.8.8",         "9.255.255.255",
                             "11.0.0.1",        "100.63.255.255",  "100.128.0.1",
                             "126.255.255.255", "128.0.0.1",       "169.253.1.1",
                             "172.15.255.255",  "172.32.0.1",      "192.167.1.1",
                             "192.169.1.1",     "198.17.1.1",      "198.20.1.1",
                             "223.255.255.255", "2606:4700::1111", "2001:4860:4860::8888",
                             "2a00::1",         "64:ff9b::808:808"}) {
        CAPTURE(open);
        CHECK(is_public_address(address_bytes(open)));
    }
    CHECK_FALSE(is_public_address(""));
    CHECK_FALSE(is_public_address("abc"));
}

/// The server of tests/support/tls_server.py, as long as this lives.
class TlsServer {
public:
    TlsServer() {
        test::write_tls_certificate(certificate());
        std::array<int, 2> to{};
        std::array<int, 2> from{};
        REQUIRE(::pipe2(to.data(), O_CLOEXEC) == 0);
        REQUIRE(::pipe2(from.data(), O_CLOEXEC) == 0);
        const std::string script =
            (std::filesystem::current_path() / "support" / "tls_server.py").string();
        id_ = ::fork();
        REQUIRE(id_ >= 0);
        if (id_ == 0) {
            ::dup2(to[0], STDIN_FILENO);
            ::dup2(from[1], STDOUT_FILENO);
            ::execlp("python3", "python3", script.c_str(), certificate().c_str(), nullptr);
            ::_exit(127);
        }
        ::close(to[0]);
        ::close(from[1]);
        input_ = to[1];
        char c = 0;
        while (::read(from[0], &c, 1) == 1 && c != '\n') port_ += c;
        ::close(from[0]);
        REQUIRE_FALSE(port_.empty());
    }
    ~TlsServer() {
        ::close(input_);
        int status = 0;
        ::waitpid(id_, &status, 0);
    }
    TlsServer(const TlsServer&) = delete;
    TlsServer& operator=(const TlsServer&) = delete;

    [[nodiscard]] std::string certificate() const {
        return (folder_.path() / "certificate.pem").string();
    }
    [[nodiscard]] std::string url(const std::string& path) const {
        return "https://localhost:" + port_ + path;
    }

private:
    test::TemporaryFolder folder_;
    pid_t id_ = -1;
    int input_ = -1;
    std::string port_;
};

TEST_CASE("documents come over https, whole, and no further than told") {
    const TlsServer server;
    const auto client = make_web_client({server.certificate(), true});
    const auto get = [&](const std::string& path, std::size_t most = 5120) {
        return client->get({server.url(path), most, std::chrono::milliseconds(20'000)});
    };
    const auto answer = get("/x");
    REQUIRE(answer);
    CHECK(answer->status == 200);
    CHECK(answer->content_type == "application/json");
    CHECK(answer->cache_control == "max-age=77");
    CHECK(answer->body == R"({"path":"/x","cookie":"None"})");

    const auto redirect = get("/redirect");
    REQUIRE(redirect);
    CHECK(redirect->status == 302);
    CHECK(redirect->body.find("elsewhere") == std::string::npos);

    CHECK(get("/big").error().fault == Fault::invalid);
    CHECK(get("/endless").error().fault == Fault::invalid);
    CHECK(get("/big", 6000)->body.size() == 6000);
    const auto slow = client->get({server.url("/slow"), 5120, std::chrono::milliseconds(300)});
    CHECK(slow.error().fault == Fault::unavailable);
}

TEST_CASE("the real client calls no special address, trusts no stranger, and uses no proxy") {
    const TlsServer server;
    const std::chrono::milliseconds patience(20'000);
    const auto fault = [&](WebTrust trust, const std::string& url) {
        return make_web_client(std::move(trust))->get({url, 5120, patience}).error().fault;
    };
    CHECK(fault({server.certificate(), false}, server.url("/x")) == Fault::forbidden);
    CHECK(fault({}, "https://127.0.0.1/x") == Fault::forbidden);
    CHECK(fault({}, "https://[::1]/x") == Fault::forbidden);
    CHECK(fault({}, "https://2130706433/x") == Fault::forbidden);
    CHECK(fault({}, "https://0x7f.1/x") == Fault::forbidden);
    CHECK(fault({std::nullopt, true}, server.url("/x")) == Fault::unavailable);
    for (const char* url : {"http://localhost/x", "file:///etc/passwd", "", "ftp://x/"})
        CHECK(fault({std::nullopt, true}, url) == Fault::invalid);
    ::setenv("https_proxy", "http://127.0.0.1:1", 1);
    ::setenv("ALL_PROXY", "http://127.0.0.1:1", 1);
    const auto client = make_web_client({server.certificate(), true});
    CHECK(client->get({server.url("/x"), 5120, patience}));
    ::unsetenv("https_proxy");
    ::unsetenv("ALL_PROXY");
}

}  // namespace
}  // namespace bm
