#include "server/tls_certificate.hpp"

#include <cerrno>
#include <cstring>
#include <new>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/file_descriptor.hpp"

namespace bm {
namespace {

constexpr std::chrono::seconds between_looks{1};

/// More than any chain of certificates takes.
constexpr std::size_t largest_pem_file = 1024 * std::size_t{1024};

std::string no_pem_file(const std::string& file, const std::string& reason) {
    return "'" + file + "' cannot be read: " + reason;
}

tl::expected<std::string, std::string> read_pem_file(const std::string& file) {
    // Not blocking: opening a pipe that nobody writes to would wait for ever.
    const FileDescriptor opened(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    struct stat status {};
    if (!opened || ::fstat(opened.number(), &status) != 0) {
        return tl::unexpected(no_pem_file(file, std::strerror(errno)));
    }
    if (!S_ISREG(status.st_mode)) return tl::unexpected(no_pem_file(file, "it is not a file"));
    std::string text;
    std::array<char, 16 * 1024> piece;
    for (;;) {
        const auto got = ::read(opened.number(), piece.data(), piece.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return tl::unexpected(no_pem_file(file, std::strerror(errno)));
        if (got == 0) return text;
        text.append(piece.data(), static_cast<std::size_t>(got));
        if (text.size() > largest_pem_file) {
            return tl::unexpected(no_pem_file(file, "it is too large to be a certificate or key"));
        }
    }
}

SocketBytes::Outcome outcome_of(BmTlsOutcome outcome) {
    switch (outcome) {
        case bm_tls_moved:
            return SocketBytes::Outcome::moved;
        case bm_tls_wants_read:
            return SocketBytes::Outcome::wants_read;
        case bm_tls_wants_write:
            return SocketBytes::Outcome::wants_write;
        case bm_tls_plain_http:
            return SocketBytes::Outcome::is_plain;
        case bm_tls_closed:
            break;
    }
    return SocketBytes::Outcome::closed;
}

class EncryptedBytes final : public SocketBytes {
public:
    EncryptedBytes(const TlsFunctions& functions, BmTlsSession* session)
        : functions_(functions), session_(session, functions.free) {}

    [[nodiscard]] Outcome open() override {
        return outcome_of(functions_.handshake(session_.get()));
    }
    [[nodiscard]] Moved read(char* to, std::size_t size) override {
        Moved moved;
        moved.outcome = outcome_of(functions_.read(session_.get(), to, size, &moved.count));
        return moved;
    }
    [[nodiscard]] Moved write(std::string_view bytes) override {
        Moved moved;
        moved.outcome =
            outcome_of(functions_.write(session_.get(), bytes.data(), bytes.size(), &moved.count));
        return moved;
    }
    void end() override { functions_.end(session_.get()); }

private:
    TlsFunctions functions_;
    std::unique_ptr<BmTlsSession, decltype(&bm_tls_free)> session_;
};

}  // namespace

tl::expected<std::unique_ptr<TlsCertificate>, std::string> TlsCertificate::open(TlsFiles files,
                                                                                ServerLog log,
                                                                                SteadyClock clock) {
    const char* why = "";
    const TlsFunctions functions = tls_functions(why);
    if (functions.open == nullptr) {
        return tl::unexpected(std::string("the TLS library cannot be loaded: ") + why);
    }
    std::unique_ptr<TlsCertificate> out(
        new TlsCertificate(std::move(files), std::move(log), std::move(clock), functions));
    out->served_ = out->stamps();
    auto context = out->load();
    if (!context) return tl::unexpected(std::move(context.error()));
    out->context_ = *std::move(context);
    out->look_again_ = out->clock_() + between_looks;
    return out;
}

TlsCertificate::TlsCertificate(TlsFiles files, ServerLog log, SteadyClock clock,
                               TlsFunctions functions)
    : files_(std::move(files)),
      log_(std::move(log)),
      clock_(std::move(clock)),
      functions_(functions) {}

std::unique_ptr<SocketBytes> TlsCertificate::begin(int socket) {
    BmTlsSession* const session = functions_.begin(current().get(), socket);
    if (session == nullptr) throw std::bad_alloc();
    return std::make_unique<EncryptedBytes>(functions_, session);
}

TlsCertificate::Stamp TlsCertificate::stamp_of(const std::string& file) noexcept {
    struct stat status {};
    if (::stat(file.c_str(), &status) != 0) return {};
    return {status.st_dev, status.st_ino, status.st_size, status.st_ctim.tv_sec,
            status.st_ctim.tv_nsec};
}

TlsCertificate::Stamps TlsCertificate::stamps() const noexcept {
    return {stamp_of(files_.certificate), stamp_of(files_.key)};
}

tl::expected<TlsCertificate::Context, std::string> TlsCertificate::load() const {
    auto certificates = read_pem_file(files_.certificate);
    if (!certificates) return tl::unexpected(std::move(certificates.error()));
    auto key = read_pem_file(files_.key);
    if (!key) return tl::unexpected(std::move(key.error()));
    BmTlsProblem problem = bm_tls_no_problem;
    BmTlsContext* const context = functions_.open(certificates->data(), certificates->size(),
                                                  key->data(), key->size(), &problem);
    if (context == nullptr) return tl::unexpected(complaint_about(problem));
    return Context(context, functions_.close);
}

std::string TlsCertificate::complaint_about(BmTlsProblem problem) const {
    const std::string certificate = "'" + files_.certificate + "'";
    const std::string key = "'" + files_.key + "'";
    switch (problem) {
        case bm_tls_no_certificate:
            return certificate +
                   " holds no certificate. It must be a PEM file: the server's own certificate "
                   "first, behind it those that vouch for it";
        case bm_tls_damaged_chain:
            return "a certificate behind the first one in " + certificate + " is damaged";
        case bm_tls_no_key:
            return key + " holds no private key. It must be a PEM file";
        case bm_tls_locked_key:
            return "the key in " + key +
                   " is locked with a password, which nobody can type here. Write it without one: "
                   "openssl pkey -in LOCKED -out OPEN";
        case bm_tls_foreign_key:
            return "the key in " + key + " does not belong to the first certificate in " +
                   certificate;
        case bm_tls_no_problem:
        case bm_tls_refused:
            break;
    }
    return "OpenSSL takes the certificate in " + certificate + " or its key in " + key +
           " for too weak";
}

TlsCertificate::Context TlsCertificate::current() {
    const std::scoped_lock lock(mutex_);
    const Moment now = clock_();
    if (now < look_again_) return context_;
    look_again_ = now + between_looks;
    // Before they are read: what is written meanwhile is seen next time.
    const Stamps seen = stamps();
    if (seen == served_) return context_;
    if (auto context = load()) {
        context_ = *std::move(context);
        served_ = seen;
        if (log_) log_(Severity::info, "a new TLS certificate is served");
    } else if (seen != complained_about_) {
        complained_about_ = seen;
        if (log_) {
            log_(Severity::error,
                 "the TLS certificate has changed, and the old one is served on: " +
                     context.error());
        }
    }
    return context_;
}

}  // namespace bm
