#include <array>
#include <cstdio>

#include <sys/stat.h>

#include "cli/cloud_commands.hpp"
#include "cli/cloud_connection.hpp"
#include "cli/cloud_file_commands.hpp"
#include "cli/cloud_sync_commands.hpp"
#include "cli/json_output.hpp"
#include "cli/old_setup.hpp"
#include "cli/rclone_installation.hpp"
#include "cli/sync_session.hpp"
#include "cloud/known_tenant.hpp"
#include "cloud/program_run.hpp"
#include "cloud/rclone_config.hpp"
#include "cloud/rclone_program.hpp"
#include "cloud/scope_state.hpp"
#include "cloud/space_mount.hpp"
#include "repository/config_document.hpp"

namespace bm {

namespace {

class Setup {
public:
    Setup(Application& application, SyncSession& session, const InstallWishes& install)
        : application_(application), session_(session), install_(install) {}

    CloudResult<void> run() {
        if (auto done = find_program(); !done) return done;
        if (auto done = ask_for_tenant(); !done) return done;
        if (auto done = leave_account(); !done) return done;
        const auto notes = old_setup_notes(application_, session_.settings, tenant_);
        if (auto done = write_keys(); !done) return done;
        // Not before: it says whose keys rclone has.
        if (auto done = note_tenant(session_.settings, tenant_); !done) return done;
        for (const auto& note : notes) application_.terminal().line(note);
        return take_over_old_setup(application_, session_);
    }
    [[nodiscard]] const HostTenant& tenant() const noexcept { return tenant_; }
    [[nodiscard]] std::string rclone_version() const { return program_.version_text(); }

private:
    void announce(const std::string& what) {
        Terminal& terminal = application_.terminal();
        terminal.line(terminal.bold("Step " + std::to_string(++step_) + ": ") + what);
    }

    CloudResult<void> find_program() {
        announce("rclone, which transfers the files");
        const auto found = rclone_for_setup(application_, session_.settings, install_);
        if (!found) return tl::unexpected(found.error());
        program_ = *found;
        return {};
    }

    CloudResult<void> ask_for_tenant() {
        announce("your space on the host");
        auto tenant = session_.host->tenant();
        if (!tenant) return tl::unexpected(tenant.error());
        tenant_ = *std::move(tenant);
        application_.terminal().line("Found tenant: " + tenant_.tenant_id);
        return {};
    }

    /// A mount goes on with the keys that it has, until the host takes them back.
    CloudResult<void> leave_account() {
        const auto& settings = session_.settings;
        const SyncContext context{settings,       *session_.config,
                                  *session_.host, session_.make_filter,
                                  system_now,     application_.log()};
        if (space_mount_state(context) != MountState::absent) {
            return cloud_fail(CloudFault::mount_conflict, "The space is mounted with other keys.",
                              "Run: bm cloud unmount, then this again");
        }
        const auto before = known_tenant(settings);
        if (!before || before->tenant_id == tenant_.tenant_id) return {};
        const auto unsent = unsent_files(settings);
        if (!unsent.empty()) {
            application_.terminal().error(
                "Warning: " + std::to_string(unsent.size()) +
                " file(s) of the account before (tenant " + before->tenant_id +
                ") have not been sent, such as " + unsent.front() +
                ". They are kept here, and go up when that account is set up and mounted again.");
        }
        return give_cache_to(settings, before->tenant_id);
    }

    CloudResult<void> write_keys() {
        announce("keys for its files");
        const auto credentials = session_.host->new_credentials();
        if (!credentials) return tl::unexpected(credentials.error());
        application_.terminal().line("Generated secure credentials");
        announce("rclone.conf");
        auto obscured = obscured_secret(*credentials);
        if (!obscured) return tl::unexpected(obscured.error());
        const auto section = section_of(*credentials, *obscured);
        if (!section) return tl::unexpected(section.error());
        warn_of_readers();
        if (auto written = write_section(session_.settings.rclone_config, kCloudRemote, *section);
            !written)
            return written;
        application_.terminal().line(
            "Configured remote '" + std::string(kCloudRemote) + "' in " +
            with_home_as_tilde(session_.settings.rclone_config.string(),
                               application_.environment()("HOME").value_or("")));
        return {};
    }

    /// Writing the file closes it to them.
    void warn_of_readers() {
        const auto& file = session_.settings.rclone_config;
        struct stat seen {};
        if (::stat(file.c_str(), &seen) != 0 || (seen.st_mode & 077) == 0) return;
        std::array<char, 16> mode{};
        std::snprintf(mode.data(), mode.size(), "%04o", seen.st_mode & 07777U);
        application_.terminal().error("Warning: " + file.string() +
                                      " has keys in it and had mode " + mode.data() +
                                      ", which lets others read it. It is 0600 now.");
    }

    /// rclone's own way of writing a password, which goes through its standard input only.
    CloudResult<std::string> obscured_secret(const StorageCredentials& credentials) {
        if (credentials.type != "webdav") return std::string();
        std::string text;
        ProgramCall call{.file = program_.file,
                         .arguments = {"obscure", "-"},
                         .environment = rclone_environment(session_.settings.environment)};
        call.input = credentials.secret_key + '\n';
        const ProgramEnd run = run_program(
            call, [&text](std::string_view line) { text = line; }, [](std::string_view) {});
        if (!run.succeeded() || text.empty()) {
            return cloud_fail(CloudFault::rclone_failed,
                              "rclone could not write the password for its configuration.");
        }
        return text;
    }

    Application& application_;
    SyncSession& session_;
    InstallWishes install_;
    RcloneProgram program_;
    HostTenant tenant_;
    int step_ = 0;
};

void print_next_steps(Terminal& terminal) {
    terminal.line("Next:");
    terminal.line("  bm project add NAME --local-path FOLDER       a project with a folder here");
    terminal.line("  bm project bisync --name NAME --resync --dry-run   look first");
    terminal.line("  bm project bisync --name NAME --resync        the first sync");
    terminal.line("  bm project bisync --name NAME                 each later one");
    terminal.line(
        "  bm project sync-setup NAME FOLDER             a folder here for a project of the cloud");
    terminal.line("  bm cloud bisync-setup                         all projects in one folder");
    terminal.line("  bm sync --watch                               keeps all of it in step");
}

int set_up_space(Application& application, const HostTenant& tenant,
                 const std::optional<std::string>& dir) {
    auto session = application.open_sync();
    if (!session) return tell_failure(application, session.error(), false);
    const auto scope = space_scope(session->settings, tenant);
    if (!dir && is_initialized(scope, read_scope_state(scope))) {
        application.terminal().line(
            "Bisync is already set up. Use 'bm cloud bisync --resync' to start over.");
        return 0;
    }
    CloudBisyncCommand first;
    first.dir = dir;
    first.resync = true;
    if (const int code = run_cloud_bisync(application, first); code != 0) return code;
    // What is here and not on the host yet becomes a project with the first ordinary run.
    if (const int code = run_cloud_bisync(application, {}); code != 0) return code;
    application.terminal().line("✓ Bisync setup completed");
    return 0;
}

}  // namespace

int run_cloud_setup(Application& application, const CloudSetupCommand& command) {
    if (command.json) application.terminal().reserve_output();
    if (command.ca_cert) {
        const auto file = usable_ca_cert(application, *command.ca_cert);
        if (!file) return kExitFailure;
        ConfigFile config(application.directory(), application.environment());
        const auto set = config.set("cloud_ca_cert", json_text(ConfigScalar(*file)));
        if (!set) return fail_command(application, set.error().message);
    }
    auto session = application.open_sync();
    if (!session) return tell_failure(application, session.error(), false);
    Setup setup(application, *session, {command.yes, command.no_install});
    if (const auto done = setup.run(); !done) {
        application.terminal().error("Setup failed: " + done.error().message);
        if (!done.error().hint.empty()) application.terminal().error(done.error().hint);
        return kExitFailure;
    }
    if (command.bisync || command.dir) {
        if (const int code = set_up_space(application, setup.tenant(), command.dir); code != 0)
            return code;
    }
    if (command.mount) {
        if (const int code = run_cloud_mount(application, {}); code != 0) return code;
    }
    application.terminal().line("Cloud setup completed successfully!");
    const bool has_space = command.bisync || command.dir;
    if (command.json) {
        print_change(application, {{"tenant_id", setup.tenant().tenant_id},
                                   {"rclone", setup.rclone_version()},
                                   {"bisync", has_space},
                                   {"mount", command.mount}});
    } else if (!has_space) {
        print_next_steps(application.terminal());
    }
    return 0;
}

}  // namespace bm
