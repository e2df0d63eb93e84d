#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "markdown/result.hpp"
#include "repository/project_repository.hpp"
#include "sync/knowledge_base.hpp"
#include "tools/arguments.hpp"

/// Which project a call works on: the server's constraint, the argument, the default.
namespace bm {

/// What the caller said about the project.
struct ProjectWish {
    std::optional<std::string> project;     ///< name, or `workspace/name`
    std::optional<std::string> project_id;  ///< wins over `project`
    std::optional<std::string> workspace;
};

/// `project` and `project_id`, to be put in a parameter list, and their reading. A `workspace`
/// parameter is read when the tool has one.
Parameter project_parameter();
Parameter project_id_parameter();
Parameter workspace_parameter();
ProjectWish read_project_wish(const Arguments& arguments);

/// What the choice depends on besides the wish.
struct ProjectRules {
    std::optional<std::string> constraint;
    bool cloud_mode = false;
    bool default_project_mode = false;
    std::string default_project;
    std::vector<std::string> known_names;  ///< for messages
};

struct ProjectByName {
    std::string name;
    bool is_explicit = false;  ///< the caller or the constraint named it

    friend bool operator==(const ProjectByName&, const ProjectByName&) = default;
};
struct ProjectById {
    std::string external_id;

    friend bool operator==(const ProjectById&, const ProjectById&) = default;
};
/// Nothing names a project; the sentence for a tool that cannot do without.
struct NoProject {
    std::string reason;

    friend bool operator==(const NoProject&, const NoProject&) = default;
};
using ProjectChoice = std::variant<ProjectByName, ProjectById, NoProject>;

/// The rules alone, first match wins. Pure.
ProjectChoice choose_project(const ProjectWish& wish, const ProjectRules& rules);

/// `name` without a leading `local/` or `personal/`. Fault::invalid names any other workspace.
/// Pure.
Result<std::string> without_workspace(std::string_view name);

/// Fault::invalid for any workspace but the one there is; blank is not given.
Result<void> check_workspace(const std::optional<std::string>& workspace);

/// The project that a call works on.
struct ChosenProject {
    Project project;
    bool is_explicit = false;  ///< identifiers must not lead elsewhere
};

/// Why nothing can be found in the project: its folder is not there.
std::optional<Error> missing_folder(const KnowledgeBase& knowledge, const Project& project);

/// A known project in front of an identifier, `project/rest` or `project::rest`.
struct ProjectInFront {
    Project project;
    std::string rest;
};
std::optional<ProjectInFront> project_in_front(KnowledgeBase& knowledge,
                                               std::string_view identifier);
/// Whether an identifier may lead a call to `other`.
bool may_reach(const KnowledgeBase& knowledge, const ChosenProject& chosen, const Project& other);

/// Fault::not_found for an unknown project, Fault::invalid when there is none to choose.
Result<ChosenProject> project_for(KnowledgeBase& knowledge, const ProjectWish& wish);
/// The same; when nothing else names a project, a known project in front of `identifier` does
/// (`memory://project/path`, `project::title`).
Result<ChosenProject> project_for(KnowledgeBase& knowledge, const ProjectWish& wish,
                                  std::string_view identifier);
/// The same, but none at all is fine: for tools that can look everywhere.
Result<std::optional<ChosenProject>> project_or_none(KnowledgeBase& knowledge,
                                                     const ProjectWish& wish);

}  // namespace bm
