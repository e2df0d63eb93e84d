#pragma once

#include <initializer_list>
#include <stdexcept>
#include <string>
#include <string_view>

#include "markdown/value.hpp"

/// What a YAML library hands over, made into values: tags, and what it gets wrong. For the reader
/// of front matter only.
namespace bm {

/// Thrown out of the library's event loop and caught where it runs.
class YamlRefused : public std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// A string as the library gives it, without NUL. The escapes \N and \_ arrive as single bytes,
/// which no other character of a valid text can be.
std::string mended_scalar(std::string text);

/// The library marks plain scalars with "?" and quoted ones with "!". Throws YamlRefused for a tag
/// that nobody knows, and a value that does not match its tag.
Scalar scalar_with_tag(const std::string& tag, const std::string& text);
/// Throws YamlRefused unless the tag of a list or map is one of these.
void check_collection_tag(const std::string& tag, std::initializer_list<std::string_view> names);

/// The library keeps too few of the line breaks at the end of a quoted scalar; `quoted` is its
/// source.
void restore_final_breaks(std::string& text, std::string_view quoted, char quote);

}  // namespace bm
