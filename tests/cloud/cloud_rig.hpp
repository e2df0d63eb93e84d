#pragma once

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <unistd.h>

#include "cloud/sync_context.hpp"
#include "cloud/two_way_run.hpp"
#include "tests/support/rclone.hpp"
#include "tests/support/temporary_folder.hpp"

namespace bm::test {

namespace fs = std::filesystem;

/// A real rclone: a new one, or what the distribution has. None: the test says that it is skipped.
inline std::optional<fs::path> real_rclone(const std::string& variable = "BM_TEST_RCLONE") {
    const auto path = variable == "BM_TEST_RCLONE" ? new_rclone() : packaged_rclone();
    if (path && ::access(path->c_str(), X_OK) == 0) return fs::path(*path);
    MESSAGE("skipped: no rclone here, and " << variable << " names none");
    return std::nullopt;
}

/// The environment of this process.
inline std::vector<std::string> own_environment() {
    std::vector<std::string> all;
    for (char** entry = environ; *entry != nullptr; ++entry) all.emplace_back(*entry);
    return all;
}

/// Every file below a folder with its bytes; hidden ones and unfinished transfers left out.
inline std::map<std::string, std::string> tree_of(const fs::path& root) {
    std::map<std::string, std::string> tree;
    std::error_code ignored;
    for (const auto& entry : fs::recursive_directory_iterator(root, ignored)) {
        if (!entry.is_regular_file(ignored)) continue;
        std::ifstream in(entry.path(), std::ios::binary);
        tree[entry.path().lexically_relative(root).string()] =
            std::string{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    }
    return tree;
}

/// A host that answers from lists.
class FakeHost final : public HostApi {
public:
    CloudResult<HostTenant> tenant() override { return the_tenant; }
    CloudResult<StorageCredentials> new_credentials() override { return StorageCredentials{}; }
    CloudResult<std::vector<HostProject>> projects() override {
        if (failure) return tl::unexpected(*failure);
        return known;
    }
    CloudResult<CreatedProject> create_project(const std::string& name, const std::string& path,
                                               bool) override {
        created.push_back(name);
        if (refuses_new) return cloud_fail(CloudFault::internal, "no more projects");
        const auto named = renames.find(path);
        const std::string dir = named == renames.end() ? path : named->second;
        known.push_back({name, "id-" + name, dir, false});
        return CreatedProject{known.back(), "Project '" + name + "' added successfully", false};
    }
    CloudResult<std::string> remove_project(const HostProject& project, bool) override {
        std::erase_if(known, [&](const HostProject& each) { return each.name == project.name; });
        return "Project '" + project.name + "' removed successfully";
    }
    CloudResult<void> start_index(const HostProject& project) override {
        indexed.push_back(project.name);
        if (fails_to_index) return cloud_fail(CloudFault::internal, "index is busy");
        return {};
    }

    HostTenant the_tenant{"11111111-2222-3333-4444-555555555555", "", std::nullopt};
    std::vector<HostProject> known;
    std::vector<std::string> created;
    std::vector<std::string> indexed;
    std::map<std::string, std::string> renames;  ///< folders that the host calls otherwise
    std::optional<CloudFailure> failure;
    bool refuses_new = false;
    bool fails_to_index = false;
};

class FakeConfig final : public SyncConfig {
public:
    CloudResult<SyncSettings> load() override { return settings; }
    CloudResult<void> attach(const std::string& project, const fs::path& path) override {
        (void)detach(project);
        settings.attached.push_back({project, path});
        return {};
    }
    CloudResult<void> detach(const std::string& project) override {
        std::erase_if(settings.attached,
                      [&](const AttachedProject& each) { return each.name == project; });
        return {};
    }
    CloudResult<void> note_sync(const std::string& project, const std::optional<std::string>&,
                                bool is_initialized) override {
        noted[project] = is_initialized;
        return {};
    }
    CloudResult<void> set_sync_dir(const fs::path& folder) override {
        settings.sync_dir = folder;
        return {};
    }

    SyncSettings settings;
    std::map<std::string, bool> noted;
};

/// Hides dot files, `*.tmp` and folders of other scopes: enough of a filter for these tests.
inline ScopeFilter plain_filter(const std::vector<FilterProject>&,
                                const std::vector<std::string>& attached) {
    std::string text = "- *.partial\n- .basic-memory/**\n";
    for (const auto& dir : attached) text += "- /" + dir + "/**\n";
    text += "- .*\n- .*/**\n- *.tmp\n- *.tmp/**\n- build\n- build/**\n";
    return {text, [attached](std::string_view path) {
                for (const auto& dir : attached) {
                    if (path.starts_with(dir + "/")) return true;
                }
                return path.starts_with('.') || path.find("/.") != std::string_view::npos ||
                       path.ends_with(".tmp") || path.starts_with("build/");
            }};
}

/// One device: a home of its own, a folder in step with the rig's cloud folder.
class Device {
public:
    Device(const fs::path& home, const fs::path& cloud, const fs::path& rclone) {
        SyncSettings& settings = config.settings;
        settings.home = home;
        settings.data_directory = home / ".basic-memory";
        settings.rclone_config = home / "rclone.conf";
        settings.rclone_path = rclone;
        settings.environment = own_environment();
        settings.sync_dir = home / "space";
        settings.mount_point = home / "mount";
        host.the_tenant.bucket = cloud.string();
        fs::create_directories(settings.data_directory);
        fs::create_directories(settings.sync_dir);
        std::ofstream(settings.rclone_config) << "[basic-memory-cloud]\ntype = local\n";
    }

    SyncContext context() {
        SyncContext made{config.settings, config,     host,
                         plain_filter,    system_now, [](LogLevel, std::string_view) {}};
        made.say = [this](const std::string& line) { said.push_back(line); };
        made.ask = ask;
        made.stop = stop;
        made.mounts = [] { return std::vector<fs::path>(); };
        made.retry_pause = std::chrono::milliseconds(50);
        return made;
    }

    [[nodiscard]] CloudScope space() const { return space_scope(config.settings, host.the_tenant); }
    [[nodiscard]] fs::path root() const { return config.settings.sync_dir; }

    /// A run over the whole space.
    CloudReport sync(SyncWish wish = {}) {
        if (wish.profile.empty()) wish.profile = "balanced";
        if (wish.command.empty()) wish.command = "bm cloud bisync";
        auto now = context();
        const auto rclone = ready_rclone(now, RcloneNeed::two_way);
        REQUIRE_MESSAGE(rclone, (rclone ? std::string() : rclone.error().message));
        return run_two_way(now, *rclone, space(), plain_filter({}, {}), wish);
    }
    CloudReport resync() {
        SyncWish wish;
        wish.resync = true;
        return sync(wish);
    }

    void write(const std::string& name, std::string_view bytes) const {
        fs::create_directories((root() / name).parent_path());
        std::ofstream(root() / name, std::ios::binary | std::ios::trunc) << bytes;
    }

    FakeConfig config;
    FakeHost host;
    std::vector<std::string> said;
    std::function<bool(const std::string&)> ask;
    StopRequest stop;
};

/// A cloud folder and devices around it.
struct CloudRig {
    explicit CloudRig(fs::path rclone_program) : rclone(std::move(rclone_program)) {
        fs::create_directories(cloud());
    }
    [[nodiscard]] fs::path cloud() const { return folder.path() / "cloud"; }
    Device device(const std::string& name) const {
        fs::create_directories(folder.path() / name);
        return {folder.path() / name, cloud(), rclone};
    }
    void write(const std::string& name, std::string_view bytes) const {
        folder.write("cloud/" + name, bytes);
    }

    TemporaryFolder folder;
    fs::path rclone;
};

inline std::string code_of(const CloudReport& report) {
    return report.failure ? std::string(cloud_fault_name(report.failure->fault)) + ": " +
                                report.failure->message
                          : std::string("ok");
}

}  // namespace bm::test
