#include "access/answers.hpp"

#include <algorithm>

#include "markdown/text.hpp"

namespace bm {

namespace {

constexpr std::size_t kLongestLogWord = 200;

/// Categories Cc, Cf, Zl and Zp of Unicode, as far as terminals and browsers act on them; those
/// that join letters and emoji stay.
bool is_acting(char32_t c) noexcept {
    return c < 0x20 || (c >= 0x7F && c <= 0x9F) || c == 0xAD || c == 0x61C || c == 0x180E ||
           c == 0x200B || c == 0x200E || c == 0x200F || (c >= 0x2028 && c <= 0x202E) ||
           (c >= 0x2060 && c <= 0x206F) || c == 0xFEFF || (c >= 0xFFF9 && c <= 0xFFFB) ||
           (c >= 0xE0000 && c <= 0xE007F);
}

}  // namespace

HttpResponse json_answer(int status, const Json& body) {
    HttpResponse answer;
    answer.status = status;
    answer.fields.add("Content-Type", "application/json");
    answer.fields.add("X-Content-Type-Options", "nosniff");
    answer.body = json_text(body);
    return answer;
}

HttpResponse oauth_error(int status, std::string_view error, std::string_view description) {
    HttpResponse answer = json_answer(
        status,
        Json{{"error", std::string(error)}, {"error_description", std::string(description)}});
    answer.fields.add("Cache-Control", "no-store");
    return answer;
}

HttpResponse wrong_method(std::string_view allowed) {
    HttpResponse answer;
    answer.status = 405;
    answer.fields.add("Allow", std::string(allowed));
    return answer;
}

HttpResponse too_many(int seconds) {
    HttpResponse answer = oauth_error(429, "slow_down", "Too many requests. Try again later.");
    answer.fields.add("Retry-After", std::to_string(seconds));
    return answer;
}

HttpResponse open_to_all(HttpResponse answer) {
    answer.fields.add("Access-Control-Allow-Origin", "*");
    answer.fields.add("Access-Control-Expose-Headers", "WWW-Authenticate, Retry-After");
    return answer;
}

HttpResponse preflight_answer(std::string_view methods) {
    HttpResponse answer;
    answer.status = 204;
    answer.fields.add("Access-Control-Allow-Origin", "*");
    answer.fields.add("Access-Control-Allow-Methods", std::string(methods));
    answer.fields.add("Access-Control-Allow-Headers",
                      "Authorization, Content-Type, Accept, MCP-Protocol-Version");
    answer.fields.add("Access-Control-Max-Age", "600");
    return answer;
}

bool has_media_type(const HttpRequest& request, std::string_view type) {
    if (request.fields.count("Content-Type") != 1) return false;
    const std::string_view value = *request.fields.find("Content-Type");
    return to_lower(trim(value.substr(0, value.find(';')))) == type;
}

std::string shown_characters(std::string_view text) {
    const std::string whole = replace_invalid_utf8(text);
    std::string out;
    for (std::size_t at = 0; at < whole.size();) {
        const std::size_t start = at;
        const char32_t c = next_code_point(whole, at);
        if (is_acting(c)) {
            out += '?';
        } else {
            out.append(whole, start, at - start);
        }
    }
    return out;
}

std::string log_word(std::string_view word) {
    std::string out = shown_characters(word.substr(0, kLongestLogWord));
    std::replace(out.begin(), out.end(), '\'', '"');
    return "'" + out + "'";
}

}  // namespace bm
