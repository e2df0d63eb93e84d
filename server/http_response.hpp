#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "server/http_message.hpp"

namespace bm {

/// `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110, 5.6.7), whatever the locale.
[[nodiscard]] std::string http_date(std::chrono::system_clock::time_point time);

[[nodiscard]] std::string_view reason_phrase(int status) noexcept;

/// How the body of an answer is delimited.
enum class BodyFraming {
    by_length,
    chunked,
    by_close,
    told,  ///< by a field of the response's own
};

/// The head of an answer, blank line included. A field whose value would break its line is left
/// out.
[[nodiscard]] std::string response_head(const HttpResponse& response, BodyFraming framing,
                                        bool closes, std::chrono::system_clock::time_point now);

/// An answer of one sentence, as text/plain.
[[nodiscard]] HttpResponse plain_response(int status, std::string_view sentence);

/// How a server words what it refuses by itself.
using RefusalForm = HttpResponse (*)(int status, std::string_view sentence);

}  // namespace bm
