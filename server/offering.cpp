#include "server/offering.hpp"

#include <algorithm>

#include "server/client_abilities.hpp"

namespace bm {
namespace {

bool completes_anything(const Catalog& catalog) {
    const auto completes = [](const auto& entry) { return static_cast<bool>(entry.complete); };
    return std::any_of(catalog.prompts().begin(), catalog.prompts().end(), completes) ||
           std::any_of(catalog.templates().begin(), catalog.templates().end(), completes);
}

Json flags(bool list_changed, bool subscribe = false) {
    Json out = Json::object();
    if (subscribe) out["subscribe"] = true;
    if (list_changed) out["listChanged"] = true;
    return out;
}

}  // namespace

bool goes_on_in_background(const Catalog& catalog) {
    return std::any_of(catalog.tools().begin(), catalog.tools().end(),
                       [](const Tool& tool) { return tool.background != Background::never; });
}

bool Offering::has(Ability ability) const {
    const bool resources = !catalog.resources().empty() || !catalog.templates().empty();
    switch (ability) {
        case Ability::none:
        case Ability::logging:
            return true;
        case Ability::tools:
            return !catalog.tools().empty();
        case Ability::prompts:
            return !catalog.prompts().empty();
        case Ability::resources:
            return resources;
        case Ability::resource_updates:
            return resources && announced.resource_updates;
        case Ability::completions:
            return completes_anything(catalog);
        case Ability::tasks:
            return tasks != nullptr && goes_on_in_background(catalog);
        case Ability::change_notices:
            break;
    }
    return has(Ability::tasks) || (has(Ability::tools) && announced.tools_list) ||
           (has(Ability::prompts) && announced.prompts_list) ||
           (resources && (announced.resources_list || announced.resource_updates));
}

Json Offering::capabilities(const RevisionPolicy& policy) const {
    constexpr AnnouncedChanges none{false, false, false, false};
    const AnnouncedChanges& told = policy.modern || legacy_sessions ? announced : none;
    Json out = Json::object();
    if (has(Ability::tools)) out["tools"] = flags(told.tools_list);
    if (has(Ability::prompts)) out["prompts"] = flags(told.prompts_list);
    if (has(Ability::resources)) {
        out["resources"] = flags(told.resources_list, told.resource_updates);
    }
    if (has(Ability::logging)) out["logging"] = Json::object();
    if (policy.completions_capability && has(Ability::completions)) {
        out["completions"] = Json::object();
    }
    if (policy.extensions && has(Ability::tasks)) {
        out["extensions"] = {{tasks_extension, Json::object()}};
    }
    return out;
}

}  // namespace bm
