// Content that a tool or a prompt puts together itself, as each revision writes it.
#include <doctest/doctest.h>

#include "server/content.hpp"
#include "server/protocol.hpp"
#include "tests/support/wire_check.hpp"

using bm::Json;

namespace {

const bm::Content everything = {bm::TextBlock{"words"},
                                bm::ImageBlock{"aW1n", "image/png"},
                                bm::AudioBlock{"c25k", "audio/wav"},
                                bm::ResourceLinkBlock{"a:b", "b"},
                                bm::EmbeddedResourceBlock{"a:t", "text/plain", "t"},
                                bm::EmbeddedResourceBlock{"a:p", "image/png", "", "cGl4"}};

std::string types(const Json& content) {
    std::string out;
    for (const Json& block : content) out += block["type"].get<std::string>() + " ";
    return out;
}

}  // namespace

TEST_CASE("a tool's own content stands in place of its value, in its order") {
    for (const auto& policy : bm::revisions()) {
        CAPTURE(policy.version);
        Json result = bm::encode_tool_reply({}, {.value = nullptr, .content = everything}, policy);
        if (policy.result_type) result["resultType"] = "complete";
        CHECK(types(result["content"]) ==
              std::string("text image ") + (policy.audio ? "audio " : "text ") +
                  (policy.resource_links ? "resource_link " : "text ") + "resource resource ");
        CHECK_FALSE(result.contains("structuredContent"));
        CHECK(bm::test::revision_schema(std::string(policy.version))
                  .violation("CallToolResult", result, bm::test::JsonSchema::Members::closed)
                  .value_or("") == "");
    }
}

TEST_CASE("an embedded resource carries text or bytes") {
    const auto& policy = *bm::find_revision("2025-11-25");
    CHECK(bm::encode_content(everything[4], policy).dump() ==
          R"({"type":"resource","resource":{"uri":"a:t","mimeType":"text/plain","text":"t"}})");
    CHECK(bm::encode_content(everything[5], policy).dump() ==
          R"({"type":"resource","resource":{"uri":"a:p","mimeType":"image/png","blob":"cGl4"}})");
}

TEST_CASE("a resource of bytes is read as a blob") {
    CHECK(bm::encode_resource_text("a:p", {"image/png", "", "cGl4"}).dump() ==
          R"({"contents":[{"uri":"a:p","mimeType":"image/png","blob":"cGl4"}]})");
}

TEST_CASE("a prompt may have messages of both sides") {
    bm::PromptMessages messages;
    messages.push_back({false, bm::ImageBlock{"aW1n", "image/png"}});
    messages.push_back({true, bm::TextBlock{"a pixel"}});
    const auto result = bm::encode_prompt_messages({}, messages, *bm::find_revision("2025-11-25"));
    CHECK(
        result.dump() ==
        R"({"messages":[{"role":"user","content":{"type":"image","data":"aW1n","mimeType":"image/png"}},)"
        R"({"role":"assistant","content":{"type":"text","text":"a pixel"}}]})");
}
