#include "cloud/known_tenant.hpp"

#include <fstream>

#include <nlohmann/json.hpp>

#include "cloud/json_members.hpp"
#include "cloud/scope_state.hpp"
#include "repository/folder_walk.hpp"
#include "repository/note_files.hpp"

namespace bm {

namespace {

using TenantJson = nlohmann::json;

std::filesystem::path tenant_file(const SyncSettings& settings) {
    return settings.states() / "tenant.json";
}

/// A project with a folder of its own, by what its last sync has noted.
HostProject attached_project(const SyncSettings& settings, const HostTenant& tenant,
                             const AttachedProject& attached) {
    HostProject project{attached.name, "", "", false};
    const auto scope = project_scope(settings, tenant, project, attached.local_path);
    const auto state = read_scope_state(scope);
    if (!state) return project;
    project.external_id = state->external_id;
    const std::string bucket = std::string(kCloudRemote) + ":" + tenant.bucket + "/";
    if (state->remote.starts_with(bucket)) project.dir = state->remote.substr(bucket.size());
    return project;
}

}  // namespace

std::optional<HostTenant> known_tenant(const SyncSettings& settings) {
    std::ifstream in(tenant_file(settings), std::ios::binary);
    const TenantJson noted = TenantJson::parse(in, nullptr, false);
    if (!noted.is_object()) return std::nullopt;
    HostTenant tenant{text_member(noted, "tenant_id"), text_member(noted, "bucket_name"), {}};
    if (tenant.tenant_id.empty()) return std::nullopt;
    return tenant;
}

CloudResult<void> note_tenant(const SyncSettings& settings, const HostTenant& tenant) {
    const TenantJson noted = {{"tenant_id", tenant.tenant_id}, {"bucket_name", tenant.bucket}};
    if (const int error = make_folders(settings.states(), 0700); error != 0) {
        return cloud_fail(CloudFault::local_io,
                          settings.states().string() + " could not be made: " + reason_of(error));
    }
    const auto written = write_file_atomically(tenant_file(settings), noted.dump(2) + '\n', 0600);
    if (!written) return cloud_fail(CloudFault::local_io, written.error().message);
    return {};
}

CloudResult<void> check_tenant(const SyncSettings& settings, const HostTenant& tenant) {
    const auto noted = known_tenant(settings);
    if (!noted || noted->tenant_id == tenant.tenant_id) return {};
    return cloud_fail(CloudFault::not_set_up,
                      "Cloud sync is set up for another account (tenant " + noted->tenant_id +
                          ") than the one that is logged in (tenant " + tenant.tenant_id + ").",
                      "Run: bm cloud setup");
}

std::optional<HostView> remembered_view(const SyncSettings& settings) {
    const auto tenant = known_tenant(settings);
    if (!tenant) return std::nullopt;
    HostView view{*tenant, {}};
    if (const auto space = read_scope_state(space_scope(settings, *tenant))) {
        for (const auto& known : space->known_projects) {
            if (!known.removed)
                view.projects.push_back({known.name, known.external_id, known.dir, false});
        }
    }
    for (const auto& attached : settings.attached) {
        if (view.find(attached.name) == nullptr)
            view.projects.push_back(attached_project(settings, *tenant, attached));
    }
    return view;
}

}  // namespace bm
