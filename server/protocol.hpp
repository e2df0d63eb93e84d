#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "server/protocol_era.hpp"
#include "tools/catalog.hpp"

namespace bm {

/// How long and for whom a modern client may keep a result.
struct CacheHint {
    int ttl_ms = 0;
    std::string_view scope;  ///< "public": the same for every caller; "private"
};

/// Each writes exactly the members that the revision defines; empty ones are left out.
[[nodiscard]] Json encode_tool(const Tool& tool, const RevisionPolicy& policy);
[[nodiscard]] Json encode_prompt(const Prompt& prompt, const RevisionPolicy& policy);
[[nodiscard]] Json encode_resource(const Resource& resource, const RevisionPolicy& policy);
[[nodiscard]] Json encode_resource_template(const ResourceTemplate& entry,
                                            const RevisionPolicy& policy);

/// The result of tools/call. Always one text block first (the string itself, or compact JSON),
/// images after it, or the content that the tool has made itself; structured content beside them
/// where the revision knows it and the tool did not fail.
[[nodiscard]] Json encode_tool_reply(const Tool& tool, ToolReply reply,
                                     const RevisionPolicy& policy);

/// The result of prompts/get: one message of the user.
[[nodiscard]] Json encode_prompt_text(const Prompt& prompt, std::string text,
                                      const RevisionPolicy& policy);

[[nodiscard]] Json encode_prompt_messages(const Prompt& prompt, PromptMessages messages,
                                          const RevisionPolicy& policy);

/// The result of resources/read, under the very URI that was asked for.
[[nodiscard]] Json encode_resource_text(std::string_view uri, ResourceText text);

[[nodiscard]] Json encode_implementation(const Catalog& catalog);

/// Adds what every result of the revision carries: who we are and, unless the method has given its
/// result another type, that it is complete and how long it may be kept.
[[nodiscard]] Json finished_result(Json result, const RevisionPolicy& policy,
                                   const std::optional<CacheHint>& hint,
                                   const Json& implementation);

}  // namespace bm
