#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "cli/file_log.hpp"
#include "cli/sync_session.hpp"
#include "cli/terminal.hpp"
#include "repository/config_file.hpp"
#include "sync/knowledge_base.hpp"
#include "tools/catalog.hpp"

namespace bm {

/// What the program is called and which version it is.
constexpr const char* kProgramName = "basic-memory";
extern const char* const kVersion;

/// Where a command works.
enum class Route { automatic, local, cloud };

/// The composition root: the only place that reads the environment and builds the objects which the
/// commands share. Nothing is opened before somebody asks for it.
class Application {
public:
    Application(Environment environment, Terminal terminal);
    ~Application();
    Application(const Application&) = delete;
    Application& operator=(const Application&) = delete;

    Terminal& terminal() noexcept { return terminal_; }
    const Environment& environment() const noexcept { return environment_; }
    [[nodiscard]] const DataDirectory& directory() const noexcept { return directory_; }

    /// Binds the process to one project; before the first use of knowledge().
    void set_constraint(std::string project);
    /// What the flags of the command line say.
    void set_route(Route route) noexcept { route_ = route; }
    /// Whether a command works on the cloud: by its flag, the environment, the project's own mode,
    /// the settings, in this order.
    [[nodiscard]] bool works_on_cloud(const std::optional<std::string>& project = {}) const;
    /// The project that a command is about which names `project`, or none: then the default one,
    /// where that one alone is used on the cloud. Otherwise `project`.
    [[nodiscard]] std::optional<std::string> routed_project(
        const std::optional<std::string>& project) const;
    /// Takes colours away where the settings say so; before a command prints.
    void obey_output_style();
    KnowledgeBase& knowledge();
    const Catalog& catalog();
    const Log& log();

    /// Where sessions with the cloud come from; before the first use.
    void set_sync_opener(SyncOpener opener) { sync_opener_ = std::move(opener); }
    /// For a command about this project, if about one. Fault not_cloud_mode or not_authenticated
    /// where nobody is logged in.
    CloudResult<SyncSession> open_sync(const std::optional<std::string>& project = {});
    /// The same also where commands work on this machine.
    CloudResult<SyncSession> open_sync_anyway();

private:
    Environment environment_;
    Terminal terminal_;
    DataDirectory directory_;
    std::optional<std::string> constraint_;
    Route route_ = Route::automatic;
    std::unique_ptr<FileLog> file_log_;
    Log log_;
    std::unique_ptr<KnowledgeBase> knowledge_;
    std::unique_ptr<Catalog> catalog_;
    SyncOpener sync_opener_;
};

/// Runs one command line; the exit code of the process. Never throws.
int run_command_line(Application& application, int argc, const char* const* argv);

}  // namespace bm
