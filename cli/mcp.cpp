#include "cli/commands.hpp"
#include "server/http_transport.hpp"
#include "server/standard_streams.hpp"
#include "server/stdio_server.hpp"
#include "server/stop_signals.hpp"
#include "sync/watcher.hpp"
#include "tools/change_bridge.hpp"

namespace bm {

namespace {

/// The project that the process is bound to: the flag, else what a parent process has set.
std::optional<std::string> wanted_constraint(Application& application, const McpCommand& command) {
    if (command.project) return command.project;
    auto inherited = application.environment()("BASIC_MEMORY_MCP_PROJECT");
    if (inherited && inherited->empty()) inherited.reset();
    return inherited;
}

LogLevel level_of(Severity severity) {
    switch (severity) {
        case Severity::debug:
            return LogLevel::debug;
        case Severity::info:
        case Severity::notice:
            return LogLevel::info;
        case Severity::warning:
            return LogLevel::warning;
        case Severity::error:
        case Severity::critical:
        case Severity::alert:
        case Severity::emergency:
            return LogLevel::error;
    }
    return LogLevel::error;
}

ServerLog server_log(Application& application) {
    return [&log = application.log()](Severity severity, std::string_view text) {
        log(level_of(severity), text);
    };
}

/// Tools and prompts are the same from start to end: a client need not wait for news of them.
constexpr AnnouncedChanges announced_changes{.tools_list = false, .prompts_list = false};

int serve_over_stdio(Application& application, ChangeBus& changes, int stop_fd) {
    StdioOptions options;
    options.stop_fd = stop_fd;
    options.log = server_log(application);
    options.announced = announced_changes;
    return serve_stdio(application.catalog(), changes, std::move(options));
}

int serve_over_http(Application& application, const McpCommand& command, ChangeBus& changes,
                    int stop_fd) {
    Terminal& terminal = application.terminal();
    HttpTransportOptions options;
    const bool is_sse = command.transport == "sse";
    options.kind = is_sse ? HttpTransportKind::sse : HttpTransportKind::streamable;
    options.host = command.host;
    options.port = command.port;
    options.path = command.path.value_or(is_sse ? "/sse" : "/mcp");
    options.allowed_origins = command.allowed_origins;
    options.allowed_hosts = command.allowed_hosts;
    options.is_open_to_all = command.is_open_to_all;
    options.stop_fd = stop_fd;
    options.log = server_log(application);
    options.announced = announced_changes;
    // Who may call is settled here: an authorizer, and the handlers of its own paths.
    options.authorizer = nullptr;
    options.on_warning = [&](std::string_view text) {
        terminal.error("Warning: " + std::string(text));
    };
    options.on_listening = [&](std::string_view url) {
        terminal.error("Serving MCP at " + std::string(url) + " (Ctrl+C ends it)");
    };
    options.on_failure = [&](std::string_view reason) {
        fail_command(application, std::string(reason));
    };
    return serve_http(application.catalog(), changes, std::move(options));
}

int serve(Application& application, const McpCommand& command, KnowledgeBase& knowledge) {
    const StopSignals signals;
    ChangeBus changes;
    const ChangeBridge bridge(knowledge.changes(), changes.listener());
    // Last in, first out: the watcher ends before what it reports to.
    std::optional<Watcher> watcher;
    if (may_watch(*knowledge.config())) watcher.emplace(knowledge);
    if (command.transport == "stdio") {
        return serve_over_stdio(application, changes, signals.fd());
    }
    return serve_over_http(application, command, changes, signals.fd());
}

}  // namespace

int run_mcp(Application& application, const McpCommand& command) {
    if (const auto reason = unusable_standard_streams(); reason && command.transport == "stdio") {
        return fail_command(application, *reason);
    }
    if (const auto wanted = wanted_constraint(application, command)) {
        const auto config = ConfigFile(application.directory(), application.environment()).load();
        if (!config) return fail_command(application, config.error().message);
        const auto* entry = find_configured(*config, *wanted);
        if (entry == nullptr) {
            application.terminal().error("No project found named: " + *wanted);
            return kExitFailure;
        }
        application.set_constraint(entry->name);
    }
    KnowledgeBase& knowledge = application.knowledge();
    if (const auto usable = knowledge.check_config(); !usable) {
        return fail_command(application, usable.error().message);
    }
    return serve(application, command, knowledge);
}

}  // namespace bm
