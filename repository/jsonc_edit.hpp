#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "markdown/result.hpp"

/// Surgery on the text of JSON files that other programs own: JSON with comments and trailing
/// commas, as editors write it. What an edit is not about stays byte for byte. Pure. Blank text is
/// an empty object, and so is null on the way to something. All of these: Fault::invalid with line
/// and column where the text is no such JSON; Fault::conflict where something on the way is neither
/// an object nor an array.
namespace bm {

/// From the outermost value inwards: names of members, or numbers of elements from 0.
using JsonPath = std::vector<std::string>;

/// What stands there as strict JSON, without comments; none when nothing does. Of members with one
/// name the last counts, as for whoever reads the file.
Result<std::optional<std::string>> jsonc_value(std::string_view text, const JsonPath& path);

/// The text with `json` there, in the place of what was there or as the last one of its object.
/// Objects that are missing on the way are made. In an array "-" stands behind the last element.
Result<std::string> with_jsonc_value(std::string_view text, const JsonPath& path,
                                     std::string_view json);

/// The text without what stands there; unchanged when nothing does.
Result<std::string> without_jsonc_value(std::string_view text, const JsonPath& path);

}  // namespace bm
