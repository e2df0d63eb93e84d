#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "server/change_bus.hpp"
#include "server/connection.hpp"
#include "server/json_rpc.hpp"
#include "server/protocol_error.hpp"
#include "server/session.hpp"

namespace bm {

/// What a modern client wants to hear of.
struct SubscriptionFilter {
    bool tools_list = false;
    bool prompts_list = false;
    bool resources_list = false;
    FollowedResources resources;
    std::set<std::string> tasks;
    /// A task as it is now; nothing when it is gone. Needed where `tasks` has any.
    std::function<std::optional<Json>(const std::string& id)> task_now;
    std::optional<std::string> project;  ///< the only one of the client

    [[nodiscard]] bool admits(const Change& change) const;
    /// As the protocol writes it; what is not wanted is left out.
    [[nodiscard]] Json json() const;
};

/// What a client is told that wants to follow more than there is memory for.
[[nodiscard]] ProtocolError no_room_to_follow();

/// One modern subscription: acknowledged, then fed with what its filter admits, each message marked
/// with the id of the request that opened it.
class Subscription final : public ChangeSubscriber {
public:
    /// Sends the acknowledgement before anything else.
    Subscription(MessageSink& sink, const RequestId& id, SubscriptionFilter filter, ChangeBus& bus);
    ~Subscription() override;

    /// What the request that opened it is answered with when we end it.
    [[nodiscard]] Json final_result() const;
    /// The announcement that follows the result on a connection that stays open.
    [[nodiscard]] Json cancellation() const;

    [[nodiscard]] bool wants(const Change& change) const override { return filter_.admits(change); }
    void deliver(const Change& change) override;

private:
    [[nodiscard]] Json marked(Json params) const;
    [[nodiscard]] std::vector<Json> notices(const Change& change) const;

    MessageSink& sink_;
    Json id_;
    SubscriptionFilter filter_;
    std::mutex acknowledging_;
    std::optional<ChangeBus::Membership> membership_;
};

/// Feeds a legacy session: every change of a list, and the resources it follows, once it is ready.
class SessionNotices final : public ChangeSubscriber {
public:
    /// `project` is the only one of the client.
    SessionNotices(MessageSink& sink, const LegacySession& session, ChangeBus& bus,
                   std::optional<std::string> project = std::nullopt)
        : ChangeSubscriber(std::move(project)),
          sink_(sink),
          session_(session),
          membership_(bus, *this) {}

    [[nodiscard]] bool wants(const Change& change) const override;
    void deliver(const Change& change) override;

private:
    MessageSink& sink_;
    const LegacySession& session_;
    ChangeBus::Membership membership_;
};

}  // namespace bm
