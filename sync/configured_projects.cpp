#include "sync/configured_projects.hpp"

#include <algorithm>

#include "markdown/permalink.hpp"
#include "markdown/text.hpp"

namespace bm {

const ConfiguredProject* find_configured(const Config& config, std::string_view name) {
    for (const auto& project : config.projects) {
        if (project.name == name) return &project;
    }
    const std::string wanted = slug(name);
    for (const auto& project : config.projects) {
        if (!wanted.empty() && slug(project.name) == wanted) return &project;
    }
    const std::string folded = case_fold(name);
    for (const auto& project : config.projects) {
        if (case_fold(project.name) == folded) return &project;
    }
    return nullptr;
}

std::size_t count_local(const Config& config) {
    return static_cast<std::size_t>(
        std::count_if(config.projects.begin(), config.projects.end(),
                      [](const ConfiguredProject& project) { return !project.path.empty(); }));
}

std::string join_names(const std::vector<ConfiguredProject>& projects) {
    std::vector<std::string> names;
    for (const auto& project : projects) names.push_back(project.name);
    return join(names, ", ");
}

Error unknown_project(std::string_view name, const Config& config) {
    return {Fault::not_found,
            "Project '" + std::string(name) +
                "' not found. Available projects: " + join_names(config.projects)};
}

}  // namespace bm
