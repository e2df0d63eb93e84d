#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "cloud/host_api.hpp"
#include "cloud/host_view.hpp"
#include "cloud/project_sync.hpp"
#include "cloud/sync_context.hpp"
#include "cloud/sync_settings.hpp"

namespace bm {

class Application;

/// Who is logged in and what holds here: all that the cloud commands need from outside.
struct SyncSession {
    SyncSettings settings;
    std::unique_ptr<SyncConfig> config;
    std::unique_ptr<HostApi> host;
    FilterMaker make_filter;
};
/// The one place where sessions come from; tests bring their own.
using SyncOpener = std::function<CloudResult<SyncSession>(Application&)>;

/// The session of whoever is logged in, by the settings of this machine. Fault not_cloud_mode where
/// neither they nor the project that the command is about say that it works on the cloud.
CloudResult<SyncSession> open_sync_session(Application& application,
                                           const std::optional<std::string>& project);
/// The same also where commands work on this machine.
CloudResult<SyncSession> open_configured_session(Application& application);

/// How a command wants to work with the cloud.
struct CloudWork {
    std::string command;    ///< as the user typed it
    bool writes = true;     ///< takes the lock
    bool is_watch = false;  ///< nobody is asked
    bool json = false;      ///< nothing but one object goes to stdout
    /// What this machine knows of the host is enough while it cannot be asked; a watch goes on only
    /// where the network is the reason.
    bool takes_memory = false;
    std::optional<std::string> project = {};  ///< that it is about, if about one
    bool is_space = false;                    ///< it is about the whole space
};

/// Runs `work` with everything ready; the exit code. What fails before is told.
int with_cloud(Application& application, const CloudWork& work,
               const std::function<int(SyncContext&, HostView&)>& run);

/// Prints the failure as the command's end and returns its exit code.
int tell_failure(Application& application, const CloudFailure& failure, bool json);
/// The same, with what the command is about in its JSON.
int tell_failure(Application& application, const CloudFailure& failure, const CloudWork& work);

/// Prints what one run did, as people read it; `done` is the sentence of a success.
void print_report(Application& application, const CloudReport& report, bool verbose,
                  const std::string& done);

int exit_code_of(const CloudReport& report);

/// How a comparison is shown.
struct ComparisonView {
    std::string project;       ///< empty for the space
    std::string sync_command;  ///< that brings both in step
    bool verbose = false;
    bool exit_code = false;  ///< 1 when something differs
    bool json = false;
};
/// The exit code.
int print_comparison(Application& application, const SideComparison& found,
                     const ComparisonView& view);

}  // namespace bm
