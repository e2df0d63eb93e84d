#include "cli/commands.hpp"

namespace bm {

int fail_command(Application& application, const std::string& message) {
    application.terminal().error("Error: " + message);
    return kExitFailure;
}

std::optional<Project> chosen_project(Application& application,
                                      const std::optional<std::string>& name) {
    KnowledgeBase& knowledge = application.knowledge();
    auto project = name ? knowledge.find_project(*name) : knowledge.default_project();
    if (!project) {
        application.terminal().name_failure("project_not_found");
        application.terminal().error("No project found named: " +
                                     (name ? *name : knowledge.config()->default_project));
    }
    return project;
}

}  // namespace bm
