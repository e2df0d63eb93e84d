#include "cli/access_data.hpp"
#include "cli/cloud_commands.hpp"
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

bool asks_who_calls(const McpCommand& command) {
    return command.asks_who_calls || command.public_url || command.openid_issuer ||
           command.openid_audience;
}

/// The origin under which pages and metadata name themselves. It never comes from what a request
/// says.
Result<std::string> public_origin(const McpCommand& command) {
    if (command.public_url) return *command.public_url;
    if (command.port == 0) {
        return fail(Fault::invalid,
                    "With --auth and a port that the system picks nobody knows the server's URL. "
                    "Name a port, or say --public-url.");
    }
    if (command.host != "127.0.0.1" && command.host != "localhost") {
        return fail(Fault::invalid, "Say with --public-url how " + command.host +
                                        " is reached from outside, such as "
                                        "https://notes.example.com.");
    }
    return (command.tls_certificate ? "https://" : "http://") + command.host + ':' +
           std::to_string(command.port);
}

Result<std::unique_ptr<Access>> open_access(Application& application, const McpCommand& command,
                                            const std::string& endpoint) {
    AccessOptions options;
    if (const auto taken = take_provider(application, command, options); !taken)
        return tl::unexpected(taken.error());
    return public_origin(command).and_then([&](const std::string& origin) {
        options.file = application.directory().access();
        options.public_url = origin;
        options.resource_path = endpoint;
        options.document_hosts = {command.allowed_client_hosts, command.denied_client_hosts};
        options.log = application.log();
        return Access::open(std::move(options));
    });
}

void greet_owner(Terminal& terminal, const Access& access) {
    if (!access.setup_link()) return;
    terminal.error("Nobody owns this server yet. Open this link, once, to become its owner:");
    terminal.error("  " + *access.setup_link());
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
    options.trusted_proxies = command.trusted_proxies;
    if (command.tls_certificate) options.tls = {*command.tls_certificate, *command.tls_key};
    options.is_open_to_all = command.is_open_to_all;
    options.legacy_stateless = command.is_stateless;
    options.stop_fd = stop_fd;
    options.log = server_log(application);
    options.announced = announced_changes;
    std::unique_ptr<Access> access;
    if (asks_who_calls(command)) {
        if (command.is_open_to_all) {
            return fail_command(application,
                                "--insecure-no-auth lets everybody in, the other options ask who "
                                "calls: say one of them.");
        }
        auto opened = open_access(application, command, options.path);
        if (!opened) return fail_command(application, opened.error().message);
        access = *std::move(opened);
        options.authorizer = &access->authorizer();
        options.handlers.push_back(&access->handler());
        options.public_url = access->origin();
    }
    options.on_warning = [&](std::string_view text) {
        terminal.error("Warning: " + std::string(text));
    };
    options.on_listening = [&](std::string_view url) {
        terminal.error("Serving MCP at " + std::string(url) + " (Ctrl+C ends it)");
        if (access) greet_owner(terminal, *access);
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
    if (command.transport == "stdio" && asks_who_calls(command)) {
        return fail_command(application,
                            "Over stdio the program that started us is the only caller. To ask "
                            "who calls, add --transport streamable-http.");
    }
    if (!asks_who_calls(command) &&
        !(command.allowed_client_hosts.empty() && command.denied_client_hosts.empty())) {
        return fail_command(application,
                            "--allow-client-host and --deny-client-host go with --auth: without it "
                            "nobody logs in.");
    }
    const auto wanted = wanted_constraint(application, command);
    if (application.works_on_cloud(wanted)) {
        if (command.transport == "stdio") return run_cloud_relay(application, wanted);
        return fail_command(application,
                            "The notes are with the cloud host, and over HTTP only those of this "
                            "machine could be served. Use --transport stdio, connect the client "
                            "to the host itself, or add --local.");
    }
    if (wanted) {
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
