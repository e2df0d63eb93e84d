#pragma once

#include <string>
#include <string_view>

#include "markdown/value.hpp"

/// How YAML 1.1 reads one unquoted scalar, and what such a scalar means.
namespace bm {

/// What a plain scalar's shape says it is. A writer must quote a string of any other shape, even
/// one that has no value ("2024-13-45", "0x_").
ScalarKind plain_kind(std::string_view text) noexcept;

/// A plain scalar as read: its kind, or a string when nothing has that value (no such day, a number
/// in another base that does not fit into 64 bits).
Scalar resolve_plain(std::string_view text);

/// True when a boolean's spelling means true (yes, on, true).
bool is_true(const Scalar& boolean) noexcept;

/// The scalar as text: `True`, `750` for 12:30, `0.5` for .5,
/// `2024-01-15T10:30:00+00:00`; a string as it is; `None` for null.
std::string normal_form(const Scalar& scalar);

/// The shortest decimal text of a number, as Python prints it: 1.0, 1e+16, inf.
std::string float_text(double value);
/// A spelling that YAML 1.1 reads back as the same floating-point number: 1.0e+16, .inf.
std::string yaml_spelling(double value);

}  // namespace bm
