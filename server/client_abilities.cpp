#include "server/client_abilities.hpp"

#include <string>
#include <utility>

namespace bm {
namespace {

const Json* declared_object(const Json& capabilities, const char* name) {
    const auto found = capabilities.find(name);
    return found == capabilities.end() || !found->is_object() ? nullptr : &*found;
}

/// Forms are meant by an empty object too; one that names only other modes has none.
bool declares_forms(const Json& capabilities, const RevisionPolicy& policy) {
    const Json* elicitation = declared_object(capabilities, "elicitation");
    if (elicitation == nullptr || !policy.elicitation) return false;
    return !policy.elicitation_mode || elicitation->contains("form") ||
           !elicitation->contains("url");
}

bool declares_tasks(const Json& capabilities, const RevisionPolicy& policy) {
    if (!policy.extensions) return false;
    const Json* extensions = declared_object(capabilities, "extensions");
    return extensions != nullptr && declared_object(*extensions, tasks_extension) != nullptr;
}

}  // namespace

ClientAbilities declared_abilities(const Json& capabilities, const RevisionPolicy& policy) {
    if (!capabilities.is_object()) return {};
    return {.forms = declares_forms(capabilities, policy),
            .sampling = declared_object(capabilities, "sampling") != nullptr,
            .roots = declared_object(capabilities, "roots") != nullptr,
            .tasks = declares_tasks(capabilities, policy)};
}

Json capabilities_json(const ClientAbilities& abilities) {
    Json out = Json::object();
    if (abilities.forms) out["elicitation"] = Json::object();
    if (abilities.sampling) out["sampling"] = Json::object();
    if (abilities.roots) out["roots"] = Json::object();
    if (abilities.tasks) out["extensions"] = {{tasks_extension, Json::object()}};
    return out;
}

std::optional<ProtocolError> missing_abilities(const ClientAbilities& declared,
                                               const ClientAbilities& needed) {
    if (declared.covers(needed)) return std::nullopt;
    Json missing = capabilities_json(declared.lacking(needed));
    std::string names;
    for (const auto& [name, value] : missing.items()) {
        names += (names.empty() ? "" : ", ") + (name == "extensions" ? tasks_extension : name);
    }
    return ProtocolError{error_code::missing_client_capability,
                         "The client lacks what this needs: " + names,
                         {{"requiredCapabilities", std::move(missing)}}};
}

ClientAbilities needed_abilities(const Tool& tool) {
    ClientAbilities needed = tool.needs_client;
    needed.tasks = needed.tasks || tool.background == Background::always;
    return needed;
}

}  // namespace bm
