#pragma once

#include <string>
#include <string_view>

namespace bm {

/// The key under which a path answers to spelling variants of links: NFC, case-folded, '_' as '-',
/// without ".md".
std::string path_alias(std::string_view path);

/// The key under which the link text `link` is filed: path_alias of the part that names its target.
/// `anchored` keeps a "#..." part, which may belong to the name ("C# Notes").
std::string link_key(std::string_view link, bool anchored);

}  // namespace bm
