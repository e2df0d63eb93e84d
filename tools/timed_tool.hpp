#pragma once

#include <utility>

#include "tools/tool_builder.hpp"

namespace bm {

/// Like make_tool, for a tool whose arguments can only be read when the time is known. `Input` has
///     static tl::expected<Input, ArgumentProblem> from(const Arguments&, const Json& raw,
///     Timestamp now);
/// where `raw` tells apart what was left out and what was given as null.
template <class Input>
Tool make_timed_tool(KnowledgeBase& knowledge, ToolDeclaration declaration,
                     Result<Json> (*run)(ToolContext&, const Input&)) {
    return make_tool_reading<Input>(
        knowledge, std::move(declaration),
        [&knowledge](const Arguments& arguments, const Json& raw) {
            return Input::from(arguments, raw, knowledge.now());
        },
        run);
}

}  // namespace bm
