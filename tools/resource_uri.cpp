#include "tools/resource_uri.hpp"

#include <utility>

#include "markdown/file_naming.hpp"
#include "markdown/percent_coding.hpp"
#include "markdown/permalink.hpp"
#include "markdown/relation_syntax.hpp"
#include "markdown/text.hpp"

namespace bm {
namespace {

constexpr std::string_view kScheme = "memory://";

}  // namespace

std::optional<std::string_view> memory_path(std::string_view uri) {
    if (uri.rfind(kScheme, 0) != 0 || uri.size() == kScheme.size()) {
        return std::nullopt;
    }
    return uri.substr(kScheme.size());
}

std::optional<std::string> uri_text(std::string_view escaped) {
    std::string text = percent_decoded_where_possible(escaped);
    if (text.find('\0') != std::string::npos || !is_valid_utf8(text)) {
        return std::nullopt;
    }
    return text;
}

std::string percent_encoded_path(std::string_view path) { return percent_encoded(path, "/"); }

std::optional<std::vector<std::string>> path_segments(std::string_view path) {
    std::vector<std::string> segments;
    for (const auto piece : split(path, '/')) {
        auto decoded = uri_text(piece);
        if (!decoded || decoded->empty()) {
            return std::nullopt;
        }
        segments.push_back(*std::move(decoded));
    }
    return segments;
}

std::string address_key(std::string_view path) {
    std::string text(link_target(trim(path)));
    if (const auto colons = text.find("::"); colons != std::string::npos) {
        text.replace(colons, 2, "/");
    }
    std::string key = slug(normalized_path(text));
    return key.empty() ? text : key;
}

}  // namespace bm
