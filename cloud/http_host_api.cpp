#include "cloud/http_host_api.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "cloud/json_members.hpp"
#include "markdown/percent_coding.hpp"
#include "markdown/permalink.hpp"

namespace bm {

namespace {

using Json = nlohmann::json;

bool has_control_characters(std::string_view text) noexcept {
    return std::any_of(text.begin(), text.end(), [](char byte) {
        return static_cast<unsigned char>(byte) < 0x20 || byte == 0x7f;
    });
}

/// What the host says becomes names of files here: it must not lead elsewhere.
tl::unexpected<CloudFailure> leads_elsewhere(const std::string& what, const std::string& name) {
    return cloud_fail(CloudFault::internal,
                      "API request failed: the host names " + what + " that is none: " +
                          Json(name).dump(-1, ' ', true, Json::error_handler_t::replace),
                      "Nothing was changed. Is this address a host of basic-memory?");
}

std::optional<HostProject> project_in(const Json& item) {
    HostProject project{.name = text_member(item, "name"),
                        .external_id = text_member(item, "external_id"),
                        .dir = host_dir(text_member(item, "path"))};
    if (project.name.empty()) return std::nullopt;
    const auto standard = item.find("is_default");
    project.is_default = standard != item.end() && standard->is_boolean() && standard->get<bool>();
    return project;
}

bool is_success(const HttpAnswer& answer) { return answer.status >= 200 && answer.status < 300; }

/// The body of a success, as JSON; what no host answers is a failure too.
CloudResult<Json> body_of(const CloudResult<HttpAnswer>& answer) {
    if (!answer) return tl::unexpected(answer.error());
    if (!is_success(*answer)) return tl::unexpected(api_failure(*answer));
    Json body = Json::parse(answer->body, nullptr, false);
    if (body.is_discarded()) {
        return cloud_fail(CloudFault::internal,
                          "API request failed: the answer is no JSON. Is this address a host of "
                          "basic-memory?");
    }
    return body;
}

}  // namespace

bool is_below_space(std::string_view dir) noexcept {
    if (has_control_characters(dir)) return false;
    while (!dir.empty()) {
        const std::size_t end = std::min(dir.find('/'), dir.size());
        const std::string_view segment = dir.substr(0, end);
        if (segment.empty() || segment == "." || segment == "..") return false;
        if (end + 1 == dir.size()) return false;
        dir.remove_prefix(std::min(end + 1, dir.size()));
    }
    return true;
}

std::string host_dir(std::string_view path) {
    constexpr std::string_view kDataRoot = "app/data/";
    if (path.size() > 1 && path[1] == ':') return std::string(path);
    while (path.starts_with('/')) path.remove_prefix(1);
    if (path.starts_with(kDataRoot)) path.remove_prefix(kDataRoot.size());
    while (path.starts_with('/')) path.remove_prefix(1);
    while (path.ends_with('/')) path.remove_suffix(1);
    return std::string(path);
}

CloudResult<HttpAnswer> HttpHostApi::send(std::string method, std::string url, std::string json) {
    HttpCall call{.method = std::move(method), .url = std::move(url)};
    call.headers.emplace_back("Accept", "application/json");
    if (call.method != "GET") {
        call.headers.emplace_back("Content-Type", "application/json");
        call.body = std::move(json);
    }
    return session_.send(std::move(call));
}

CloudResult<HttpAnswer> HttpHostApi::get(const std::string& route) {
    return send("GET", session_.address().api + route, {});
}

CloudResult<HttpAnswer> HttpHostApi::post(const std::string& route, std::string json) {
    return send("POST", session_.address().api + route, std::move(json));
}

CloudResult<HostHealth> HttpHostApi::health() {
    return body_of(get("/health")).map([](const Json& body) {
        return HostHealth{text_member(body, "status"), text_member(body, "version"),
                          text_member(body, "timestamp")};
    });
}

CloudResult<HostTenant> HttpHostApi::tenant() {
    const auto body = body_of(send("GET", session_.address().host + "/tenant/mount/info", {}));
    if (!body) return tl::unexpected(body.error());
    HostTenant tenant{.tenant_id = text_member(*body, "tenant_id"),
                      .bucket = text_member(*body, "bucket_name")};
    if (tenant.tenant_id.empty() || tenant.bucket.empty()) {
        return cloud_fail(CloudFault::internal,
                          "API request failed: the host does not say where its files are");
    }
    const std::string& id = tenant.tenant_id;
    if (id == "." || id == ".." || id.find('/') != std::string::npos || has_control_characters(id))
        return leads_elsewhere("a tenant", id);
    if (!is_below_space(host_dir(tenant.bucket))) return leads_elsewhere("a bucket", tenant.bucket);
    const auto used = body->find("storage_used_bytes");
    if (used != body->end() && used->is_number_unsigned())
        tenant.storage_used_bytes = used->get<std::uint64_t>();
    return tenant;
}

CloudResult<StorageCredentials> HttpHostApi::new_credentials() {
    const auto body =
        body_of(send("POST", session_.address().host + "/tenant/mount/credentials", {}));
    if (!body) return tl::unexpected(body.error());
    StorageCredentials credentials{.type = text_member(*body, "type"),
                                   .endpoint = text_member(*body, "endpoint"),
                                   .region = text_member(*body, "region"),
                                   .access_key = text_member(*body, "access_key"),
                                   .secret_key = text_member(*body, "secret_key"),
                                   .vendor = text_member(*body, "vendor")};
    if (credentials.type.empty()) credentials.type = "s3";
    if (credentials.type != "s3") {
        credentials.endpoint = text_member(*body, "url");
        credentials.access_key = text_member(*body, "user");
        credentials.secret_key = text_member(*body, "pass");
    }
    if (credentials.access_key.empty() || credentials.secret_key.empty()) {
        return cloud_fail(CloudFault::internal,
                          "API request failed: the host has sent no keys for its files");
    }
    if (auto expires = text_member(*body, "expires_at"); !expires.empty())
        credentials.expires_at = std::move(expires);
    return credentials;
}

CloudResult<std::vector<HostProject>> HttpHostApi::projects() {
    const auto body = body_of(get("/projects/projects"));
    if (!body) return tl::unexpected(body.error());
    std::vector<HostProject> projects;
    const auto list = body->is_object() ? body->find("projects") : body->end();
    if (list == body->end() || !list->is_array()) {
        return cloud_fail(CloudFault::internal, "API request failed: the answer lists no projects");
    }
    for (const Json& item : *list) {
        auto project = project_in(item);
        if (!project) continue;
        if (!is_below_space(project->dir)) return leads_elsewhere("a folder", project->dir);
        projects.push_back(*std::move(project));
    }
    const std::string standard = text_member(*body, "default_project");
    for (HostProject& project : projects)
        project.is_default = project.is_default || project.name == standard;
    return projects;
}

CloudResult<CreatedProject> HttpHostApi::create_project(const std::string& name,
                                                        const std::string& path,
                                                        bool make_default) {
    const Json wish = {{"name", name}, {"path", path}, {"set_default", make_default}};
    const auto answer = post("/projects/projects", wish.dump());
    const auto body = body_of(answer);
    if (!body) return tl::unexpected(body.error());
    CreatedProject created{.project = {name, {}, host_dir(path), make_default},
                           .message = text_member(*body, "message"),
                           .existed = answer->status == 200};
    if (const auto item = body->find("new_project"); item != body->end()) {
        if (auto project = project_in(*item)) created.project = *std::move(project);
    }
    if (!is_below_space(created.project.dir))
        return leads_elsewhere("a folder", created.project.dir);
    return created;
}

CloudResult<std::string> HttpHostApi::remove_project(const HostProject& project,
                                                     bool delete_notes) {
    const Json wish = {{"identifier", slug(project.name)}};
    const auto resolved = post("/v2/projects/resolve", wish.dump());
    if (resolved && resolved->status == 404) {
        return cloud_fail(CloudFault::project_not_found,
                          "Project '" + project.name + "' not found");
    }
    const auto found = body_of(resolved);
    if (!found) return tl::unexpected(found.error());
    const auto body = body_of(send("DELETE",
                                   session_.address().api + "/v2/projects/" +
                                       percent_encoded(text_member(*found, "external_id")) +
                                       "?delete_notes=" + (delete_notes ? "true" : "false"),
                                   {}));
    if (!body) return tl::unexpected(body.error());
    return text_member(*body, "message");
}

CloudResult<void> HttpHostApi::start_index(const HostProject& project) {
    const auto answer = post(
        '/' + percent_encoded(slug(project.name), "/") + "/project/sync?force_full=true", "{}");
    if (!answer) return tl::unexpected(answer.error());
    if (!is_success(*answer)) return tl::unexpected(api_failure(*answer));
    return {};
}

CloudResult<HostProject> HttpHostApi::find_project(const std::string& name) {
    auto all = projects();
    if (!all) return tl::unexpected(all.error());
    const std::string wanted = slug(name);
    const auto found = std::find_if(all->begin(), all->end(), [&](const HostProject& project) {
        return slug(project.name) == wanted;
    });
    if (found != all->end()) return *found;
    std::string known;
    for (const HostProject& project : *all) known += (known.empty() ? "" : ", ") + project.name;
    return cloud_fail(CloudFault::project_not_found, "Project '" + name + "' not found",
                      known.empty() ? "" : "The cloud has: " + known);
}

}  // namespace bm
