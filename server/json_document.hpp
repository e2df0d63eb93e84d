#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>

#include "tools/tool.hpp"

namespace bm {

/// What one message may cost us. A stranger chooses the bytes, so every dimension has an end.
struct DocumentLimits {
    /// Copying and printing a document recurse; 64 levels are far below any stack and above any
    /// use.
    std::size_t depth = 64;
    /// Objects are lists of members: looking up every member of one costs the square of this.
    std::size_t members = 10'000;
    /// A value takes at least 16 bytes of memory and may take two bytes of text.
    std::size_t values = 1'000'000;
};

/// The bytes are not JSON in UTF-8.
struct NotJson {};

/// JSON, but beyond a limit. `id` is the member of that name of the outermost object where it is a
/// string or a number, so that the refusal can name the request; null otherwise.
struct TooMuch {
    std::string reason;
    Json id;
};

using Document = std::variant<Json, TooMuch, NotJson>;

/// Reads one JSON document in time and memory linear in its length. Of two members with one name
/// the last counts, except in the `_meta` of `params`: what decides about era and version must not
/// depend on who reads it, so two are too much there. Half of a surrogate pair in an escape, which
/// is what is left of a character that was cut, becomes U+FFFD; a number that no double holds is
/// too much. Never throws for any input.
[[nodiscard]] Document read_document(std::string_view bytes, const DocumentLimits& limits = {});

/// The compact text of a value: no blanks, no line breaks, non-ASCII characters as they are. Bytes
/// that are not UTF-8 become replacement characters.
[[nodiscard]] std::string compact_text(const Json& value);

}  // namespace bm
