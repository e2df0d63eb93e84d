#include "host/route_call.hpp"
#include "host/sync_report_json.hpp"
#include "sync/reconcile.hpp"
#include "tools/project_info.hpp"

namespace bm {

namespace {

HttpResponse project_info(const RouteParts& parts, const RouteCall& call, const Project& project) {
    Json info = project_info_json(call.space.knowledge(), project, parts.version);
    // Nobody outside learns where the host keeps what.
    info["project_path"] = call.space.projects().shown_path(project);
    for (const Project& each : call.space.projects().all()) {
        if (info["available_projects"].contains(each.name.str()))
            info["available_projects"][each.name.str()]["path"] =
                call.space.projects().shown_path(each);
    }
    info["system"]["database_path"] = "";
    return route_response(200, info);
}

HttpResponse sync_project(const RouteParts& parts, const RouteCall& call, const Project& project) {
    RouteQuery query(call.request);
    const bool full = query.flag("force_full", false);
    const bool is_background = query.flag("run_in_background", true);
    if (query.fault()) return field_response(*query.fault());
    if (is_background) {
        parts.spaces.index_soon(call.account, project.path.filename().string(), full);
        return route_response(200, {{"status", "sync_started"},
                                    {"message", "Filesystem sync initiated for project '" +
                                                    project.name.str() + "'"}});
    }
    (void)call.space.projects().make_missing_folders();
    SyncOptions options;
    options.full = full;
    const auto report = reconcile_project(call.space.knowledge(), project, options);
    if (!report) return failure_response(report.error());
    return route_response(200, sync_report_json(*report));
}

HttpResponse project_status(const RouteCall& call, const Project& project) {
    (void)call.space.projects().make_missing_folders();
    const auto report = compare_project(call.space.knowledge(), project);
    if (!report) return failure_response(report.error());
    Json body = sync_report_json(*report);
    body["project_name"] = project.name.str();
    body["total_files"] = report->total_files;
    return route_response(200, body);
}

/// What both spellings have: the last word decides.
std::optional<HttpResponse> answered(const RouteParts& parts, const RouteCall& call,
                                     const std::string& word, const Project& project) {
    if (word == "info")
        return call.asks("GET") ? project_info(parts, call, project) : method_response("GET");
    if (word == "sync" || word == "index")
        return call.asks("POST") ? sync_project(parts, call, project) : method_response("POST");
    if (word == "status")
        return call.asks("POST") ? project_status(call, project) : method_response("POST");
    if (word == "search")
        return call.asks("POST") ? search_response(call, project) : method_response("POST");
    return std::nullopt;
}

std::optional<HttpResponse> first_spelling(const RouteParts& parts, const RouteCall& call) {
    if (call.is("*/search")) {
        const auto project = call.space.projects().by_permalink(call.path[0]);
        if (project) return answered(parts, call, call.path[1], *project);
        return detail_response(404, "Project '" + call.path[0] + "' not found.");
    }
    if (!call.is("*/project/*")) return std::nullopt;
    const std::string& word = call.path[2];
    const bool is_known = word == "info" || word == "item" || word == "sync" || word == "status";
    if (!is_known && !call.asks("PATCH")) return std::nullopt;
    const auto project = call.space.projects().by_permalink(call.path[0]);
    if (!project) return detail_response(404, "Project '" + call.path[0] + "' not found.");
    if (call.asks("PATCH")) {
        const auto named = call.space.knowledge().find_project(word);
        if (!named)
            return detail_response(400, "Project '" + word + "' not found in configuration");
        return change_project_response(call, *named);
    }
    if (word == "item") {
        return call.asks("GET") ? route_response(200, project_item(call.space, *project))
                                : method_response("GET");
    }
    return answered(parts, call, word, *project);
}

std::optional<HttpResponse> second_spelling(const RouteParts& parts, const RouteCall& call) {
    const bool is_deeper = call.is("v2/projects/*/*");
    if (!is_deeper && !call.is("v2/projects/*")) return std::nullopt;
    const std::string& id = call.path[2];
    if (id == "resolve" || id == "config") return std::nullopt;
    const auto project = call.space.projects().by_id(id);
    if (!project) return detail_response(404, "Project with external_id '" + id + "' not found");
    if (is_deeper) {
        if (call.path[3] != "default") return answered(parts, call, call.path[3], *project);
        return call.asks("PUT") ? default_project_response(call, *project) : method_response("PUT");
    }
    if (call.asks("GET")) return route_response(200, project_item(call.space, *project));
    if (call.asks("PATCH")) return change_project_response(call, *project);
    if (call.asks("DELETE")) return remove_project_response(call, *project);
    return method_response("GET, PATCH, DELETE");
}

}  // namespace

std::optional<HttpResponse> one_project_route(const RouteParts& parts, const RouteCall& call) {
    if (auto answer = first_spelling(parts, call)) return answer;
    return second_spelling(parts, call);
}

}  // namespace bm
