#include "server/mcp_headers.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <utility>

#include "server/http_head.hpp"

namespace bm {
namespace {

constexpr std::string_view encoded_prefix = "=?base64?";
constexpr std::string_view encoded_suffix = "?=";

/// How deep the objects of a schema are searched.
constexpr int deepest_property = 16;

tl::unexpected<ProtocolError> mismatch(std::string message) {
    return refuse(error_code::header_mismatch, std::move(message));
}

std::optional<std::uint32_t> base64_digit(char c) {
    if (c >= 'A' && c <= 'Z') return static_cast<std::uint32_t>(c - 'A');
    if (c >= 'a' && c <= 'z') return static_cast<std::uint32_t>(c - 'a' + 26);
    if (c >= '0' && c <= '9') return static_cast<std::uint32_t>(c - '0' + 52);
    if (c == '+') return 62;
    if (c == '/') return 63;
    return std::nullopt;
}

/// RFC 4648, 4: padding is required, and the bits that it leaves over are zero.
std::optional<std::string> base64_decoded(std::string_view text) {
    if (text.size() % 4 != 0) return std::nullopt;
    std::string out;
    out.reserve(text.size() / 4 * 3);
    for (std::size_t at = 0; at < text.size(); at += 4) {
        const bool is_last = at + 4 == text.size();
        std::size_t padding = 0;
        if (is_last && text[at + 3] == '=') padding = text[at + 2] == '=' ? 2 : 1;
        std::uint32_t bits = 0;
        for (std::size_t i = 0; i < 4; ++i) {
            const auto digit =
                i >= 4 - padding ? std::optional<std::uint32_t>(0) : base64_digit(text[at + i]);
            if (!digit) return std::nullopt;
            bits = bits << 6U | *digit;
        }
        const std::uint32_t unused = padding == 0 ? 0U : (padding == 1 ? 0xFFU : 0xFFFFU);
        if ((bits & unused) != 0) return std::nullopt;
        for (std::size_t i = 0; i < 3 - padding; ++i) {
            out.push_back(static_cast<char>(bits >> (16U - 8U * i) & 0xFFU));
        }
    }
    return out;
}

/// The value of a field that stands there once, or why it is not taken.
OrError<std::string_view> single(const HttpFields& fields, std::string_view name) {
    const std::size_t count = fields.count(name);
    if (count == 0) return mismatch("Header mismatch: " + std::string(name) + " is missing");
    if (count > 1) return mismatch("Header mismatch: " + std::string(name) + " is given twice");
    return *fields.find(name);
}

OrError<void> check_text(const HttpFields& fields, std::string_view name, std::string_view text) {
    const auto value = single(fields, name);
    if (!value) return tl::unexpected(value.error());
    const auto decoded = decoded_header_value(*value);
    if (!decoded) {
        return mismatch("Header mismatch: " + std::string(name) +
                        " is neither visible ASCII nor =?base64?...?=");
    }
    if (*decoded == text) return {};
    return mismatch("Header mismatch: " + std::string(name) + " differs from the body");
}

template <class Number>
std::optional<Number> number_from(std::string_view text) {
    Number parsed{};
    const char* const end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, parsed);
    if (read.ec != std::errc() || read.ptr != end) return std::nullopt;
    return parsed;
}

bool is_plain_whole_number(std::string_view text) {
    if (text.starts_with('-')) text.remove_prefix(1);
    return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

bool is_same_whole_number(std::string_view text, const Json& value) {
    const auto equals = [&](const auto& number) {
        if (!number) return false;
        return value.is_number_unsigned() ? std::cmp_equal(*number, value.get<std::uint64_t>())
                                          : std::cmp_equal(*number, value.get<std::int64_t>());
    };
    return equals(number_from<std::int64_t>(text)) || equals(number_from<std::uint64_t>(text));
}

bool is_same_number(std::string_view text, const Json& value) {
    // Exactly where that is possible: as doubles neighbours are equal from 2^53 on, and whoever
    // routes by the header would see another number than the tool.
    if (value.is_number_integer() && is_plain_whole_number(text)) {
        return is_same_whole_number(text, value);
    }
    return number_from<double>(text) == value.get<double>();
}

OrError<void> check_param(const HttpFields& fields, const std::string& name, const Json& value) {
    if (value.is_string()) return check_text(fields, name, value.get_ref<const std::string&>());
    if (value.is_boolean()) return check_text(fields, name, value.get<bool>() ? "true" : "false");
    if (!value.is_number()) return {};
    const auto field = single(fields, name);
    if (!field) return tl::unexpected(field.error());
    const auto decoded = decoded_header_value(*field);
    if (decoded && is_same_number(*decoded, value)) return {};
    return mismatch("Header mismatch: " + name + " differs from the body");
}

OrError<void> check_properties(const HttpFields& fields, const Json& schema, const Json& values,
                               int depth) {
    const auto properties = schema.find("properties");
    if (depth == 0 || properties == schema.end() || !properties->is_object()) return {};
    for (const auto& [name, property] : properties->items()) {
        const auto value = values.find(name);
        if (value == values.end() || value->is_null() || !property.is_object()) continue;
        const auto header = property.find("x-mcp-header");
        if (header != property.end() && header->is_string()) {
            const std::string field =
                std::string(mcp_header::param_prefix) + header->get_ref<const std::string&>();
            if (auto checked = check_param(fields, field, *value); !checked) return checked;
        } else if (value->is_object()) {
            auto checked = check_properties(fields, property, *value, depth - 1);
            if (!checked) return checked;
        }
    }
    return {};
}

}  // namespace

std::optional<std::string> decoded_header_value(std::string_view value) {
    const bool is_ascii = std::all_of(value.begin(), value.end(),
                                      [](char c) { return (c >= 0x20 && c < 0x7F) || c == '\t'; });
    if (!is_ascii) return std::nullopt;
    if (value.size() < encoded_prefix.size() + encoded_suffix.size() ||
        !value.starts_with(encoded_prefix) || !value.ends_with(encoded_suffix)) {
        return std::string(value);
    }
    value.remove_prefix(encoded_prefix.size());
    value.remove_suffix(encoded_suffix.size());
    return base64_decoded(value);
}

std::string_view name_header_source(std::string_view method) noexcept {
    constexpr std::array<std::pair<std::string_view, std::string_view>, 6> sources = {{
        {"tools/call", "name"},
        {"prompts/get", "name"},
        {"resources/read", "uri"},
        {"tasks/get", "taskId"},
        {"tasks/update", "taskId"},
        {"tasks/cancel", "taskId"},
    }};
    const auto* found = std::find_if(sources.begin(), sources.end(),
                                     [&](const auto& row) { return row.first == method; });
    return found == sources.end() ? std::string_view() : found->second;
}

OrError<void> check_method_headers(const HttpFields& fields, std::string_view method,
                                   const Json& params) {
    const auto said = single(fields, mcp_header::method);
    if (!said) return tl::unexpected(said.error());
    if (*said != method) return mismatch("Header mismatch: Mcp-Method differs from the body");
    const std::string_view source = name_header_source(method);
    if (source.empty()) return {};
    const auto named = params.find(source);
    // A name that is missing or no string is a fault of the parameters, told later.
    if (named == params.end() || !named->is_string()) return {};
    return check_text(fields, mcp_header::name, named->get_ref<const std::string&>());
}

OrError<void> check_param_headers(const HttpFields& fields, const Json& input_schema,
                                  const Json& arguments) {
    if (!input_schema.is_object() || !arguments.is_object()) return {};
    return check_properties(fields, input_schema, arguments, deepest_property);
}

}  // namespace bm
