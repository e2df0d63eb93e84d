#pragma once

#include <string>
#include <variant>
#include <vector>

namespace bm {

/// What results and prompts are made of. A revision that does not know a kind gets a text block
/// that says what it was.
struct TextBlock {
    std::string text;
};
struct ImageBlock {
    std::string base64;
    std::string mime_type;
};
struct AudioBlock {
    std::string base64;
    std::string mime_type;
};
/// Points at a resource that the client may read.
struct ResourceLinkBlock {
    std::string uri;
    std::string name;
};
/// Carries a resource within the result.
struct EmbeddedResourceBlock {
    std::string uri;
    std::string mime_type;
    std::string text;
    std::string base64 = {};  ///< of what is no text; `text` is empty then
};

using ContentBlock =
    std::variant<TextBlock, ImageBlock, AudioBlock, ResourceLinkBlock, EmbeddedResourceBlock>;

using Content = std::vector<ContentBlock>;

}  // namespace bm
