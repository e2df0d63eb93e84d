#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/http_message.hpp"

namespace bm {

/// A host as a Host field names it, lower case; an IPv6 address keeps its brackets.
struct HttpHost {
    std::string name;
    std::optional<int> port;

    friend bool operator==(const HttpHost&, const HttpHost&) = default;
};

/// Reads `host` or `host:port`. Nothing for what is neither: user names, blanks, ports out of
/// range.
[[nodiscard]] std::optional<HttpHost> parse_host(std::string_view text);

/// An origin as a browser sends it (RFC 6454, 7).
struct HttpOrigin {
    std::string scheme;
    HttpHost host;

    friend bool operator==(const HttpOrigin&, const HttpOrigin&) = default;
};

/// Reads `scheme://host[:port]`; the port of http and https is filled in. Nothing for anything
/// else, among it the opaque origin `null`.
[[nodiscard]] std::optional<HttpOrigin> parse_origin(std::string_view text);

/// `localhost`, 127.0.0.1 or [::1].
[[nodiscard]] bool is_loopback(std::string_view host_name) noexcept;

/// Which origins and hosts may talk to the endpoint. A page in a browser must not reach a server on
/// its user's machine under a name of its own (DNS rebinding).
class OriginPolicy {
public:
    /// Each `allowed_origin` as a browser sends it, each `allowed_host` without or with a port
    /// (without: any port). The origin and the host of `public_url` are allowed too. The sentence
    /// names an entry that is none.
    struct Lists {
        bool is_loopback = true;  ///< bound so: loopback origins and hosts are allowed, any port
        bool has_tls = false;     ///< loopback origins may be https too
        std::vector<std::string> allowed_origins{};
        std::vector<std::string> allowed_hosts{};
        std::optional<std::string> public_url{};
    };

    [[nodiscard]] static std::optional<OriginPolicy> from(const Lists& lists,
                                                          std::string& complaint);

    [[nodiscard]] bool admits_host(std::string_view host) const;
    [[nodiscard]] bool admits_origin(std::string_view origin) const;
    /// Both fields of a request: exactly one Host, and no Origin or an allowed one.
    [[nodiscard]] bool admits(const HttpFields& fields) const {
        return complaint_about(fields).empty();
    }
    /// Why they are not admitted, with the way out; empty when they are.
    [[nodiscard]] std::string complaint_about(const HttpFields& fields) const;

private:
    bool loopback_ = true;
    bool tls_ = false;
    std::vector<HttpOrigin> origins_;
    std::vector<HttpHost> hosts_;
};

}  // namespace bm
