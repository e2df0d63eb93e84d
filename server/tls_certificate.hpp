#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include <tl/expected.hpp>

#include "server/rate_limit.hpp"
#include "server/severity.hpp"
#include "server/socket_bytes.hpp"
#include "server/tls_library.hpp"

namespace bm {

/// Where a server's certificate and its key are, as PEM. May be one file.
struct TlsFiles {
    std::string certificate;  ///< the server's own first, behind it those that vouch for it
    std::string key;          ///< without a password
};

/// The certificate that a server shows. Follows its files: who renews them need not tell us. New
/// files that cannot be used are complained about once, and the old ones serve on. Thread-safe.
class TlsCertificate {
public:
    /// The sentence says why these files cannot be served.
    [[nodiscard]] static tl::expected<std::unique_ptr<TlsCertificate>, std::string> open(
        TlsFiles files, ServerLog log, SteadyClock clock = steady_now);

    /// TLS 1.2 or newer over a socket that does not block and outlives it. Looks after the files
    /// first, once a second at most. Throws std::bad_alloc.
    [[nodiscard]] std::unique_ptr<SocketBytes> begin(int socket);

private:
    using Context = std::shared_ptr<BmTlsContext>;
    /// What changes when a file is written or replaced.
    struct Stamp {
        std::uint64_t device = 0;
        std::uint64_t inode = 0;
        std::int64_t size = -1;
        std::int64_t changed_seconds = 0;
        std::int64_t changed_nanoseconds = 0;
        friend bool operator==(const Stamp&, const Stamp&) = default;
    };
    using Stamps = std::array<Stamp, 2>;

    TlsCertificate(TlsFiles files, ServerLog log, SteadyClock clock, TlsFunctions functions);

    [[nodiscard]] static Stamp stamp_of(const std::string& file) noexcept;
    [[nodiscard]] Stamps stamps() const noexcept;
    [[nodiscard]] tl::expected<Context, std::string> load() const;
    [[nodiscard]] std::string complaint_about(BmTlsProblem problem) const;
    [[nodiscard]] Context current();

    TlsFiles files_;
    ServerLog log_;
    SteadyClock clock_;
    TlsFunctions functions_;
    std::mutex mutex_;
    Context context_;
    Stamps served_{};
    Stamps complained_about_{};
    Moment look_again_{};
};

}  // namespace bm
