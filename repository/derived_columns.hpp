#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace bm {

/// Columns of `entity` that follow from others.
struct EntityKeys {
    std::string title;
    std::string type;
    /// What the permalinks of a note's observations and relations begin with, unless that is the
    /// permalink itself.
    std::optional<std::string> permalink_base;
    std::string path;

    friend bool operator==(const EntityKeys&, const EntityKeys&) = default;
};
EntityKeys entity_keys(std::string_view title, std::string_view type,
                       const std::optional<std::string>& permalink, std::string_view path);

/// Columns of `relation` that follow from its text (see the schema).
struct RelationKeys {
    std::optional<std::string> target;
    std::optional<std::string> plain;
    std::string link;
    std::optional<std::string> plain_link;

    friend bool operator==(const RelationKeys&, const RelationKeys&) = default;
};
RelationKeys relation_keys(const std::string& text);

}  // namespace bm
