#include "cli/application.hpp"

#include "cli/assistant_sync.hpp"
#include "markdown/text.hpp"
#include "tools/cloud_sync_tools.hpp"

namespace bm {

const char* const kVersion = BM_VERSION;

Application::Application(Environment environment, Terminal terminal)
    : environment_(std::move(environment)),
      terminal_(std::move(terminal)),
      directory_(data_directory(environment_)) {}

Application::~Application() = default;

void Application::set_constraint(std::string project) { constraint_ = std::move(project); }

bool Application::works_on_cloud(const std::optional<std::string>& project) const {
    if (route_ != Route::automatic) return route_ == Route::cloud;
    const auto is_set = [this](const char* name) {
        const std::string value = to_lower(environment_(name).value_or(""));
        return value == "true" || value == "1" || value == "yes";
    };
    if (is_set("BASIC_MEMORY_FORCE_LOCAL")) return false;
    if (is_set("BASIC_MEMORY_FORCE_CLOUD")) return true;
    // What is wrong with a file that cannot be used is said by whoever needs the settings.
    const auto config = ConfigFile(directory_, environment_).load();
    if (!config) return false;
    if (project) {
        const auto* entry = find_configured(*config, *project);
        if (entry != nullptr && entry->cloud) return true;
    }
    return config->cloud_mode;
}

std::optional<std::string> Application::routed_project(
    const std::optional<std::string>& project) const {
    if (project || works_on_cloud()) return project;
    const auto config = ConfigFile(directory_, environment_).load();
    if (!config || !works_on_cloud(config->default_project)) return std::nullopt;
    return config->default_project;
}

void Application::obey_output_style() {
    const auto config = ConfigFile(directory_, environment_).load();
    if (config && config->cli_output_style == "plain") terminal_.drop_colours();
}

const Log& Application::log() {
    if (!file_log_) {
        // The environment variable is part of the effective settings. What is wrong with a file
        // that cannot be used is said by whoever needs the settings.
        const auto config = ConfigFile(directory_, environment_).load();
        const std::string wanted = config ? config->log_level : "INFO";
        const auto level = log_level_from(wanted);
        file_log_ = std::make_unique<FileLog>(directory_.log(), level.value_or(LogLevel::info));
        log_ = file_log_->log();
        if (!level) {
            log_(LogLevel::warning,
                 "log_level '" + wanted + "' is none of DEBUG, INFO, WARNING, ERROR; INFO is used");
        }
        if (environment_("BASIC_MEMORY_PROJECT")) {
            log_(LogLevel::warning,
                 "the environment variable BASIC_MEMORY_PROJECT is obsolete and ignored; set "
                 "default_project or use `mcp --project`");
        }
    }
    return log_;
}

KnowledgeBase& Application::knowledge() {
    if (!knowledge_) {
        knowledge_ = std::make_unique<KnowledgeBase>(
            KnowledgeBase::Parts{directory_, environment_, system_now, log(), constraint_});
    }
    return *knowledge_;
}

const Catalog& Application::catalog() {
    if (!catalog_) {
        std::shared_ptr<CloudSync> sync;
        if (is_cloud_set_up(directory_, environment_)) {
            sync = std::make_shared<AssistantSync>(AssistantSync::Parts{
                [this] { return open_sync_anyway(); }, system_now, log(), rclone_mounts});
        }
        catalog_ = std::make_unique<Catalog>(make_catalog(knowledge(), kVersion, sync));
    }
    return *catalog_;
}

CloudResult<SyncSession> Application::open_sync(const std::optional<std::string>& project) {
    return sync_opener_ ? sync_opener_(*this) : open_sync_session(*this, project);
}

CloudResult<SyncSession> Application::open_sync_anyway() {
    return sync_opener_ ? sync_opener_(*this) : open_configured_session(*this);
}

}  // namespace bm
