#pragma once

#include <optional>
#include <string>
#include <string_view>

/// Bytes as hexadecimal digits, and as URLs write them (RFC 3986, section 2.1). All pure.
namespace bm {

[[nodiscard]] std::optional<unsigned> hex_value(char digit) noexcept;

/// Two lower-case digits for each byte.
void append_hex(std::string& out, std::string_view bytes);

/// Every byte but unreserved characters and those of `kept` as `%XX`.
[[nodiscard]] std::string percent_encoded(std::string_view text, std::string_view kept = {});

/// None when an escape is broken. Any bytes may come out.
[[nodiscard]] std::optional<std::string> percent_decoded(std::string_view text);

/// A percent sign that begins no escape stays as it is, as people type it.
[[nodiscard]] std::string percent_decoded_where_possible(std::string_view text);

}  // namespace bm
