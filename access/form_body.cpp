#include "access/form_body.hpp"

#include <algorithm>

#include "markdown/text.hpp"

namespace bm {

namespace {

constexpr std::size_t kMostFields = 64;
constexpr std::size_t kLongestField = 32 * 1024;

std::optional<unsigned> hex_digit(char c) noexcept {
    if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
    if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a' + 10);
    if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A' + 10);
    return std::nullopt;
}

std::optional<std::string> form_decoded(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] == '+') {
            out += ' ';
        } else if (text[at] != '%') {
            out += text[at];
        } else {
            if (at + 2 >= text.size()) return std::nullopt;
            const auto high = hex_digit(text[at + 1]);
            const auto low = hex_digit(text[at + 2]);
            if (!high || !low) return std::nullopt;
            out += static_cast<char>(*high << 4U | *low);
            at += 2;
        }
    }
    return out;
}

bool is_clean(std::string_view text) {
    const bool has_control = std::any_of(text.begin(), text.end(), [](char c) {
        return static_cast<unsigned char>(c) < 0x20 || c == '\x7f';
    });
    return !has_control && replace_invalid_utf8(text) == text;
}

}  // namespace

std::optional<std::string_view> FormFields::find(std::string_view name) const noexcept {
    for (const auto& [key, value] : fields_) {
        if (key == name && !value.empty()) return value;
    }
    return std::nullopt;
}

Result<FormFields> parse_form(std::string_view text) {
    FormFields form;
    if (text.empty()) return form;
    for (const std::string_view piece : split(text, '&')) {
        if (piece.empty()) continue;
        if (piece.size() > kLongestField) return fail(Fault::invalid, "A parameter is too long.");
        if (form.fields_.size() == kMostFields)
            return fail(Fault::invalid, "There are too many parameters.");
        const std::size_t equals = piece.find('=');
        const auto name = form_decoded(piece.substr(0, equals));
        const auto value = form_decoded(
            equals == std::string_view::npos ? std::string_view() : piece.substr(equals + 1));
        if (!name || !value || !is_clean(*name) || !is_clean(*value))
            return fail(Fault::invalid, "A parameter is not properly encoded.");
        const bool is_known = std::any_of(form.fields_.begin(), form.fields_.end(),
                                          [&](const auto& field) { return field.first == *name; });
        if (is_known) return fail(Fault::invalid, "A parameter is there twice.");
        form.fields_.emplace_back(*name, *value);
    }
    return form;
}

std::string percent_encoded(std::string_view text) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string out;
    out.reserve(text.size());
    for (const char c : text) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                           (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~';
        if (plain) {
            out += c;
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        out += '%';
        out += digits[byte >> 4U];
        out += digits[byte & 0xFU];
    }
    return out;
}

}  // namespace bm
