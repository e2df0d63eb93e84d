#include "host/space_catalog.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

#include "tools/make_catalog.hpp"

namespace bm {

namespace {

/// Tools whose answers hold nothing that a note says.
constexpr std::array kAboutProjects{"create_memory_project", "list_memory_projects",
                                    "delete_project", "basic_memory_diagnostics"};

void cover(const HostVeil& veil, Json& value) {
    if (value.is_string()) {
        value = veil.over(value.get<std::string>());
    } else if (value.is_structured()) {
        for (Json& part : value) cover(veil, part);
    }
}

bool is_about_projects(const std::string& tool) {
    return std::find(kAboutProjects.begin(), kAboutProjects.end(), tool) != kAboutProjects.end();
}

ToolReply veiled(const HostVeil& veil, const std::string& tool, ToolReply reply) {
    if (reply.is_error || is_about_projects(tool)) cover(veil, reply.value);
    return reply;
}

void veil_tool(Tool& tool, const HostVeil& veil) {
    if (tool.run) {
        tool.run = [veil, name = tool.name, run = std::move(tool.run)](const CallContext& call,
                                                                       const Json& arguments) {
            return veiled(veil, name, run(call, arguments));
        };
    }
    if (tool.converse) {
        tool.converse = [veil, name = tool.name, converse = std::move(tool.converse)](
                            const CallContext& call, const Json& arguments) -> ToolOutcome {
            ToolOutcome outcome = converse(call, arguments);
            if (auto* reply = std::get_if<ToolReply>(&outcome))
                return veiled(veil, name, std::move(*reply));
            return outcome;
        };
    }
}

/// A caller names a project and perhaps a folder; where that is, the space says.
void place_new_projects(Tool& tool, SpaceProjects& projects) {
    tool.run = [&projects, run = std::move(tool.run)](const CallContext& call,
                                                      const Json& arguments) -> ToolReply {
        const auto text = [&](const char* name) -> std::optional<std::string> {
            if (!arguments.is_object() || !arguments.contains(name)) return std::nullopt;
            const Json& value = arguments[name];
            if (!value.is_string()) return std::nullopt;
            return value.get<std::string>();
        };
        const auto name = text("project_name");
        const auto path = text("project_path");
        if (!name || !path) return run(call, arguments);
        Json placed = arguments;
        for (const Project& project : projects.all()) {
            if (project.name.str() != *name) continue;
            placed["project_path"] = project.path.string();
            return run(call, placed);
        }
        const auto folder = projects.folder_of_new(*name, path);
        if (!folder) return ToolReply{folder.error().message, true, {}, true};
        placed["project_path"] = folder->string();
        return projects.exclusively([&] { return run(call, placed); });
    };
}

void remember_before(Tool& tool, SpaceProjects& projects) {
    tool.run = [&projects, run = std::move(tool.run)](const CallContext& call,
                                                      const Json& arguments) {
        return projects.exclusively([&] { return run(call, arguments); });
    };
}

}  // namespace

namespace {

/// A catalogue with the knowledge that it is about.
struct BoundSpace {
    BoundSpace(std::unique_ptr<KnowledgeBase> bound, SpaceProjects& projects, const HostVeil& veil,
               const std::string& version)
        : knowledge(std::move(bound)),
          catalog(space_catalog(*knowledge, projects, veil, version)) {}

    std::unique_ptr<KnowledgeBase> knowledge;
    Catalog catalog;
};

}  // namespace

Catalog space_catalog(KnowledgeBase& knowledge, SpaceProjects& projects, const HostVeil& veil,
                      const std::string& version) {
    const Catalog plain = make_catalog(knowledge, version);
    Catalog::Entries entries{plain.tools(),
                             plain.prompts(),
                             plain.resources(),
                             plain.templates(),
                             plain.instructions(),
                             plain.server_name(),
                             plain.server_version(),
                             [&knowledge, &projects, veil, version](const std::string& project) {
                                 const auto bound = std::make_shared<BoundSpace>(
                                     knowledge.bound_to(project), projects, veil, version);
                                 return std::shared_ptr<const Catalog>(bound, &bound->catalog);
                             }};
    for (Tool& tool : entries.tools) {
        if (tool.name == "create_memory_project") place_new_projects(tool, projects);
        if (tool.name == "delete_project") remember_before(tool, projects);
        veil_tool(tool, veil);
    }
    for (ResourceTemplate& each : entries.templates) {
        if (!each.read || each.uri_template.find("/info") == std::string::npos) continue;
        each.read = [veil, read = std::move(each.read)](
                        const CallContext& call, std::string_view uri) -> Result<ResourceText> {
            auto text = read(call, uri);
            if (text) text->text = veil.over(std::move(text->text));
            return text;
        };
    }
    return Catalog(std::move(entries));
}

}  // namespace bm
