#include <utility>

#include "markdown/text.hpp"
#include "tools/all_resources.hpp"
#include "tools/completion.hpp"
#include "tools/json_value.hpp"
#include "tools/project_choice.hpp"
#include "tools/project_info.hpp"
#include "tools/resource_uri.hpp"

namespace bm {
namespace {

constexpr const char* kProjectInfoMimeType = "application/json";
constexpr const char* kResourceProjectInfoDescription =
    "Statistics of a project: how many notes, observations and relations there are, of which "
    "kinds, and what changed lately";

/// The project in `memory://{project}/info`, or with a workspace in front.
std::optional<std::string> named_project(std::string_view uri, bool with_workspace) {
    const auto path = memory_path(uri);
    const auto segments = path ? path_segments(*path) : std::nullopt;
    const std::size_t expected = with_workspace ? 3 : 2;
    if (!segments || segments->size() != expected || segments->back() != "info") {
        return std::nullopt;
    }
    if (!with_workspace) {
        return segments->front();
    }
    const auto name = without_workspace(segments->at(0) + '/' + segments->at(1));
    return name ? std::optional(*name) : std::nullopt;
}

Result<ResourceText> read_info(KnowledgeBase& knowledge, const std::string& version,
                               const std::optional<std::string>& name) {
    if (!name) {
        return fail(Fault::not_found, "This is not the address of a project.");
    }
    const auto project = knowledge.find_project(*name);
    const auto& constraint = knowledge.constraint();
    if (!project || (constraint && project->name.str() != *constraint)) {
        return fail(Fault::not_found, "Project '" + *name + "' does not exist.");
    }
    return ResourceText{kProjectInfoMimeType,
                        compact_json(project_info_json(knowledge, *project, version))};
}

}  // namespace

ResourceTemplate project_info_resource(KnowledgeBase& knowledge, std::string version) {
    return {"memory://{project}/info",
            "project_info",
            "Project Info",
            kResourceProjectInfoDescription,
            kProjectInfoMimeType,
            [&knowledge, version = std::move(version)](const CallContext&, std::string_view uri) {
                return read_info(knowledge, version, named_project(uri, false));
            },
            [&knowledge](std::string_view variable, std::string_view typed, const auto&) {
                return variable == "project" ? complete_project(knowledge, typed)
                                             : std::vector<std::string>{};
            }};
}

ResourceTemplate workspace_project_info_resource(KnowledgeBase& knowledge, std::string version) {
    return {"memory://{workspace}/{project}/info",
            "workspace_project_info",
            "Project Info in a Workspace",
            kResourceProjectInfoDescription,
            kProjectInfoMimeType,
            [&knowledge, version = std::move(version)](const CallContext&, std::string_view uri) {
                return read_info(knowledge, version, named_project(uri, true));
            },
            [&knowledge](std::string_view variable, std::string_view typed, const auto&) {
                if (variable == "workspace") {
                    return fitting({"local", "personal"}, typed);
                }
                return variable == "project" ? complete_project(knowledge, typed)
                                             : std::vector<std::string>{};
            }};
}

}  // namespace bm
