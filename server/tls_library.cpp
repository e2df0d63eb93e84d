#include "server/tls_library.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <memory>
#include <new>
#include <utility>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <sys/socket.h>

namespace {

template <auto Free>
struct FreeWith {
    template <class T>
    void operator()(T* object) const noexcept {
        Free(object);
    }
};
using TlsContext = std::unique_ptr<SSL_CTX, FreeWith<SSL_CTX_free>>;
using TlsConnection = std::unique_ptr<SSL, FreeWith<SSL_free>>;
using TlsBytes = std::unique_ptr<BIO, FreeWith<BIO_free>>;
using TlsBytesMethod = std::unique_ptr<BIO_METHOD, FreeWith<BIO_meth_free>>;
using Certificate = std::unique_ptr<X509, FreeWith<X509_free>>;
using PrivateKey = std::unique_ptr<EVP_PKEY, FreeWith<EVP_PKEY_free>>;

// With forward secrecy and authentication of what is encrypted; TLS 1.3 has nothing else.
constexpr const char* ciphers_of_1_2 =
    "ECDHE+AESGCM:ECDHE+CHACHA20:DHE+AESGCM:DHE+CHACHA20:!aNULL:!PSK";

bool is_only_busy() { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }

int socket_of(BIO* bytes) { return *static_cast<const int*>(BIO_get_data(bytes)); }

int write_to_socket(BIO* bytes, const char* from, int size) {
    BIO_clear_retry_flags(bytes);
    // The library's own would raise SIGPIPE.
    const auto sent = ::send(socket_of(bytes), from, static_cast<std::size_t>(size), MSG_NOSIGNAL);
    if (sent < 0 && is_only_busy()) BIO_set_retry_write(bytes);
    return static_cast<int>(sent);
}

int read_from_socket(BIO* bytes, char* to, int size) {
    BIO_clear_retry_flags(bytes);
    const auto got = ::recv(socket_of(bytes), to, static_cast<std::size_t>(size), 0);
    if (got < 0 && is_only_busy()) BIO_set_retry_read(bytes);
    return static_cast<int>(got);
}

long control_socket(BIO* /*bytes*/, int what, long /*number*/, void* /*pointer*/) {
    return what == BIO_CTRL_FLUSH ? 1 : 0;
}

const BIO_METHOD* socket_method() {
    static const TlsBytesMethod method = [] {
        TlsBytesMethod made(BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "bm socket"));
        if (made) {
            BIO_meth_set_write(made.get(), write_to_socket);
            BIO_meth_set_read(made.get(), read_from_socket);
            BIO_meth_set_ctrl(made.get(), control_socket);
        }
        return made;
    }();
    return method.get();
}

/// Called when a key is locked: notes that, and has no password to give.
int have_no_password(char* /*buffer*/, int /*size*/, int /*writing*/, void* was_asked) {
    *static_cast<bool*>(was_asked) = true;
    return -1;
}

TlsBytes bytes_of(const char* text, std::size_t size) {
    return TlsBytes(BIO_new_mem_buf(text, static_cast<int>(std::min<std::size_t>(size, INT_MAX))));
}

bool has_reason(int library, int reason) {
    const unsigned long error = ERR_peek_last_error();
    return ERR_GET_LIB(error) == library && ERR_GET_REASON(error) == reason;
}

BmTlsProblem use_certificates(SSL_CTX& context, BIO* text, Certificate& own) {
    own.reset(PEM_read_bio_X509_AUX(text, nullptr, nullptr, nullptr));
    if (!own) return bm_tls_no_certificate;
    if (SSL_CTX_use_certificate(&context, own.get()) != 1) return bm_tls_refused;
    for (;;) {
        Certificate next(PEM_read_bio_X509(text, nullptr, nullptr, nullptr));
        // The end of the text is no damage.
        if (!next) {
            return has_reason(ERR_LIB_PEM, PEM_R_NO_START_LINE) ? bm_tls_no_problem
                                                                : bm_tls_damaged_chain;
        }
        if (SSL_CTX_add1_chain_cert(&context, next.get()) != 1) return bm_tls_refused;
    }
}

BmTlsProblem use_key(SSL_CTX& context, BIO* text, const Certificate& own) {
    bool is_locked = false;
    const PrivateKey key(PEM_read_bio_PrivateKey(text, nullptr, have_no_password, &is_locked));
    if (!key) return is_locked ? bm_tls_locked_key : bm_tls_no_key;
    if (X509_check_private_key(own.get(), key.get()) != 1) return bm_tls_foreign_key;
    return SSL_CTX_use_PrivateKey(&context, key.get()) == 1 ? bm_tls_no_problem : bm_tls_refused;
}

/// A client that offers protocols and not ours is spoken to in ours all the same.
int choose_protocol(SSL* /*connection*/, const unsigned char** chosen, unsigned char* size,
                    const unsigned char* offered, unsigned int offered_size, void* /*nothing*/) {
    static constexpr std::array<unsigned char, 9> ours = {8,   'h', 't', 't', 'p',
                                                          '/', '1', '.', '1'};
    unsigned char* found = nullptr;
    if (SSL_select_next_proto(&found, size, ours.data(), ours.size(), offered, offered_size) !=
        OPENSSL_NPN_NEGOTIATED) {
        return SSL_TLSEXT_ERR_NOACK;
    }
    *chosen = found;
    return SSL_TLSEXT_ERR_OK;
}

bool set_rules(SSL_CTX& context) {
    SSL_CTX_set_options(&context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                      SSL_OP_CIPHER_SERVER_PREFERENCE);
    // What waits idle for a next request keeps no buffers.
    SSL_CTX_set_mode(&context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                   SSL_MODE_RELEASE_BUFFERS);
    // Clients resume by tickets, which take no memory here.
    SSL_CTX_set_session_cache_mode(&context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_alpn_select_cb(&context, choose_protocol, nullptr);
    return SSL_CTX_set_min_proto_version(&context, TLS1_2_VERSION) == 1 &&
           SSL_CTX_set_cipher_list(&context, ciphers_of_1_2) == 1;
}

}  // namespace

struct BmTlsContext {
    TlsContext context;
};

struct BmTlsSession {
    TlsConnection connection;
    int socket = -1;
    bool is_broken = false;  // after that the library must not be asked to say anything

    /// What `returned`, of the last call, means.
    BmTlsOutcome outcome(int returned) {
        if (returned > 0) return bm_tls_moved;
        switch (SSL_get_error(connection.get(), returned)) {
            case SSL_ERROR_WANT_READ:
                return bm_tls_wants_read;
            case SSL_ERROR_WANT_WRITE:
                return bm_tls_wants_write;
            case SSL_ERROR_ZERO_RETURN:
                return bm_tls_closed;
            default:
                is_broken = true;
                return ERR_GET_REASON(ERR_peek_error()) == SSL_R_HTTP_REQUEST ? bm_tls_plain_http
                                                                              : bm_tls_closed;
        }
    }
};

extern "C" {

BmTlsContext* bm_tls_open(const char* certificates, std::size_t certificates_size, const char* key,
                          std::size_t key_size, BmTlsProblem* problem) {
    ERR_clear_error();
    *problem = bm_tls_refused;
    TlsContext context(SSL_CTX_new(TLS_server_method()));
    const TlsBytes certificate_text = bytes_of(certificates, certificates_size);
    const TlsBytes key_text = bytes_of(key, key_size);
    if (!context || !certificate_text || !key_text || !set_rules(*context)) return nullptr;
    Certificate own;
    *problem = use_certificates(*context, certificate_text.get(), own);
    if (*problem == bm_tls_no_problem) *problem = use_key(*context, key_text.get(), own);
    ERR_clear_error();
    if (*problem != bm_tls_no_problem) return nullptr;
    // No exception leaves here.
    return new (std::nothrow) BmTlsContext{std::move(context)};
}

void bm_tls_close(BmTlsContext* context) { delete context; }

BmTlsSession* bm_tls_begin(BmTlsContext* context, int socket) {
    std::unique_ptr<BmTlsSession> session(new (std::nothrow) BmTlsSession);
    if (!session) return nullptr;
    session->socket = socket;
    session->connection.reset(SSL_new(context->context.get()));
    BIO* const bytes = session->connection ? BIO_new(socket_method()) : nullptr;
    if (bytes == nullptr) return nullptr;
    BIO_set_data(bytes, &session->socket);
    BIO_set_init(bytes, 1);
    SSL_set_bio(session->connection.get(), bytes, bytes);
    return session.release();
}

void bm_tls_free(BmTlsSession* session) { delete session; }

BmTlsOutcome bm_tls_handshake(BmTlsSession* session) {
    ERR_clear_error();
    return session->outcome(SSL_accept(session->connection.get()));
}

BmTlsOutcome bm_tls_read(BmTlsSession* session, char* to, std::size_t size, std::size_t* moved) {
    ERR_clear_error();
    return session->outcome(SSL_read_ex(session->connection.get(), to, size, moved));
}

BmTlsOutcome bm_tls_write(BmTlsSession* session, const char* from, std::size_t size,
                          std::size_t* moved) {
    ERR_clear_error();
    return session->outcome(SSL_write_ex(session->connection.get(), from, size, moved));
}

void bm_tls_end(BmTlsSession* session) {
    if (session->is_broken || SSL_is_init_finished(session->connection.get()) != 1) return;
    ERR_clear_error();
    SSL_shutdown(session->connection.get());
}

}  // extern "C"
