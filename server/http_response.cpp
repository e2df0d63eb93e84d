#include "server/http_response.hpp"

#include <array>
#include <cstdio>
#include <ctime>

namespace bm {
namespace {

/// A line end in a value would let it write fields of its own.
bool fits_one_line(std::string_view text) noexcept {
    return text.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos;
}

void append_field(std::string& out, std::string_view name, std::string_view value) {
    out.append(name).append(": ").append(value).append("\r\n");
}

}  // namespace

std::string http_date(std::chrono::system_clock::time_point time) {
    constexpr std::array<const char*, 7> days = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    constexpr std::array<const char*, 12> months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                    "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
    std::tm parts{};
    ::gmtime_r(&seconds, &parts);
    std::array<char, 64> text{};
    const int length =
        std::snprintf(text.data(), text.size(), "%s, %02d %s %04d %02d:%02d:%02d GMT",
                      days.at(static_cast<std::size_t>(parts.tm_wday)), parts.tm_mday,
                      months.at(static_cast<std::size_t>(parts.tm_mon)), parts.tm_year + 1900,
                      parts.tm_hour, parts.tm_min, parts.tm_sec);
    return {text.data(), static_cast<std::size_t>(length)};
}

std::string_view reason_phrase(int status) noexcept {
    switch (status) {
        case 100:
            return "Continue";
        case 200:
            return "OK";
        case 201:
            return "Created";
        case 202:
            return "Accepted";
        case 204:
            return "No Content";
        case 302:
            return "Found";
        case 303:
            return "See Other";
        case 400:
            return "Bad Request";
        case 401:
            return "Unauthorized";
        case 403:
            return "Forbidden";
        case 404:
            return "Not Found";
        case 405:
            return "Method Not Allowed";
        case 406:
            return "Not Acceptable";
        case 408:
            return "Request Timeout";
        case 413:
            return "Content Too Large";
        case 414:
            return "URI Too Long";
        case 415:
            return "Unsupported Media Type";
        case 417:
            return "Expectation Failed";
        case 429:
            return "Too Many Requests";
        case 431:
            return "Request Header Fields Too Large";
        case 500:
            return "Internal Server Error";
        case 501:
            return "Not Implemented";
        case 503:
            return "Service Unavailable";
        case 505:
            return "HTTP Version Not Supported";
        case 206:
            return "Partial Content";
        case 207:
            return "Multi-Status";
        case 304:
            return "Not Modified";
        case 409:
            return "Conflict";
        case 412:
            return "Precondition Failed";
        case 416:
            return "Range Not Satisfiable";
        case 422:
            return "Unprocessable Content";
        case 423:
            return "Locked";
        case 502:
            return "Bad Gateway";
        case 507:
            return "Insufficient Storage";
        default:
            return "Status";
    }
}

std::string response_head(const HttpResponse& response, BodyFraming framing, bool closes,
                          std::chrono::system_clock::time_point now) {
    std::string out = "HTTP/1.1 " + std::to_string(response.status) + " ";
    out.append(reason_phrase(response.status)).append("\r\n");
    append_field(out, "Date", http_date(now));
    for (const HttpField& field : response.fields.all()) {
        if (!fits_one_line(field.name) || !fits_one_line(field.value)) continue;
        append_field(out, field.name, field.value);
    }
    if (framing == BodyFraming::chunked) append_field(out, "Transfer-Encoding", "chunked");
    // RFC 9110, 8.6: a 204 has neither body nor length.
    if (framing == BodyFraming::by_length && response.status != 204) {
        append_field(out, "Content-Length", std::to_string(response.body.size()));
    }
    if (closes) append_field(out, "Connection", "close");
    out += "\r\n";
    return out;
}

HttpResponse plain_response(int status, std::string_view sentence) {
    HttpResponse response;
    response.status = status;
    response.fields.add("Content-Type", "text/plain; charset=utf-8");
    response.fields.add("Cache-Control", "no-store");
    response.body = std::string(sentence) + "\n";
    return response;
}

}  // namespace bm
