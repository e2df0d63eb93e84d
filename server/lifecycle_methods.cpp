#include <utility>

#include "server/method.hpp"
#include "server/params.hpp"

namespace bm {
namespace {

/// Clients read the list of what we are at most this often.
constexpr CacheHint for_everyone{300'000, "public"};

void add_instructions(Json& result, const Catalog& catalog) {
    if (!catalog.instructions().empty()) result["instructions"] = catalog.instructions();
}

Outcome initialize(const Offering& offering, RequestContext& context) {
    if (context.session != nullptr) {
        return ProtocolError{error_code::invalid_request,
                             "Invalid Request: this session is open already"};
    }
    const auto requested = required_text(context.params, "protocolVersion");
    if (!requested) return requested.error();
    const RevisionPolicy& policy = negotiated_revision(*requested);
    Json result = {{"protocolVersion", std::string(policy.version)},
                   {"capabilities", offering.capabilities(policy)},
                   {"serverInfo", encode_implementation(offering.catalog)}};
    add_instructions(result, offering.catalog);
    const auto capabilities = context.params.find("capabilities");
    return Opening{&policy, std::move(result),
                   capabilities == context.params.end() ? Json::object() : *capabilities};
}

Outcome ping(const Offering&, RequestContext&) { return Json::object(); }

Outcome discover(const Offering& offering, RequestContext& context) {
    Json result = {{"supportedVersions", modern_versions()},
                   {"capabilities", offering.capabilities(context.policy)}};
    add_instructions(result, offering.catalog);
    return result;
}

}  // namespace

void add_lifecycle_methods(MethodTable& table) {
    table.push_back({.name = "initialize", .era = Era::legacy, .handle = initialize});
    table.push_back({.name = "ping", .era = Era::legacy, .handle = ping});
    table.push_back(
        {.name = "server/discover", .era = Era::modern, .cache = for_everyone, .handle = discover});
}

}  // namespace bm
