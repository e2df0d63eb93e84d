#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bm {

/// One field line of a head, as it came: nothing is decoded, only the blanks around the value are
/// gone.
struct HttpField {
    std::string name;
    std::string value;
};

/// The fields of a head in their order. Names compare without regard to case (RFC 9110, 5.1).
class HttpFields {
public:
    void add(std::string name, std::string value);
    /// The first of this name.
    [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const noexcept;
    [[nodiscard]] std::size_t count(std::string_view name) const noexcept;
    [[nodiscard]] const std::vector<HttpField>& all() const noexcept { return fields_; }

private:
    std::vector<HttpField> fields_;
};

/// A request that is well-formed: its head fits the limits, its length was told once and plainly.
/// Its body is empty until it was read; see HttpExchange::read_body().
struct HttpRequest {
    std::string method;  ///< as sent; methods are case-sensitive
    std::string path;    ///< up to the question mark, as sent: never percent-decoded
    std::string query;   ///< behind the question mark, as sent
    HttpFields fields;
    std::string body;
    /// Address of the other end of the connection, without its port; see
    /// TrustedProxies::client_of().
    std::string peer;
    /// Whether a program of this machine has sent it, and none that is a proxy of ours.
    bool is_from_here = false;
};

/// An answer that is whole. `Content-Length` is added by whoever sends it.
struct HttpResponse {
    int status = 200;
    HttpFields fields;
    std::string body;
};

}  // namespace bm
