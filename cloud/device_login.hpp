#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "cloud/cloud_session.hpp"
#include "cloud/openid_provider.hpp"

namespace bm {

/// What the user has to do in a browser, on any machine.
struct DevicePrompt {
    std::string address;           ///< to visit...
    std::string user_code;         ///< ...and this to enter there
    std::string complete_address;  ///< the same with the code in it; may be empty
};

/// Logs in by the device grant (RFC 8628) with PKCE (RFC 7636, S256): shows the user a code, and
/// asks the server until he has approved it. Opens no port. Faults: not_authenticated with the
/// sentence of what went wrong, network, interrupted.
class DeviceLogin {
public:
    struct Parts {
        const CloudAddress& address;
        HttpClient& http;
        Clock clock = system_now;
        std::function<void(std::chrono::seconds)> sleep;
        std::function<void(const DevicePrompt&)> show;
        std::stop_token stop = {};
        /// Who logs in instead of the server at the address.
        std::optional<OpenIdProvider> provider = {};
    };
    explicit DeviceLogin(Parts parts) : parts_(std::move(parts)) {}

    [[nodiscard]] CloudResult<CloudTokens> run();

private:
    struct Started;
    [[nodiscard]] CloudResult<Started> start(const std::string& challenge);
    /// The form with what a provider wants to know besides.
    [[nodiscard]] CloudResult<HttpAnswer> post(const std::string& url, HttpHeaders form);
    [[nodiscard]] std::string token_url() const;

    Parts parts_;
};

}  // namespace bm
