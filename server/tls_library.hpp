#pragma once

#include <cstddef>

/// The door to the library that speaks TLS (OpenSSL), as plain C: like http_acceptor.hpp it may be
/// loaded at run time.
extern "C" {

/// A certificate with its key, and the rules of the protocol.
struct BmTlsContext;
/// One connection.
struct BmTlsSession;

enum BmTlsProblem {
    bm_tls_no_problem,
    bm_tls_no_certificate,
    bm_tls_damaged_chain,  ///< one of the certificates behind the first
    bm_tls_no_key,
    bm_tls_locked_key,
    bm_tls_foreign_key,  ///< of another certificate
    bm_tls_refused,      ///< by the library: too weak, as a rule
};

enum BmTlsOutcome {
    bm_tls_moved,
    bm_tls_wants_read,
    bm_tls_wants_write,
    bm_tls_closed,
    bm_tls_plain_http,  ///< who connected speaks HTTP without TLS
};

/// Both as PEM: the server's own certificate first, behind it those that vouch for it. Null with
/// the problem when they cannot be used. Asks nobody for a password.
BmTlsContext* bm_tls_open(const char* certificates, std::size_t certificates_size, const char* key,
                          std::size_t key_size, BmTlsProblem* problem);
/// Sessions that have begun go on.
void bm_tls_close(BmTlsContext* context);

/// For a socket that does not block, and which stays the caller's. Any thread; null without memory.
BmTlsSession* bm_tls_begin(BmTlsContext* context, int socket);
void bm_tls_free(BmTlsSession* session);

/// Each of these does what can be done without waiting. One thread at a time. What was not moved is
/// offered again with the same bytes in front.
BmTlsOutcome bm_tls_handshake(BmTlsSession* session);
BmTlsOutcome bm_tls_read(BmTlsSession* session, char* to, std::size_t size, std::size_t* moved);
BmTlsOutcome bm_tls_write(BmTlsSession* session, const char* from, std::size_t size,
                          std::size_t* moved);
/// Tells the other side that nothing follows.
void bm_tls_end(BmTlsSession* session);

}  // extern "C"

namespace bm {

/// The functions above, wherever they are.
struct TlsFunctions {
    decltype(&bm_tls_open) open = nullptr;
    decltype(&bm_tls_close) close = nullptr;
    decltype(&bm_tls_begin) begin = nullptr;
    decltype(&bm_tls_free) free = nullptr;
    decltype(&bm_tls_handshake) handshake = nullptr;
    decltype(&bm_tls_read) read = nullptr;
    decltype(&bm_tls_write) write = nullptr;
    decltype(&bm_tls_end) end = nullptr;
};

/// Null members when the library cannot be loaded. `why` tells the reason then.
[[nodiscard]] TlsFunctions tls_functions(const char*& why) noexcept;

}  // namespace bm
