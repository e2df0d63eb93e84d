#include <optional>
#include <string>
#include <utility>

#include "server/call_context.hpp"
#include "server/fault_translation.hpp"
#include "server/method.hpp"
#include "server/params.hpp"

namespace bm {
namespace {

constexpr const char* tasks_extension = "io.modelcontextprotocol/tasks";
constexpr std::size_t max_uris = 1000;

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
    }
    return out;
}

/// Task ids belong to an extension that the client must have declared; we have none of them to
/// report.
std::optional<ProtocolError> undeclared_tasks(const Json& wishes, const Json& capabilities) {
    if (!wishes.contains("taskIds")) return std::nullopt;
    const auto extensions = capabilities.find("extensions");
    if (extensions != capabilities.end() && extensions->is_object() &&
        extensions->contains(tasks_extension)) {
        return std::nullopt;
    }
    Json missing = {{"extensions", {{tasks_extension, Json::object()}}}};
    return ProtocolError{error_code::missing_client_capability,
                         std::string("taskIds needs the extension ") + tasks_extension,
                         {{"requiredCapabilities", std::move(missing)}}};
}

Outcome listen(const Offering& offering, RequestContext& context) {
    const auto wishes = context.params.find("notifications");
    if (wishes == context.params.end() || !wishes->is_object()) {
        return ProtocolError{error_code::invalid_params, "notifications is not an object"};
    }
    if (auto error = undeclared_tasks(*wishes, context.meta.client_capabilities)) return *error;
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
