#include "tools/context_result.hpp"

#include <algorithm>
#include <map>

#include "tools/row_json.hpp"

namespace bm {
namespace {

constexpr std::size_t kTitleCharacters = 50;

Json entity_object(const Entity& entity, const Json& content) {
    Json object = Json::object();
    object["type"] = "entity";
    object["entity_id"] = entity.id.value;
    object["permalink"] = json_or_null(entity.permalink);
    object["title"] = entity.title;
    object["content"] = content;
    object["file_path"] = entity.path.str();
    object["created_at"] = iso8601_utc(entity.created);
    object["external_id"] = entity.external_id;
    return object;
}

Json observation_object(const StoredObservation& observation, const Entity& note) {
    Json object = Json::object();
    object["type"] = "observation";
    object["observation_id"] = observation.id.value;
    object["entity_id"] = note.id.value;
    object["title"] = observation_title(observation, kTitleCharacters);
    object["file_path"] = note.path.str();
    object["permalink"] = permalink_of(observation, note);
    object["category"] = observation.category;
    object["content"] = observation.content;
    object["created_at"] = iso8601_utc(note.created);
    return object;
}

Json relation_object(const Edge& edge, Timestamp created) {
    const std::string target = target_name(edge);
    Json object = Json::object();
    object["type"] = "relation";
    object["relation_id"] = edge.relation.id.value;
    object["entity_id"] = edge.relation.from.value;
    object["title"] = edge.relation.type + ": " + target;
    object["file_path"] = edge.from_path.str();
    object["permalink"] = permalink_of(edge);
    object["relation_type"] = edge.relation.type;
    object["from_entity"] = edge.from_title;
    object["from_entity_id"] = edge.relation.from.value;
    object["to_entity"] = json_or_null(edge.to_title);
    object["to_entity_id"] = edge.relation.to ? Json(edge.relation.to->value) : Json(nullptr);
    object["created_at"] = iso8601_utc(created);
    object["to_name"] = target;
    return object;
}

Json related_object(const RelatedItem& item) {
    return item.edge ? relation_object(*item.edge, item.created)
                     : entity_object(*item.entity, nullptr);
}

Json metadata_object(const ContextAnswer& answer) {
    const auto relations =
        std::count_if(answer.walk.items.begin(), answer.walk.items.end(),
                      [](const RelatedItem& item) { return item.edge.has_value(); });
    Json object = Json::object();
    object["uri"] = answer.uri;
    object["types"] = nullptr;
    object["depth"] = answer.depth;
    object["timeframe"] = answer.since ? Json(iso8601_utc(*answer.since)) : Json(nullptr);
    object["generated_at"] = iso8601_utc(answer.generated);
    object["primary_count"] = answer.primaries.size();
    object["related_count"] = answer.walk.items.size();
    object["total_results"] = answer.primaries.size() + answer.walk.items.size();
    object["total_relations"] = relations;
    object["total_observations"] = answer.walk.observation_count;
    return object;
}

/// What was found, sorted to the note it belongs to.
struct Surroundings {
    std::map<EntityId, std::vector<const StoredObservation*>> observations;
    std::map<EntityId, std::vector<const RelatedItem*>> related;
};

/// Hop by hop, relations before the notes behind them.
bool comes_before(const RelatedItem* left, const RelatedItem* right) {
    if (left->depth != right->depth) {
        return left->depth < right->depth;
    }
    return left->edge.has_value() && !right->edge.has_value();
}

Surroundings surroundings_of(const ContextAnswer& answer) {
    Surroundings found;
    for (const auto& observation : answer.observations) {
        found.observations[observation.entity].push_back(&observation);
    }
    for (const auto& item : answer.walk.items) {
        found.related[item.root].push_back(&item);
    }
    for (auto& entry : found.related) {
        std::stable_sort(entry.second.begin(), entry.second.end(), comes_before);
    }
    return found;
}

std::string section(const std::string& heading, const std::string& lines) {
    return lines.empty() ? lines : "\n### " + heading + '\n' + lines;
}

std::string relation_line(const Edge& edge, EntityId note) {
    std::string line = "- " + edge.relation.type + " [[" + target_name(edge) + "]]";
    if (edge.relation.from != note) {
        line += " (from [[" + edge.from_title + "]])";
    }
    return line + '\n';
}

std::string note_block(const Entity& note, Surroundings& around) {
    std::string observations;
    for (const auto* observation : around.observations[note.id]) {
        observations += "- [" + observation->category + "] " + observation->content + '\n';
    }
    std::string relations;
    std::string related;
    for (const auto* item : around.related[note.id]) {
        if (item->edge) {
            relations += relation_line(*item->edge, note.id);
        } else {
            related += "- [[" + item->entity->title + "]] (" +
                       item->entity->permalink.value_or(item->entity->path.str()) + ")\n";
        }
    }
    std::string block =
        "## " + note.title + "\npermalink: " + note.permalink.value_or(note.path.str()) + '\n';
    if (!note.excerpt.empty()) {
        block += '\n' + note.excerpt + '\n';
    }
    return block + section("Observations", observations) + section("Relations", relations) +
           section("Related", related);
}

}  // namespace

Json context_object(const ContextAnswer& answer) {
    auto around = surroundings_of(answer);
    Json results = Json::array();
    for (const auto& note : answer.primaries) {
        Json observations = Json::array();
        for (const auto* observation : around.observations[note.id]) {
            observations.push_back(observation_object(*observation, note));
        }
        Json related = Json::array();
        for (const auto* item : around.related[note.id]) {
            related.push_back(related_object(*item));
        }
        Json result = Json::object();
        result["primary_result"] = entity_object(note, note.excerpt);
        result["observations"] = std::move(observations);
        result["related_results"] = std::move(related);
        results.push_back(std::move(result));
    }
    Json object = Json::object();
    object["results"] = std::move(results);
    object["metadata"] = metadata_object(answer);
    object["page"] = answer.page;
    object["page_size"] = answer.page_size;
    object["has_more"] = answer.has_more;
    return object;
}

std::string context_text(const ContextAnswer& answer) {
    if (answer.primaries.empty()) {
        return "No results found for '" + answer.uri + "' in project '" + answer.project + "'.";
    }
    const auto& name = answer.primaries.size() == 1 ? answer.primaries.front().title : answer.uri;
    auto around = surroundings_of(answer);
    std::string text = "# Context: " + name + "\n\n";
    for (const auto& note : answer.primaries) {
        text += note_block(note, around) + "\n---\n";
        if (&note != &answer.primaries.back()) {
            text += '\n';
        }
    }
    text += '*' + std::to_string(answer.primaries.size()) + " primary, " +
            std::to_string(answer.walk.items.size()) +
            " related | depth=" + std::to_string(answer.depth) + " | project: " + answer.project +
            '*';
    if (answer.has_more) {
        text +=
            "\n*More notes match: call again with page=" + std::to_string(answer.page + 1) + "*";
    }
    return text;
}

}  // namespace bm
