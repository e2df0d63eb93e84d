#include <fstream>
#include <iterator>
#include <utility>

#include <unistd.h>

#include "cli/cloud_connection.hpp"
#include "cli/sync_session.hpp"
#include "cloud/host_view.hpp"
#include "cloud/rclone_filter.hpp"
#include "repository/config_document.hpp"
#include "repository/note_files.hpp"
#include "sync/read_only.hpp"

namespace bm {

namespace {

namespace fs = std::filesystem;

CloudFailure config_failure(const Error& error) { return {CloudFault::local_io, error.message}; }

fs::path home_of(const Environment& environment) { return expanded_path("~", environment); }

std::vector<std::string> environment_words() {
    std::vector<std::string> words;
    for (char** word = ::environ; word != nullptr && *word != nullptr; ++word)
        words.emplace_back(*word);
    return words;
}

CloudResult<SyncSettings> settings_of(Application& application) {
    const Environment& environment = application.environment();
    const ConfigFile file(application.directory(), environment);
    auto cloud = load_cloud_settings(file, environment);
    if (!cloud) return tl::unexpected(config_failure(cloud.error()));
    const auto config = file.load();
    if (!config) return tl::unexpected(config_failure(config.error()));
    SyncSettings settings;
    settings.data_directory = application.directory().root;
    settings.home = home_of(environment);
    settings.rclone_config = rclone_config_file(environment);
    if (cloud->rclone_path) settings.rclone_path = expanded_path(*cloud->rclone_path, environment);
    settings.search_path = environment("PATH").value_or("");
    settings.environment = environment_words();
    settings.ca_cert = ca_cert_of(*cloud, environment);
    settings.sync_dir = cloud->sync_dir;
    settings.mount_point = settings.home / "basic-memory-cloud";
    settings.profile = cloud->profile;
    settings.auto_sync_interval = cloud->auto_sync_interval;
    settings.watch_local = cloud->watch_local;
    settings.history_keep = cloud->sync_history_keep;
    settings.trash_days = cloud->sync_trash_days;
    for (const CloudProject& project : cloud->projects)
        settings.attached.push_back({project.name, expanded_path(project.local_path, environment)});
    for (const ConfiguredProject& project : config->projects) {
        if (!project.path.empty() && !project.cloud)
            settings.local_projects.push_back(project.path);
        if (!project.path.empty() && is_read_only(*config, project.name))
            settings.read_only.push_back(project.path);
    }
    return settings;
}

/// What the engine wants kept, in the file that other programs share.
class FileSyncConfig final : public SyncConfig {
public:
    explicit FileSyncConfig(Application& application)
        : application_(application), file_(application.directory(), application.environment()) {}

    [[nodiscard]] CloudResult<SyncSettings> load() override { return settings_of(application_); }

    CloudResult<void> attach(const std::string& project, const fs::path& local_path) override {
        return change(project, [&](CloudProject& entry) {
            const bool is_same =
                expanded_path(entry.local_path, application_.environment()) == local_path;
            if (!entry.local_path.empty() && is_same) return;
            entry = {project, local_path.string(), std::nullopt, false};
        });
    }

    CloudResult<void> detach(const std::string& project) override {
        const auto removed = file_.remove_cloud_project(project);
        if (!removed && removed.error().fault != Fault::not_found)
            return tl::unexpected(config_failure(removed.error()));
        return {};
    }

    CloudResult<void> note_sync(const std::string& project,
                                const std::optional<std::string>& last_sync,
                                bool is_initialized) override {
        return change(project, [&](CloudProject& entry) {
            if (last_sync) entry.last_sync = last_sync;
            entry.bisync_initialized = is_initialized;
        });
    }

    CloudResult<void> set_sync_dir(const fs::path& folder) override {
        const auto set =
            file_.set("bisync_config.sync_dir", json_text(ConfigScalar(folder.string())));
        if (!set) return tl::unexpected(config_failure(set.error()));
        return {};
    }

private:
    template <class Edit>
    CloudResult<void> change(const std::string& name, const Edit& edit) {
        const auto projects = file_.cloud_projects();
        if (!projects) return tl::unexpected(config_failure(projects.error()));
        CloudProject entry{name, {}, std::nullopt, false};
        for (const CloudProject& project : *projects) {
            if (project.name == name) entry = project;
        }
        edit(entry);
        // A project that is attached nowhere has nothing to remember.
        if (entry.local_path.empty()) return {};
        const auto put = file_.put_cloud_project(entry);
        if (!put) return tl::unexpected(config_failure(put.error()));
        return {};
    }

    Application& application_;
    ConfigFile file_;
};

/// The host's routes, with the connection that they need.
class ConnectedHost final : public HostApi {
public:
    explicit ConnectedHost(std::unique_ptr<CloudConnection> connection)
        : connection_(std::move(connection)) {}

    [[nodiscard]] CloudResult<HostTenant> tenant() override { return api().tenant(); }
    [[nodiscard]] CloudResult<StorageCredentials> new_credentials() override {
        return api().new_credentials();
    }
    [[nodiscard]] CloudResult<std::vector<HostProject>> projects() override {
        return api().projects();
    }
    [[nodiscard]] CloudResult<CreatedProject> create_project(const std::string& name,
                                                             const std::string& path,
                                                             bool make_default) override {
        return api().create_project(name, path, make_default);
    }
    [[nodiscard]] CloudResult<std::string> remove_project(const HostProject& project,
                                                          bool delete_notes) override {
        return api().remove_project(project, delete_notes);
    }
    [[nodiscard]] CloudResult<void> start_index(const HostProject& project) override {
        return api().start_index(project);
    }

private:
    HttpHostApi& api() { return connection_->api; }
    std::unique_ptr<CloudConnection> connection_;
};

/// The user's rules as rclone reads them, for people to look at and for other programs.
void keep_generated(const fs::path& file, const std::string& text) {
    std::ifstream in(file, std::ios::binary);
    const std::string held{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    // Only a copy: what rclone is given stands with each scope.
    if (held != text) (void)write_file_atomically(file, text, 0600);
}

FilterMaker filter_maker(const fs::path& ignore_file) {
    return
        [ignore_file](const std::vector<FilterProject>& projects,
                      const std::vector<std::string>& attached_dirs) -> CloudResult<ScopeFilter> {
            const auto rules = rules_in(ignore_file);
            if (!rules) return tl::unexpected(rules.error());
            keep_generated(ignore_file.string() + ".rclone", RcloneFilter(*rules, {}, {}).text());
            std::vector<ProjectIgnoreText> texts;
            for (const FilterProject& project : projects)
                texts.push_back({project.dir, project.text});
            const auto filter = std::make_shared<const RcloneFilter>(*rules, texts, attached_dirs);
            return ScopeFilter{
                .text = filter->text(),
                .excludes = [filter](std::string_view path) { return filter->excludes(path); },
                .problems = filter->problems(),
                .inverted = filter->inverted(),
                .excludes_everything = filter->excludes_everything(),
                .prunes = [filter](std::string_view path) { return filter->prunes(path); },
                .excludes_all_in =
                    [filter](std::string_view folder) { return filter->excludes_all_in(folder); }};
        };
}

}  // namespace

fs::path rclone_config_file(const Environment& environment) {
    if (const auto named = environment("RCLONE_CONFIG"); named && !named->empty())
        return expanded_path(*named, environment);
    return home_of(environment) / ".config" / "rclone" / "rclone.conf";
}

CloudResult<SyncSession> open_sync_session(Application& application,
                                           const std::optional<std::string>& project) {
    if (!application.works_on_cloud(project)) {
        return cloud_fail(CloudFault::not_cloud_mode,
                          "Cloud mode is off. Run 'bm cloud login' first.");
    }
    return open_configured_session(application);
}

CloudResult<SyncSession> open_configured_session(Application& application) {
    auto settings = settings_of(application);
    if (!settings) return tl::unexpected(settings.error());
    auto connection = connect_to_cloud(application);
    if (!connection) return cloud_fail(CloudFault::usage, "The settings of the cloud are wrong.");
    return SyncSession{.settings = *std::move(settings),
                       .config = std::make_unique<FileSyncConfig>(application),
                       .host = std::make_unique<ConnectedHost>(std::move(connection)),
                       .make_filter = filter_maker(application.directory().ignore_file())};
}

}  // namespace bm
