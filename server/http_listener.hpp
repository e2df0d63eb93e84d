#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "server/http_acceptor.hpp"
#include "server/severity.hpp"

namespace bm {

/// One address that is listened on, with a thread that accepts. Listens again when the system has
/// ended it for a reason that passes, such as a lack of descriptors.
class HttpListener {
public:
    struct Options {
        std::string host;
        int port = 0;  ///< 0: one that the system picks
        BmAccepted accepted{};
        ServerLog log{};
    };

    /// Null when that fails, with errno as the system has set it or 0. `functions` are whole.
    [[nodiscard]] static std::unique_ptr<HttpListener> open(const AcceptorFunctions& functions,
                                                            Options options);

    HttpListener(const HttpListener&) = delete;
    HttpListener& operator=(const HttpListener&) = delete;
    /// Stops.
    ~HttpListener();

    [[nodiscard]] int port() const noexcept { return port_; }
    /// Nothing connects any more, whatever the thread is at. Any thread.
    void stop();

private:
    HttpListener(const AcceptorFunctions& functions, Options options);

    [[nodiscard]] bool listen(int port);
    void accept_until_stopped();
    void close();

    AcceptorFunctions functions_;
    Options options_;
    int port_ = 0;
    std::atomic<bool> stopping_{false};  // set within the lock
    std::mutex mutex_;
    BmAcceptor* acceptor_ = nullptr;  // owned, through functions_
    std::jthread accepting_;
};

}  // namespace bm
