#pragma once

#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "markdown/result.hpp"
#include "tools/arguments.hpp"
#include "tools/tool.hpp"
#include "tools/tool_context.hpp"

namespace bm {

/// What a tool tells about itself.
struct ToolDeclaration {
    std::string_view name;
    std::string_view title;
    std::string_view description;
    std::vector<Parameter> parameters;
    Json output_schema;
    ToolAnnotations annotations;
    bool wraps_result = true;
};

/// Hints of the table of tools.
inline constexpr ToolAnnotations kReadsOnly{true, false, false, false};
inline constexpr ToolAnnotations kAdds{false, false, false, false};
inline constexpr ToolAnnotations kChanges{false, true, false, false};

/// The schema of `{"result": value}` where the value has one of these JSON types.
Json wrapped_schema(std::initializer_list<std::string_view> types);
/// The schema of an object whose members are not promised.
Json open_object_schema();

/// An answer that a model reads as a failure.
ToolReply failure_reply(std::string text);
/// `Error calling tool '{tool}': {message}`
ToolReply failure_reply(std::string_view tool, const Error& error);
ToolReply failure_reply(std::string_view tool, const ArgumentProblem& problem);

/// A tool without its function.
Tool face_of(const ToolDeclaration& declaration);

/// `tool`, which leaves a line in the log for each call: its name, the project that was asked for,
/// how it went and how long it took. Never what was read or written.
Tool logged(KnowledgeBase& knowledge, Tool tool);

/// Gives a typed function the untyped face that the wire needs. `read(arguments, raw)` makes the
/// `Input` or tells what is wrong with an argument. The function's value becomes the answer; an
/// Error becomes `Error calling tool '{name}': {message}`. Ordinary texts for the model, refusals
/// included, are values.
template <class Input, class Read>
Tool make_tool_reading(KnowledgeBase& knowledge, ToolDeclaration declaration, Read read,
                       Result<Json> (*run)(ToolContext&, const Input&)) {
    Tool tool = face_of(declaration);
    // Shared by the copies of the function object; immutable.
    const auto about = std::make_shared<const ToolDeclaration>(std::move(declaration));
    tool.run = [&knowledge, about, read, run](const CallContext& call,
                                              const Json& raw) -> ToolReply {
        const auto arguments = Arguments::read(about->parameters, raw);
        if (!arguments) return failure_reply(about->name, arguments.error());
        const tl::expected<Input, ArgumentProblem> input = read(*arguments, raw);
        if (!input) return failure_reply(about->name, input.error());
        ToolContext context{knowledge, call, about->name, {}, false};
        auto value = run(context, *input);
        if (!value) return failure_reply(about->name, value.error());
        return ToolReply{*std::move(value), false, std::move(context.images), context.failed};
    };
    return logged(knowledge, std::move(tool));
}

/// The same for an `Input` that needs nothing but its arguments:
///     static tl::expected<Input, ArgumentProblem> from(const Arguments&);
template <class Input>
Tool make_tool(KnowledgeBase& knowledge, ToolDeclaration declaration,
               Result<Json> (*run)(ToolContext&, const Input&)) {
    return make_tool_reading<Input>(
        knowledge, std::move(declaration),
        [](const Arguments& arguments, const Json&) { return Input::from(arguments); }, run);
}

}  // namespace bm
