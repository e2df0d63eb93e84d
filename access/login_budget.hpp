#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "access/access_limits.hpp"

namespace bm {

/// How often a password may be wrong. A browser in which the account has logged in before has a
/// budget of its own, so that whoever guesses from elsewhere cannot keep the owner out; all others
/// share one for their address, one for address and account, and a slower one for the account.
class LoginBudget {
public:
    /// `browser` names a browser that is known for this account; none for all others.
    LoginBudget(AccessLimits& limits, const std::string& peer, const std::string& account,
                const std::optional<std::string>& browser);

    /// True when one more attempt is admitted. It counts until it is given back.
    [[nodiscard]] bool take();
    /// The password was right.
    void give_back();

private:
    AccessLimits& limits_;
    std::vector<std::pair<Limited, std::string>> keys_;
};

}  // namespace bm
