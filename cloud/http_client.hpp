#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cloud/cloud_failure.hpp"

namespace bm {

using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

/// What is left of an answer whose body came in pieces is its head.
struct HttpAnswer {
    int status = 0;
    HttpHeaders headers;  ///< names in lower case
    std::string body;

    [[nodiscard]] std::optional<std::string_view> header(std::string_view name) const noexcept;
};

struct HttpCall {
    std::string method = "GET";
    std::string url;  ///< http or https
    HttpHeaders headers = {};
    std::string body = {};
    /// Sent instead of `body`, as it is read.
    std::optional<std::filesystem::path> file = {};
    /// For all of it; zero: as long as it takes.
    std::chrono::milliseconds timeout{30'000};
    /// A longer body is refused.
    std::size_t most_bytes = 16 * std::size_t{1024} * 1024;
    /// Told the head of the answer before its first piece; false ends the transfer.
    std::function<bool(const HttpAnswer& head)> on_head = {};
    /// Takes pieces of the body instead of `HttpAnswer::body`; false ends the transfer.
    std::function<bool(std::string_view piece)> on_piece = {};
    std::stop_token stop = {};
};

/// Talks to the host that the user has chosen. Follows no redirects, so that a credential goes
/// nowhere else; verifies certificates always. Several threads may call at once.
class HttpClient {
public:
    HttpClient() = default;
    HttpClient(const HttpClient&) = delete;
    HttpClient& operator=(const HttpClient&) = delete;
    virtual ~HttpClient() = default;

    /// An answer of any status. CloudFault::network when there is none, CloudFault::interrupted
    /// when `stop` was asked for or a callback has ended it.
    [[nodiscard]] virtual CloudResult<HttpAnswer> send(const HttpCall& call) = 0;
};

/// By the system's libcurl, which is loaded at the first call. `certificate_file` stands in place
/// of the system's certificates. Connections are kept and used again.
[[nodiscard]] std::unique_ptr<HttpClient> make_http_client(
    std::optional<std::string> certificate_file = {});

/// `scheme://host:port` of a URL, for sentences.
[[nodiscard]] std::string url_origin(std::string_view url);
/// Whether what is sent there can be read and changed on the way: http to another machine. Only the
/// host itself counts: localhost may be the beginning of another name, or a user's. Pure.
[[nodiscard]] bool is_open_to_others(std::string_view url);
/// `application/x-www-form-urlencoded`.
[[nodiscard]] std::string form_text(const HttpHeaders& fields);

}  // namespace bm
