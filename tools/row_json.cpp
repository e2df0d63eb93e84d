#include "tools/row_json.hpp"

#include "markdown/relation_syntax.hpp"
#include "markdown/text.hpp"
#include "repository/checksum.hpp"

namespace bm {

Json json_or_null(const std::optional<std::string>& text) {
    return text ? Json(*text) : Json(nullptr);
}

std::string_view kind_name(ItemKind kind) noexcept {
    switch (kind) {
        case ItemKind::entity:
            return "entity";
        case ItemKind::observation:
            return "observation";
        case ItemKind::relation:
            return "relation";
    }
    return "entity";
}

std::string observation_title(const StoredObservation& observation, std::size_t characters) {
    std::string title = observation.category + ": ";
    title += first_code_points(observation.content, characters);
    return title + "...";
}

std::string permalink_of(const StoredObservation& observation, const Entity& note) {
    return observation_permalink(note.permalink.value_or(note.path.str()), observation.category,
                                 observation.content);
}

std::string target_name(const Edge& edge) {
    return edge.to_title ? *edge.to_title : std::string(link_target(edge.relation.to_name));
}

std::string permalink_of(const Edge& edge) {
    const std::string source = edge.from_permalink.value_or(edge.from_path.str());
    const std::string target =
        edge.to_permalink ? *edge.to_permalink
                          : edge.to_path.value_or(std::string(link_target(edge.relation.to_name)));
    return relation_permalink(source, edge.relation.type, target);
}

}  // namespace bm
