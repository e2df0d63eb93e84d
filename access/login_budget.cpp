#include "access/login_budget.hpp"

#include <cstddef>

namespace bm {

LoginBudget::LoginBudget(AccessLimits& limits, const std::string& peer, const std::string& account,
                         const std::optional<std::string>& browser)
    : limits_(limits) {
    if (browser) {
        keys_ = {{Limited::login_of_browser, *browser}};
        return;
    }
    keys_ = {{Limited::login_of_peer, peer},
             {Limited::login_of_pair, peer_key(peer) + " " + account},
             {Limited::login_of_account, account}};
}

bool LoginBudget::take() {
    for (std::size_t i = 0; i < keys_.size(); ++i) {
        if (limits_.admits(keys_[i].first, keys_[i].second)) continue;
        while (i > 0) {
            --i;
            limits_.give_back(keys_[i].first, keys_[i].second);
        }
        return false;
    }
    return true;
}

void LoginBudget::give_back() {
    for (const auto& [what, key] : keys_) limits_.give_back(what, key);
}

}  // namespace bm
