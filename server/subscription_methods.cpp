#include <set>
#include <string>
#include <utility>

#include "server/call_context.hpp"
#include "server/client_abilities.hpp"
#include "server/fault_translation.hpp"
#include "server/method.hpp"
#include "server/params.hpp"
#include "server/task_store.hpp"

namespace bm {
namespace {

constexpr std::size_t max_uris = 1000;
constexpr std::size_t max_tasks = 1000;

OrError<bool> flag(const Json& wishes, const char* name) {
    const auto found = wishes.find(name);
    if (found == wishes.end()) return false;
    if (!found->is_boolean()) {
        return refuse(error_code::invalid_params, std::string(name) + " is not a boolean");
    }
    return found->get<bool>();
}

OrError<FollowedResources> followed_resources(const Offering& offering, RequestContext& context,
                                              const Json& wishes) {
    FollowedResources out;
    const auto found = wishes.find("resourceSubscriptions");
    if (found == wishes.end()) return out;
    if (!found->is_array() || found->size() > max_uris) {
        return refuse(
            error_code::invalid_params,
            "resourceSubscriptions is not a list of at most " + std::to_string(max_uris) + " URIs");
    }
    for (const Json& uri : *found) {
        if (!uri.is_string() || !is_uri(uri.get_ref<const std::string&>())) {
            return refuse(error_code::invalid_params,
                          "resourceSubscriptions holds something that is not a URI");
        }
        const auto& text = uri.get_ref<const std::string&>();
        auto key = offering.catalog.change_key(call_context(context), text);
        if (!key) {
            return tl::unexpected(protocol_error(key.error(), context.policy.resource_not_found,
                                                 {{"uri", clipped(text)}}));
        }
        out.add(text, *std::move(key));
        if (out.bytes() > FollowedResources::most_bytes) {
            return refuse(error_code::invalid_params,
                          "resourceSubscriptions takes up more than " +
                              std::to_string(FollowedResources::most_bytes) +
                              " bytes: follow fewer resources at a time");
        }
    }
    return out;
}

/// The tasks that a client wants to hear of, where they are its own. They belong to an extension
/// that it must have declared.
OrError<std::set<std::string>> followed_tasks(const Offering& offering,
                                              const RequestContext& context, const Json& wishes) {
    std::set<std::string> out;
    const auto found = wishes.find("taskIds");
    if (found == wishes.end()) return out;
    if (auto missing = missing_abilities(client_abilities(context), {.tasks = true})) {
        missing->message = std::string("taskIds needs the extension ") + tasks_extension;
        return tl::unexpected(*std::move(missing));
    }
    if (!offering.has(Ability::tasks)) return out;
    if (!found->is_array() || found->size() > max_tasks) {
        return refuse(error_code::invalid_params,
                      "taskIds is not a list of at most " + std::to_string(max_tasks) + " ids");
    }
    for (const Json& id : *found) {
        if (!id.is_string()) {
            return refuse(error_code::invalid_params, "taskIds holds something that is no string");
        }
        const auto& text = id.get_ref<const std::string&>();
        if (offering.tasks->find(owner_of(context), text)) out.insert(text);
    }
    return out;
}

Outcome listen(const Offering& offering, RequestContext& context) {
    const auto wishes = context.params.find("notifications");
    if (wishes == context.params.end() || !wishes->is_object()) {
        return ProtocolError{error_code::invalid_params, "notifications is not an object"};
    }
    auto tasks = followed_tasks(offering, context, *wishes);
    if (!tasks) return tasks.error();
    const auto tools = flag(*wishes, "toolsListChanged");
    if (!tools) return tools.error();
    const auto prompts = flag(*wishes, "promptsListChanged");
    if (!prompts) return prompts.error();
    const auto resources = flag(*wishes, "resourcesListChanged");
    if (!resources) return resources.error();
    auto followed = followed_resources(offering, context, *wishes);
    if (!followed) return followed.error();

    const AnnouncedChanges& announced = offering.announced;
    SubscriptionFilter filter;
    filter.tools_list = *tools && announced.tools_list && offering.has(Ability::tools);
    filter.prompts_list = *prompts && announced.prompts_list && offering.has(Ability::prompts);
    filter.resources_list =
        *resources && announced.resources_list && offering.has(Ability::resources);
    if (offering.has(Ability::resource_updates)) filter.resources = std::move(*followed);
    filter.tasks = *std::move(tasks);
    filter.task_now = [store = offering.tasks, owner = std::string(owner_of(context))](
                          const std::string& id) { return store->find(owner, id); };
    filter.project = project_of(context);
    return Listening{std::move(filter)};
}

}  // namespace

void add_subscription_methods(MethodTable& table) {
    table.push_back({.name = "subscriptions/listen",
                     .era = Era::modern,
                     .needs = Ability::change_notices,
                     .listens = true,
                     .handle = listen});
}

}  // namespace bm
