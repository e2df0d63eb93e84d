#include "server/subscription.hpp"

#include <utility>

namespace bm {
namespace {

std::string_view notification_method(Change::Kind kind) {
    switch (kind) {
        case Change::Kind::tools_list:
            return "notifications/tools/list_changed";
        case Change::Kind::prompts_list:
            return "notifications/prompts/list_changed";
        case Change::Kind::resources_list:
            return "notifications/resources/list_changed";
        case Change::Kind::resource_updated:
            break;
    }
    return "notifications/resources/updated";
}

Json notification_params(const Change& change) {
    if (change.kind != Change::Kind::resource_updated) return nullptr;
    return {{"uri", change.uri}};
}

}  // namespace

bool SubscriptionFilter::admits(const Change& change) const {
    switch (change.kind) {
        case Change::Kind::tools_list:
            return tools_list;
        case Change::Kind::prompts_list:
            return prompts_list;
        case Change::Kind::resources_list:
            return resources_list;
        case Change::Kind::resource_updated:
            break;
    }
    return uris.contains(change.uri);
}

Json SubscriptionFilter::json() const {
    Json out = Json::object();
    if (tools_list) out["toolsListChanged"] = true;
    if (prompts_list) out["promptsListChanged"] = true;
    if (resources_list) out["resourcesListChanged"] = true;
    if (!uris.empty()) out["resourceSubscriptions"] = uris;
    return out;
}

Subscription::Subscription(MessageSink& sink, const RequestId& id, SubscriptionFilter filter,
                           ChangeBus& bus)
    : sink_(sink), id_(id.json()), filter_(std::move(filter)) {
    // Joining first loses no change; holding the lock keeps its delivery behind the
    // acknowledgement.
    const std::scoped_lock lock(acknowledging_);
    membership_.emplace(bus, *this);
    sink_.send(notification_message("notifications/subscriptions/acknowledged",
                                    marked({{"notifications", filter_.json()}})));
}

Subscription::~Subscription() = default;

Json Subscription::marked(Json params) const {
    if (params.is_null()) params = Json::object();
    params["_meta"] = {{meta_key::subscription_id, id_}};
    return params;
}

void Subscription::deliver(const Change& change) {
    const std::scoped_lock lock(acknowledging_);
    sink_.send(notification_message(notification_method(change.kind),
                                    marked(notification_params(change))));
}

Json Subscription::final_result() const { return marked(Json::object()); }

Json Subscription::cancellation() const {
    return notification_message("notifications/cancelled",
                                marked({{"requestId", id_}, {"reason", "The server is stopping"}}));
}

bool SessionNotices::wants(const Change& change) const {
    if (!session_.is_ready()) return false;
    return change.kind != Change::Kind::resource_updated || session_.follows(change.uri);
}

void SessionNotices::deliver(const Change& change) {
    sink_.send(notification_message(notification_method(change.kind), notification_params(change)));
}

}  // namespace bm
