#pragma once

#include <string_view>

#include "markdown/names.hpp"
#include "markdown/note.hpp"

namespace bm {

/// Reads a note from its bytes. Total: any input yields a note, bad parts become warnings, NUL
/// characters are removed. Callers that must refuse bytes that are not UTF-8 ask is_valid_utf8
/// first. Linear in the size of the input.
ParsedNote parse_note(std::string_view bytes, const RelativePath& path);

}  // namespace bm
