#include <cmath>
#include <memory>

#include <CLI/CLI.hpp>

#include "cli/command_tree.hpp"
#include "cli/commands.hpp"

// Words of the commands that keep files, index and assistants together.

namespace bm {

namespace {

/// What is wrong with a number of seconds; empty when it is one.
std::string is_duration(const std::string& text) {
    double seconds = 0;
    const bool is_number = CLI::detail::lexical_cast(text, seconds);
    if (is_number && seconds >= 0 && std::isfinite(seconds)) return {};
    return "must be a number of seconds that is not negative, not " + text;
}

std::string is_interval(const std::string& text) {
    long long seconds = 0;
    if (CLI::detail::lexical_cast(text, seconds) && seconds > 0) return {};
    return "must be a whole number of seconds above 0, not " + text;
}

void add_mcp(CLI::App& app, const CommandMaker& maker) {
    auto* sub =
        maker.command(app, "mcp",
                      "Serve the tools to an assistant (MCP): over stdin and stdout, or over "
                      "HTTP");
    auto options = std::make_shared<McpCommand>();
    sub->add_option("--project", options->project, "Serve this project only");
    sub->add_option("--transport", options->transport,
                    "How the assistant connects: stdio, streamable-http (or http), or sse for "
                    "old clients")
        ->check(CLI::IsMember({"stdio", "streamable-http", "http", "sse"}))
        ->default_str("stdio");
    sub->add_option("--host", options->host, "Address to listen on (127.0.0.1)");
    sub->add_option("--port", options->port, "Port to listen on (8000); 0: any free one")
        ->check(CLI::Range(0, 65535));
    sub->add_option("--path", options->path, "Path of the endpoint (/mcp; with sse /sse)");
    sub->add_option("--allow-origin", options->allowed_origins,
                    "Let web pages of this origin connect, such as https://app.example.com");
    sub->add_option("--allow-host", options->allowed_hosts,
                    "Answer under this host name too, such as notes.example.com");
    sub->add_flag("--insecure-no-auth", options->is_open_to_all,
                  "Listen beyond this machine although anybody who connects may read and "
                  "change every note");
    sub->add_flag("--stateless", options->is_stateless,
                  "Keep no sessions: for old clients behind a load balancer");
    sub->add_flag("--auth", options->asks_who_calls,
                  "Let in only who has a token or logs in (see: token, user)");
    sub->add_option("--public-url", options->public_url,
                    "How the server is reached from outside, such as "
                    "https://notes.example.com; turns --auth on");
    add_serving_words(*sub, *options);
    on_use(maker, sub, options, run_mcp);
}

void add_status(CLI::App& app, const CommandMaker& maker) {
    auto* sub =
        maker.command(app, "status", "Show what has changed on disk since it was last indexed");
    auto options = std::make_shared<StatusCommand>();
    sub->add_option("--project", options->project, "Project (the default one)");
    sub->add_flag("-v,--verbose", options->verbose, "Name every file");
    sub->add_flag("--json", options->json, "Print JSON for scripts");
    sub->add_flag("--wait", options->wait, "Wait until nothing is pending");
    sub->add_option("--timeout", options->timeout, "Seconds to wait at most (30)")
        ->check(is_duration, "SECONDS");
    on_use(maker, sub, options, run_status);
}

void add_sync(CLI::App& app, const CommandMaker& maker) {
    auto* sub = maker.command(app, "sync", "Bring the index in step with the files now");
    auto options = std::make_shared<SyncCommand>();
    sub->add_option("--project", options->project, "Project (the default one)");
    sub->add_flag("--all", options->all, "Every project");
    sub->add_flag("--dry-run", options->dry_run, "Only show what would be done");
    sub->add_flag("-v,--verbose", options->verbose, "Name every file");
    sub->add_flag("--json", options->json, "Print JSON for scripts");
    sub->add_flag("--watch", options->watch, "Keep syncing (cloud mode)");
    CloudBisyncCommand& cloud = options->cloud;
    const auto cloud_only = [sub, options](const std::string& flag, bool& value,
                                           const std::string& help) {
        return sub->add_flag_callback(
            flag,
            [options, flag, &value] {
                value = true;
                options->cloud_only_flags.push_back(flag);
            },
            help + " (cloud mode)");
    };
    sub->add_option_function<std::string>(
           "--profile",
           [options](const std::string& name) {
               options->cloud.profile = name;
               options->cloud_only_flags.emplace_back("--profile");
           },
           "safe, balanced or fast (cloud mode)")
        ->check(CLI::IsMember({"safe", "balanced", "fast"}));
    sub->add_option_function<int>(
           "--interval",
           [options](int seconds) {
               options->cloud.interval = seconds;
               options->cloud_only_flags.emplace_back("--interval");
           },
           "Seconds between syncs in cloud mode (60)")
        ->check(is_interval, "SECONDS");
    cloud_only("--resync", cloud.resync, "Start afresh");
    cloud_only("--report", cloud.report, "Print the last reports; sync nothing");
    cloud_only("--force", cloud.force, "Do not stop at many deletions");
    cloud_only("--yes", cloud.yes, "Do not ask");
    on_use(maker, sub, options, run_sync);
}

}  // namespace

void add_server_words(CLI::App& app, const CommandMaker& maker) {
    add_mcp(app, maker);
    add_status(app, maker);
    add_sync(app, maker);
}

}  // namespace bm
