#include "cli/access_data.hpp"

#include <nlohmann/json.hpp>

#include "host/host_data.hpp"

namespace bm {

Result<std::filesystem::path> access_file(const Application& application,
                                          const std::optional<std::string>& host_data) {
    if (!host_data) return application.directory().access();
    const HostData data{expanded_path(*host_data, application.environment())};
    std::error_code ignored;
    if (std::filesystem::exists(data.access(), ignored)) return data.access();
    return fail(Fault::not_found, "No host keeps its data in " + data.root.string() +
                                      ". Name the folder of: bm serve --data");
}

Result<void> take_provider(const Application& application, const ServingOptions& command,
                           AccessOptions& options) {
    if (!command.openid_issuer) {
        if (!command.openid_audience) return {};
        return fail(Fault::invalid, "--openid-audience goes with --openid-issuer.");
    }
    options.foreign_issuer.emplace();
    options.foreign_issuer->issuer = *command.openid_issuer;
    options.foreign_issuer->audience = command.openid_audience.value_or(std::string());
    options.issuer_certificates = application.environment()("SSL_CERT_FILE");
    return {};
}

std::string day_of(const std::optional<Seconds>& at, const char* none) {
    return at ? local_date(Timestamp(std::chrono::seconds(*at))) : none;
}

Json moment_json(const std::optional<Seconds>& at) {
    return at ? Json(iso8601_utc(Timestamp(std::chrono::seconds(*at)))) : Json(nullptr);
}

}  // namespace bm
