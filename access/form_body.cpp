#include "access/form_body.hpp"

#include <algorithm>

#include "markdown/percent_coding.hpp"
#include "markdown/text.hpp"

namespace bm {

namespace {

constexpr std::size_t kMostFields = 64;
constexpr std::size_t kLongestField = 32 * 1024;

std::optional<std::string> form_decoded(std::string_view text) {
    std::string with_blanks(text);
    std::replace(with_blanks.begin(), with_blanks.end(), '+', ' ');
    return percent_decoded(with_blanks);
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

}  // namespace bm
