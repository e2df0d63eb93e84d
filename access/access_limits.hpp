#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "repository/guarded.hpp"
#include "server/rate_limit.hpp"

namespace bm {

/// What is limited; the key is the peer's address or an account.
enum class Limited {
    login_of_peer,
    login_of_account,
    user_code_of_account,
    registration_of_peer,
    device_of_peer,
    token_of_peer,
    document_fetch,  ///< over all peers: each makes us call a stranger's server
};

/// How often strangers may try. Behind a proxy that hides addresses all peers are one, so the
/// limits of peers are such that a household or an office does not reach them. Safe to use from
/// several threads.
class AccessLimits {
public:
    explicit AccessLimits(SteadyClock clock) : clock_(std::move(clock)) {}

    /// True when one more is within the limit; it counts then.
    [[nodiscard]] bool admits(Limited what, std::string_view key);

private:
    using Key = std::pair<Limited, std::string>;
    struct Entry {
        RateLimit limit;
        Moment used;
    };

    SteadyClock clock_;
    Guarded<std::map<Key, Entry>> entries_;
};

}  // namespace bm
