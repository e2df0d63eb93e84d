#include "cloud/scope_state.hpp"

#include <fstream>
#include <iterator>

#include <nlohmann/json.hpp>
#include <sys/stat.h>

#include "repository/folder_walk.hpp"
#include "repository/note_files.hpp"

namespace bm {

namespace fs = std::filesystem;

namespace {

using StateJson = nlohmann::ordered_json;

StateJson text_or_null(const std::string& text) {
    return text.empty() ? StateJson() : StateJson(text);
}

std::string text_at(const StateJson& object, const char* key) {
    const auto found = object.find(key);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

template <class Number>
Number number_at(const StateJson& object, const char* key) {
    const auto found = object.find(key);
    return found != object.end() && found->is_number_integer() ? found->get<Number>() : Number{};
}

bool truth_at(const StateJson& object, const char* key) {
    const auto found = object.find(key);
    return found != object.end() && found->is_boolean() && found->get<bool>();
}

/// The object under a key; none when it is null or something else.
const StateJson* object_at(const StateJson& object, const char* key) {
    const auto found = object.find(key);
    return found != object.end() && found->is_object() ? &*found : nullptr;
}

StateJson known_json(const std::vector<KnownProject>& projects) {
    StateJson list = StateJson::array();
    for (const auto& each : projects) {
        list.push_back({{"dir", each.dir},
                        {"name", each.name},
                        {"external_id", text_or_null(each.external_id)},
                        {"removed", each.removed}});
    }
    return list;
}

void read_parts(const StateJson& object, ScopeState& state) {
    if (const auto* part = object_at(object, "baseline")) {
        state.baseline = {number_at<std::size_t>(*part, "files1"),
                          number_at<std::size_t>(*part, "files2"), text_at(*part, "time")};
    }
    if (const auto* part = object_at(object, "last_result")) {
        state.last_result = {truth_at(*part, "ok"), text_at(*part, "code"),
                             text_at(*part, "message"), text_at(*part, "time")};
    }
    if (const auto* part = object_at(object, "in_progress")) {
        state.in_progress = {number_at<int>(*part, "pid"), text_at(*part, "command"),
                             text_at(*part, "phase"), text_at(*part, "started_at")};
    }
    if (const auto* part = object_at(object, "moving")) {
        state.moving = {text_at(*part, "project"), text_at(*part, "from"), text_at(*part, "to")};
    }
    const auto known = object.find("known_projects");
    if (known == object.end() || !known->is_array()) return;
    for (const auto& each : *known) {
        if (!each.is_object()) continue;
        state.known_projects.push_back({text_at(each, "dir"), text_at(each, "name"),
                                        text_at(each, "external_id"), truth_at(each, "removed")});
    }
}

}  // namespace

ScopeState fresh_state(const CloudScope& scope) {
    ScopeState state;
    state.is_space = scope.is_space;
    state.project = scope.project;
    state.tenant_id = scope.tenant_id;
    state.bucket = scope.bucket;
    state.external_id = scope.external_id;
    state.local_root = scope.local_root.string();
    state.remote = scope.remote;
    state.session = scope.session();
    return state;
}

std::string scope_state_text(const ScopeState& state) {
    StateJson object{{"version", 1},
                     {"scope", state.is_space ? "space" : "project"},
                     {"project", text_or_null(state.project)},
                     {"tenant_id", state.tenant_id},
                     {"bucket", state.bucket},
                     {"external_id", text_or_null(state.external_id)},
                     {"local_root", state.local_root},
                     {"remote", state.remote},
                     {"session", state.session},
                     {"rclone_version", state.rclone_version},
                     {"profile", state.profile},
                     {"filter_sha256", state.filter_sha256},
                     {"links_sha256", text_or_null(state.links_sha256)},
                     {"baseline", nullptr},
                     {"last_sync", state.last_sync ? StateJson(*state.last_sync) : StateJson()},
                     {"last_result", nullptr},
                     {"in_progress", nullptr},
                     {"known_projects", known_json(state.known_projects)}};
    if (const auto& part = state.baseline) {
        object["baseline"] = {
            {"files1", part->local_files}, {"files2", part->remote_files}, {"time", part->time}};
    }
    if (const auto& part = state.last_result) {
        object["last_result"] = {{"ok", part->ok},
                                 {"code", part->code},
                                 {"message", part->message},
                                 {"time", part->time}};
    }
    if (const auto& part = state.in_progress) {
        object["in_progress"] = {{"pid", part->pid},
                                 {"command", part->command},
                                 {"phase", part->phase},
                                 {"started_at", part->started_at}};
    }
    if (const auto& part = state.moving) {
        object["moving"] = {{"project", part->project}, {"from", part->from}, {"to", part->to}};
    }
    // Names of files may be bytes that are no text.
    return object.dump(2, ' ', false, StateJson::error_handler_t::replace) + '\n';
}

std::optional<ScopeState> parse_scope_state(std::string_view text) {
    const StateJson object = StateJson::parse(text, nullptr, false);
    if (!object.is_object() || number_at<int>(object, "version") != 1) return std::nullopt;
    ScopeState state;
    state.is_space = text_at(object, "scope") == "space";
    state.project = text_at(object, "project");
    state.tenant_id = text_at(object, "tenant_id");
    state.bucket = text_at(object, "bucket");
    state.external_id = text_at(object, "external_id");
    state.local_root = text_at(object, "local_root");
    state.remote = text_at(object, "remote");
    state.session = text_at(object, "session");
    state.rclone_version = text_at(object, "rclone_version");
    state.profile = text_at(object, "profile");
    state.filter_sha256 = text_at(object, "filter_sha256");
    state.links_sha256 = text_at(object, "links_sha256");
    if (auto last = text_at(object, "last_sync"); !last.empty()) state.last_sync = std::move(last);
    read_parts(object, state);
    return state;
}

std::optional<ScopeState> read_scope_state(const CloudScope& scope) {
    std::ifstream in(scope.state_file(), std::ios::binary);
    if (!in) return std::nullopt;
    const std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    return parse_scope_state(text);
}

CloudResult<void> write_scope_state(const CloudScope& scope, const ScopeState& state) {
    if (const int error = make_folders(scope.state, 0700); error != 0) {
        return cloud_fail(CloudFault::local_io, "The state directory " + scope.state.string() +
                                                    " could not be made: " + reason_of(error));
    }
    ::chmod(scope.state.c_str(), 0700);
    const auto written = write_file_atomically(scope.state_file(), scope_state_text(state), 0600);
    if (!written) {
        return cloud_fail(CloudFault::local_io,
                          scope.state_file().string() + ": " + written.error().message);
    }
    return {};
}

bool is_state_of(const ScopeState& state, const CloudScope& scope) {
    const bool is_other_project = !state.external_id.empty() && !scope.external_id.empty() &&
                                  state.external_id != scope.external_id;
    return state.session == scope.session() && state.tenant_id == scope.tenant_id &&
           !is_other_project;
}

bool is_initialized(const CloudScope& scope, const std::optional<ScopeState>& state) {
    std::error_code ignored;
    return state && is_state_of(*state, scope) && fs::exists(scope.listing(1), ignored) &&
           fs::exists(scope.listing(2), ignored);
}

}  // namespace bm
