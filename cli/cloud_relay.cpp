#include <array>
#include <cerrno>
#include <memory>
#include <mutex>

#include <poll.h>
#include <unistd.h>

#include "cli/assistant_sync.hpp"
#include "cli/cloud_commands.hpp"
#include "cli/cloud_connection.hpp"
#include "cli/relay_tools.hpp"
#include "cloud/mcp_relay.hpp"
#include "server/line_splitter.hpp"
#include "server/stop_signals.hpp"
#include "tools/cloud_sync_tools.hpp"

namespace bm {

namespace {

constexpr std::size_t kLongestLine = 32 * std::size_t{1024} * 1024;
constexpr std::chrono::milliseconds kPatience{1'500};

/// Standard output, one line at a time.
class LineWriter {
public:
    void write(std::string_view message) {
        const std::scoped_lock lock(mutex_);
        std::string line(message);
        line += '\n';
        std::string_view rest = line;
        while (!rest.empty() && !is_gone_) {
            const ssize_t written = ::write(STDOUT_FILENO, rest.data(), rest.size());
            if (written >= 0) {
                rest.remove_prefix(static_cast<std::size_t>(written));
            } else if (errno == EAGAIN) {
                pollfd room{STDOUT_FILENO, POLLOUT, 0};
                ::poll(&room, 1, -1);
            } else if (errno != EINTR) {
                is_gone_ = true;
            }
        }
    }

private:
    std::mutex mutex_;
    bool is_gone_ = false;
};

/// Feeds what comes on standard input until it ends or we are to stop. False when there is no more.
bool read_some(LineSplitter& lines, int stop_fd) {
    std::array<pollfd, 2> waiting{{{STDIN_FILENO, POLLIN, 0}, {stop_fd, POLLIN, 0}}};
    if (::poll(waiting.data(), waiting.size(), -1) < 0) return errno == EINTR;
    if (waiting[1].revents != 0) return false;
    std::array<char, 64 * 1024> buffer{};
    const ssize_t got = ::read(STDIN_FILENO, buffer.data(), buffer.size());
    if (got < 0) return errno == EINTR || errno == EAGAIN;
    if (got == 0) return false;
    lines.feed({buffer.data(), static_cast<std::size_t>(got)});
    return true;
}

void take_lines(LineSplitter& lines, McpRelay& relay, Application& application) {
    while (auto line = lines.next()) {
        if (line->too_long) {
            application.log()(LogLevel::warning, "a message of the client was too long");
        } else if (!line->text.empty()) {
            relay.take(std::move(line->text));
        }
    }
}

}  // namespace

int run_cloud_relay(Application& application, const std::optional<std::string>& only) {
    const auto cloud = connect_to_cloud(application);
    if (!cloud) return kExitFailure;
    std::optional<ProjectBinding> binding;
    if (only) {
        // As the host calls it. A client that is bound to nothing would be bound to none.
        const auto project = cloud->api.find_project(*only);
        if (!project) return fail_command(application, project.error());
        binding.emplace(project->name);
    }
    // The folders of this machine are kept in step from here, whoever has the notes.
    RelayTools own;
    if (read_remote_section(rclone_config_file(application.environment()))) {
        const auto sync = std::make_shared<AssistantSync>(
            AssistantSync::Parts{[&application] { return application.open_sync_anyway(); },
                                 system_now, application.log(), rclone_mounts});
        own = make_relay_tools(cloud_sync_tools(sync, only), kVersion, application.log());
    }
    const StopSignals signals;
    LineWriter writer;
    McpRelay relay({.session = cloud->session,
                    .http = *cloud->http,
                    .endpoint = cloud->settings.host + "/mcp",
                    .write = [&writer](std::string_view message) { writer.write(message); },
                    .log = application.log(),
                    .longest_message = kLongestLine,
                    .tools = std::move(own),
                    .binding = std::move(binding)});
    LineSplitter lines(kLongestLine);
    bool goes_on = true;
    while (goes_on) {
        goes_on = read_some(lines, signals.fd());
        take_lines(lines, relay, application);
    }
    if (auto last = lines.rest(); last && !last->too_long) relay.take(std::move(last->text));
    relay.finish(kPatience);
    return 0;
}

}  // namespace bm
