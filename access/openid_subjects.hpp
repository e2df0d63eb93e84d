#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "access/access_store.hpp"

namespace bm {

/// As OpenID Connect limits it.
constexpr std::size_t kLongestSubject = 255;

/// Why a subject can have no account; empty when it is fine.
[[nodiscard]] std::string subject_fault(std::string_view subject);

/// Whose account it is, by the subject that an OpenID provider knows him by. Works on the
/// connection it is given.
class OpenIdSubjects {
public:
    explicit OpenIdSubjects(Database& database) : database_(database) {}

    /// False when the subject has an account, or the account a subject.
    bool bind(std::int64_t user, std::string_view issuer, std::string_view subject);
    [[nodiscard]] std::optional<std::int64_t> user_of(std::string_view issuer,
                                                      std::string_view subject);
    /// The subjects of all accounts that have one, by the number of the account.
    [[nodiscard]] std::map<std::int64_t, std::string> all();

    /// The provider that the host takes its tokens from, for commands that run beside it.
    void remember_issuer(std::string_view issuer);
    /// The one that was remembered last.
    [[nodiscard]] std::optional<std::string> issuer();

private:
    Database& database_;
};

}  // namespace bm
