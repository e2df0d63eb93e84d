#include "cli/cloud_connection.hpp"

#include <fstream>
#include <utility>

#include "cli/commands.hpp"

namespace bm {

namespace {

CloudAddress address_of(const CloudSettings& settings) {
    return {.host = settings.host,
            .domain = settings.domain,
            .client_id = settings.client_id,
            .api = settings.api,
            .api_key = settings.api_key};
}

bool is_loopback(std::string_view url) {
    for (const char* host : {"http://127.0.0.1", "http://localhost", "http://[::1]"}) {
        if (url.starts_with(host)) return true;
    }
    return false;
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
        if (line.starts_with("-----BEGIN")) return path.string();
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
    // A key is of one host: another one must not see it.
    if (key_host != "*" && key_host != settings->host) settings->api_key.reset();
    if (choice.domain) settings->domain = *choice.domain;
    if (choice.client_id) settings->client_id = *choice.client_id;
    if (choice.ca_cert) settings->ca_cert = choice.ca_cert;
    if (settings->obsolete_switch) {
        application.terminal().error("Warning: the setting " + *settings->obsolete_switch +
                                     " is obsolete. Use cloud_host and 'bm cloud login'.");
    }
    if (settings->host.starts_with("http://") && !is_loopback(settings->host)) {
        application.terminal().error("Warning: " + settings->host +
                                     " is not encrypted: anybody on the way can read your notes.");
    }
    // For hosts with a certificate of one's own.
    const auto certificates = ca_cert_of(*settings, application.environment());
    auto client =
        make_http_client(certificates ? std::optional(certificates->string()) : std::nullopt);
    return std::make_unique<CloudConnection>(*std::move(settings), std::move(client),
                                             application.directory());
}

int fail_command(Application& application, const CloudFailure& failure) {
    application.terminal().error("Error: " + failure.message);
    if (!failure.hint.empty()) application.terminal().error(failure.hint);
    return failure.fault == CloudFault::usage         ? kExitUsage
           : failure.fault == CloudFault::interrupted ? kExitInterrupted
                                                      : kExitFailure;
}

std::optional<int> refused_on_cloud(Application& application, const std::string& command) {
    if (!application.works_on_cloud()) return std::nullopt;
    return fail_command(application, "'" + command +
                                         "' works on local projects only. Use --local or run 'bm "
                                         "cloud logout'.");
}

}  // namespace bm
