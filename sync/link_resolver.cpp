#include "sync/link_resolver.hpp"

#include <algorithm>

#include "markdown/permalink.hpp"
#include "markdown/relation_syntax.hpp"
#include "markdown/text.hpp"

namespace bm {

namespace {

constexpr std::string_view kNoteSuffix = ".md";

std::string with_note_suffix(std::string_view path) {
    return std::string(path) + std::string(kNoteSuffix);
}

/// The permalinks that an identifier may stand for besides itself, best first (with and without the
/// project).
std::vector<std::string> permalink_candidates(const ProjectNames& names,
                                              std::string_view identifier) {
    std::vector<std::string> candidates;
    const auto add = [&candidates](std::string candidate) {
        if (!candidate.empty() &&
            std::find(candidates.begin(), candidates.end(), candidate) == candidates.end()) {
            candidates.push_back(std::move(candidate));
        }
    };
    const std::string text(identifier);
    const std::string slugged = slug(identifier);
    const std::string prefix = names.permalink + '/';
    add(slugged);
    add(slug_keeping_suffix(identifier));
    add(prefix + text);
    add(prefix + slugged);
    if (text.starts_with(prefix)) add(text.substr(prefix.size()));
    if (slugged.starts_with(prefix)) add(slugged.substr(prefix.size()));
    return candidates;
}

std::optional<Entity> by_any_permalink(Tables& tables, ProjectId project, const ProjectNames& names,
                                       std::string_view identifier) {
    for (const auto& candidate : permalink_candidates(names, identifier)) {
        if (auto entity = tables.entities.by_permalink(project, candidate)) return entity;
    }
    return std::nullopt;
}

std::optional<Entity> by_path_or_note_name(Tables& tables, ProjectId project,
                                           std::string_view path) {
    if (auto entity = tables.entities.by_path(project, path)) return entity;
    if (ends_with_ignoring_case(path, kNoteSuffix)) return std::nullopt;
    return tables.entities.by_path(project, with_note_suffix(path));
}

/// The project part of a path-like identifier removed, when it is there.
std::string_view without_project(const ProjectNames& names, std::string_view identifier) {
    const std::size_t length = names.permalink.size();
    if (identifier.size() > length + 1 && identifier.starts_with(names.permalink) &&
        identifier[length] == '/') {
        return identifier.substr(length + 1);
    }
    return identifier;
}

/// What the text of a link came to by the rules that compare it as it is written.
struct ExactTarget {
    std::optional<EntityId> note;
    bool is_shared_title = false;
};

ExactTarget exact_target(Tables& tables, ProjectId project, std::string_view text) {
    if (text.empty()) return {};
    if (auto entity = tables.entities.by_permalink(project, text)) return {entity->id};
    const auto titled = tables.entities.ids_by_title(project, text, 2);
    if (titled.size() == 1) return {titled.front()};
    const bool is_shared = !titled.empty();
    if (auto entity = tables.entities.by_path(project, text)) return {entity->id, is_shared};
    // That one of several notes with a title lies in the root must not decide between them.
    const bool may_be_path = !is_shared || text.find('/') != std::string_view::npos;
    if (may_be_path && !ends_with_ignoring_case(text, kNoteSuffix)) {
        if (auto entity = tables.entities.by_path(project, with_note_suffix(text)))
            return {entity->id, is_shared};
    }
    return {std::nullopt, is_shared};
}

/// A permalink in another spelling: "_" as "-" and letters of either case. Nothing that a slug
/// makes beyond that, because the link is not filed under it (see link_key).
std::optional<EntityId> by_spelled_permalink(Tables& tables, ProjectId project,
                                             std::string_view text) {
    const std::string slugged = slug(text);
    if (slugged.empty() || path_alias(slugged) != path_alias(text)) return std::nullopt;
    const auto entity = tables.entities.by_permalink(project, slugged);
    return entity ? std::optional(entity->id) : std::nullopt;
}

/// By the rules that compare spelling variants.
std::optional<EntityId> by_variant(Tables& tables, ProjectId project, std::string_view text) {
    if (text.empty()) return std::nullopt;
    const auto aliased = tables.entities.by_path_alias(project, path_alias(text));
    if (aliased.size() == 1) return aliased.front().id;
    // A variant that several files share must not be decided by the slug of one of them.
    if (!aliased.empty()) return std::nullopt;
    return by_spelled_permalink(tables, project, text);
}

/// With the project taken off the front, or put there. Links have "project/name" where their author
/// wrote "project::name".
std::optional<EntityId> by_project_form(Tables& tables, ProjectId project, std::string_view text) {
    const std::size_t slash = text.find('/');
    if (slash == std::string_view::npos) return std::nullopt;
    const auto row = tables.projects.by_id(project);
    if (!row) return std::nullopt;
    const std::string named = path_alias(text.substr(0, slash));
    if (named == path_alias(row->permalink) || named == path_alias(row->name.str())) {
        const std::string_view rest = trim(text.substr(slash + 1));
        const ExactTarget exact = exact_target(tables, project, rest);
        if (exact.note || exact.is_shared_title) return exact.note;
        if (const auto variant = by_variant(tables, project, rest)) return variant;
    }
    return by_spelled_permalink(tables, project, row->permalink + '/' + std::string(text));
}

std::optional<EntityId> by_finer_rules(Tables& tables, ProjectId project, std::string_view text) {
    if (const auto variant = by_variant(tables, project, text)) return variant;
    return by_project_form(tables, project, text);
}

}  // namespace

Resolution resolve_identifier(Tables& tables, ProjectId project, const ProjectNames& names,
                              std::string_view identifier) {
    const std::string_view text = link_target(identifier);
    if (text.empty()) return {};
    if (uuid_bytes(text)) {
        if (auto entity = tables.entities.by_external_id(project, text))
            return {std::move(entity), {}};
    }
    if (auto entity = tables.entities.by_permalink(project, text)) return {std::move(entity), {}};

    // A path that is spelled exactly is no guess; its slug may belong to another file.
    if (text.find('/') != std::string_view::npos || ends_with_ignoring_case(text, kNoteSuffix)) {
        if (auto entity = by_path_or_note_name(tables, project, text))
            return {std::move(entity), {}};
    }

    // A shared title must not be decided by the accident that one of the notes has it as its slug.
    auto titled = tables.entities.by_title(project, text);
    auto by_slug = by_any_permalink(tables, project, names, text);
    if (titled.size() > 1) {
        if (!by_slug) by_slug = titled.front();
        return {std::move(by_slug), std::move(titled)};
    }
    if (by_slug) return {std::move(by_slug), {}};
    if (!titled.empty()) return {std::move(titled.front()), {}};

    if (auto entity = by_path_or_note_name(tables, project, text)) return {std::move(entity), {}};
    const std::string_view inside = without_project(names, text);
    if (inside.size() != text.size()) {
        if (auto entity = by_path_or_note_name(tables, project, inside))
            return {std::move(entity), {}};
    }
    auto folded = tables.entities.by_folded_title(project, text);
    if (folded.size() == 1) return {std::move(folded.front()), {}};
    if (folded.size() > 1) return {std::nullopt, std::move(folded)};
    return {};
}

std::optional<EntityId> resolve_link(Tables& tables, ProjectId project, std::string_view link) {
    const std::string_view text = link_target(link);
    const std::string_view plain = link_target_without_anchor(link);
    const ExactTarget whole = exact_target(tables, project, text);
    if (whole.note) return whole.note;
    const ExactTarget part = plain == text ? whole : exact_target(tables, project, plain);
    if (part.note) return part.note;
    if (!whole.is_shared_title) {
        if (const auto found = by_finer_rules(tables, project, text)) return found;
    }
    if (plain == text || part.is_shared_title) return std::nullopt;
    return by_finer_rules(tables, project, plain);
}

std::vector<std::string> link_keys_of(const Entity& entity) {
    std::vector<std::string> keys{path_alias(entity.title), path_alias(entity.path.str())};
    if (entity.permalink) keys.push_back(path_alias(*entity.permalink));
    std::sort(keys.begin(), keys.end());
    keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
    return keys;
}

}  // namespace bm
