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

/// Whether a file may be called so: not what is empty, "." or "..", longer than 255 bytes, no valid
/// UTF-8, the name of a file that is being written, or has control or no characters of XML.
[[nodiscard]] bool is_webdav_name(std::string_view name);
/// Whether a path below a tree has such names alone, and at most 4,096 bytes.
[[nodiscard]] bool is_webdav_path(std::string_view path);

/// The path behind `prefix`, percent-decoded. Nothing for what no file may be called, encoded or
/// not; see is_webdav_path().
[[nodiscard]] std::optional<WebDavPath> webdav_path(std::string_view path, std::string_view prefix);

/// `{prefix}/{tree}/{path}` as a URL has it, with a slash at the end of a folder.
[[nodiscard]] std::string webdav_href(std::string_view prefix, std::string_view tree,
                                      std::string_view path, bool is_folder);

}  // namespace bm
