#include "server/subscription.hpp"

#include <string>
#include <utility>
#include <vector>

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
        case Change::Kind::task:
            return "notifications/tasks";
        case Change::Kind::resource_updated:
            break;
    }
    return "notifications/resources/updated";
}

/// What a notice of each change says: nothing, or for a resource one for each URI under which the
/// client follows it.
std::vector<Json> notices_of(const Change& change, const std::vector<std::string>& uris) {
    if (change.kind != Change::Kind::resource_updated) return {nullptr};
    std::vector<Json> list;
    for (const auto& uri : uris) list.push_back({{"uri", uri}});
    return list;
}

}  // namespace

ProtocolError no_room_to_follow() {
    return {error_code::too_many_requests,
            "There is no room for what would be followed: follow less, or end another "
            "subscription"};
}

bool SubscriptionFilter::admits(const Change& change) const {
    switch (change.kind) {
        case Change::Kind::tools_list:
            return tools_list;
        case Change::Kind::prompts_list:
            return prompts_list;
        case Change::Kind::resources_list:
            return resources_list;
        case Change::Kind::task:
            return tasks.contains(change.key);
        case Change::Kind::resource_updated:
            break;
    }
    return resources.has_key(change.key);
}

Json SubscriptionFilter::json() const {
    Json out = Json::object();
    if (tools_list) out["toolsListChanged"] = true;
    if (prompts_list) out["promptsListChanged"] = true;
    if (resources_list) out["resourcesListChanged"] = true;
    if (!resources.empty()) out["resourceSubscriptions"] = resources.uris();
    if (!tasks.empty()) out["taskIds"] = tasks;
    return out;
}

Subscription::Subscription(MessageSink& sink, const RequestId& id, SubscriptionFilter filter,
                           ChangeBus& bus)
    : ChangeSubscriber(filter.project), sink_(sink), id_(id.json()), filter_(std::move(filter)) {
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

std::vector<Json> Subscription::notices(const Change& change) const {
    if (change.kind != Change::Kind::task) {
        return notices_of(change, filter_.resources.uris_of(change.key));
    }
    if (auto task = filter_.task_now(change.key)) return {*std::move(task)};
    return {};
}

void Subscription::deliver(const Change& change) {
    const std::scoped_lock lock(acknowledging_);
    for (auto& params : notices(change)) {
        sink_.send(
            notification_message(notification_method(change.kind), marked(std::move(params))));
    }
}

Json Subscription::final_result() const { return marked(Json::object()); }

Json Subscription::cancellation() const {
    return notification_message("notifications/cancelled",
                                marked({{"requestId", id_}, {"reason", "The server is stopping"}}));
}

bool SessionNotices::wants(const Change& change) const {
    if (!session_.is_ready() || change.kind == Change::Kind::task) return false;
    return change.kind != Change::Kind::resource_updated || session_.follows(change.key);
}

void SessionNotices::deliver(const Change& change) {
    for (auto& params : notices_of(change, session_.followed(change.key))) {
        sink_.send(notification_message(notification_method(change.kind), std::move(params)));
    }
}

}  // namespace bm
