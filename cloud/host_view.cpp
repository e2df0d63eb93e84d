#include "cloud/host_view.hpp"

#include <algorithm>
#include <cerrno>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cloud/known_tenant.hpp"
#include "cloud/scope_state.hpp"
#include "markdown/permalink.hpp"
#include "repository/descriptor.hpp"
#include "repository/folder_walk.hpp"
#include "repository/note_files.hpp"

namespace bm {

namespace fs = std::filesystem;

const HostProject* HostView::find(std::string_view name) const {
    for (const auto& each : projects) {
        if (each.name == name) return &each;
    }
    const std::string wanted = slug(name);
    for (const auto& each : projects) {
        if (!wanted.empty() && slug(each.name) == wanted) return &each;
    }
    return nullptr;
}

CloudResult<HostView> look_at_host(SyncContext& context) {
    auto tenant = context.host.tenant();
    if (!tenant) return tl::unexpected(tenant.error());
    if (auto same = check_tenant(context.settings, *tenant); !same) {
        return tl::unexpected(same.error());
    }
    auto projects = context.host.projects();
    if (!projects) return tl::unexpected(projects.error());
    HostView view{*std::move(tenant), *std::move(projects)};
    for (auto& each : view.projects) each.dir = normalized_dir(each.dir);
    return view;
}

std::string dir_of_attached(const SyncContext& context, const HostView& view,
                            const AttachedProject& project) {
    if (const auto* known = view.find(project.name)) return known->dir;
    const auto scope = project_scope(context.settings, view.tenant, {project.name, "", "", false},
                                     project.local_path);
    const auto state = read_scope_state(scope);
    const std::string bucket = std::string(kCloudRemote) + ":" + view.tenant.bucket + "/";
    if (!state || !state->remote.starts_with(bucket)) return {};
    return state->remote.substr(bucket.size());
}

void notify_index(SyncContext& context, const std::vector<HostProject>& projects,
                  CloudReport& report) {
    for (const auto& project : projects) {
        if (const auto started = context.host.start_index(project); !started) {
            report.warnings.push_back("files are synced but indexing of '" + project.name +
                                      "' could not be started: " + started.error().message);
        }
    }
}

CloudResult<std::string> rules_in(const fs::path& file) {
    const auto unreadable = [&file](int error) {
        return cloud_fail(CloudFault::local_io,
                          file.string() + " cannot be read: " + reason_of(error) +
                              ". It says what is not to be synced.",
                          "Nothing was synced. Make it readable, or remove it.");
    };
    const Descriptor opened(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!opened) {
        const int error = errno;
        struct stat seen {};
        // A link to what is gone was to lead to rules.
        const bool is_there = ::lstat(file.c_str(), &seen) == 0;
        if (error == ENOENT && !is_there) return std::string();
        return unreadable(error);
    }
    std::string text;
    char buffer[4096];  // NOLINT: filled by read
    while (true) {
        const ssize_t count = ::read(opened.number(), buffer, sizeof buffer);
        if (count == 0) return text;
        if (count > 0) {
            text.append(buffer, static_cast<std::size_t>(count));
        } else if (errno != EINTR) {
            return unreadable(errno);
        }
    }
}

CloudResult<void> place_filter(const CloudScope& scope, const ScopeFilter& filter,
                               const fs::path& file) {
    if (const int error = make_folders(scope.state, 0700); error != 0) {
        return cloud_fail(CloudFault::local_io,
                          scope.state.string() + " could not be made: " + reason_of(error));
    }
    if (auto done = write_file_atomically(file, filter.text, 0600); !done) {
        return cloud_fail(CloudFault::local_io, done.error().message);
    }
    return {};
}

}  // namespace bm
