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

constexpr std::array<Route, 12> kRoutes{{
    {"/authorize", authorize_page, authorize_decision, false},
    {"/login", nullptr, login_response, false},
    {"/setup", setup_entry, setup_decision, false},
    {"/device", device_entry, device_decision, false},
    {"/token", nullptr, token_response, true},
    {"/register", nullptr, registration_response, true},
    {"/revoke", nullptr, revocation_response, true},
    {"/device_authorization", nullptr, device_authorization_response, true},
    // The names by which the command line's device login knows the same endpoints.
    {"/oauth2/device", device_entry, device_decision, false},
    {"/oauth2/token", nullptr, token_response, true},
    {"/oauth2/device_authorization", nullptr, device_authorization_response, true},
    {kStylePath, style_route, nullptr, false},
}};

HttpResponse answered(const AccessParts& parts, const HttpRequest& request, bool is_open,
                      Answer answer) {
    try {
        return answer(parts, request);
    } catch (const AccessTrouble& problem) {
        parts.note(LogLevel::error, problem.what());
        if (!is_open) return trouble_page();
        HttpResponse trouble =
            oauth_error(503, "temporarily_unavailable", "This cannot be answered now. Try again.");
        trouble.fields.add("Retry-After", "10");
        return trouble;
    }
}

HttpResponse routed(const AccessParts& parts, const Route& route, const HttpRequest& request) {
    if (request.method == "GET" && route.get != nullptr)
        return answered(parts, request, route.open, route.get);
    if (request.method == "POST" && route.post != nullptr)
        return answered(parts, request, route.open, route.post);
    std::string allowed = route.get != nullptr ? "GET, HEAD" : "";
    if (route.post != nullptr) allowed += allowed.empty() ? "POST" : ", POST";
    if (!route.open) return wrong_method(allowed);
    allowed += ", OPTIONS";
    if (request.method == "OPTIONS") return preflight_answer(allowed);
    return wrong_method(allowed);
}

HttpResponse metadata_route(const HttpRequest& request, HttpResponse document) {
    if (request.method == "OPTIONS") return preflight_answer("GET, HEAD, OPTIONS");
    if (request.method != "GET") return open_to_all(wrong_method("GET, HEAD, OPTIONS"));
    return open_to_all(std::move(document));
}

/// Whether the path is that of a metadata document: alone, or followed by the endpoint's path.
/// As the endpoint itself, its metadata is found with a slash behind its path, too.
bool is_metadata_path(std::string_view path, std::string_view name, std::string_view endpoint) {
    if (!path.starts_with(name)) return false;
    path.remove_prefix(name.size());
    for (std::string_view* each : {&path, &endpoint}) {
        if (each->ends_with('/')) each->remove_suffix(1);
    }
    return path.empty() || path == endpoint;
}

}  // namespace

std::optional<HttpResponse> AccessRoutes::handle(const HttpRequest& request) {
    sweep_.now_and_then();
    if (request.method != "HEAD") return answer_of(request);
    HttpRequest get = request;
    get.method = "GET";
    auto answer = answer_of(get);
    if (answer) answer->body.clear();
    return answer;
}

std::optional<HttpResponse> AccessRoutes::answer_of(const HttpRequest& request) {
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
        HttpResponse answer = routed(parts_, route, request);
        const bool has_origin = answer.fields.find("Access-Control-Allow-Origin").has_value();
        return route.open && !has_origin ? open_to_all(std::move(answer)) : std::move(answer);
    }
    return std::nullopt;
}

}  // namespace bm
