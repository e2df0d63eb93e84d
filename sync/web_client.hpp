#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "markdown/result.hpp"

namespace bm {

struct WebRequest {
    std::string url;  ///< https only
    std::size_t most_bytes = 0;
    std::chrono::milliseconds timeout{5000};
};

/// An answer as it came, whatever its status.
struct WebAnswer {
    int status = 0;
    std::string content_type;
    std::optional<std::string> cache_control;
    std::string body;
};

/// Fetches documents from servers that strangers name. May be called from several threads.
class WebClient {
public:
    WebClient() = default;
    WebClient(const WebClient&) = delete;
    WebClient& operator=(const WebClient&) = delete;
    virtual ~WebClient() = default;

    /// Fault::forbidden for an address that no stranger may make us call, Fault::invalid for what
    /// is no https URL or is longer than `most_bytes`, Fault::unavailable when nobody answers.
    [[nodiscard]] virtual Result<WebAnswer> get(const WebRequest& request) = 0;
};

/// Whom a client trusts beyond the public Internet.
struct WebTrust {
    /// Certificates in place of the system's.
    std::optional<std::string> certificate_file;
    /// For servers that the administrator names, never for those that strangers do.
    bool allows_special_addresses = false;
};

/// https by the system's libcurl, which is loaded at the first call. Follows no redirects, uses no
/// proxies, sends no credentials, and connects to public addresses only, whatever a name resolves
/// to.
[[nodiscard]] std::unique_ptr<WebClient> make_web_client(WebTrust trust = {});

/// Whether an address is one that anybody on the Internet could call: not private, loopback,
/// link-local, multicast or otherwise special (RFC 6890), also not by way of IPv6 forms that hold
/// an IPv4 address. `bytes` has 4 or 16.
[[nodiscard]] bool is_public_address(std::string_view bytes);

}  // namespace bm
