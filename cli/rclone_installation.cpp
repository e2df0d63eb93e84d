#include "cli/rclone_installation.hpp"

#include <algorithm>
#include <array>
#include <csignal>

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/confirmation.hpp"
#include "cloud/program_run.hpp"
#include "cloud/rclone_release.hpp"
#include "markdown/text.hpp"

namespace bm {

namespace {

constexpr const char* kByHand =
    "Install it with your package manager (apt install rclone, brew install rclone), or from "
    "https://rclone.org/downloads/. Two-way syncs need 1.66 or newer, and many distributions have "
    "an older one; the setting rclone_path names one that is not on the PATH.";
/// Another place with the same files: https, or http on this machine.
constexpr const char* kMirrorVariable = "BASIC_MEMORY_RCLONE_RELEASES";

/// Runs a program that may ask on the terminal, sudo for instance. Never a shell.
bool run_on_terminal(const std::vector<std::string>& words,
                     const std::vector<std::string>& environment) {
    const auto pointers = [](const std::vector<std::string>& texts) {
        std::vector<char*> all;
        for (const auto& text : texts) all.push_back(const_cast<char*>(text.c_str()));
        all.push_back(nullptr);
        return all;
    };
    const auto arguments = pointers(words);
    const auto variables = pointers(environment);
    pid_t child = 0;
    if (::posix_spawn(&child, words.front().c_str(), nullptr, nullptr, arguments.data(),
                      variables.data()) != 0) {
        return false;
    }
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

class RcloneProvision {
public:
    RcloneProvision(Application& application, const SyncSettings& settings,
                    const InstallWishes& wishes)
        : application_(application), settings_(settings), wishes_(wishes) {}

    CloudResult<RcloneProgram> run() {
        remove_broken_downloads(settings_.installed_rclone().parent_path());
        auto found = provide();
        if (!found) {
            if (!settings_.rclone_path) found.error().hint = kByHand;
            return found;
        }
        if (!is_new_enough(found)) {
            application_.terminal().error(
                "Warning: two-way syncs need rclone 1.66 or newer. This one (" +
                found->version_text() + ") can copy one way only.");
            application_.terminal().error(kByHand);
        }
        return found;
    }

private:
    static bool is_new_enough(const CloudResult<RcloneProgram>& found) {
        return found && check_rclone(*found, RcloneNeed::two_way);
    }

    CloudResult<RcloneProgram> provide() {
        auto found = look();
        if (found) {
            say("rclone is already installed (" + found->version_text() + ")");
            if (is_new_enough(found)) return found;
        }
        // What the setting names is used whatever is installed.
        if (settings_.rclone_path) return found;
        if (found) {
            say("It is too old for two-way syncs.");
        } else {
            say("rclone is not installed.");
            if (install_package()) found = look();
            if (is_new_enough(found)) return found;
        }
        return install_release() ? look() : found;
    }

    CloudResult<RcloneProgram> look() {
        return find_rclone({.configured = settings_.rclone_path,
                            .search_path = settings_.search_path,
                            .environment = settings_.environment,
                            .cache = {},
                            .installed = settings_.installed_rclone()});
    }

    void say(const std::string& line) { application_.terminal().line(line); }

    /// Nothing is installed that nobody has agreed to.
    bool agrees(const std::string& question) {
        if (wishes_.no_install) return false;
        if (wishes_.yes) return true;
        return application_.terminal().is_interactive() && ::isatty(STDIN_FILENO) == 1 &&
               confirmed(application_.terminal(), question);
    }

    std::optional<RcloneVersion> packaged_version(std::string_view manager) {
        if (manager != "apt-get") return std::nullopt;
        const auto cache = program_on_path(settings_.search_path, "apt-cache");
        if (!cache) return std::nullopt;
        std::string policy;
        run_program({*cache, {"policy", "rclone"}, rclone_environment(settings_.environment)},
                    [&](std::string_view line) { (policy += line) += '\n'; }, {});
        return candidate_version(policy);
    }

    /// False when there is no package that is worth it, or nobody wants it.
    bool install_package() {
        for (const auto& manager : package_managers()) {
            const auto program = program_on_path(settings_.search_path, manager.program);
            if (!program) continue;
            const auto version = packaged_version(manager.program);
            if (version && !version->is_at_least(1, 66)) return false;
            // apt knows of no such package: installing it would fail.
            if (manager.program == "apt-get" && !version) continue;
            std::vector<std::string> words{program->string()};
            words.insert(words.end(), manager.install.begin(), manager.install.end());
            if (manager.needs_root && ::geteuid() != 0) {
                const auto sudo = program_on_path(settings_.search_path, "sudo");
                if (!sudo) return false;
                words.insert(words.begin(), sudo->string());
            }
            if (!agrees("Install it with '" + join(words, " ") + "'?")) return false;
            say("Running " + join(words, " "));
            return run_on_terminal(words, settings_.environment);
        }
        return false;
    }

    bool install_release() {
        if (wishes_.no_install) return false;
        const std::string mirror = application_.environment()(kMirrorVariable).value_or("");
        const std::string releases = mirror.empty() ? std::string(kRcloneReleases) : mirror;
        if (!is_trusted_source(releases)) {
            application_.terminal().error(std::string(kMirrorVariable) + " names " + releases +
                                          ", which is not https.");
            return false;
        }
        const auto folder = settings_.installed_rclone().parent_path();
        if (!agrees("Download the official release from " + releases + " into " + folder.string() +
                    "?")) {
            return false;
        }
        const auto http = make_http_client();
        const auto release = newest_rclone_release(*http, releases);
        auto done = release ? download(*http, *release) : tl::unexpected(release.error());
        if (!done) {
            application_.terminal().error("Warning: " + done.error().message);
            return false;
        }
        say("rclone " + release->version + " was installed in " + folder.string());
        return true;
    }

    CloudResult<void> download(HttpClient& http, const RcloneRelease& release) {
        constexpr std::uint64_t kilobyte = 1000;
        Terminal& terminal = application_.terminal();
        RcloneInstallation wanted{settings_.installed_rclone().parent_path(),
                                  settings_.search_path,
                                  settings_.environment,
                                  {},
                                  {}};
        wanted.progress = [&](std::uint64_t done, std::uint64_t total) {
            terminal.progress("Downloading rclone (KB)", done / kilobyte, total / kilobyte);
        };
        auto done = install_rclone(http, release, wanted);
        terminal.end_progress();
        return done;
    }

    Application& application_;
    const SyncSettings& settings_;
    const InstallWishes& wishes_;
};

}  // namespace

const std::vector<PackageManager>& package_managers() {
    static const std::vector<PackageManager> all{
#ifdef __APPLE__
        {"brew", {"install", "rclone"}, false},
        {"port", {"install", "rclone"}, true},
#endif
        {"apt-get", {"install", "--yes", "rclone"}, true},
        {"dnf", {"install", "--assumeyes", "rclone"}, true},
        {"yum", {"install", "--assumeyes", "rclone"}, true},
        {"pacman", {"-S", "--noconfirm", "rclone"}, true},
        {"zypper", {"--non-interactive", "install", "rclone"}, true},
        {"apk", {"add", "rclone"}, true},
        {"snap", {"install", "rclone"}, true},
    };
    return all;
}

std::optional<RcloneVersion> candidate_version(std::string_view policy) {
    constexpr std::string_view label = "Candidate:";
    const std::size_t at = policy.find(label);
    if (at == std::string_view::npos) return std::nullopt;
    const std::string_view rest = policy.substr(at + label.size());
    std::string_view version = trim(rest.substr(0, rest.find('\n')));
    if (const std::size_t epoch = version.find(':'); epoch != std::string_view::npos)
        version.remove_prefix(epoch + 1);
    return parse_rclone_version("rclone v" + std::string(version));
}

CloudResult<RcloneProgram> rclone_for_setup(Application& application, const SyncSettings& settings,
                                            const InstallWishes& wishes) {
    return RcloneProvision(application, settings, wishes).run();
}

}  // namespace bm
