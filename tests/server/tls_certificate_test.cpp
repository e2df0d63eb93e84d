// TLS by certificate files: what clients of the distribution make of it, and what may be wrong.
#include "server/tls_certificate.hpp"

#include <atomic>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "server/http_response.hpp"
#include "server/http_server.hpp"
#include "tests/support/http_client.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace std::chrono_literals;
using bm::TlsCertificate;
using bm::TlsFiles;
using bm::test::http_request;
using bm::test::HttpClient;
using bm::test::TemporaryFolder;

namespace {

struct Done {
    int code = -1;
    std::string out;
};

/// Runs a command line; what it says on either output.
Done run(const std::string& command) {
    Done done;
    std::FILE* const pipe = ::popen((command + " 2>&1").c_str(), "r");
    REQUIRE(pipe != nullptr);
    std::array<char, 4096> piece{};
    while (const auto got = std::fread(piece.data(), 1, piece.size(), pipe)) {
        done.out.append(piece.data(), got);
    }
    const int status = ::pclose(pipe);
    if (WIFEXITED(status)) done.code = WEXITSTATUS(status);
    return done;
}

void must(const std::string& command) {
    const Done done = run(command);
    REQUIRE_MESSAGE(done.code == 0, command << ": " << done.out);
}

/// Certificates and keys as whoever runs a server makes them.
class Certificates {
public:
    [[nodiscard]] std::string file(const std::string& name) const {
        return (folder_.path() / name).string();
    }
    /// A certificate NAME.crt for localhost that vouches for itself, with NAME.key.
    void make(const std::string& name,
              const std::string& key = "ec -pkeyopt ec_paramgen_curve:P-256") const {
        must("openssl req -x509 -newkey " + key + " -nodes -days 2 -subj /CN=localhost" +
             " -addext subjectAltName=DNS:localhost,IP:127.0.0.1 -keyout '" + file(name + ".key") +
             "' -out '" + file(name + ".crt") + "'");
    }
    [[nodiscard]] TlsFiles files(const std::string& name) const {
        return {file(name + ".crt"), file(name + ".key")};
    }
    void write(const std::string& name, const std::string& text) const {
        std::ofstream(file(name)) << text;
    }
    /// As renewing programs do it: at one blow.
    void replace(const std::string& name, const std::string& with) const {
        std::filesystem::copy_file(file(with), file("next"),
                                   std::filesystem::copy_options::overwrite_existing);
        std::filesystem::rename(file("next"), file(name));
    }

private:
    TemporaryFolder folder_;
};

/// Sends back what it gets.
class EchoService final : public bm::HttpService {
public:
    void serve(bm::HttpExchange& exchange) override {
        if (!exchange.read_body(16 * std::size_t{1024} * 1024)) return;
        bm::HttpResponse response = bm::plain_response(200, "here");
        if (!exchange.request().body.empty()) response.body = exchange.request().body;
        exchange.answer(response);
    }
};

/// A server with a certificate, and what it has logged.
class Served {
public:
    explicit Served(TlsFiles files, bm::ConnectionLimits limits = {}) {
        auto opened = TlsCertificate::open(
            std::move(files),
            [this](bm::Severity, std::string_view text) {
                const std::scoped_lock lock(mutex_);
                log_.emplace_back(text);
            },
            // Every look is a second after the one before.
            [this] { return bm::Moment() + std::chrono::seconds(++looks_); });
        REQUIRE_MESSAGE(opened, opened.error());
        certificate_ = *std::move(opened);
        bm::HttpServer::Options options;
        options.limits = limits;
        options.certificate = certificate_.get();
        auto server = bm::HttpServer::open(echo_, std::move(options));
        REQUIRE_MESSAGE(server, server.error());
        server_ = *std::move(server);
    }

    [[nodiscard]] bm::HttpServer& server() { return *server_; }
    [[nodiscard]] std::string url() const {
        return "https://localhost:" + std::to_string(server_->port()) + "/";
    }
    /// What curl says that trusts this certificate only.
    [[nodiscard]] Done curl(const std::string& trusted, const std::string& more = "") const {
        return run("curl -sS --max-time 20 --cacert '" + trusted + "' " + more + " " + url());
    }
    [[nodiscard]] std::vector<std::string> log() {
        const std::scoped_lock lock(mutex_);
        return log_;
    }
    /// False when connections are still open after a long time.
    [[nodiscard]] bool is_idle_soon() {
        for (int i = 0; i < 500 && server_->connection_count() > 0; ++i) {
            std::this_thread::sleep_for(10ms);
        }
        return server_->connection_count() == 0;
    }

private:
    std::mutex mutex_;
    std::vector<std::string> log_;
    std::atomic<int> looks_{0};
    EchoService echo_;
    std::unique_ptr<TlsCertificate> certificate_;
    std::unique_ptr<bm::HttpServer> server_;
};

}  // namespace

TEST_CASE("a client that trusts the certificate is answered over TLS 1.2 and 1.3") {
    const Certificates made;
    made.make("own");
    Served served(made.files("own"));
    const std::string own = made.file("own.crt");
    CHECK(served.curl(own, "--tlsv1.3").out == "here\n");
    CHECK(served.curl(own, "--tlsv1.2 --tls-max 1.2").out == "here\n");
    // Both ask for it with one connection for two requests.
    const Done twice = served.curl(own, served.url() + " -w '%{num_connects} %{http_version} '");
    CHECK(twice.out == "here\n1 1.1 here\n0 1.1 ");
    const Done old = served.curl(own, "--tlsv1.0 --tls-max 1.1 --ciphers DEFAULT:@SECLEVEL=0");
    CHECK(old.code == 35);
    made.make("other");
    CHECK(served.curl(made.file("other.crt")).code == 60);
}

TEST_CASE("large bodies come through TLS whole") {
    const Certificates made;
    made.make("own", "rsa:2048");
    Served served(made.files("own"));
    std::string large;
    for (int i = 0; large.size() < 5'000'000; ++i) large += std::to_string(i) + ' ';
    made.write("body", large);
    const Done done = served.curl(made.file("own.crt"), "--data-binary @'" + made.file("body") +
                                                            "' -o '" + made.file("back") + "'");
    CHECK_MESSAGE(done.code == 0, done.out);
    must("cmp '" + made.file("body") + "' '" + made.file("back") + "'");
}

TEST_CASE("files that cannot be served are named with the reason") {
    const Certificates made;
    made.make("own");
    made.make("other");
    made.make("weak", "rsa:1024");
    must("openssl pkey -in '" + made.file("own.key") + "' -aes256 -passout pass:word -out '" +
         made.file("locked.key") + "'");
    made.write("empty", "");
    made.write("words", "these are words\n");
    must("head -c 200 '" + made.file("own.crt") + "' > '" + made.file("half.crt") + "'");
    must("cat '" + made.file("own.crt") + "' '" + made.file("half.crt") + "' > '" +
         made.file("chain.crt") + "'");
    REQUIRE(::mkfifo(made.file("pipe").c_str(), 0600) == 0);
    made.write("large", std::string(1024 * 1024 + 1, 'x'));
    struct Row {
        const char* certificate;
        const char* key;
        const char* named;
        const char* reason;
    };
    const std::vector<Row> rows = {
        {"none", "own.key", "none", "No such file"},
        {"own.crt", "none", "none", "No such file"},
        {"", "own.key", "", "it is not a file"},
        {"own.crt", "pipe", "pipe", "it is not a file"},
        {"large", "own.key", "large", "too large"},
        {"empty", "own.key", "empty", "holds no certificate"},
        {"words", "own.key", "words", "holds no certificate"},
        {"own.key", "own.crt", "own.key", "holds no certificate"},
        {"half.crt", "own.key", "half.crt", "holds no certificate"},
        {"chain.crt", "own.key", "chain.crt", "behind the first one"},
        {"own.crt", "own.crt", "own.crt", "holds no private key"},
        {"own.crt", "words", "words", "holds no private key"},
        {"own.crt", "other.key", "other.key", "does not belong to the first certificate"},
        {"own.crt", "locked.key", "locked.key", "locked with a password"},
        {"weak.crt", "weak.key", "weak.crt", "too weak"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.certificate);
        CAPTURE(row.key);
        const auto opened =
            TlsCertificate::open({made.file(row.certificate), made.file(row.key)}, {});
        REQUIRE_FALSE(opened);
        CAPTURE(opened.error());
        CHECK(opened.error().find("'" + made.file(row.named) + "'") != std::string::npos);
        CHECK(opened.error().find(row.reason) != std::string::npos);
    }
}

TEST_CASE("certificate and key may be one file, and a chain stands behind the certificate") {
    const Certificates made;
    made.make("root");
    must("openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=leaf -keyout '" +
         made.file("leaf.key") + "' -out '" + made.file("leaf.csr") + "'");
    made.write("names", "subjectAltName=DNS:localhost\n");
    must("openssl x509 -req -days 2 -in '" + made.file("leaf.csr") + "' -CA '" +
         made.file("root.crt") + "' -CAkey '" + made.file("root.key") +
         "' -set_serial 7 -extfile '" + made.file("names") + "' -out '" + made.file("leaf.crt") +
         "'");
    must("cat '" + made.file("leaf.crt") + "' '" + made.file("root.crt") + "' '" +
         made.file("leaf.key") + "' > '" + made.file("all.pem") + "'");
    Served served({made.file("all.pem"), made.file("all.pem")});
    CHECK(served.curl(made.file("root.crt")).out == "here\n");
    const Done shown =
        run("openssl s_client -connect localhost:" + std::to_string(served.server().port()) +
            " -showcerts < /dev/null");
    CHECK(shown.out.find(" 1 s:CN = localhost") != std::string::npos);
}

TEST_CASE("a renewed certificate is served without a restart") {
    const Certificates made;
    made.make("old");
    made.make("new");
    made.replace("own.crt", "old.crt");
    made.replace("own.key", "old.key");
    Served served(made.files("own"));
    CHECK(served.curl(made.file("old.crt")).out == "here\n");
    // Between the two files, and while one is gone, the old one serves on.
    made.replace("own.crt", "new.crt");
    CHECK(served.curl(made.file("old.crt")).out == "here\n");
    CHECK(served.curl(made.file("old.crt")).out == "here\n");
    REQUIRE(served.log().size() == 1);
    CHECK(served.log().front().find("the old one is served on") != std::string::npos);
    CHECK(served.log().front().find("does not belong") != std::string::npos);
    std::filesystem::remove(made.file("own.key"));
    CHECK(served.curl(made.file("old.crt")).out == "here\n");
    CHECK(served.log().size() == 2);
    made.replace("own.key", "new.key");
    CHECK(served.curl(made.file("new.crt")).out == "here\n");
    CHECK(served.curl(made.file("old.crt")).code == 60);
    CHECK(served.log().back() == "a new TLS certificate is served");
}

TEST_CASE("clients and renewals do not get in each other's way") {
    const Certificates made;
    made.make("one");
    made.make("two");
    must("cat '" + made.file("one.crt") + "' '" + made.file("one.key") + "' > '" +
         made.file("one.pem") + "'");
    must("cat '" + made.file("two.crt") + "' '" + made.file("two.key") + "' > '" +
         made.file("two.pem") + "'");
    must("cat '" + made.file("one.crt") + "' '" + made.file("two.crt") + "' > '" +
         made.file("both.crt") + "'");
    made.replace("own.pem", "one.pem");
    Served served({made.file("own.pem"), made.file("own.pem")});
    std::atomic<int> answered{0};
    {
        std::vector<std::jthread> clients;
        for (int i = 0; i < 4; ++i) {
            clients.emplace_back([&] {
                for (int j = 0; j < 5; ++j) {
                    if (served.curl(made.file("both.crt")).out == "here\n") ++answered;
                }
            });
        }
        for (int i = 0; i < 10; ++i) {
            made.replace("own.pem", i % 2 == 0 ? "two.pem" : "one.pem");
            std::this_thread::sleep_for(10ms);
        }
    }
    CHECK(answered == 20);
}

TEST_CASE("who is slow with the handshake loses the connection in the time of a head") {
    const Certificates made;
    made.make("own");
    bm::ConnectionLimits limits;
    limits.head_time = 150ms;
    Served served(made.files("own"), limits);
    HttpClient silent(served.server().port());
    HttpClient slow(served.server().port());
    // The beginning of a handshake whose rest would be 500 bytes, a byte now and then.
    slow.write(std::string("\x16\x03\x01\x01\xf4\x01", 6));
    for (int i = 0; i < 4; ++i) {
        std::this_thread::sleep_for(60ms);
        slow.write("x");
    }
    CHECK(silent.is_closed_within(5s));
    CHECK(slow.is_closed_within(5s));
    CHECK(served.is_idle_soon());
}

TEST_CASE("a handshake that has not ended does not hold up the end of the server") {
    const Certificates made;
    made.make("own");
    Served served(made.files("own"));
    HttpClient silent(served.server().port());
    for (int i = 0; i < 500 && served.server().connection_count() == 0; ++i) {
        std::this_thread::sleep_for(10ms);
    }
    REQUIRE(served.server().connection_count() == 1);
    served.server().stop();
    CHECK(served.server().wait_until_idle(bm::steady_now() + 5s));
}

TEST_CASE("who speaks HTTP where TLS is spoken is told so") {
    const Certificates made;
    made.make("own");
    Served served(made.files("own"));
    HttpClient client(served.server().port());
    client.write(http_request("GET", "/"));
    const auto reply = client.read();
    CHECK(reply.status == 400);
    CHECK(reply.body.find("https://") != std::string::npos);
    CHECK(client.is_closed_within(5s));
    // Neither do bytes of no protocol do harm.
    HttpClient noise(served.server().port());
    noise.write(std::string(1000, '\x7F'));
    CHECK(noise.read().status == 0);
    CHECK(served.is_idle_soon());
}
