#include <algorithm>
#include <charconv>

#include "access/device_codes.hpp"
#include "access/openid_subjects.hpp"
#include "access/user_accounts.hpp"
#include "cli/access_data.hpp"
#include "cli/commands.hpp"
#include "cli/json_output.hpp"
#include "cloud/program_run.hpp"
#include "host/host_routes.hpp"
#include "host/webdav.hpp"
#include "server/http_transport.hpp"
#include "server/stop_signals.hpp"

namespace bm {

namespace {

/// Of a command with --data and --users.
template <class Command>
HostData host_data(const Application& application, const Command& command) {
    const auto& environment = application.environment();
    HostData data{application.directory().root / "host"};
    if (command.data) data.root = expanded_path(*command.data, environment);
    if (command.users) data.users = expanded_path(*command.users, environment);
    return data;
}

UserPlace user_place(const Application& application, const ServeUserCommand& command) {
    return {host_data(application, command).access(), "bm serve user"};
}

/// An address that only this machine reaches.
bool is_this_machine(const std::string& host) {
    return host == "localhost" || host == "::1" ||
           (host.starts_with("127.") && host.find_first_not_of("0123456789.") == std::string::npos);
}

/// The origin under which the host names itself, or why it must not serve like this.
Result<std::string> host_origin(const ServeCommand& command) {
    // Whatever the host is called from outside: who reaches this address reaches it without TLS.
    if (!is_this_machine(command.host) && !command.is_insecure && !command.tls_certificate) {
        return fail(Fault::invalid,
                    "Listening on " + command.host +
                        " without TLS would send tokens and notes in the clear. Listen on "
                        "127.0.0.1 behind a proxy and say --public-url, give --tls-cert and "
                        "--tls-key, or say --insecure.");
    }
    if (command.public_url) return *command.public_url;
    if (command.host == "0.0.0.0" || command.host == "::") {
        return fail(Fault::invalid, "Nobody can call " + command.host +
                                        ". Say with --public-url how this machine is reached, "
                                        "such as http://192.0.2.7:8080.");
    }
    const bool is_six = command.host.find(':') != std::string::npos;
    const std::string scheme = command.tls_certificate ? "https://" : "http://";
    return scheme + (is_six ? "[" + command.host + "]" : command.host) + ':' +
           std::to_string(command.port);
}

/// Seconds between two rounds of discovery; none for what is no such number.
std::optional<std::chrono::milliseconds> discovery_interval(const Environment& environment) {
    const std::string text = environment("BASIC_MEMORY_DISCOVERY_INTERVAL").value_or("120");
    int seconds = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, problem] = std::from_chars(text.data(), end, seconds);
    if (problem != std::errc() || stop != end || seconds < 1) return std::nullopt;
    return std::chrono::seconds(seconds);
}

/// Runs what mints keys: as whoever runs the host, and never for long.
RunCommand command_runner(const Environment& environment) {
    return [path = environment("PATH").value_or("/usr/bin:/bin")](
               const std::vector<std::string>& words,
               const std::vector<std::string>& added) -> std::optional<std::string> {
        constexpr std::size_t most = 64 * std::size_t{1024};
        ProgramCall call{words.front(), {words.begin() + 1, words.end()}, added};
        call.environment.push_back("PATH=" + path);
        ProgramLimits limits;
        limits.longest = std::chrono::seconds(30);
        std::string printed;
        const auto end = run_program(
            call,
            [&](std::string_view line) {
                if (printed.size() < most) printed.append(line).append("\n");
            },
            [](std::string_view) {}, limits);
        if (!end.succeeded()) return std::nullopt;
        return printed;
    };
}

ServerLog server_log_to(const Log& log) {
    return [log](Severity severity, std::string_view text) {
        LogLevel level = LogLevel::error;
        if (severity == Severity::warning) level = LogLevel::warning;
        if (severity == Severity::debug) level = LogLevel::debug;
        if (severity == Severity::info || severity == Severity::notice) level = LogLevel::info;
        log(level, text);
    };
}

void greet(Terminal& terminal, const Access& access, const HostData& data,
           const ServeCommand& command) {
    terminal.error("Serving " + access.origin() + " from " + data.root.string() +
                   " (Ctrl+C ends it)");
    if (!is_this_machine(command.host)) {
        terminal.error("Warning: whoever is between this machine and its callers on " +
                       command.host + " can read tokens and notes (--insecure)");
    }
    if (!access.setup_link()) return;
    terminal.error("Nobody owns this server yet. Open this link, once, to become its owner:");
    terminal.error("  " + *access.setup_link());
}

int serve_spaces(Application& application, const ServeCommand& command, const HostData& data,
                 Access& access, Spaces& spaces, HostRoutes& routes, const Log& log) {
    Terminal& terminal = application.terminal();
    const StopSignals signals;
    HttpTransportOptions options;
    options.host = command.host;
    options.port = command.port;
    options.public_url = access.origin();
    options.trusted_proxies = command.trusted_proxies;
    if (command.tls_certificate) options.tls = {*command.tls_certificate, *command.tls_key};
    options.stop_fd = signals.fd();
    options.log = server_log_to(log);
    options.announced = {.tools_list = false, .prompts_list = false};
    options.workers = {.threads = 16};
    options.authorizer = &access.authorizer();
    // For rclone the whole space, for uploads one project.
    WebDav space_files({access.authorizer(), spaces, "/webdav", log, access.origin()});
    WebDav project_files({access.authorizer(), spaces, "/proxy/webdav", log, access.origin()});
    options.branches = {&space_files, &project_files};
    options.handlers = {&routes, &access.handler()};
    options.refusal = detail_response;
    options.on_listening = [&](std::string_view) { greet(terminal, access, data, command); };
    options.on_failure = [&](std::string_view reason) {
        fail_command(application, std::string(reason));
    };
    return serve_http(spaces, std::move(options));
}

/// The account that a device is let in for.
Result<UserAccount> account_for_device(AccessStore& store, const std::optional<std::string>& name) {
    return store.read([&](Database& database) -> Result<UserAccount> {
        UserAccounts accounts(database);
        if (name) {
            if (auto found = accounts.find(*name)) return *std::move(found);
            return fail(Fault::not_found,
                        "There is no user '" + *name + "'. See who there is: bm serve user list");
        }
        auto all = accounts.all();
        if (all.size() == 1) return std::move(all.front());
        return fail(Fault::invalid,
                    all.empty() ? "There are no users here. Add one: bm serve user add NAME, or "
                                  "say which host is meant: --data FOLDER"
                                : "There are several users. Say for which one: --user NAME");
    });
}

/// The provider by whose subject an account is added: named, or the one that the host was started
/// with.
Result<std::string> issuer_of_subject(AccessStore& store, const ServeUserCommand& command) {
    if (command.openid_issuer) return *command.openid_issuer;
    auto issuer = store.read([](Database& database) { return OpenIdSubjects(database).issuer(); });
    if (issuer) return *std::move(issuer);
    return fail(Fault::invalid,
                "Say whose subject it is with --openid-issuer URL, as the provider's tokens spell "
                "it; or start the host with that first.");
}

/// An account that nobody logs in to with a password.
int add_openid_user(Application& application, const ServeUserCommand& command) {
    const std::string& subject = *command.openid_subject;
    for (const std::string& fault : {user_name_fault(command.word), subject_fault(subject)}) {
        if (!fault.empty()) return fail_command(application, fault);
    }
    AccessStore store(host_data(application, command).access());
    const auto issuer = issuer_of_subject(store, command);
    if (!issuer) return fail_command(application, issuer.error().message);
    const std::string key = user_name_key(command.word);
    const auto added = store.write([&](Database& database) -> Result<void> {
        UserAccounts accounts(database);
        OpenIdSubjects subjects(database);
        if (const auto owner = subjects.user_of(*issuer, subject)) {
            return fail(Fault::invalid, "The subject '" + subject + "' has the account '" +
                                            accounts.find(*owner)->name + "' already.");
        }
        const auto id = accounts.add(key, "", seconds_of(system_now()));
        if (!id) return fail(Fault::invalid, "There is a user '" + key + "' already.");
        subjects.bind(*id, *issuer, subject);
        return {};
    });
    if (!added) return fail_command(application, added.error().message);
    if (command.json) {
        print_change(application, {{"user", key}, {"subject", subject}, {"issuer", *issuer}});
        return 0;
    }
    application.terminal().line("Added user '" + key + "' for the subject '" + subject + "' of " +
                                *issuer);
    return 0;
}

}  // namespace

int run_serve(Application& application, const ServeCommand& command) {
    const auto origin = host_origin(command);
    if (!origin) return fail_command(application, origin.error().message);
    const auto interval = discovery_interval(application.environment());
    if (!interval) {
        return fail_command(application,
                            "BASIC_MEMORY_DISCOVERY_INTERVAL must be a number of seconds above 0.");
    }
    const HostData data = host_data(application, command);
    const auto settings = read_host_settings(data);
    if (!settings) return fail_command(application, settings.error().message);
    FileLog file(data.log(), LogLevel::info);
    const Log log = file.log();
    AccessOptions options;
    options.file = data.access();
    options.public_url = *origin;
    options.allows_plain_http = command.is_insecure;
    options.document_hosts = {command.allowed_client_hosts, command.denied_client_hosts};
    options.log = log;
    if (const auto taken = take_provider(application, command, options); !taken)
        return fail_command(application, taken.error().message);
    if (options.foreign_issuer) {
        options.foreign_issuer->needs_account = true;
        options.foreign_issuer->own_client = command.openid_client.value_or(std::string());
    } else if (command.openid_client) {
        return fail_command(application, "--openid-client goes with --openid-issuer.");
    }
    auto opened = Access::open(std::move(options));
    if (!opened) return fail_command(application, opened.error().message);
    Access& access = **opened;
    log(LogLevel::info, "the host starts");
    Spaces spaces({.data = data,
                   .log = log,
                   .version = kVersion,
                   .accounts = [&access] { return access.account_tokens().accounts(); },
                   .most_open = settings->open_spaces,
                   .discovery_interval = *interval});
    HostRoutes routes(
        {access, spaces, settings->storage, kVersion, command_runner(application.environment())});
    const int code = serve_spaces(application, command, data, access, spaces, routes, log);
    log(LogLevel::info, "the host ends");
    return code;
}

int run_serve_user_add(Application& application, const ServeUserCommand& command) {
    if (command.openid_subject) return add_openid_user(application, command);
    if (command.openid_issuer)
        return fail_command(application, "--openid-issuer goes with --openid-subject.");
    return run_user_add(application, user_place(application, command),
                        {command.word, command.json});
}

int run_serve_user_list(Application& application, const ServeUserCommand& command) {
    return run_user_list(application, user_place(application, command), command.json);
}

int run_serve_user_remove(Application& application, const ServeUserCommand& command) {
    const HostData data = host_data(application, command);
    std::optional<UserAccount> account;
    {
        AccessStore store(data.access());
        account = store.read(
            [&](Database& database) { return UserAccounts(database).find(command.word); });
    }
    if (command.json) application.terminal().reserve_output();
    const int code =
        run_user_remove(application, user_place(application, command), {command.word, false});
    if (code != 0 || !account) return code;
    const std::string files = data.space(account->id).data.string();
    application.terminal().line("The files of the account stay in " + files);
    if (command.json) print_change(application, {{"user", account->name}, {"files", files}});
    return code;
}

int run_serve_user_approve(Application& application, const ServeUserCommand& command) {
    AccessStore store(host_data(application, command).access());
    const auto account = account_for_device(store, command.user);
    if (!account) return fail_command(application, account.error().message);
    const std::string code = typed_user_code(command.word);
    const bool decided = store.write([&](Database& database) {
        DeviceCodes devices(database);
        const Seconds now = seconds_of(system_now());
        const auto device = devices.find_waiting(code, now);
        return device &&
               devices.decide(code, DeviceState::approved, account->id, device->scope, now);
    });
    if (!decided) {
        return fail_command(application, "No device waits with the code " + shown_user_code(code) +
                                             ". It may have expired: start the login again.");
    }
    if (command.json) {
        print_change(application, {{"user", account->name}, {"device", "approved"}});
        return 0;
    }
    application.terminal().line("The device is in, as user '" + account->name + "'");
    return 0;
}

}  // namespace bm
