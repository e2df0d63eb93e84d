#include "server/http_head.hpp"

#include <algorithm>
#include <utility>

namespace bm {
namespace {

using Refused = std::optional<HttpRefusal>;

/// More digits than any length that fits a size_t and our limits.
constexpr std::size_t longest_length = 15;

bool is_token_character(char c) noexcept {
    const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    return is_letter || (c >= '0' && c <= '9') ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

bool is_token(std::string_view text) noexcept {
    return !text.empty() && std::all_of(text.begin(), text.end(), is_token_character);
}

/// Neither a control character nor a blank: what may stand in a request target.
bool is_visible(char c) noexcept { return c > 0x20 && c < 0x7F; }

bool is_value_character(char c) noexcept {
    const auto byte = static_cast<unsigned char>(c);
    return byte == '\t' || (byte >= 0x20 && byte != 0x7F);
}

/// Splits off the line in front. Nothing when a line ends in anything but CR LF.
std::optional<std::string_view> take_line(std::string_view& rest) noexcept {
    const std::size_t feed = rest.find('\n');
    if (feed == std::string_view::npos || feed == 0 || rest[feed - 1] != '\r') return std::nullopt;
    const std::string_view line = rest.substr(0, feed - 1);
    rest.remove_prefix(feed + 1);
    return line;
}

/// Sets the path and the query. `authority` is that of a target in absolute form.
bool read_target(std::string_view target, HttpRequest& request, std::string_view& authority) {
    if (target.empty() || !std::all_of(target.begin(), target.end(), is_visible) ||
        target.find('#') != std::string_view::npos) {
        return false;
    }
    if (target == "*") {
        request.path = target;
        return request.method == "OPTIONS";
    }
    for (const std::string_view scheme : {"http://", "https://"}) {
        if (!same_text(target.substr(0, scheme.size()), scheme)) continue;
        target.remove_prefix(scheme.size());
        const std::size_t end = std::min(target.find_first_of("/?"), target.size());
        authority = target.substr(0, end);
        if (authority.empty()) return false;
        target.remove_prefix(end);
        break;
    }
    const std::size_t mark = target.find('?');
    request.path = target.substr(0, mark);
    if (mark != std::string_view::npos) request.query = target.substr(mark + 1);
    if (request.path.empty() && !authority.empty()) request.path = "/";
    return !request.path.empty() && request.path.front() == '/';
}

Refused read_request_line(std::string_view line, HttpHead& head, std::string_view& authority) {
    const std::size_t first = line.find(' ');
    const std::size_t last = line.rfind(' ');
    if (first == std::string_view::npos || first == last) {
        return HttpRefusal{400, "The request line is not METHOD TARGET VERSION"};
    }
    const std::string_view method = line.substr(0, first);
    const std::string_view version = line.substr(last + 1);
    if (!is_token(method)) return HttpRefusal{400, "The method is not a token"};
    if (version.substr(0, 5) != "HTTP/") return HttpRefusal{400, "This is not HTTP"};
    if (version != "HTTP/1.1" && version != "HTTP/1.0") {
        return HttpRefusal{505, "Only HTTP/1.1 and HTTP/1.0 are spoken here"};
    }
    head.is_http_1_0 = version == "HTTP/1.0";
    head.request.method = method;
    if (!read_target(line.substr(first + 1, last - first - 1), head.request, authority)) {
        return HttpRefusal{400, "The request target is not a path"};
    }
    return std::nullopt;
}

Refused read_field(std::string_view line, HttpFields& fields) {
    if (line.front() == ' ' || line.front() == '\t') {
        return HttpRefusal{400, "A field goes on over two lines"};
    }
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || !is_token(line.substr(0, colon))) {
        return HttpRefusal{400, "A field line is not NAME: VALUE"};
    }
    const std::string_view value = without_blanks(line.substr(colon + 1));
    if (!std::all_of(value.begin(), value.end(), is_value_character)) {
        return HttpRefusal{400, "A field has control characters in it"};
    }
    fields.add(std::string(line.substr(0, colon)), std::string(value));
    return std::nullopt;
}

Refused read_length(HttpHead& head) {
    const HttpFields& fields = head.request.fields;
    const auto value = fields.find("Content-Length");
    if (!value) return std::nullopt;
    if (fields.count("Content-Length") != 1) {
        return HttpRefusal{400, "Content-Length is given twice"};
    }
    const bool is_number =
        !value->empty() && value->find_first_not_of("0123456789") == std::string_view::npos;
    if (!is_number) return HttpRefusal{400, "Content-Length is not a number"};
    if (value->size() > longest_length) return HttpRefusal{413, "The body is too large"};
    head.has_length = true;
    for (const char digit : *value) {
        head.length = head.length * 10 + static_cast<std::size_t>(digit - '0');
    }
    return std::nullopt;
}

Refused read_codings(HttpHead& head) {
    const HttpFields& fields = head.request.fields;
    if (const auto coding = fields.find("Content-Encoding");
        coding && !same_text(*coding, "identity")) {
        return HttpRefusal{415, "Bodies with a Content-Encoding are not taken"};
    }
    const auto transfer = fields.find("Transfer-Encoding");
    if (!transfer) return std::nullopt;
    if (head.has_length || head.is_http_1_0) {
        return HttpRefusal{400, "Transfer-Encoding fits neither Content-Length nor HTTP/1.0"};
    }
    if (fields.count("Transfer-Encoding") != 1 || !same_text(*transfer, "chunked")) {
        return HttpRefusal{501, "The only transfer coding known here is chunked"};
    }
    head.is_chunked = true;
    return std::nullopt;
}

Refused read_host(const HttpHead& head, std::string_view authority) {
    const std::size_t hosts = head.request.fields.count("Host");
    if (hosts > 1 || (hosts == 0 && !head.is_http_1_0)) {
        return HttpRefusal{400, "A request names its Host once"};
    }
    if (!authority.empty() &&
        !same_text(authority, head.request.fields.find("Host").value_or(""))) {
        return HttpRefusal{400, "The request target and Host differ"};
    }
    return std::nullopt;
}

Refused read_framing(HttpHead& head) {
    if (auto refused = read_length(head)) return refused;
    if (auto refused = read_codings(head)) return refused;
    const bool has_body = head.is_chunked || head.length > 0;
    if (has_body && (head.request.method == "GET" || head.request.method == "HEAD")) {
        return HttpRefusal{400, "A " + head.request.method + " has no body"};
    }
    const HttpFields& fields = head.request.fields;
    if (const auto expected = fields.find("Expect")) {
        if (!same_text(*expected, "100-continue")) {
            return HttpRefusal{417, "The only expectation known here is 100-continue"};
        }
        head.awaits_continue = has_body && !head.is_http_1_0;
    }
    head.keeps_alive = !head.is_http_1_0;
    for (const HttpField& field : fields.all()) {
        if (!same_text(field.name, "Connection")) continue;
        if (has_token(field.value, "close")) head.keeps_alive = false;
    }
    return std::nullopt;
}

Refused read_all(std::string_view rest, HttpHead& head, const HeadLimits& limits) {
    constexpr const char* line_ends = "A line of the head does not end in CR LF";
    const auto first = take_line(rest);
    if (!first) return HttpRefusal{400, line_ends};
    if (first->size() > limits.request_line) return HttpRefusal{414, "The target is too long"};
    std::string_view authority;
    if (auto refused = read_request_line(*first, head, authority)) return refused;
    for (std::size_t count = 0;; ++count) {
        const auto line = take_line(rest);
        if (!line) return HttpRefusal{400, line_ends};
        if (line->empty()) break;
        if (count == limits.fields) return HttpRefusal{431, "The head has too many fields"};
        if (auto refused = read_field(*line, head.request.fields)) return refused;
    }
    if (!rest.empty()) return HttpRefusal{400, "Something follows the head"};
    if (auto refused = read_host(head, authority)) return refused;
    return read_framing(head);
}

}  // namespace

bool same_text(std::string_view a, std::string_view b) noexcept {
    const auto folded = [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    };
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [&](char x, char y) { return folded(x) == folded(y); });
}

std::string_view without_blanks(std::string_view text) noexcept {
    const std::size_t first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

bool has_token(std::string_view value, std::string_view token) noexcept {
    while (!value.empty()) {
        const std::size_t comma = std::min(value.find(','), value.size());
        if (same_text(without_blanks(value.substr(0, comma)), token)) return true;
        value.remove_prefix(std::min(comma + 1, value.size()));
    }
    return false;
}

std::optional<std::size_t> end_of_head(std::string_view bytes) noexcept {
    for (std::size_t feed = bytes.find('\n'); feed != std::string_view::npos;
         feed = bytes.find('\n', feed + 1)) {
        const std::string_view next = bytes.substr(feed + 1, 2);
        if (!next.empty() && next.front() == '\n') return feed + 2;
        if (next == "\r\n") return feed + 3;
    }
    return std::nullopt;
}

std::variant<HttpHead, HttpRefusal> parse_http_head(std::string_view head,
                                                    const HeadLimits& limits) {
    if (head.size() > limits.bytes) return HttpRefusal{431, "The head is too large"};
    HttpHead out;
    if (auto refused = read_all(head, out, limits)) return *std::move(refused);
    return out;
}

}  // namespace bm
