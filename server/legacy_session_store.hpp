#pragma once

#include <chrono>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "server/http_session.hpp"

namespace bm {

/// The open legacy sessions. One that is left alone ends after a while; when there are too many,
/// those that were used longest ago make room. Thread-safe.
class LegacySessionStore {
public:
    struct Limits {
        std::size_t sessions = 1000;
        std::size_t sessions_per_owner = 1000;
        std::chrono::milliseconds idle_time{std::chrono::minutes(30)};
    };

    LegacySessionStore(ChangeBus& changes, Limits limits, SteadyClock clock = steady_now)
        : changes_(changes), limits_(limits), clock_(std::move(clock)) {}
    LegacySessionStore(const LegacySessionStore&) = delete;
    LegacySessionStore& operator=(const LegacySessionStore&) = delete;
    ~LegacySessionStore() = default;

    /// Null when all others are at work.
    [[nodiscard]] std::shared_ptr<HttpSession> open(
        const std::string& owner, const RevisionPolicy& policy,
        const Json& client_capabilities = Json::object());
    /// Null when there is none of this id that belongs to this owner: a stranger learns nothing.
    [[nodiscard]] std::shared_ptr<HttpSession> find(std::string_view id, std::string_view owner);
    /// False when there is none.
    bool end(std::string_view id, std::string_view owner);

    [[nodiscard]] std::vector<std::shared_ptr<HttpSession>> all() const;
    [[nodiscard]] std::size_t size() const;

private:
    struct Entry {
        std::shared_ptr<HttpSession> session;
        Moment used;
    };
    using Entries = std::list<Entry>;  // the one used last in front

    [[nodiscard]] Entries::iterator locate(std::string_view id, std::string_view owner);
    void take_expired(Entries& gone);
    [[nodiscard]] bool make_room(const std::string& owner, Entries& gone);
    bool take_oldest(const std::string* owner, Entries& gone);

    ChangeBus& changes_;
    Limits limits_;
    SteadyClock clock_;
    mutable std::mutex mutex_;
    Entries entries_;
    std::unordered_map<std::string, Entries::iterator> by_id_;
};

/// 32 random bytes as base64url: nobody guesses it. Throws std::system_error without randomness.
[[nodiscard]] std::string make_session_id();

}  // namespace bm
