#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "access/strict_json.hpp"
#include "server/http_message.hpp"

namespace bm {

/// Answers that several endpoints give.

[[nodiscard]] HttpResponse json_answer(int status, const Json& body);
/// `{"error": ..., "error_description": ...}` (RFC 6749, 5.2), never stored by anybody on its way.
[[nodiscard]] HttpResponse oauth_error(int status, std::string_view error,
                                       std::string_view description);
[[nodiscard]] HttpResponse wrong_method(std::string_view allowed);
/// 429, to be tried again after some seconds.
[[nodiscard]] HttpResponse too_many(int seconds);

/// Lets scripts of every origin read the answer: it holds nothing that depends on who they are.
[[nodiscard]] HttpResponse open_to_all(HttpResponse answer);
/// Answers what a browser asks before it sends a request of a script (Fetch, CORS preflight).
[[nodiscard]] HttpResponse preflight_answer(std::string_view methods);

/// Whether the body is declared to be this media type.
[[nodiscard]] bool has_media_type(const HttpRequest& request, std::string_view type);

/// A text with a question mark for each control character, direction mark and line separator, of
/// ASCII and beyond: those act on terminals and turn what follows round.
[[nodiscard]] std::string shown_characters(std::string_view text);

/// A stranger's word for a log: in quotes, without control characters, at most 200 bytes.
[[nodiscard]] std::string log_word(std::string_view word);

}  // namespace bm
