#include "sync/note_lookup.hpp"

#include <algorithm>

#include "markdown/file_naming.hpp"
#include "markdown/memory_url.hpp"
#include "markdown/mime_type.hpp"
#include "markdown/path_safety.hpp"
#include "markdown/permalink.hpp"
#include "markdown/relation_syntax.hpp"
#include "markdown/text.hpp"
#include "sync/link_resolver.hpp"
#include "sync/note_store.hpp"
#include "sync/scan.hpp"
#include "sync/untold_titles.hpp"

namespace bm {

namespace {

// Ambiguous identifiers may match a whole folder of daily notes; a message needs only enough to
// choose from.
constexpr std::size_t kMaxListedCandidates = 20;

Error ambiguity(std::string_view identifier, const std::vector<Entity>& candidates) {
    std::string text = "Ambiguous identifier '" + std::string(identifier) + "' matches " +
                       std::to_string(candidates.size()) + " notes: ";
    for (std::size_t i = 0; i < candidates.size() && i < kMaxListedCandidates; ++i) {
        if (i > 0) text += "; ";
        text += candidates[i].path.str();
        text += candidates[i].permalink ? " (permalink: " + *candidates[i].permalink + ")"
                                        : " (no permalink)";
    }
    text += ". Pass an exact permalink or external_id to disambiguate.";
    return {Fault::ambiguous, std::move(text)};
}

Resolution resolve_in_index(KnowledgeBase& knowledge, const Project& project,
                            std::string_view identifier) {
    return knowledge.index().read([&](Tables& tables) {
        return resolve_identifier(tables, project.id, {project.permalink}, identifier);
    });
}

/// Paths on disk that an identifier may mean, by exact spelling.
std::vector<RelativePath> spelled_paths(std::string_view identifier) {
    std::vector<RelativePath> paths;
    if (!is_safe_client_path(identifier)) return paths;
    const std::string path = normalized_path(identifier);
    if (auto relative = RelativePath::parse(path)) paths.push_back(*std::move(relative));
    if (!ends_with_ignoring_case(path, ".md")) {
        if (auto relative = RelativePath::parse(path + ".md"))
            paths.push_back(*std::move(relative));
    }
    return paths;
}

/// A file on disk that is spelled exactly like `identifier`, indexed now.
std::optional<Entity> spelled_on_disk(KnowledgeBase& knowledge, const Project& project,
                                      std::string_view identifier) {
    const IgnoreRules rules = knowledge.ignore_rules(project);
    const auto files = knowledge.files(project);
    for (const auto& path : spelled_paths(identifier)) {
        if (rules.ignores(path.str()) || !files->exists(path)) continue;
        // Behind a link lies a file that has a name of its own, or that a scan would not see.
        const auto place = files->place_of(path, FinalLink::followed);
        if (place && !rules.ignores(place->path.str())) {
            return NoteStore(knowledge, project).index_from_disk(place->path);
        }
    }
    return std::nullopt;
}

/// The files of the named folder whose slug is the identifier's.
std::vector<RelativePath> slugged_on_disk(KnowledgeBase& knowledge, const Project& project,
                                          std::string_view identifier) {
    const std::string wanted = slug(identifier);
    if (wanted.empty()) return {};
    std::vector<RelativePath> paths;
    const IgnoreRules rules = knowledge.ignore_rules(project);
    const std::string_view folder = parent_folder(identifier);
    for (const auto& name : names_in_folder(project.path, folder)) {
        const std::string path = folder.empty() ? name : std::string(folder) + '/' + name;
        if (!is_note_name(name) || rules.ignores(path) || slug(path) != wanted) continue;
        if (auto relative = RelativePath::parse(path)) paths.push_back(*std::move(relative));
    }
    return paths;
}

Error ambiguous_files(std::string_view identifier, const std::vector<RelativePath>& paths) {
    std::vector<std::string> names;
    for (const auto& path : paths) {
        if (names.size() < kMaxListedCandidates) names.push_back(path.str());
    }
    return {Fault::ambiguous, "Ambiguous identifier '" + std::string(identifier) + "' matches " +
                                  std::to_string(paths.size()) + " notes: " + join(names, "; ") +
                                  ". Pass an exact path to disambiguate."};
}

/// A note that is on disk and not in the index yet: by path, or by the slug of a file in the named
/// folder.
Result<std::optional<Entity>> find_on_disk(KnowledgeBase& knowledge, const Project& project,
                                           std::string_view identifier, LookupPurpose purpose) {
    if (is_blank(identifier) || !is_safe_client_path(identifier)) return std::nullopt;
    if (auto entity = spelled_on_disk(knowledge, project, identifier)) return entity;
    const auto paths = slugged_on_disk(knowledge, project, identifier);
    if (paths.empty()) return std::nullopt;
    if (paths.size() > 1 && purpose == LookupPurpose::changing) {
        return tl::unexpected(ambiguous_files(identifier, paths));
    }
    return NoteStore(knowledge, project).index_from_disk(paths.front());
}

/// `project::rest` and `project/rest` taken apart when the first part names a project.
std::optional<std::pair<Project, std::string>> split_project(KnowledgeBase& knowledge,
                                                             std::string_view identifier) {
    const std::size_t colons = identifier.find("::");
    const std::size_t slash = identifier.find('/');
    const std::size_t at = colons != std::string_view::npos ? colons : slash;
    if (at == std::string_view::npos || at == 0) return std::nullopt;
    const std::size_t skip = at == colons ? 2 : 1;
    auto project = knowledge.find_project(identifier.substr(0, at));
    const std::string_view rest = identifier.substr(at + skip);
    if (!project || rest.empty()) return std::nullopt;
    return std::pair{*std::move(project), std::string(rest)};
}

Result<std::optional<Entity>> find_in_index(KnowledgeBase& knowledge, const Project& project,
                                            std::string_view identifier, LookupPurpose purpose) {
    Resolution found = resolve_in_index(knowledge, project, identifier);
    if (purpose == LookupPurpose::changing && found.candidates.size() > 1) {
        return tl::unexpected(ambiguity(identifier, found.candidates));
    }
    if (!found.entity && !found.candidates.empty()) return std::move(found.candidates.front());
    return std::move(found.entity);
}

Result<FoundNote> find_in_project(KnowledgeBase& knowledge, const Project& project,
                                  std::string_view identifier, LookupPurpose purpose) {
    auto found = find_in_index(knowledge, project, identifier, purpose);
    if (found && !*found) found = find_on_disk(knowledge, project, identifier, purpose);
    if (found && !*found && index_notes_titled(knowledge, project, identifier)) {
        found = find_in_index(knowledge, project, identifier, purpose);
    }
    if (!found) return tl::unexpected(found.error());
    if (!*found) return fail(Fault::not_found, "Entity not found: " + std::string(identifier));
    return FoundNote{project, **std::move(found)};
}

}  // namespace

Result<FoundNote> find_note(KnowledgeBase& knowledge, const Project& project,
                            bool project_is_explicit, std::string_view identifier,
                            LookupPurpose purpose) {
    const std::string_view text = link_target(without_memory_scheme(trim(identifier)));
    auto found = find_in_project(knowledge, project, text, purpose);
    if (found || found.error().fault != Fault::not_found) return found;
    // A project in front of the identifier is tried last, so that folders named like projects stay
    // reachable.
    const auto scoped = named_project(knowledge, project, project_is_explicit, text);
    if (!scoped) return found;
    auto elsewhere = find_in_project(knowledge, scoped->first, scoped->second, purpose);
    if (elsewhere || elsewhere.error().fault != Fault::not_found) return elsewhere;
    return found;
}

std::optional<std::pair<Project, std::string>> named_project(KnowledgeBase& knowledge,
                                                             const Project& project,
                                                             bool project_is_explicit,
                                                             std::string_view identifier) {
    auto scoped = split_project(knowledge, identifier);
    if (const auto rest = without_leading_workspace(identifier); !scoped && rest) {
        scoped = split_project(knowledge, *rest);
    }
    // A bound server and an explicit argument never leave their project.
    const bool stays = scoped && scoped->first.id == project.id;
    if (!stays && (project_is_explicit || knowledge.constraint())) return std::nullopt;
    return scoped;
}

}  // namespace bm
