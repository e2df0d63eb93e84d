#include "host/webdav_request.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cmath>

#include "markdown/text.hpp"
#include "repository/crypto.hpp"
#include "repository/folder_walk.hpp"
#include "server/http_origin.hpp"

namespace bm {

namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
/// What nanoseconds in 64 bits hold, with a little to spare.
constexpr double kMostSeconds = 9.2e9;

std::optional<std::int64_t> byte_number(std::string_view digits) {
    std::int64_t value = 0;
    const char* const end = digits.data() + digits.size();
    const auto [stop, error] = std::from_chars(digits.data(), end, value);
    if (error != std::errc{} || stop != end || value < 0) return std::nullopt;
    return value;
}

/// What the system's reason says to a client: it is all that says more than "unavailable".
int status_of_reason(std::string_view reason) {
    struct Known {
        int error;
        int status;
    };
    for (const auto& [error, status] :
         {Known{ENOSPC, 507}, Known{EDQUOT, 507}, Known{EFBIG, 507}, Known{ENOTDIR, 409},
          Known{EISDIR, 409}, Known{EEXIST, 409}, Known{EACCES, 403}, Known{EPERM, 403},
          Known{EROFS, 403}, Known{ENAMETOOLONG, 400}}) {
        if (reason == reason_of(error)) return status;
    }
    return 503;
}

}  // namespace

std::optional<std::int64_t> file_time(std::string_view text) {
    double seconds = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, seconds);
    if (error != std::errc{} || stop != end) return std::nullopt;
    if (!std::isfinite(seconds) || std::abs(seconds) > kMostSeconds) return std::nullopt;
    const double whole = std::floor(seconds);
    return static_cast<std::int64_t>(whole) * kSecond +
           static_cast<std::int64_t>((seconds - whole) * static_cast<double>(kSecond));
}

HttpRequest as_bearer(const HttpRequest& request) {
    const auto field = request.fields.find("Authorization");
    if (!field || !starts_with_ignoring_case(*field, "basic ")) return request;
    HttpRequest bearer = request;
    bearer.fields = {};
    for (const HttpField& one : request.fields.all()) {
        if (to_lower(one.name) != "authorization") bearer.fields.add(one.name, one.value);
    }
    std::string encoded(trim(field->substr(6)));
    std::replace(encoded.begin(), encoded.end(), '+', '-');
    std::replace(encoded.begin(), encoded.end(), '/', '_');
    while (encoded.ends_with('=')) encoded.pop_back();
    const std::string plain = base64url_bytes(encoded).value_or("");
    const std::size_t colon = plain.find(':');
    if (colon != std::string::npos)
        bearer.fields.add("Authorization", "Bearer " + plain.substr(colon + 1));
    return bearer;
}

RangeKind range_of(std::string_view text, std::int64_t size, ByteRange& range) {
    if (!text.starts_with("bytes=") || text.find(',') != std::string_view::npos)
        return RangeKind::none;
    text.remove_prefix(6);
    const std::size_t dash = text.find('-');
    if (dash == std::string_view::npos) return RangeKind::none;
    const std::string_view before = text.substr(0, dash);
    const std::string_view behind = text.substr(dash + 1);
    const auto first = byte_number(before);
    const auto last = byte_number(behind);
    if ((!before.empty() && !first) || (!behind.empty() && !last)) return RangeKind::none;
    if (!first) {
        if (!last) return RangeKind::none;
        if (*last == 0 || size == 0) return RangeKind::impossible;
        range = {size - std::min(size, *last), size - 1};
        return RangeKind::one;
    }
    if (last && *last < *first) return RangeKind::none;
    if (*first >= size) return RangeKind::impossible;
    range = {*first, last ? std::min(*last, size - 1) : size - 1};
    return RangeKind::one;
}

bool names_any(std::string_view list) {
    const auto tags = split(list, ',');
    return std::any_of(tags.begin(), tags.end(),
                       [](std::string_view one) { return trim(one) == "*"; });
}

bool names_tag(std::string_view list, std::string_view tag) {
    if (names_any(list)) return true;
    if (tag.empty()) return false;
    for (std::string_view one : split(list, ',')) {
        one = trim(one);
        if (one.starts_with("W/")) one.remove_prefix(2);
        if (one == tag) return true;
    }
    return false;
}

std::optional<std::string> wanted_checksum(std::string_view field, std::string_view kind) {
    const std::size_t colon = field.find(':');
    if (colon == std::string_view::npos || to_lower(field.substr(0, colon)) != kind)
        return std::nullopt;
    return to_lower(trim(field.substr(colon + 1)));
}

std::optional<Destination> destination_of(std::string_view field) {
    Destination found;
    if (!field.starts_with('/')) {
        if (!starts_with_ignoring_case(field, "http://") &&
            !starts_with_ignoring_case(field, "https://"))
            return std::nullopt;
        field.remove_prefix(field.find("://") + 3);
        const std::size_t end = std::min(field.find_first_of("/?#"), field.size());
        found.host = field.substr(0, end);
        field.remove_prefix(end);
        if (found.host.empty()) return std::nullopt;
    }
    found.path = field.substr(0, field.find_first_of("?#"));
    if (found.path.empty()) found.path = "/";
    return found;
}

bool is_same_host(std::string_view one, std::string_view other) {
    const auto first = parse_host(one);
    const auto second = parse_host(other);
    const auto port = [](const HttpHost& host) {
        return host.port == 80 || host.port == 443 ? std::nullopt : host.port;
    };
    return first && second && first->name == second->name && port(*first) == port(*second);
}

int webdav_status(const Error& error) {
    switch (error.fault) {
        case Fault::not_found:
            return 404;
        case Fault::conflict:
            return 409;
        case Fault::forbidden:
        case Fault::ambiguous:
            return 403;
        case Fault::invalid:
            return 400;
        case Fault::unavailable:
            return status_of_reason(error.message);
    }
    return 500;
}

}  // namespace bm
