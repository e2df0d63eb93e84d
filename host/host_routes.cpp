#include "host/host_routes.hpp"

#include <array>
#include <exception>
#include <utility>
#include <variant>

#include "repository/trouble.hpp"

namespace bm {

namespace {

constexpr std::array<std::string_view, 4> kBases{"/tenant/", "/api/", "/workspaces", "/proxy/"};
/// Files go their own way.
constexpr std::string_view kFiles = "/proxy/webdav/";

bool is_ours(std::string_view path) {
    if (path.starts_with(kFiles)) return false;
    for (const std::string_view base : kBases) {
        if (path.starts_with(base)) return true;
    }
    return false;
}

HttpResponse nothing_here() { return detail_response(404, "Not Found"); }

/// What changes nothing that is a note's or a project's.
bool only_reads(const RouteCall& call) {
    if (call.asks("GET")) return true;
    if (!call.asks("POST")) return false;
    for (const char* pattern :
         {"proxy/sync", "proxy/*/project/status", "proxy/v2/projects/resolve",
          "proxy/v2/projects/*/status", "proxy/*/search", "proxy/v2/projects/*/search",
          "tenant/mount/credentials", "api/keys"}) {
        if (call.is(pattern)) return true;
    }
    return false;
}

}  // namespace

std::optional<HttpResponse> HostRoutes::handle(const HttpRequest& request) {
    if (request.path == "/health") {
        return request.method == "GET" ? route_response(200, {{"status", "healthy"}})
                                       : method_response("GET");
    }
    if (!is_ours(request.path)) return std::nullopt;
    auto verdict = parts_.access.authorizer().authorize(request);
    if (auto* refusal = std::get_if<HttpResponse>(&verdict)) return std::move(*refusal);
    return admitted(request, std::get<Principal>(verdict));
}

HttpResponse HostRoutes::admitted(const HttpRequest& request, const Principal& caller) {
    if (caller.project)
        return detail_response(403, "A token that is bound to one project opens nothing here.");
    if (!caller.user)
        return detail_response(403, "This token belongs to no account of this server.");
    const auto place = parts_.spaces.take_place(*caller.user);
    if (!place) return failure_response(place.error());
    auto path = route_segments(request.path);
    if (!path) return detail_response(400, "This is no path.");
    auto space = parts_.spaces.find(*caller.user);
    if (!space) return failure_response(space.error());
    const RouteCall call{request, caller, *caller.user, **space, *std::move(path)};
    if (caller.scope != Scope::write && !only_reads(call))
        return parts_.access.authorizer().refuse_scope(Scope::write);
    try {
        HttpResponse response = routed(call);
        // Once, for all of them: the rooms below say where on this disk something went wrong.
        response.body = call.space.veil().over(std::move(response.body));
        return response;
    } catch (const std::exception& problem) {
        call.space.knowledge().log()(LogLevel::error,
                                     "route " + request.path + ": " + problem.what());
        return detail_response(500, "The host could not do this. Its log says why.");
    }
}

HttpResponse HostRoutes::routed(const RouteCall& call) {
    if (auto answer = account_route(parts_, call)) return *std::move(answer);
    if (call.path.front() != "proxy") return nothing_here();
    RouteCall inner{call.request,
                    call.caller,
                    call.account,
                    call.space,
                    {call.path.begin() + 1, call.path.end()}};
    // Another spelling of the same: /proxy/projects/v2/projects/...
    if (inner.path.size() > 2 && inner.path[0] == "projects" && inner.path[1] == "v2")
        inner.path.erase(inner.path.begin());
    if (auto answer = one_project_route(parts_, inner)) return *std::move(answer);
    if (auto answer = project_route(parts_, inner)) return *std::move(answer);
    return nothing_here();
}

}  // namespace bm
