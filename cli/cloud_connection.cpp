#include "cli/cloud_connection.hpp"

#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "cli/commands.hpp"
#include "cloud/shell_word.hpp"
#include "cloud/trusted_certificates.hpp"

namespace bm {

namespace {

CloudAddress address_of(const CloudSettings& settings) {
    return {.host = settings.host,
            .domain = settings.domain,
            .client_id = settings.client_id,
            .api = settings.api,
            .api_key = settings.api_key};
}

void warn_of_open_address(Application& application, const std::string& url,
                          const std::string& what) {
    if (!is_open_to_others(url)) return;
    application.terminal().error("Warning: " + url + " is not encrypted: anybody on the way can " +
                                 what + '.');
}

/// For hosts with a certificate of one's own; the login, or a proxy, may have a public one.
std::optional<std::string> trusted_file(Application& application, const CloudSettings& settings) {
    const Environment& environment = application.environment();
    const auto own = ca_cert_of(settings, environment);
    if (!own) return std::nullopt;
    std::vector<std::string> words;
    if (const auto file = environment("SSL_CERT_FILE")) words.push_back("SSL_CERT_FILE=" + *file);
    return trusted_certificates(*own, application.directory().root, words,
                                [&application](const std::string& problem) {
                                    application.terminal().error("Warning: " + problem);
                                })
        .string();
}

}  // namespace

std::optional<std::filesystem::path> ca_cert_of(const CloudSettings& settings,
                                                const Environment& environment) {
    if (settings.ca_cert) return expanded_path(*settings.ca_cert, environment);
    for (const char* name : {"SSL_CERT_FILE", "AWS_CA_BUNDLE"}) {
        const auto value = environment(name);
        if (value && !value->empty()) return expanded_path(*value, environment);
    }
    return std::nullopt;
}

std::optional<std::string> usable_ca_cert(Application& application, const std::string& file) {
    const auto path = expanded_path(file, application.environment());
    std::ifstream in(path);
    for (std::string line; std::getline(in, line);) {
        // A key in the same form is no certificate.
        if (line.starts_with("-----BEGIN CERTIFICATE-----") ||
            line.starts_with("-----BEGIN TRUSTED CERTIFICATE-----")) {
            return path.string();
        }
    }
    fail_command(application, "--ca-cert: there are no certificates (PEM) in " + path.string());
    return std::nullopt;
}

std::filesystem::path token_file_of(const DataDirectory& directory) {
    return directory.root / "basic-memory-cloud.json";
}

CloudConnection::CloudConnection(CloudSettings chosen, std::unique_ptr<HttpClient> client,
                                 const DataDirectory& directory)
    : settings(std::move(chosen)),
      http(std::move(client)),
      session({.address = address_of(settings),
               .tokens = TokenFile(token_file_of(directory)),
               .http = *http}) {}

std::unique_ptr<CloudConnection> connect_to_cloud(Application& application,
                                                  const HostChoice& choice) {
    const ConfigFile file(application.directory(), application.environment());
    auto settings = load_cloud_settings(file, application.environment());
    if (!settings) {
        fail_command(application, settings.error().message);
        return nullptr;
    }
    const std::string key_host = settings->api_key_host.value_or(settings->host);
    const bool has_own_api = settings->api == settings->host + "/proxy";
    if (choice.host) settings->host = *choice.host;
    if (choice.host && has_own_api) settings->api = settings->host + "/proxy";
    // A key is of one host: another one must not see it. One that was saved without a host belongs
    // to the one that is logged in to next.
    const bool is_free = key_host == "*" && choice.logs_in;
    if (!is_free && key_host != settings->host) settings->api_key.reset();
    if (choice.domain) settings->domain = *choice.domain;
    if (choice.client_id) settings->client_id = *choice.client_id;
    if (choice.ca_cert) settings->ca_cert = choice.ca_cert;
    if (settings->obsolete_switch) {
        application.terminal().error("Warning: the setting " + *settings->obsolete_switch +
                                     " is obsolete. Use cloud_host and 'bm cloud login'.");
    }
    warn_of_open_address(application, settings->host, "read your notes");
    if (settings->domain != settings->host)
        warn_of_open_address(application, settings->domain, "take your login");
    auto client = make_http_client(trusted_file(application, *settings));
    return std::make_unique<CloudConnection>(*std::move(settings), std::move(client),
                                             application.directory());
}

int fail_command(Application& application, const CloudFailure& failure) {
    application.terminal().name_failure(cloud_fault_name(failure.fault));
    application.terminal().error("Error: " + failure.message);
    if (!failure.hint.empty()) application.terminal().error(failure.hint);
    return failure.fault == CloudFault::usage         ? kExitUsage
           : failure.fault == CloudFault::interrupted ? kExitInterrupted
                                                      : kExitFailure;
}

std::optional<int> refused_on_cloud(Application& application, const std::string& command,
                                    const std::optional<std::string>& project) {
    if (const auto refused = refused_on_cloud(application, command)) return refused;
    const auto routed = application.routed_project(project);
    if (!routed || !application.works_on_cloud(routed)) return std::nullopt;
    fail_command(application, "'" + command + "' works on local projects only, and '" + *routed +
                                  "' is used on the cloud.");
    application.terminal().error("Use it here again: bm project set-local " + shell_word(*routed));
    return kExitFailure;
}

std::optional<int> refused_on_cloud(Application& application, const std::string& command) {
    if (!application.works_on_cloud()) return std::nullopt;
    return fail_command(application, "'" + command +
                                         "' works on local projects only. Use --local or run 'bm "
                                         "cloud logout'.");
}

}  // namespace bm
