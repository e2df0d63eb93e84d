#pragma once

#include <atomic>
#include <cstddef>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/client_abilities.hpp"
#include "server/followed_resources.hpp"
#include "server/memory_budget.hpp"
#include "server/protocol_era.hpp"
#include "server/server_requests.hpp"
#include "server/severity.hpp"

namespace bm {

/// What one legacy client has settled with us: the revision, how much it wants to hear, and which
/// resources it follows. Requests of the modern era never touch it. Thread-safe.
class LegacySession {
public:
    /// Followed resources per session. A client that shows more can read the list again instead.
    static constexpr std::size_t max_followed = 1000;

    /// `client_capabilities` is what the client's handshake has declared; what it follows counts in
    /// its account.
    explicit LegacySession(const RevisionPolicy& policy,
                           const Json& client_capabilities = Json::object(),
                           MemoryAccount account = {})
        : policy_(&policy),
          client_(declared_abilities(client_capabilities, policy)),
          memory_(std::move(account)) {}
    LegacySession(const LegacySession&) = delete;
    LegacySession& operator=(const LegacySession&) = delete;

    [[nodiscard]] const RevisionPolicy& policy() const noexcept { return *policy_; }

    [[nodiscard]] const ClientAbilities& client() const noexcept { return client_; }

    /// What we have asked the client. Its answers come with whatever it sends: hand them over.
    [[nodiscard]] ServerRequests& requests() noexcept { return requests_; }

    /// True once the client has said that it is ready for what it did not ask for.
    [[nodiscard]] bool is_ready() const noexcept { return ready_; }
    void set_ready() noexcept { ready_ = true; }

    /// Log messages below it are not sent. Warnings and worse until the client chooses.
    [[nodiscard]] Severity log_threshold() const noexcept { return threshold_; }
    void set_log_threshold(Severity threshold) noexcept { threshold_ = threshold; }

    /// False when `max_followed` others are followed already, or what is followed would take up
    /// more than FollowedResources::most_bytes or than there is. Following twice is following once.
    /// `key` is that of the resource's changes.
    [[nodiscard]] bool follow(const std::string& uri, const std::string& key);
    void unfollow(const std::string& uri);
    [[nodiscard]] bool follows(const std::string& key) const;
    /// The followed URIs whose resource changes under this key.
    [[nodiscard]] std::vector<std::string> followed(const std::string& key) const;

private:
    const RevisionPolicy* policy_;
    ClientAbilities client_;
    ServerRequests requests_;
    std::atomic<bool> ready_{false};
    std::atomic<Severity> threshold_{Severity::warning};
    mutable std::mutex mutex_;
    FollowedResources followed_;
    MemoryBudget::Share memory_;
};

}  // namespace bm
