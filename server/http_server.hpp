#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "server/connection_shares.hpp"
#include "server/connection_threads.hpp"
#include "server/file_descriptor.hpp"
#include "server/http_connection.hpp"
#include "server/http_exchange.hpp"
#include "server/http_listener.hpp"
#include "server/severity.hpp"
#include "server/tls_certificate.hpp"
#include "server/trusted_proxies.hpp"

namespace bm {

/// Listens and serves what comes, each connection on a thread of its own. HTTP/1.1 and 1.0, over
/// TLS where a certificate is given.
class HttpServer {
public:
    struct Options {
        std::string host = "127.0.0.1";
        /// Also listened on, at the same port, where that can be.
        std::vector<std::string> other_hosts{};
        int port = 0;  ///< 0: one that the system picks
        /// Connections at a time; who comes beyond them is told so (503).
        std::size_t connections = 1200;
        /// Whether connections from this machine count like those of any other peer (see
        /// ConnectionShares). As a rule they are a proxy's, or the user's own.
        bool counts_loopback = false;
        ConnectionLimits limits{};
        ServerLog log{};
        TrustedProxies proxies{};
        /// Outlives the server. Null: without TLS.
        TlsCertificate* certificate = nullptr;
        /// Of bodies, and of answers that are not taken yet; outlives the server. Null: no limit.
        MemoryBudget* memory = nullptr;
    };

    /// Listens from here on. The sentence says why that is impossible. `service` outlives the
    /// server.
    [[nodiscard]] static tl::expected<std::unique_ptr<HttpServer>, std::string> open(
        HttpService& service, Options options);

    HttpServer(const HttpServer&) = delete;
    HttpServer& operator=(const HttpServer&) = delete;
    /// Stops, and waits for what is still served.
    ~HttpServer();

    [[nodiscard]] int port() const noexcept { return listeners_.front()->port(); }
    /// How many of the addresses are listened on.
    [[nodiscard]] std::size_t address_count() const noexcept { return listeners_.size(); }

    /// Accepts nothing any more, closes idle connections, and answers 503 to requests that come on
    /// open ones. What is being served goes on.
    void stop();
    /// True when the last connection has ended before `deadline`.
    [[nodiscard]] bool wait_until_idle(Moment deadline);

    /// Readable from stop() on.
    [[nodiscard]] int stop_fd() const noexcept { return stop_.read_end.number(); }
    [[nodiscard]] std::size_t connection_count() const { return threads_.job_count(); }

private:
    HttpServer(HttpService& service, Options options);

    [[nodiscard]] bool listen(const AcceptorFunctions& functions, const std::string& host,
                              int port);
    void take(int socket);
    [[nodiscard]] bool admit(const std::shared_ptr<FileDescriptor>& socket);
    void serve(FileDescriptor socket);

    HttpService& service_;
    Options options_;
    WakePipe stop_;
    std::atomic<bool> stopping_{false};
    ConnectionShares shares_;
    ConnectionThreads threads_;
    std::vector<std::unique_ptr<HttpListener>> listeners_;  // fixed from open() on; never empty
};

}  // namespace bm
