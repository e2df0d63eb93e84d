#include <algorithm>

#include "host/route_call.hpp"
#include "markdown/permalink.hpp"
#include "markdown/text.hpp"
#include "repository/checksum.hpp"
#include "repository/config_file.hpp"

namespace bm {

namespace {

/// `{message, status, default, old_project, new_project}`.
RouteJson status_body(std::string message, bool is_default, RouteJson before, RouteJson after) {
    RouteJson body = RouteJson::object();
    body["message"] = std::move(message);
    body["status"] = "success";
    body["default"] = is_default;
    body["old_project"] = std::move(before);
    body["new_project"] = std::move(after);
    return body;
}

HttpResponse list_projects(const RouteCall& call) {
    RouteJson list = RouteJson::array();
    for (const Project& project : call.space.projects().all())
        list.push_back(project_item(call.space, project));
    return route_response(200,
                          {{"projects", std::move(list)},
                           {"default_project", call.space.knowledge().config()->default_project}});
}

HttpResponse add_project(const RouteCall& call) {
    RouteBody body(call.request);
    const std::string name = body.needed_text("name");
    const auto path = body.text("path");
    const bool make_default = body.flag("set_default").value_or(false);
    if (body.fault()) return field_response(*body.fault());
    const auto added = call.space.projects().add(name, path, make_default);
    if (!added) return failure_response(added.error());
    const Project& project = added->project;
    return route_response(
        added->existed ? 200 : 201,
        status_body("Project '" + project.name.str() +
                        (added->existed ? "' already exists" : "' added successfully"),
                    project.is_default, nullptr, project_item(call.space, project)));
}

HttpResponse default_project(const RouteCall& call) {
    const auto project = call.space.knowledge().default_project();
    if (!project) return detail_response(404, "No default project is currently set");
    return route_response(200, project_item(call.space, *project));
}

HttpResponse sync_configuration(const RouteCall& call) {
    (void)call.space.knowledge().projects();
    return route_response(
        200, status_body("Projects synchronized successfully between configuration and database",
                         false, nullptr, nullptr));
}

HttpResponse watch_state(const RouteCall& call) {
    KnowledgeBase& knowledge = call.space.knowledge();
    if (call.path.back() != "status") {
        const bool starts = call.path.back() == "start";
        ConfigFile file(knowledge.directory(), knowledge.environment());
        const auto set = file.set("sync_changes", starts ? "true" : "false");
        if (!set) return failure_response(set.error());
    }
    return route_response(200, {{"running", knowledge.config()->sync_changes}});
}

HttpResponse resolve_project(const RouteCall& call) {
    constexpr std::size_t longest = 255;
    RouteBody body(call.request);
    const std::string wanted = body.needed_text("identifier");
    if (body.fault()) return field_response(*body.fault());
    if (wanted.empty() || wanted.size() > longest) {
        return field_response({wanted.empty() ? "string_too_short" : "string_too_long",
                               {"identifier"},
                               "String should have 1 to 255 characters",
                               wanted});
    }
    const auto projects = call.space.projects().all();
    const auto answer = [&](const char* method, auto matches) -> std::optional<HttpResponse> {
        const auto found = std::find_if(projects.begin(), projects.end(), matches);
        if (found == projects.end()) return std::nullopt;
        return route_response(200, {{"external_id", found->external_id},
                                    {"project_id", found->id.value},
                                    {"name", found->name.str()},
                                    {"permalink", found->permalink},
                                    {"path", call.space.projects().shown_path(*found)},
                                    {"is_active", true},
                                    {"is_default", found->is_default},
                                    {"resolution_method", method}});
    };
    const auto id = uuid_bytes(wanted);
    if (auto found = answer("external_id", [&](const Project& each) {
            return id && uuid_bytes(each.external_id) == id;
        }))
        return *std::move(found);
    const std::string permalink = slug(wanted);
    if (auto found =
            answer("permalink", [&](const Project& each) { return each.permalink == permalink; }))
        return *std::move(found);
    const std::string folded = case_fold(wanted);
    if (auto found = answer(
            "name", [&](const Project& each) { return case_fold(each.name.str()) == folded; }))
        return *std::move(found);
    return detail_response(404, "Project not found: '" + wanted + "'");
}

/// The routes that name a project by its name, which may be any text.
std::optional<HttpResponse> named_project_route(const RouteCall& call) {
    const bool removes = call.is("projects/*");
    if (!removes && !call.is("projects/*/default")) return std::nullopt;
    if (!call.asks(removes ? "DELETE" : "PUT")) return method_response(removes ? "DELETE" : "PUT");
    const auto project = call.space.knowledge().find_project(call.path[1]);
    if (!project) return detail_response(404, "Project: '" + call.path[1] + "' does not exist");
    return removes ? remove_project_response(call, *project)
                   : default_project_response(call, *project);
}

}  // namespace

RouteJson project_item(Space& space, const Project& project) {
    return {{"id", project.id.value},
            {"external_id", project.external_id},
            {"name", project.name.str()},
            {"path", space.projects().shown_path(project)},
            {"is_default", project.is_default}};
}

HttpResponse remove_project_response(const RouteCall& call, const Project& project) {
    RouteJson before = project_item(call.space, project);
    const bool is_default = project.name.str() == call.space.knowledge().config()->default_project;
    std::string warning;
    if (call.flag("delete_notes", false) && !is_default) {
        warning = call.space.remove_with_notes(project);
        if (call.space.projects().by_id(project.external_id))
            return detail_response(503, "The project could not be removed: " + warning);
    } else {
        const auto removed = call.space.projects().remove(project.name.str());
        if (!removed) return failure_response(removed.error());
    }
    std::string message = "Project '" + project.name.str() + "' removed successfully";
    if (!warning.empty()) message += ". " + warning;
    return route_response(200, status_body(std::move(message), false, std::move(before), nullptr));
}

HttpResponse default_project_response(const RouteCall& call, const Project& project) {
    KnowledgeBase& knowledge = call.space.knowledge();
    const auto before = knowledge.default_project();
    if (!before) return detail_response(404, "No default project is currently set");
    const auto set = knowledge.set_default_project(project.name.str());
    if (!set) return failure_response(set.error());
    return route_response(
        200, status_body("Project '" + project.name.str() + "' set as default successfully", true,
                         project_item(call.space, *before), project_item(call.space, *set)));
}

HttpResponse change_project_response(const RouteCall& call, const Project& project) {
    RouteBody body(call.request);
    const auto path = body.text("path");
    (void)body.flag("is_active");  // every project of a space is active
    if (body.fault()) return field_response(*body.fault());
    RouteJson before = project_item(call.space, project);
    std::optional<Project> after = project;
    if (path) {
        auto moved = call.space.projects().move(project, *path);
        if (!moved) return failure_response(moved.error());
        after = *std::move(moved);
    }
    return route_response(
        200, status_body("Project '" + project.name.str() + "' updated successfully",
                         after->is_default, std::move(before), project_item(call.space, *after)));
}

std::optional<HttpResponse> project_route(const RouteParts& /*parts*/, const RouteCall& call) {
    if (call.is("projects/projects") || call.is("v2/projects")) {
        if (call.asks("GET")) return list_projects(call);
        return call.asks("POST") ? add_project(call) : method_response("GET, POST");
    }
    if (call.is("projects/default") && call.asks("GET")) return default_project(call);
    if (call.is("projects/config/sync") || call.is("v2/projects/config/sync"))
        return call.asks("POST") ? sync_configuration(call) : method_response("POST");
    if (call.is("management/watch/status"))
        return call.asks("GET") ? watch_state(call) : method_response("GET");
    if (call.is("management/watch/start") || call.is("management/watch/stop"))
        return call.asks("POST") ? watch_state(call) : method_response("POST");
    if (call.is("v2/projects/resolve"))
        return call.asks("POST") ? resolve_project(call) : method_response("POST");
    return named_project_route(call);
}

}  // namespace bm
