#include "server/content.hpp"

#include <utility>

#include "markdown/result.hpp"

namespace bm {
namespace {

Json text_block(std::string text) {
    Json block = {{"type", "text"}};
    block["text"] = std::move(text);
    return block;
}

Json media_block(const char* type, std::string base64, std::string mime_type) {
    Json block = {{"type", type}};
    block["data"] = std::move(base64);
    block["mimeType"] = std::move(mime_type);
    return block;
}

Json embedded_block(EmbeddedResourceBlock block) {
    Json resource = {{"uri", std::move(block.uri)}};
    if (!block.mime_type.empty()) resource["mimeType"] = std::move(block.mime_type);
    if (block.base64.empty()) {
        resource["text"] = std::move(block.text);
    } else {
        resource["blob"] = std::move(block.base64);
    }
    return {{"type", "resource"}, {"resource", std::move(resource)}};
}

}  // namespace

Json encode_content(ContentBlock block, const RevisionPolicy& policy) {
    return std::visit(
        Match{[](TextBlock&& text) { return text_block(std::move(text.text)); },
              [](ImageBlock&& image) {
                  return media_block("image", std::move(image.base64), std::move(image.mime_type));
              },
              [&](AudioBlock&& audio) {
                  if (!policy.audio) return text_block("(audio left out: " + audio.mime_type + ")");
                  return media_block("audio", std::move(audio.base64), std::move(audio.mime_type));
              },
              [&](ResourceLinkBlock&& link) {
                  if (!policy.resource_links) return text_block(link.name + ": " + link.uri);
                  return Json{{"type", "resource_link"}, {"uri", link.uri}, {"name", link.name}};
              },
              [](EmbeddedResourceBlock&& resource) { return embedded_block(std::move(resource)); }},
        std::move(block));
}

}  // namespace bm
