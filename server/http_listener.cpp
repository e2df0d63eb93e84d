#include "server/http_listener.hpp"

#include <chrono>
#include <utility>

namespace bm {
namespace {

/// Between attempts to listen again after the system has ended it.
constexpr std::chrono::milliseconds listen_again_after{100};

}  // namespace

std::unique_ptr<HttpListener> HttpListener::open(const AcceptorFunctions& functions,
                                                 Options options) {
    std::unique_ptr<HttpListener> out(new HttpListener(functions, std::move(options)));
    if (!out->listen(out->options_.port)) return nullptr;
    out->accepting_ = std::jthread([&self = *out] { self.accept_until_stopped(); });
    return out;
}

HttpListener::HttpListener(const AcceptorFunctions& functions, Options options)
    : functions_(functions), options_(std::move(options)) {}

HttpListener::~HttpListener() {
    stop();
    if (accepting_.joinable()) accepting_.join();
    close();
}

/// Also true when there is nothing to listen for any more.
bool HttpListener::listen(int port) {
    const std::scoped_lock lock(mutex_);
    // Looked at within the lock: a stop that came before finds no acceptor that it could end.
    if (stopping_) return true;
    int bound = 0;
    acceptor_ = functions_.open(options_.host.c_str(), port, options_.accepted, &bound);
    // Written once, before the thread; others read it.
    if (acceptor_ != nullptr && port_ == 0) port_ = bound;
    return acceptor_ != nullptr;
}

void HttpListener::accept_until_stopped() {
    for (;;) {
        // None other than this thread replaces it.
        functions_.run(acceptor_);
        if (stopping_) return;
        if (options_.log) options_.log(Severity::error, "listening was interrupted; once more");
        const int port = port_;
        close();
        do {
            std::this_thread::sleep_for(listen_again_after);
        } while (!listen(port));
        if (stopping_) return;
    }
}

void HttpListener::close() {
    const std::scoped_lock lock(mutex_);
    if (acceptor_ != nullptr) functions_.close(std::exchange(acceptor_, nullptr));
}

void HttpListener::stop() {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
    if (acceptor_ != nullptr) functions_.stop(acceptor_);
}

}  // namespace bm
