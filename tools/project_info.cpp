#include "tools/project_info.hpp"

#include <cstdio>
#include <filesystem>
#include <system_error>

#include "tools/row_json.hpp"

namespace bm {
namespace {

Json counts(const std::map<std::string, std::int64_t>& numbers) {
    Json object = Json::object();
    for (const auto& [name, count] : numbers) {
        object[name] = count;
    }
    return object;
}

Json statistics_object(const ProjectStatistics& statistics) {
    Json connected = Json::array();
    for (const auto& each : statistics.most_connected) {
        Json entry = Json::object();
        entry["id"] = each.entity.id.value;
        entry["title"] = each.entity.title;
        entry["permalink"] = json_or_null(each.entity.permalink);
        entry["relation_count"] = each.relations;
        entry["file_path"] = each.entity.path.str();
        connected.push_back(std::move(entry));
    }
    Json object = Json::object();
    object["total_entities"] = statistics.entities;
    object["total_observations"] = statistics.observations;
    object["total_relations"] = statistics.relations;
    object["total_unresolved_relations"] = statistics.unresolved_relations;
    object["entity_types"] = counts(statistics.entity_types);
    object["observation_categories"] = counts(statistics.observation_categories);
    object["relation_types"] = counts(statistics.relation_types);
    object["most_connected_entities"] = std::move(connected);
    object["isolated_entities"] = statistics.isolated_entities;
    return object;
}

Json recent_list(const std::vector<Entity>& entities, const char* time_name,
                 Timestamp Entity::*time) {
    Json list = Json::array();
    for (const auto& entity : entities) {
        Json entry = Json::object();
        entry["id"] = entity.id.value;
        entry["title"] = entity.title;
        entry["permalink"] = json_or_null(entity.permalink);
        entry["entity_type"] = entity.type;
        entry[time_name] = iso8601_utc(entity.*time);
        entry["file_path"] = entity.path.str();
        list.push_back(std::move(entry));
    }
    return list;
}

Json activity_object(const ProjectStatistics& statistics) {
    Json growth = Json::object();
    for (const auto& [month, notes] : statistics.notes_by_month) {
        Json entry = Json::object();
        entry["entities"] = notes;
        entry["total"] = notes;
        growth[month] = std::move(entry);
    }
    Json object = Json::object();
    object["recently_created"] =
        recent_list(statistics.recently_created, "created_at", &Entity::created);
    object["recently_updated"] =
        recent_list(statistics.recently_updated, "updated_at", &Entity::updated);
    object["monthly_growth"] = std::move(growth);
    return object;
}

/// A server that is bound to one project does not tell about the others.
Json available_projects(KnowledgeBase& knowledge) {
    const auto default_project = knowledge.config()->default_project;
    Json object = Json::object();
    for (const auto& project : knowledge.projects()) {
        if (knowledge.constraint() && project.name.str() != *knowledge.constraint()) {
            continue;
        }
        Json entry = Json::object();
        entry["path"] = project.path.string();
        entry["active"] = true;
        entry["id"] = project.id.value;
        entry["is_default"] = project.name.str() == default_project;
        entry["permalink"] = project.permalink;
        object[project.name.str()] = std::move(entry);
    }
    return object;
}

std::string size_of(const std::filesystem::path& file) {
    std::error_code missing;
    const auto bytes = std::filesystem::file_size(file, missing);
    char text[64];
    std::snprintf(text, sizeof text, "%.2f MB",
                  missing ? 0.0 : static_cast<double>(bytes) / (1024.0 * 1024.0));
    return text;
}

Json system_object(KnowledgeBase& knowledge, std::string_view version) {
    const auto& file = knowledge.index().file();
    Json object = Json::object();
    object["version"] = version;
    object["database_path"] = file.string();
    object["database_size"] = size_of(file);
    object["watch_status"] = nullptr;
    object["timestamp"] = iso8601_utc(knowledge.now());
    return object;
}

}  // namespace

Json project_info_json(KnowledgeBase& knowledge, const Project& project, std::string_view version) {
    const auto statistics =
        knowledge.index().read([&](Tables& tables) { return tables.statistics.of(project.id); });
    Json object = Json::object();
    object["project_name"] = project.name.str();
    object["project_path"] = project.path.string();
    object["available_projects"] = available_projects(knowledge);
    object["default_project"] = knowledge.config()->default_project;
    object["statistics"] = statistics_object(statistics);
    object["activity"] = activity_object(statistics);
    object["system"] = system_object(knowledge, version);
    return object;
}

}  // namespace bm
