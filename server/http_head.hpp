#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "server/http_message.hpp"

namespace bm {

/// What the head of a request may take up.
struct HeadLimits {
    std::size_t bytes = 16 * std::size_t{1024};
    std::size_t fields = 100;
    std::size_t request_line = 8 * std::size_t{1024};
};

/// The head of a request, and what it says about the rest of it.
struct HttpHead {
    HttpRequest request;  ///< without body and peer
    std::size_t length = 0;
    bool has_length = false;
    bool is_chunked = false;
    bool keeps_alive = false;
    bool awaits_continue = false;
    bool is_http_1_0 = false;
};

/// Why bytes are not a request that we take: the status, and a sentence for the answer's body.
struct HttpRefusal {
    int status = 400;
    std::string reason;
};

/// Where the head in front of `bytes` ends, its blank line included; nothing when more is to come.
/// Also finds the end of a head whose lines end in a bare LF, which parse_http_head() refuses.
[[nodiscard]] std::optional<std::size_t> end_of_head(std::string_view bytes) noexcept;

/// Reads a head strictly (RFC 9112): what two readers could take in two ways is refused, not
/// mended. `head` ends with its blank line. Field values stay as they came; only the blanks around
/// them go. Pure and linear.
[[nodiscard]] std::variant<HttpHead, HttpRefusal> parse_http_head(std::string_view head,
                                                                  const HeadLimits& limits = {});

/// Whether a comma-separated field value has this token, without regard to case.
[[nodiscard]] bool has_token(std::string_view value, std::string_view token) noexcept;

/// Without the spaces and tabs around it.
[[nodiscard]] std::string_view without_blanks(std::string_view text) noexcept;

/// ASCII letters compare without regard to case.
[[nodiscard]] bool same_text(std::string_view a, std::string_view b) noexcept;

}  // namespace bm
