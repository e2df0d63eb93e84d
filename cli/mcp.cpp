#include "cli/commands.hpp"
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

int serve(Application& application, KnowledgeBase& knowledge) {
    const Catalog& catalog = application.catalog();
    const StopSignals signals;
    ChangeBus changes;
    const ChangeBridge bridge(knowledge.changes(), changes.listener());
    StdioOptions options;
    options.stop_fd = signals.fd();
    options.log = [&log = application.log()](Severity severity, std::string_view text) {
        log(level_of(severity), text);
    };
    // Tools and prompts are the same from start to end: a client need not wait for news of them.
    options.announced.tools_list = false;
    options.announced.prompts_list = false;
    // Last in, first out: the watcher ends before what it reports to.
    std::optional<Watcher> watcher;
    if (may_watch(*knowledge.config())) watcher.emplace(knowledge);
    return serve_stdio(catalog, changes, std::move(options));
}

}  // namespace

int run_mcp(Application& application, const McpCommand& command) {
    if (const auto reason = unusable_standard_streams()) {
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
    return serve(application, knowledge);
}

}  // namespace bm
