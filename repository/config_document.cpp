#include "repository/config_document.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <nlohmann/json.hpp>

#include "markdown/text.hpp"
#include "repository/json_place.hpp"
#include "repository/secret_text.hpp"

namespace bm {

namespace {

using Json = nlohmann::ordered_json;

// Settings are a few levels deep. Copying and printing recurse, so the depth is checked before.
constexpr int kMaxDepth = 64;

Result<Json> parse_json(std::string_view text) {
    if (is_nested_deeper(text, kMaxDepth)) {
        return fail(Fault::invalid,
                    "it is nested more than " + std::to_string(kMaxDepth) + " levels deep");
    }
    try {
        return Json::parse(text);
    } catch (const Json::parse_error& error) {
        return fail(Fault::invalid, json_place(text, error.byte));
    } catch (const Json::exception&) {
        return fail(Fault::invalid, "a number is out of range");
    }
}

std::optional<ConfigScalar> as_scalar(const Json& value) {
    switch (value.type()) {
        case Json::value_t::null:
            return std::monostate{};
        case Json::value_t::boolean:
            return value.get<bool>();
        case Json::value_t::number_integer:
        case Json::value_t::number_unsigned:
            return value.get<std::int64_t>();
        case Json::value_t::number_float:
            return value.get<double>();
        case Json::value_t::string:
            return value.get<std::string>();
        default:
            return std::nullopt;
    }
}

Json as_json(const ConfigScalar& value) {
    return std::visit(Match{[](std::monostate) { return Json(nullptr); },
                            [](const auto& plain) { return Json(plain); }},
                      value);
}

std::string pretty(const Json& value) {
    return value.dump(2, ' ', false, Json::error_handler_t::replace) + '\n';
}

void mask(Json& value) {
    for (auto& [key, member] : value.items()) {
        if (member.is_structured()) {
            mask(member);
        } else if (member.is_string()) {
            member = value.is_object() && is_secret_key(key)
                         ? std::string(kSecretMask)
                         : without_secret_words(without_credentials(member.get<std::string>()));
        }
    }
}

tl::unexpected<Error> bad_key(std::string_view key, std::string_view problem) {
    return fail(Fault::invalid, "key '" + std::string(key) + "' " + std::string(problem));
}

bool is_true(const Json& object, std::string_view name) {
    if (!object.is_object()) return false;
    const auto found = object.find(std::string(name));
    return found != object.end() && found->is_boolean() && found->get<bool>();
}

constexpr std::string_view kReadOnly = "read_only";
constexpr std::string_view kReadOnlyProjects = "read_only_projects";

Result<ProjectEntry> project_entry(const std::string& name, const Json& entry) {
    ProjectEntry project{name, {}, std::nullopt, false, false};
    const std::string key = "projects." + name;
    if (entry.is_string()) {
        project.path = entry.get<std::string>();
        return project;
    }
    if (!entry.is_object()) return bad_key(key, "must be a path or an object with a path");
    const auto text_at = [&entry](const char* member) -> std::optional<std::string> {
        const auto found = entry.find(member);
        if (found == entry.end() || !found->is_string()) return std::nullopt;
        return found->get<std::string>();
    };
    project.cloud = text_at("mode") == "cloud";
    project.read_only = is_true(entry, kReadOnly);
    project.local_copy = text_at("local_sync_path");
    if (!project.local_copy) project.local_copy = text_at("cloud_sync_path");
    const auto path = text_at("path");
    if (!path && !project.cloud) return bad_key(key, "has no path");
    project.path = path.value_or("");
    return project;
}

std::optional<std::string> text_member(const Json& entry, const char* name) {
    const auto found = entry.find(name);
    if (found == entry.end() || !found->is_string()) return std::nullopt;
    return found->get<std::string>();
}

/// The state of a sync, which two shapes of the file spell alike.
CloudProject synced_entry(const std::string& name, std::string path, const Json& entry) {
    CloudProject project{name, std::move(path), text_member(entry, "last_sync"), false};
    const auto ready = entry.find("bisync_initialized");
    project.bisync_initialized = ready != entry.end() && ready->is_boolean() && ready->get<bool>();
    return project;
}

void write_synced(Json& entry, const char* path_key, const CloudProject& project) {
    entry[path_key] = project.local_path;
    entry["last_sync"] = project.last_sync ? Json(*project.last_sync) : Json(nullptr);
    entry["bisync_initialized"] = project.bisync_initialized;
}

}  // namespace

struct ConfigDocument::Object {
    Json json;

    /// The member at the end of a dotted key, or null.
    [[nodiscard]] const Json* find(std::string_view key) const {
        const Json* at = &json;
        for (const std::string_view part : split(key, '.')) {
            if (!at->is_object()) return nullptr;
            const auto found = at->find(std::string(part));
            if (found == at->end()) return nullptr;
            at = &*found;
        }
        return at;
    }
    /// The object that holds, or will hold, the last part of a dotted key.
    Json* parent_of(std::string_view key, bool make) {
        Json* at = &json;
        for (std::size_t dot = key.find('.'); dot != std::string_view::npos; dot = key.find('.')) {
            const std::string part(key.substr(0, dot));
            if (!at->is_object() || (!make && !at->contains(part))) return nullptr;
            at = &(*at)[part];
            if (at->is_null()) *at = Json::object();
            key.remove_prefix(dot + 1);
        }
        return at->is_object() ? at : nullptr;
    }
};

ConfigDocument::ConfigDocument(std::unique_ptr<Object> object) : object_(std::move(object)) {}
ConfigDocument::ConfigDocument(ConfigDocument&&) noexcept = default;
ConfigDocument& ConfigDocument::operator=(ConfigDocument&&) noexcept = default;
ConfigDocument::~ConfigDocument() = default;

Result<ConfigDocument> ConfigDocument::parse(std::string_view text) {
    return parse_json(text).and_then([](Json json) -> Result<ConfigDocument> {
        if (!json.is_object()) return fail(Fault::invalid, "it is not an object");
        return ConfigDocument(std::make_unique<Object>(Object{std::move(json)}));
    });
}

ConfigDocument ConfigDocument::fresh(std::string_view project_path) {
    Json json = Json::object();
    json["projects"] = Json::object();
    json["projects"]["main"] = project_path;
    json["default_project"] = "main";
    json["default_project_mode"] = true;
    return ConfigDocument(std::make_unique<Object>(Object{std::move(json)}));
}

std::string ConfigDocument::text() const { return pretty(object_->json); }

std::string ConfigDocument::masked_text() const {
    Json masked = object_->json;
    mask(masked);
    return pretty(masked);
}

Result<std::optional<ConfigScalar>> ConfigDocument::scalar(std::string_view key) const {
    const Json* found = object_->find(key);
    if (found == nullptr) return std::nullopt;
    auto value = as_scalar(*found);
    if (!value) return bad_key(key, "must be a plain value");
    return value;
}

std::vector<std::string> ConfigDocument::scalar_keys() const {
    std::vector<std::string> keys;
    for (const auto& [key, value] : object_->json.items()) {
        if (!value.is_structured()) keys.push_back(key);
    }
    return keys;
}

Result<std::map<std::string, std::string>> ConfigDocument::texts(std::string_view key) const {
    std::map<std::string, std::string> found;
    const Json* map = object_->find(key);
    if (map == nullptr || map->is_null()) return found;
    if (!map->is_object()) return bad_key(key, "must be a map of texts");
    for (const auto& [name, value] : map->items()) {
        if (!value.is_string()) return bad_key(key, "must be a map of texts");
        found.emplace(name, value.get<std::string>());
    }
    return found;
}

Result<std::vector<ProjectEntry>> ConfigDocument::projects() const {
    std::vector<ProjectEntry> projects;
    const Json* map = object_->find("projects");
    if (map == nullptr || map->is_null()) return projects;
    if (!map->is_object()) return bad_key("projects", "must be a map of names and paths");
    for (const auto& [name, value] : map->items()) {
        auto entry = project_entry(name, value);
        if (!entry) return tl::unexpected(entry.error());
        const Json* kept = object_->find(kReadOnlyProjects);
        entry->read_only = entry->read_only || (kept != nullptr && is_true(*kept, name));
        projects.push_back(*std::move(entry));
    }
    return projects;
}

bool ConfigDocument::has_object_entries() const {
    const Json* map = object_->find("projects");
    return map != nullptr && map->is_object() &&
           std::any_of(map->begin(), map->end(),
                       [](const Json& entry) { return entry.is_object(); });
}

bool ConfigDocument::has_newer_shape() const {
    if (has_object_entries()) return true;
    for (const auto& [key, value] : object_->json.items()) {
        if (is_newer_key(key)) return true;
    }
    return false;
}

void ConfigDocument::set(std::string_view key, const ConfigScalar& value) {
    if (Json* parent = object_->parent_of(key, true)) {
        (*parent)[std::string(key.substr(key.rfind('.') + 1))] = as_json(value);
    }
}

void ConfigDocument::erase(std::string_view key) {
    if (Json* parent = object_->parent_of(key, false)) {
        parent->erase(std::string(key.substr(key.rfind('.') + 1)));
    }
}

void ConfigDocument::put_project(std::string_view name, std::string_view path) {
    const bool as_object = has_object_entries();
    Json& projects = object_->json["projects"];
    if (!projects.is_object()) projects = Json::object();
    Json& entry = projects[std::string(name)];
    const auto mode = entry.is_object() ? entry.find("mode") : entry.end();
    if (entry.is_object() && mode != entry.end() && *mode == "cloud") {
        // Its path is what it is called there, or where it was before.
        entry["local_sync_path"] = path;
    } else if (entry.is_object() || (entry.is_null() && as_object)) {
        entry["path"] = path;
    } else {
        entry = path;
    }
}

void ConfigDocument::record_path(std::string_view name, std::string_view path) {
    Json& entry = object_->json["projects"][std::string(name)];
    if (entry.is_object()) {
        entry["path"] = path;
    } else {
        entry = path;
    }
}

void ConfigDocument::set_read_only(std::string_view name, bool read_only) {
    const std::string key(name);
    Json& entry = object_->json["projects"][key];
    if (entry.is_object()) {
        entry.erase(std::string(kReadOnly));
        if (read_only) entry[std::string(kReadOnly)] = true;
    }
    const auto kept = object_->json.find(std::string(kReadOnlyProjects));
    if (kept != object_->json.end() && kept->is_object()) {
        kept->erase(key);
        if (kept->empty()) object_->json.erase(kept);
    }
    if (!read_only || entry.is_object()) return;
    Json& names = object_->json[std::string(kReadOnlyProjects)];
    if (!names.is_object()) names = Json::object();
    names[key] = true;
}

void ConfigDocument::set_cloud(std::string_view name, bool cloud) {
    Json& entry = object_->json["projects"][std::string(name)];
    if (entry.is_string()) {
        if (!cloud) return;
        const std::string path = entry.get<std::string>();
        entry = Json::object();
        entry["path"] = path;
    }
    if (entry.is_object()) entry["mode"] = cloud ? "cloud" : "local";
}

bool ConfigDocument::erase_project(std::string_view name) {
    const auto projects = object_->json.find("projects");
    if (projects == object_->json.end() || !projects->is_object()) return false;
    if (projects->contains(std::string(name))) set_read_only(name, false);
    return object_->json["projects"].erase(std::string(name)) > 0;
}

Result<std::vector<CloudProject>> ConfigDocument::cloud_projects() const {
    std::vector<CloudProject> projects;
    if (const Json* map = object_->find("cloud_projects"); map != nullptr && !map->is_null()) {
        if (!map->is_object()) return bad_key("cloud_projects", "must be a map of names");
        for (const auto& [name, entry] : map->items()) {
            const auto path = entry.is_object() ? text_member(entry, "local_path") : std::nullopt;
            if (!entry.is_object())
                return bad_key("cloud_projects." + name, "must be an object with a local_path");
            if (path && !path->empty()) projects.push_back(synced_entry(name, *path, entry));
        }
    }
    const Json* map = object_->find("projects");
    if (map == nullptr || !map->is_object()) return projects;
    for (const auto& [name, entry] : map->items()) {
        if (!entry.is_object()) continue;
        auto path = text_member(entry, "local_sync_path");
        if (!path) path = text_member(entry, "cloud_sync_path");
        const bool is_known =
            std::any_of(projects.begin(), projects.end(),
                        [&name = name](const auto& one) { return one.name == name; });
        if (path && !path->empty() && !is_known)
            projects.push_back(synced_entry(name, *std::move(path), entry));
    }
    return projects;
}

void ConfigDocument::put_cloud_project(const CloudProject& project) {
    Json& older = object_->json["cloud_projects"];
    const bool is_older = older.is_object() && older.contains(project.name);
    const auto projects = object_->json.find("projects");
    if (!is_older && projects != object_->json.end() && projects->is_object()) {
        const auto entry = projects->find(project.name);
        if (entry != projects->end() && entry->is_object()) {
            if (older.is_null()) object_->json.erase("cloud_projects");
            return write_synced(*entry, "local_sync_path", project);
        }
    }
    if (!older.is_object()) older = Json::object();
    Json& entry = older[project.name];
    if (!entry.is_object()) entry = Json::object();
    write_synced(entry, "local_path", project);
}

bool ConfigDocument::erase_cloud_project(std::string_view name) {
    bool erased = false;
    if (const auto older = object_->json.find("cloud_projects");
        older != object_->json.end() && older->is_object())
        erased = older->erase(std::string(name)) > 0;
    const auto projects = object_->json.find("projects");
    if (projects == object_->json.end() || !projects->is_object()) return erased;
    const auto entry = projects->find(std::string(name));
    if (entry == projects->end() || !entry->is_object()) return erased;
    for (const char* key : {"local_sync_path", "cloud_sync_path"})
        erased = entry->erase(key) > 0 || erased;
    for (const char* key : {"last_sync", "bisync_initialized"}) entry->erase(key);
    return erased;
}

Result<ConfigScalar> parse_scalar(std::string_view json) {
    return parse_json(json).and_then([](const Json& value) -> Result<ConfigScalar> {
        if (auto scalar = as_scalar(value)) return *std::move(scalar);
        return fail(Fault::invalid, "must be a plain value");
    });
}

std::string json_text(const ConfigScalar& value) {
    return as_json(value).dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace bm
