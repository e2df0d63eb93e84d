#pragma once

#include <memory>
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
    Tool tool = declared_tool(declaration);
    // Shared by the copies of the function object; immutable.
    const auto about = std::make_shared<const ToolDeclaration>(std::move(declaration));
    tool.run = [&knowledge, about, run](const CallContext& call, const Json& raw) -> ToolReply {
        const auto arguments = Arguments::read(about->parameters, raw);
        if (!arguments) return failure_reply(about->name, arguments.error());
        const auto input = Input::from(*arguments, raw, knowledge.now());
        if (!input) return failure_reply(about->name, input.error());
        ToolContext context{knowledge, call, about->name, {}};
        auto value = run(context, *input);
        if (!value) return failure_reply(about->name, value.error());
        return ToolReply{*std::move(value), false, std::move(context.images)};
    };
    return tool;
}

}  // namespace bm
