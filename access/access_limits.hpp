#pragma once

#include <array>
#include <cstddef>
#include <deque>
#include <functional>
#include <list>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "repository/guarded.hpp"
#include "server/rate_limit.hpp"

namespace bm {

/// What is limited, and by what key it is counted.
enum class Limited {
    login_of_peer,     ///< failures of browsers that never logged in here
    login_of_pair,     ///< the same, by peer and account
    login_of_account,  ///< the same, over all peers
    login_of_browser,  ///< failures of a browser that has logged in before
    user_code_of_account,
    registration_of_peer,
    device_of_peer,
    token_of_peer,          ///< failures only
    document_of_peer,       ///< each makes us call a stranger's server
    document_of_account,    ///< the same, for users who are logged in
    document_of_strangers,  ///< over all peers
    mint_of_account,        ///< tokens for a storage program, API keys
    refresh_of_grant,       ///< successes: each leaves rows for a month
};
constexpr std::size_t kLimitedKinds = 13;

/// How often strangers may try. Each kind has a table of its own; where it is full, whoever was
/// seen least lately is forgotten, so that nobody can shut others out by having many addresses.
/// Safe to use from several threads.
class AccessLimits {
public:
    explicit AccessLimits(SteadyClock clock) : clock_(std::move(clock)) {}

    /// True when one more is within the limit; it counts then. Addresses of IPv6 count by their
    /// network of 64 bits: one machine has all of it.
    [[nodiscard]] bool admits(Limited what, std::string_view key);
    /// Takes the last one back: what turned out well does not count.
    void give_back(Limited what, std::string_view key);

private:
    struct Entry {
        std::string key;
        std::deque<Moment> recent;
    };
    /// The one that was used last is in front.
    struct Table {
        std::list<Entry> entries;
        std::map<std::string, std::list<Entry>::iterator, std::less<>> places;
    };

    SteadyClock clock_;
    Guarded<std::array<Table, kLimitedKinds>> tables_;
};

/// The key under which an address is counted.
[[nodiscard]] std::string peer_key(std::string_view peer);

}  // namespace bm
