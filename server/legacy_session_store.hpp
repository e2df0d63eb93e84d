#pragma once

#include <algorithm>
#include <chrono>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "server/http_session.hpp"

namespace bm {

/// The open legacy sessions. One that is left alone ends after a while; when there are too many,
/// those that were used longest ago make room, but where most were opened and never used, the
/// oldest of these: a client's own first, and others' only when they were left alone for some time.
/// Thread-safe.
class LegacySessionStore {
public:
    struct Limits {
        std::size_t sessions = 1000;
        std::size_t sessions_per_client = 100;
        std::chrono::milliseconds idle_time{std::chrono::minutes(30)};
        /// A session that was used since is not ended for another client's sake.
        std::chrono::milliseconds undisturbed{std::chrono::minutes(5)};
        /// Answers that were complete before are forgotten.
        std::chrono::milliseconds kept_time{std::chrono::minutes(5)};
    };

    /// What sessions take up is counted there; it outlives them. Null: not at all.
    struct Memory {
        MemoryBudget* budget = nullptr;
        KeptAnswers* kept = nullptr;
    };

    LegacySessionStore(ChangeBus& changes, Limits limits, SteadyClock clock = steady_now,
                       Memory memory = {nullptr, nullptr})
        : changes_(changes), limits_(limits), clock_(std::move(clock)), memory_(memory) {}
    LegacySessionStore(const LegacySessionStore&) = delete;
    LegacySessionStore& operator=(const LegacySessionStore&) = delete;
    ~LegacySessionStore() = default;

    /// Belongs to `owner` and counts for `client`; one without a name has the places of all. Null
    /// when no other can make room. `project` is the only one that the owner may hear of.
    [[nodiscard]] std::shared_ptr<HttpSession> open(
        const std::string& owner, const std::string& client, const RevisionPolicy& policy,
        const Json& client_capabilities = Json::object(),
        std::optional<std::string> project = std::nullopt);
    /// Null when there is none of this id that belongs to this owner: a stranger learns nothing.
    [[nodiscard]] std::shared_ptr<HttpSession> find(std::string_view id, std::string_view owner);
    /// False when there is none.
    bool end(std::string_view id, std::string_view owner);

    [[nodiscard]] std::vector<std::shared_ptr<HttpSession>> all() const;
    [[nodiscard]] std::size_t size() const;

private:
    struct Entry {
        std::shared_ptr<HttpSession> session;
        std::string client;
        Moment used;
        /// When somebody last had to do with it, of a session that is idle.
        [[nodiscard]] Moment left_alone() const { return std::max(used, session->idle_since()); }
    };
    using Entries = std::list<Entry>;  // the one used last in front

    [[nodiscard]] Entries::iterator locate(std::string_view id, std::string_view owner);
    Entries::iterator take(Entries::iterator entry, Entries& gone);
    /// From time to time, whoever asks for anything.
    void sweep(Entries& gone);
    [[nodiscard]] bool make_room(const std::string& client, Entries& gone);
    /// One of those that are idle and were left alone by `horizon`: of this client, or of all.
    bool take_oldest(const std::string* client, Moment horizon, Entries& gone);

    ChangeBus& changes_;
    Limits limits_;
    SteadyClock clock_;
    Memory memory_;
    mutable std::mutex mutex_;
    Moment swept_ = Moment::min();
    Entries entries_;
    std::unordered_map<std::string, Entries::iterator> by_id_;
};

/// 32 random bytes as base64url: nobody guesses it. Throws std::system_error without randomness.
[[nodiscard]] std::string make_session_id();

}  // namespace bm
