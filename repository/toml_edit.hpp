#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "markdown/result.hpp"

/// Surgery on the text of TOML files that other programs own: tables of plain values are read, put
/// and taken out, and what an edit is not about stays byte for byte. Pure. All of these:
/// Fault::invalid with the line where the text is no TOML. Values and names are told apart, not
/// checked to the last digit of a date.
namespace bm {

using TomlPath = std::vector<std::string>;

struct TomlEntry {
    std::string name;
    /// A text, or the texts of an array; one piece for anything else, as written.
    std::vector<std::string> texts;
};

/// What a table says itself, in the order of the file; none when there is no such table.
/// Fault::conflict, here and wherever a table is edited, when the name is used in another form than
/// `[a.b]`.
Result<std::optional<std::vector<TomlEntry>>> toml_table(std::string_view text,
                                                         const TomlPath& path);

struct TomlValue {
    std::string name;
    std::optional<std::string> toml;  ///< as it is to be written; none takes the name out
};
/// The table with these values, made at the end of the text when there is none. Tables below it
/// stay.
Result<std::string> with_toml_values(std::string_view text, const TomlPath& path,
                                     const std::vector<TomlValue>& values);
/// The text without that table and those below it.
Result<std::string> without_toml_table(std::string_view text, const TomlPath& path);

/// As TOML writes a text, and a list of them.
std::string toml_text(std::string_view text);
std::string toml_list(const std::vector<std::string>& texts);

}  // namespace bm
