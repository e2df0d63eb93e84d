#include "server/http_acceptor.hpp"

#include <cerrno>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include <httplib.h>
#include <sys/socket.h>

// Of the library we use what is sound in every version that distributions have: it resolves the
// address, binds, and accepts. What its versions before 0.44 do to requests (values decoded, bodies
// without limits, bytes of the next request lost) never happens, because no request passes through.

namespace {

/// As deep as the system allows by default; the library's 5 make clients wait for seconds.
constexpr int backlog = 1024;

/// Runs what it gets at once, on the accepting thread: a connection is handed on, not served.
class HandsOn final : public httplib::TaskQueue {
    using Task = std::function<void()>;
    // void in some versions, bool in others.
    using Taken = decltype(std::declval<httplib::TaskQueue&>().enqueue(std::declval<Task>()));

public:
    Taken enqueue(Task task) override {
        task();
        return static_cast<Taken>(true);
    }
    void shutdown() override {}
};

}  // namespace

struct BmAcceptor final : public httplib::Server {
public:
    explicit BmAcceptor(BmAccepted accepted) : accepted_(accepted) {
        new_task_queue = [] { return std::make_unique<HandsOn>().release(); };
        set_socket_options([this](socket_t socket) {
            listener_ = socket;
            // Not SO_REUSEPORT, with which two servers share a port and nobody is told.
            const int on = 1;
            ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
        });
    }

    int open(const char* host, int port) {
        const int bound = port == 0 ? bind_to_any_port(host) : bind_to_port(host, port) ? port : -1;
        return bound > 0 && ::listen(listener_, backlog) == 0 ? bound : -1;
    }

    // The library's own stop does nothing before the loop has begun. This ends the loop whenever.
    void shut() const { ::shutdown(listener_, SHUT_RDWR); }

private:
    bool process_and_close_socket(socket_t socket) override {
        accepted_.take(accepted_.self, socket);
        return true;
    }

    BmAccepted accepted_;
    socket_t listener_ = INVALID_SOCKET;
};

extern "C" {

BmAcceptor* bm_acceptor_open(const char* host, int port, BmAccepted accepted, int* bound_port) {
    try {
        auto acceptor = std::make_unique<BmAcceptor>(accepted);
        errno = 0;
        *bound_port = acceptor->open(host, port);
        return *bound_port > 0 ? acceptor.release() : nullptr;
    } catch (const std::exception&) {
        return nullptr;
    }
}

void bm_acceptor_run(BmAcceptor* acceptor) {
    try {
        acceptor->listen_after_bind();
    } catch (const std::exception&) {
        acceptor->shut();
    }
}

void bm_acceptor_stop(BmAcceptor* acceptor) { acceptor->shut(); }

void bm_acceptor_close(BmAcceptor* acceptor) { delete acceptor; }

}  // extern "C"
