#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "repository/index.hpp"

namespace bm {

/// What an identifier or link text came to.
struct Resolution {
    std::optional<Entity> entity;
    /// Set when several notes answer to the text; `entity` holds the one with the shortest path
    /// then.
    std::vector<Entity> candidates;
};

/// How the project part of permalinks is understood.
struct ProjectNames {
    std::string permalink;  ///< slug of the project that is looked in
};

/// Finds the note that a client names: external id, permalink as given, exact path, permalink
/// (slugged, with and without the project in front), title, path, path plus ".md", title without
/// regard to case. Strict: never a guess. Pure reading.
Resolution resolve_identifier(Tables& tables, ProjectId project, const ProjectNames& names,
                              std::string_view identifier);

/// Finds the note that a link of the project names, by the same strict rules plus path aliases and
/// permalinks in another spelling or with the project in front; the alias part and anchors of the
/// link are ignored. Several notes with one title give nothing.
std::optional<EntityId> resolve_link(Tables& tables, ProjectId project, std::string_view link);

/// Every key under which links to this note are filed: links with one of these keys are the only
/// ones that can name it, by title, permalink, path or a spelling variant of the path. See
/// link_key.
std::vector<std::string> link_keys_of(const Entity& entity);

}  // namespace bm
