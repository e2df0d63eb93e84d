#include "server/pagination.hpp"

#include <algorithm>
#include <cstdint>

#include "repository/crypto.hpp"

namespace bm {
namespace {

/// Changes when the order or the keys of a list do, so that older cursors are refused, not misread.
constexpr std::string_view cursor_format = "bm1";
constexpr std::size_t check_length = 8;

/// FNV-1a. Guards against cursors that were cut, mixed up or made by hand; it is no secret, and
/// needs to be none, since a cursor opens nothing that the list does not show.
std::string check_of(std::string_view list, std::string_view key) {
    std::uint64_t hash = 14695981039346656037U;
    const auto mix = [&hash](std::string_view part) {
        for (const char byte : part) {
            hash = (hash ^ static_cast<unsigned char>(byte)) * 1099511628211U;
        }
        hash = (hash ^ 0xFFU) * 1099511628211U;
    };
    for (const std::string_view part : {cursor_format, list, key}) mix(part);
    std::string out;
    for (std::size_t i = 0; i < check_length; ++i) {
        out += static_cast<char>((hash >> (8 * i)) & 255U);
    }
    return out;
}

}  // namespace

std::string make_cursor(std::string_view list, std::string_view last_key) {
    return base64url(check_of(list, last_key).append(last_key));
}

std::optional<std::string> read_cursor(std::string_view list, std::string_view cursor) {
    const auto bytes = base64url_bytes(cursor);
    if (!bytes || bytes->size() < check_length) return std::nullopt;
    std::string key = bytes->substr(check_length);
    if (bytes->compare(0, check_length, check_of(list, key)) != 0) return std::nullopt;
    return key;
}

OrError<Page> requested_page(std::string_view list, const Json& params, std::size_t count,
                             std::size_t page_size,
                             const std::function<std::string_view(std::size_t)>& key_at) {
    Page page;
    const auto cursor = params.find("cursor");
    if (cursor != params.end() && !cursor->is_null()) {
        const auto key = cursor->is_string()
                             ? read_cursor(list, cursor->get_ref<const std::string&>())
                             : std::nullopt;
        while (key && page.first < count && key_at(page.first) != *key) ++page.first;
        if (!key || page.first == count) {
            return refuse(error_code::invalid_params, "Invalid cursor: list from the start again");
        }
        ++page.first;
    }
    page.last = std::min(count, page.first + std::max<std::size_t>(page_size, 1));
    if (page.last < count) page.next_cursor = make_cursor(list, key_at(page.last - 1));
    return page;
}

}  // namespace bm
