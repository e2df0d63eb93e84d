#pragma once

#include <string>
#include <variant>

#include "server/protocol_era.hpp"
#include "tools/tool.hpp"

namespace bm {

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
};

using ContentBlock =
    std::variant<TextBlock, ImageBlock, AudioBlock, ResourceLinkBlock, EmbeddedResourceBlock>;

/// The block as the revision knows it. A kind that came later becomes a text block that says what
/// it was.
[[nodiscard]] Json encode_content(ContentBlock block, const RevisionPolicy& policy);

}  // namespace bm
