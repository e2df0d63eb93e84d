#pragma once

#include <string>
#include <string_view>

#include "server/http_message.hpp"

namespace bm {

constexpr std::string_view kStylePath = "/access.css";

/// Text between tags or in a quoted attribute.
[[nodiscard]] std::string html_escaped(std::string_view text);

/// A whole page. `content` is HTML. `form_target` is where the answer to its forms may redirect, as
/// a source expression of CSP; empty for the own origin alone. Pages are never stored or framed,
/// run no scripts and load the stylesheet only.
[[nodiscard]] HttpResponse page_answer(int status, std::string_view title, std::string_view content,
                                       std::string_view form_target);

/// A page that only says something.
[[nodiscard]] HttpResponse message_page(int status, std::string_view title, std::string_view text);

/// 429 or 503: the same as a page, with the seconds after which to try again.
[[nodiscard]] HttpResponse wait_page(int seconds);
[[nodiscard]] HttpResponse trouble_page();

[[nodiscard]] HttpResponse style_answer();

}  // namespace bm
