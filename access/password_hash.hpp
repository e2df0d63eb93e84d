#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <semaphore>
#include <string>
#include <string_view>

#include "markdown/result.hpp"

namespace bm {

/// Cost of scrypt (RFC 7914): memory is 128 * 2^log_n * r bytes, time grows with p too.
struct PasswordCost {
    unsigned log_n = 15;  ///< 32 MiB
    unsigned r = 8;
    unsigned p = 3;

    friend bool operator==(const PasswordCost&, const PasswordCost&) = default;
};

/// Hashes passwords, a few at a time: each takes much memory on purpose, and strangers ask for it.
/// May be called from several threads.
class PasswordHasher {
public:
    explicit PasswordHasher(PasswordCost cost = {}) : cost_(cost) {}

    /// `$scrypt$ln=15,r=8,p=3$salt$hash`, both in base64url. Fault::unavailable when too many wait.
    [[nodiscard]] Result<std::string> hash(std::string_view password);

    enum class Verdict { wrong, right, right_but_cheap };
    /// `right_but_cheap`: hashed with less than today's cost; hash it anew. Fault::unavailable when
    /// too many wait.
    /// Who is known does not wait for those who guess: he has a place that they cannot take.
    enum class Caller { stranger, known };
    [[nodiscard]] Result<Verdict> verify(std::string_view password, std::string_view stored,
                                         Caller caller = Caller::stranger);
    /// Does the work of verify() for somebody who does not exist.
    [[nodiscard]] Result<Verdict> verify_nobody(std::string_view password,
                                                Caller caller = Caller::stranger);

    /// How many hashes were computed so far, and how many at once at most.
    [[nodiscard]] std::size_t computed() const noexcept { return computed_; }
    [[nodiscard]] std::size_t most_at_once() const noexcept { return most_at_once_; }

private:
    [[nodiscard]] Result<std::string> derive(std::string_view password, std::string_view salt,
                                             PasswordCost cost, Caller caller);

    PasswordCost cost_;
    std::counting_semaphore<2> free_places_{2};
    std::counting_semaphore<1> kept_place_{1};
    std::atomic<std::size_t> computed_{0};
    std::atomic<std::size_t> running_{0};
    std::atomic<std::size_t> most_at_once_{0};
};

/// Why a new password is refused; empty when it is fine. Length is what counts (NIST SP 800-63B).
/// `user`: the name, which is no password.
[[nodiscard]] std::string password_weakness(std::string_view password, std::string_view user = {});

}  // namespace bm
