#pragma once

#include <optional>
#include <string>
#include <string_view>

/// Paths of WebDAV: as URLs have them, and as files are called. All functions are pure.
namespace bm {

/// What a path of a request means: a tree, and a file in it.
struct WebDavPath {
    std::string tree;        ///< the first segment
    std::string path;        ///< below it, without slashes around it; empty: the tree itself
    bool is_folder = false;  ///< it ended in a slash

    friend bool operator==(const WebDavPath&, const WebDavPath&) = default;
};

/// The path behind `prefix`, percent-decoded. Nothing for what no file may be called: segments that
/// are empty, "." or ".." (encoded or not), control characters, invalid UTF-8, names longer than
/// 255 bytes, or more than 4,096 bytes in all.
[[nodiscard]] std::optional<WebDavPath> webdav_path(std::string_view path, std::string_view prefix);

/// `{prefix}/{tree}/{path}` as a URL has it, with a slash at the end of a folder.
[[nodiscard]] std::string webdav_href(std::string_view prefix, std::string_view tree,
                                      std::string_view path, bool is_folder);

/// The path of a `Destination`: an absolute URL, whatever its host, or a path.
[[nodiscard]] std::string_view destination_path(std::string_view destination) noexcept;

/// Text of an XML element.
[[nodiscard]] std::string xml_text(std::string_view text);

}  // namespace bm
