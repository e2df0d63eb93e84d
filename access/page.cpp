#include "access/page.hpp"

namespace bm {

namespace {

constexpr std::string_view kStyle = R"css(:root {
  color-scheme: light dark;
  --paper: #f6f5f2; --card: #ffffff; --ink: #1d1d1f; --soft: #5c5c66; --line: #d9d7d0;
  --accent: #2f5d50; --on-accent: #ffffff; --warn: #8a4b00; --warn-paper: #fff4e0;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #16171a; --card: #202226; --ink: #ececee; --soft: #a5a7b0; --line: #3a3d44;
    --accent: #7cc3ad; --on-accent: #10201b; --warn: #ffcf8a; --warn-paper: #3a2c14;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; min-height: 100vh; display: flex; align-items: center; justify-content: center;
  padding: 1rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.5 system-ui, sans-serif;
}
main {
  width: 100%; max-width: 27rem; padding: 1.75rem; background: var(--card);
  border: 1px solid var(--line); border-radius: 0.9rem; overflow-wrap: anywhere;
}
h1 { margin: 0 0 0.75rem; font-size: 1.35rem; line-height: 1.25; }
p { margin: 0 0 0.9rem; }
.soft { color: var(--soft); font-size: 0.92rem; }
.note {
  padding: 0.7rem 0.9rem; border-radius: 0.6rem; background: var(--warn-paper); color: var(--warn);
}
.code {
  font: 600 1.7rem/1.2 ui-monospace, monospace; letter-spacing: 0.12em; text-align: center;
}
dl { margin: 0 0 1rem; }
dt { color: var(--soft); font-size: 0.85rem; }
dd { margin: 0 0 0.6rem; font-weight: 600; }
label { display: block; margin: 0 0 0.9rem; font-weight: 600; }
label.tick { display: flex; gap: 0.6rem; align-items: flex-start; font-weight: 400; }
input[type=text], input[type=password] {
  display: block; width: 100%; margin-top: 0.3rem; padding: 0.7rem 0.8rem; font: inherit;
  color: inherit; background: var(--paper); border: 1px solid var(--line); border-radius: 0.6rem;
}
input[type=checkbox] { width: 1.25rem; height: 1.25rem; margin: 0.1rem 0 0; flex: none; }
button {
  display: block; width: 100%; margin-top: 0.7rem; padding: 0.8rem; font: inherit;
  font-weight: 600; border-radius: 0.6rem; border: 1px solid var(--accent); cursor: pointer;
  background: var(--accent); color: var(--on-accent);
}
button.quiet { background: transparent; color: var(--ink); border-color: var(--line); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
@media (max-width: 30rem) {
  body { padding: 0; align-items: stretch; }
  main { border: 0; border-radius: 0; max-width: none; padding: 1.5rem 1.25rem; }
}
)css";

}  // namespace

std::string html_escaped(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (const char c : text) {
        switch (c) {
            case '&':
                out += "&amp;";
                break;
            case '<':
                out += "&lt;";
                break;
            case '>':
                out += "&gt;";
                break;
            case '"':
                out += "&quot;";
                break;
            case '\'':
                out += "&#39;";
                break;
            default:
                out += c;
        }
    }
    return out;
}

HttpResponse page_answer(int status, std::string_view title, std::string_view content,
                         std::string_view form_target) {
    HttpResponse answer;
    answer.status = status;
    answer.fields.add("Content-Type", "text/html; charset=utf-8");
    answer.fields.add("Cache-Control", "no-store");
    std::string policy = "default-src 'none'; style-src 'self'; form-action 'self'";
    if (!form_target.empty()) policy.append(" ").append(form_target);
    policy += "; frame-ancestors 'none'; base-uri 'none'";
    answer.fields.add("Content-Security-Policy", policy);
    answer.fields.add("X-Frame-Options", "DENY");
    answer.fields.add("X-Content-Type-Options", "nosniff");
    // Nobody else learns the address. With no-referrer browsers would send "Origin: null" with the
    // form, which cannot be told from a stranger's.
    answer.fields.add("Referrer-Policy", "same-origin");
    answer.body =
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>";
    answer.body.append(html_escaped(title)).append("</title><link rel=\"stylesheet\" href=\"");
    answer.body.append(kStylePath).append("\"></head>\n<body><main><h1>");
    answer.body.append(html_escaped(title)).append("</h1>\n").append(content);
    answer.body += "</main></body></html>\n";
    return answer;
}

HttpResponse message_page(int status, std::string_view title, std::string_view text) {
    return page_answer(status, title, "<p>" + html_escaped(text) + "</p>\n", "");
}

HttpResponse wait_page(int seconds) {
    HttpResponse answer =
        message_page(429, "Too many attempts", "Wait a few minutes and try again.");
    answer.fields.add("Retry-After", std::to_string(seconds));
    return answer;
}

HttpResponse trouble_page() {
    HttpResponse answer = message_page(
        503, "Not now",
        "This server cannot read or write what it knows about users now. Its log says why. Try "
        "again in a moment.");
    answer.fields.add("Retry-After", "10");
    return answer;
}

HttpResponse style_answer() {
    HttpResponse answer;
    answer.fields.add("Content-Type", "text/css; charset=utf-8");
    answer.fields.add("Cache-Control", "public, max-age=3600");
    answer.fields.add("X-Content-Type-Options", "nosniff");
    answer.body = std::string(kStyle);
    return answer;
}

}  // namespace bm
