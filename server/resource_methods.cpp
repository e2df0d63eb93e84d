#include <utility>

#include "server/call_context.hpp"
#include "server/fault_translation.hpp"
#include "server/listing.hpp"
#include "server/params.hpp"

namespace bm {
namespace {

/// Projects come and go, and what one person may see is nobody else's business.
constexpr CacheHint resource_listing{5'000, "private"};
/// Notes change at any moment.
constexpr CacheHint live_text{0, "private"};

Outcome list_resources(const Offering& offering, RequestContext& context) {
    return list_entries("resources", offering.catalog.resources(), &Resource::uri, encode_resource,
                        offering, context);
}

Outcome list_templates(const Offering& offering, RequestContext& context) {
    return list_entries("resourceTemplates", offering.catalog.templates(),
                        &ResourceTemplate::uri_template, encode_resource_template, offering,
                        context);
}

/// The answer for a resource that may not be read, which says no more of the URI than fits.
ProtocolError resource_error(Error error, const std::string& uri, const RequestContext& context) {
    const std::string shown = clipped(uri);
    if (const auto at = error.message.find(uri); at != std::string::npos) {
        error.message.replace(at, uri.size(), shown);
    }
    return protocol_error(error, context.policy.resource_not_found, {{"uri", shown}});
}

Outcome read_resource(const Offering& offering, RequestContext& context) {
    const auto uri = required_uri(context.params, "uri");
    if (!uri) return uri.error();
    auto text = offering.catalog.read_resource(call_context(context), *uri);
    if (!text) return resource_error(std::move(text.error()), *uri, context);
    return encode_resource_text(*uri, std::move(*text));
}

Outcome subscribe(const Offering& offering, RequestContext& context) {
    const auto uri = required_uri(context.params, "uri");
    if (!uri) return uri.error();
    auto key = offering.catalog.change_key(call_context(context), *uri);
    if (!key) return resource_error(std::move(key.error()), *uri, context);
    // What does not exist yet may be followed: its first version is a change too.
    if (!context.session->follow(*uri, *key)) {
        return ProtocolError{error_code::invalid_params,
                             "A session follows at most " +
                                 std::to_string(LegacySession::max_followed) +
                                 " resources, whose URIs are not too long together: unsubscribe "
                                 "from one first"};
    }
    return Json::object();
}

Outcome unsubscribe(const Offering&, RequestContext& context) {
    const auto uri = required_uri(context.params, "uri");
    if (!uri) return uri.error();
    context.session->unfollow(*uri);
    return Json::object();
}

}  // namespace

void add_resource_methods(MethodTable& table) {
    table.push_back({.name = "resources/list",
                     .needs = Ability::resources,
                     .cache = resource_listing,
                     .handle = list_resources});
    table.push_back({.name = "resources/templates/list",
                     .needs = Ability::resources,
                     .cache = listing_for_everyone,
                     .handle = list_templates});
    table.push_back({.name = "resources/read",
                     .needs = Ability::resources,
                     .runs = Runs::on_worker,
                     .cache = live_text,
                     .handle = read_resource});
    table.push_back({.name = "resources/subscribe",
                     .era = Era::legacy,
                     .needs = Ability::resource_updates,
                     .handle = subscribe});
    table.push_back({.name = "resources/unsubscribe",
                     .era = Era::legacy,
                     .needs = Ability::resource_updates,
                     .handle = unsubscribe});
}

}  // namespace bm
