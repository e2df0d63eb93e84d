#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <string>
#include <thread>

#include <tl/expected.hpp>

#include "server/connection_threads.hpp"
#include "server/file_descriptor.hpp"
#include "server/http_acceptor.hpp"
#include "server/http_connection.hpp"
#include "server/http_exchange.hpp"
#include "server/severity.hpp"
#include "server/trusted_proxies.hpp"

namespace bm {

/// Listens on one address and serves what comes, each connection on a thread of its own. HTTP/1.1
/// and 1.0 without TLS: on a public address a reverse proxy stands in front.
class HttpServer {
public:
    struct Options {
        std::string host = "127.0.0.1";
        int port = 0;  ///< 0: one that the system picks
        /// Connections at a time; who comes beyond them is told so (503).
        std::size_t connections = 1200;
        ConnectionLimits limits{};
        ServerLog log{};
        TrustedProxies proxies{};
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

    [[nodiscard]] int port() const noexcept { return port_; }

    /// Accepts nothing any more, closes idle connections, and answers 503 to requests that come on
    /// open ones. What is being served goes on.
    void stop();
    /// True when the last connection has ended before `deadline`.
    [[nodiscard]] bool wait_until_idle(Moment deadline);

    /// Readable from stop() on.
    [[nodiscard]] int stop_fd() const noexcept { return stop_.read_end.number(); }
    [[nodiscard]] std::size_t connection_count() const { return threads_.job_count(); }

private:
    HttpServer(HttpService& service, Options options, AcceptorFunctions functions);

    [[nodiscard]] bool listen(int port);
    void accept_until_stopped();
    void take(int socket);
    void serve(FileDescriptor socket);
    void close_acceptor();

    HttpService& service_;
    Options options_;
    AcceptorFunctions functions_;
    WakePipe stop_;
    std::atomic<bool> stopping_{false};
    int port_ = 0;
    std::mutex acceptor_mutex_;
    BmAcceptor* acceptor_ = nullptr;  // owned, through functions_
    ConnectionThreads threads_;
    std::jthread accepting_;
};

}  // namespace bm
