#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "markdown/result.hpp"

namespace bm {

/// The parameters of a form body or a query, decoded. Each name is there once.
class FormFields {
public:
    /// None when it is missing; an empty value counts as missing (RFC 6749, 3.1).
    [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const noexcept;
    /// Empty when it is missing.
    [[nodiscard]] std::string_view value(std::string_view name) const noexcept {
        return find(name).value_or(std::string_view());
    }
    [[nodiscard]] const std::vector<std::pair<std::string, std::string>>& all() const noexcept {
        return fields_;
    }

private:
    friend Result<FormFields> parse_form(std::string_view text);
    std::vector<std::pair<std::string, std::string>> fields_;
};

/// Reads `application/x-www-form-urlencoded`, strictly: at most 64 parameters of 32 KiB, whole
/// percent-escapes, UTF-8 without control characters. A repeated parameter is a fault: two readers
/// could each take another one.
[[nodiscard]] Result<FormFields> parse_form(std::string_view text);

}  // namespace bm
