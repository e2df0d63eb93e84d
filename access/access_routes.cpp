#include "access/access_routes.hpp"

#include <array>

#include "access/answers.hpp"
#include "access/authorize_endpoint.hpp"
#include "access/device_endpoint.hpp"
#include "access/login_endpoint.hpp"
#include "access/metadata.hpp"
#include "access/owner_setup.hpp"
#include "access/page.hpp"
#include "access/registration_endpoint.hpp"
#include "access/token_endpoint.hpp"

namespace bm {

namespace {

using Answer = HttpResponse (*)(const AccessParts&, const HttpRequest&);

/// One path: what answers GET and POST, and whether scripts of every origin may call it.
struct Route {
    std::string_view path;
    Answer get;
    Answer post;
    bool open;
};

HttpResponse style_route(const AccessParts&, const HttpRequest&) { return style_answer(); }

constexpr std::array<Route, 9> kRoutes{{
    {"/authorize", authorize_page, authorize_decision, false},
    {"/login", nullptr, login_response, false},
    {"/setup", setup_entry, setup_decision, false},
    {"/device", device_entry, device_decision, false},
    {"/token", nullptr, token_response, true},
    {"/register", nullptr, registration_response, true},
    {"/revoke", nullptr, revocation_response, true},
    {"/device_authorization", nullptr, device_authorization_response, true},
    {kStylePath, style_route, nullptr, false},
}};

HttpResponse routed(const AccessParts& parts, const Route& route, const HttpRequest& request) {
    if (request.method == "GET" && route.get != nullptr) return route.get(parts, request);
    if (request.method == "POST" && route.post != nullptr) return route.post(parts, request);
    std::string allowed = route.get != nullptr ? "GET" : "";
    if (route.post != nullptr) allowed += allowed.empty() ? "POST" : ", POST";
    if (!route.open) return wrong_method(allowed);
    allowed += ", OPTIONS";
    if (request.method == "OPTIONS") return preflight_answer(allowed);
    return wrong_method(allowed);
}

HttpResponse metadata_route(const HttpRequest& request, HttpResponse document) {
    if (request.method == "OPTIONS") return preflight_answer("GET, OPTIONS");
    if (request.method != "GET") return open_to_all(wrong_method("GET, OPTIONS"));
    return open_to_all(std::move(document));
}

/// Whether the path is that of a metadata document: alone, or followed by the endpoint's path.
bool is_metadata_path(std::string_view path, std::string_view name, std::string_view endpoint) {
    if (!path.starts_with(name)) return false;
    path.remove_prefix(name.size());
    return path.empty() || path == endpoint;
}

}  // namespace

std::optional<HttpResponse> AccessRoutes::handle(const HttpRequest& request) {
    const AccessUrls& urls = parts_.urls;
    if (is_metadata_path(request.path, "/.well-known/oauth-protected-resource",
                         urls.resource_path)) {
        return metadata_route(request, resource_metadata_response(urls, issuer_));
    }
    // A foreign issuer has its own pages.
    if (issuer_ != urls.issuer) return std::nullopt;
    if (is_metadata_path(request.path, "/.well-known/oauth-authorization-server",
                         urls.resource_path)) {
        return metadata_route(request, server_metadata_response(urls));
    }
    for (const Route& route : kRoutes) {
        if (request.path != route.path) continue;
        prune_now_and_then();
        HttpResponse answer = routed(parts_, route, request);
        const bool has_origin = answer.fields.find("Access-Control-Allow-Origin").has_value();
        return route.open && !has_origin ? open_to_all(std::move(answer)) : std::move(answer);
    }
    return std::nullopt;
}

void AccessRoutes::prune_now_and_then() {
    const Seconds now = parts_.now();
    Seconds due = next_prune_.load();
    if (now < due || !next_prune_.compare_exchange_strong(due, now + kHour)) return;
    try {
        parts_.store.prune(now);
    } catch (const DatabaseError& problem) {
        parts_.note(LogLevel::warning,
                    std::string("what has expired cannot be removed: ") + problem.what());
    }
}

}  // namespace bm
