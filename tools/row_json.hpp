#pragma once

#include <string>
#include <string_view>

#include "repository/entity.hpp"
#include "repository/graph_repository.hpp"
#include "repository/search_repository.hpp"
#include "tools/tool.hpp"

/// How rows of the index look in results: the parts that search, context and recent activity share.
namespace bm {

/// The text, or null.
Json json_or_null(const std::optional<std::string>& text);

/// "entity", "observation" or "relation".
std::string_view kind_name(ItemKind kind) noexcept;

/// `{category}: {the first so many characters of the content}...`
std::string observation_title(const StoredObservation& observation, std::size_t characters);
/// The permalink of an observation, as the index has it; the path stands in for a note without one.
std::string permalink_of(const StoredObservation& observation, const Entity& note);
/// The title at the far end of a relation, or the text that its author wrote.
std::string target_name(const Edge& edge);
/// `{source}/{type}/{target}`; paths stand in for notes without a permalink.
std::string permalink_of(const Edge& edge);

}  // namespace bm
