#include "access/access_limits.hpp"

#include <algorithm>
#include <chrono>

#include <arpa/inet.h>
#include <netinet/in.h>

namespace bm {

namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;

// Strangers choose the keys.
constexpr std::size_t kMostKeys = 4096;
constexpr std::size_t kLongestKey = 200;

struct Allowance {
    std::size_t count;
    milliseconds window;
};

Allowance allowance_of(Limited what) noexcept {
    switch (what) {
        case Limited::login_of_peer:
            return {30, minutes(1)};
        case Limited::login_of_pair:
        case Limited::login_of_browser:
            return {10, minutes(5)};
        case Limited::login_of_account:
            return {100, hours(1)};
        case Limited::user_code_of_account:
            return {5, minutes(1)};
        case Limited::registration_of_peer:
            return {60, hours(1)};
        case Limited::device_of_peer:
            return {30, minutes(1)};
        case Limited::token_of_peer:
            return {600, minutes(1)};
        case Limited::mint_of_account:
            return {60, minutes(1)};
        case Limited::refresh_of_grant:
            return {60, hours(1)};
        case Limited::document_of_peer:
            return {10, minutes(1)};
        case Limited::document_of_account:
        case Limited::document_of_strangers:
            return {30, minutes(1)};
    }
    return {1, minutes(1)};
}

std::string stored_key(std::string_view key) { return peer_key(key.substr(0, kLongestKey)); }

}  // namespace

std::string peer_key(std::string_view peer) {
    in6_addr address{};
    if (peer.find(':') == std::string_view::npos ||
        ::inet_pton(AF_INET6, std::string(peer).c_str(), &address) != 1 ||
        IN6_IS_ADDR_V4MAPPED(&address)) {
        return std::string(peer);
    }
    std::fill(std::begin(address.s6_addr) + 8, std::end(address.s6_addr), std::uint8_t{0});
    char text[INET6_ADDRSTRLEN] = {};
    ::inet_ntop(AF_INET6, &address, text, sizeof text);
    return std::string(text) + "/64";
}

bool AccessLimits::admits(Limited what, std::string_view key) {
    const Moment now = clock_();
    const Allowance allowance = allowance_of(what);
    const std::string name = stored_key(key);
    return tables_.with([&](std::array<Table, kLimitedKinds>& tables) {
        Table& table = tables[static_cast<std::size_t>(what)];
        const auto found = table.places.find(name);
        if (found != table.places.end()) {
            table.entries.splice(table.entries.begin(), table.entries, found->second);
        } else {
            if (table.entries.size() >= kMostKeys) {
                table.places.erase(table.entries.back().key);
                table.entries.pop_back();
            }
            table.entries.push_front({name, {}});
            table.places.emplace(name, table.entries.begin());
        }
        std::deque<Moment>& recent = table.entries.front().recent;
        while (!recent.empty() && now - recent.front() >= allowance.window) recent.pop_front();
        if (recent.size() >= allowance.count) return false;
        recent.push_back(now);
        return true;
    });
}

void AccessLimits::give_back(Limited what, std::string_view key) {
    const std::string name = stored_key(key);
    tables_.with([&](std::array<Table, kLimitedKinds>& tables) {
        Table& table = tables[static_cast<std::size_t>(what)];
        const auto found = table.places.find(name);
        if (found == table.places.end() || found->second->recent.empty()) return;
        found->second->recent.pop_back();
    });
}

}  // namespace bm
