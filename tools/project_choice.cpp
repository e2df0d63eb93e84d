#include "tools/project_choice.hpp"

#include <utility>

#include "markdown/memory_url.hpp"
#include "markdown/permalink.hpp"
#include "markdown/relation_syntax.hpp"
#include "markdown/text.hpp"
#include "tools/json_value.hpp"

namespace bm {

namespace {

bool is_local_workspace(std::string_view workspace) {
    const std::string folded = to_lower(trim(workspace));
    return folded == "local" || folded == "personal";
}

Error unknown_workspace(std::string_view workspace) {
    return {Fault::invalid, "Workspace " + shown(workspace) +
                                " does not exist. This server has one workspace, 'personal'."};
}

std::string shown_names(const std::vector<std::string>& names) {
    std::vector<std::string> quoted;
    quoted.reserve(names.size());
    for (const auto& name : names) quoted.push_back(shown(std::string_view(name)));
    return "[" + join(quoted, ", ") + "]";
}

ProjectRules rules_of(KnowledgeBase& knowledge) {
    const auto config = knowledge.config();
    ProjectRules rules{knowledge.constraint(),
                       config->cloud_mode && !knowledge.is_bound_by_caller(),
                       config->default_project_mode,
                       config->default_project,
                       {}};
    rules.known_names.reserve(config->projects.size());
    for (const auto& project : config->projects) rules.known_names.push_back(project.name);
    return rules;
}

Error unknown_project(std::string_view name) {
    const std::string slugged = slug(name);
    std::string text = "Project: '" + slugged + "' does not exist.";
    if (slugged != name) text += " There is no project called " + shown(name) + ".";
    return {Fault::not_found, text + " Call list_memory_projects to see the projects."};
}

Result<Project> project_named(KnowledgeBase& knowledge, std::string_view name) {
    if (auto project = knowledge.find_project(name)) return *std::move(project);
    const auto plain = without_workspace(name);
    if (!plain) return tl::unexpected(plain.error());
    if (*plain != name) {
        if (auto project = knowledge.find_project(*plain)) return *std::move(project);
    }
    return tl::unexpected(unknown_project(*plain));
}

}  // namespace

std::optional<ProjectInFront> project_in_front(KnowledgeBase& knowledge,
                                               std::string_view identifier) {
    const std::string_view text = link_target(without_memory_scheme(trim(identifier)));
    const std::size_t colons = text.find("::");
    const std::size_t at = colons != std::string_view::npos ? colons : text.find('/');
    if (at == std::string_view::npos || at == 0) return std::nullopt;
    const std::string_view rest = text.substr(at + (at == colons ? 2 : 1));
    auto project = knowledge.find_project(text.substr(0, at));
    if (!project) {
        const auto inner = without_leading_workspace(text);
        return inner ? project_in_front(knowledge, *inner) : std::nullopt;
    }
    return ProjectInFront{*std::move(project), std::string(rest)};
}

bool may_reach(const KnowledgeBase& knowledge, const ChosenProject& chosen, const Project& other) {
    return other.id == chosen.project.id || (!chosen.is_explicit && !knowledge.constraint());
}

std::optional<Error> missing_folder(const KnowledgeBase& knowledge, const Project& project) {
    const auto any = RelativePath::parse("note.md");
    const auto place = knowledge.files(project)->place_of(*any, FinalLink::itself);
    if (place || place.error().fault != Fault::unavailable) return std::nullopt;
    return place.error();
}

Parameter project_parameter() {
    return {.name = "project",
            .description = "Project name; see list_memory_projects",
            .max_bytes = kMaxNameBytes};
}

Parameter project_id_parameter() {
    return {.name = "project_id",
            .description = "Project UUID; wins over project",
            .max_bytes = kMaxNameBytes};
}

Parameter workspace_parameter() {
    return {.name = "workspace",
            .description = "Only 'personal' exists here",
            .max_bytes = kMaxNameBytes};
}

ProjectWish read_project_wish(const Arguments& arguments) {
    return {arguments.optional_text("project"), arguments.optional_text("project_id"),
            arguments.declares("workspace") ? arguments.optional_text("workspace") : std::nullopt};
}

ProjectChoice choose_project(const ProjectWish& wish, const ProjectRules& rules) {
    if (rules.constraint && !rules.cloud_mode) return ProjectByName{*rules.constraint, true};
    if (is_given(wish.project_id)) return ProjectById{std::string(trim(*wish.project_id))};
    if (is_given(wish.project)) return ProjectByName{*wish.project, true};
    if (rules.cloud_mode) {
        return NoProject{"No project specified. Project is required for cloud mode."};
    }
    if (rules.default_project_mode && !rules.default_project.empty()) {
        return ProjectByName{rules.default_project, false};
    }
    return NoProject{
        "No project specified. Either set 'default_project_mode=true' in config, or use 'project' "
        "argument.\nAvailable projects: " +
        shown_names(rules.known_names)};
}

Result<std::string> without_workspace(std::string_view name) {
    const std::size_t slash = name.find('/');
    if (slash == std::string_view::npos) return std::string(name);
    const std::string_view workspace = name.substr(0, slash);
    if (!is_local_workspace(workspace)) return tl::unexpected(unknown_workspace(workspace));
    return std::string(name.substr(slash + 1));
}

Result<void> check_workspace(const std::optional<std::string>& workspace) {
    if (!is_given(workspace) || is_local_workspace(*workspace)) return {};
    return tl::unexpected(unknown_workspace(*workspace));
}

Result<std::optional<ChosenProject>> project_or_none(KnowledgeBase& knowledge,
                                                     const ProjectWish& wish) {
    const ProjectChoice choice = choose_project(wish, rules_of(knowledge));
    if (const auto known = check_workspace(wish.workspace); !known && !knowledge.constraint()) {
        return tl::unexpected(known.error());
    }
    using Chosen = Result<std::optional<ChosenProject>>;
    return std::visit(
        Match{[&](const ProjectByName& named) -> Chosen {
                  return project_named(knowledge, named.name).map([&](Project project) {
                      return std::optional(ChosenProject{std::move(project), named.is_explicit});
                  });
              },
              [&](const ProjectById& by_id) -> Chosen {
                  auto project = knowledge.find_project_by_id(by_id.external_id);
                  if (project) return ChosenProject{*std::move(project), true};
                  return fail(Fault::not_found, "Project with project_id " +
                                                    shown(std::string_view(by_id.external_id)) +
                                                    " does not exist. Call list_memory_projects "
                                                    "to see the projects.");
              },
              [](const NoProject&) -> Chosen { return std::optional<ChosenProject>{}; }},
        choice);
}

Result<ChosenProject> project_for(KnowledgeBase& knowledge, const ProjectWish& wish) {
    return project_or_none(knowledge, wish)
        .and_then([&](std::optional<ChosenProject> chosen) -> Result<ChosenProject> {
            if (chosen) return *std::move(chosen);
            const ProjectChoice choice = choose_project(wish, rules_of(knowledge));
            const auto* none = std::get_if<NoProject>(&choice);
            return fail(Fault::invalid, none != nullptr ? none->reason : "No project specified.");
        });
}

Result<ChosenProject> project_for(KnowledgeBase& knowledge, const ProjectWish& wish,
                                  std::string_view identifier) {
    auto chosen = project_or_none(knowledge, wish);
    if (chosen && !*chosen) {
        if (auto front = project_in_front(knowledge, identifier)) {
            return ChosenProject{std::move(front->project), false};
        }
    }
    return project_for(knowledge, wish);
}

}  // namespace bm
