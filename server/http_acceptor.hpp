#pragma once

/// The door to the library that listens (cpp-httplib), as plain C: it may be loaded at run time,
/// and then shares neither its C++ runtime nor its exceptions with us.
extern "C" {

struct BmAcceptor;

/// Who gets the connections.
struct BmAccepted {
    void* self;
    /// Called on the thread that runs the acceptor; owns the socket from then on. Throws nothing.
    void (*take)(void* self, int socket);
};

/// Binds and listens. `port` 0: one that the system picks; `bound_port` tells which. Null when that
/// fails, with errno as the system has set it or 0.
BmAcceptor* bm_acceptor_open(const char* host, int port, BmAccepted accepted, int* bound_port);
/// Accepts until stopped.
void bm_acceptor_run(BmAcceptor* acceptor);
/// Ends run(), from any thread; nothing connects any more.
void bm_acceptor_stop(BmAcceptor* acceptor);
/// After run() has ended.
void bm_acceptor_close(BmAcceptor* acceptor);

}  // extern "C"

namespace bm {

/// The functions above, wherever they are.
struct AcceptorFunctions {
    decltype(&bm_acceptor_open) open = nullptr;
    decltype(&bm_acceptor_run) run = nullptr;
    decltype(&bm_acceptor_stop) stop = nullptr;
    decltype(&bm_acceptor_close) close = nullptr;
};

/// Null members when the library cannot be loaded. `why` tells the reason then.
[[nodiscard]] AcceptorFunctions acceptor_functions(const char*& why) noexcept;

}  // namespace bm
