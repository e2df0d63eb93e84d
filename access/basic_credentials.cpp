#include "access/basic_credentials.hpp"

#include <algorithm>

#include "access/form_body.hpp"
#include "markdown/text.hpp"
#include "repository/crypto.hpp"

namespace bm {

namespace {

std::optional<std::string> base64_bytes(std::string_view text) {
    const std::size_t end = std::min(text.find('='), text.size());
    if (text.find_first_not_of('=', end) != std::string_view::npos) return std::nullopt;
    std::string url(text.substr(0, end));
    std::replace(url.begin(), url.end(), '+', '-');
    std::replace(url.begin(), url.end(), '/', '_');
    return base64url_bytes(url);
}

std::optional<std::string> header_value(std::string_view text) {
    const auto form = parse_form("v=" + std::string(text));
    if (!form || form->all().size() != 1) return std::nullopt;
    return form->all().front().second;
}

}  // namespace

std::optional<BasicCredentials> basic_credentials(std::string_view field) {
    constexpr std::string_view scheme = "basic ";
    if (to_lower(field.substr(0, scheme.size())) != scheme) return std::nullopt;
    const auto pair = base64_bytes(trim(field.substr(scheme.size())));
    if (!pair) return std::nullopt;
    const std::size_t colon = pair->find(':');
    if (colon == std::string::npos) return std::nullopt;
    auto id = header_value(std::string_view(*pair).substr(0, colon));
    auto secret = header_value(std::string_view(*pair).substr(colon + 1));
    if (!id || !secret || id->empty()) return std::nullopt;
    return BasicCredentials{*std::move(id), *std::move(secret)};
}

}  // namespace bm
