#include <utility>

#include "markdown/result.hpp"
#include "server/call_context.hpp"
#include "server/client_abilities.hpp"
#include "server/input_broker.hpp"
#include "server/listing.hpp"
#include "server/params.hpp"
#include "server/task_store.hpp"

namespace bm {
namespace {

Outcome list_tools(const Offering& offering, RequestContext& context) {
    return list_entries("tools", offering.catalog.tools(), &Tool::name, encode_tool, offering,
                        context);
}

Json failed_call(const Tool& tool, std::string reason, const RequestContext& context) {
    return encode_tool_reply(tool, {.value = std::move(reason), .is_error = true}, context.policy);
}

/// Who cannot do what the tool needs hears of it in the way of his era.
Outcome lacking_call(const Tool& tool, ProtocolError missing, const RequestContext& context) {
    if (context.policy.modern) return missing;
    return failed_call(tool, std::move(missing.message), context);
}

/// Goes on with the call in the background, or at once for a client that takes no handle.
Step go_on(const Offering& offering, RequestContext& context, const Tool& tool,
           const CallContext& call, BackgroundWork work) {
    if (!call.client.tasks || offering.tasks == nullptr) {
        return std::visit(Match{[&](ToolReply&& reply) -> Step {
                                    return encode_tool_reply(tool, std::move(reply),
                                                             context.policy);
                                },
                                [](InputNeeded&& needed) -> Step { return std::move(needed); }},
                          work.run(call));
    }
    auto task = offering.tasks->start(owner_of(context), tool, context.policy, call.client,
                                      std::move(work));
    if (!task) {
        return ProtocolError{error_code::too_many_requests, "Too many tasks: end some first"};
    }
    (*task)["resultType"] = "task";
    return *std::move(task);
}

Outcome call_conversing(const Offering& offering, RequestContext& context, const Tool& tool,
                        const Json& arguments) {
    const auto run = [&](const CallContext& call) {
        return std::visit(Match{[&](ToolReply&& reply) -> Step {
                                    return encode_tool_reply(tool, std::move(reply),
                                                             context.policy);
                                },
                                [](InputNeeded&& needed) -> Step { return std::move(needed); },
                                [&](BackgroundWork&& work) -> Step {
                                    return go_on(offering, context, tool, call, std::move(work));
                                }},
                          tool.converse(call, arguments));
    };
    return run_conversing(offering, context,
                          {.method = "tools/call",
                           .name = tool.name,
                           .run = run,
                           .give_up = [&](std::string reason) -> Outcome {
                               return failed_call(tool, std::move(reason), context);
                           }});
}

Outcome call_tool(const Offering& offering, RequestContext& context) {
    const auto name = required_text(context.params, "name");
    if (!name) return name.error();
    const Tool* tool = offering.catalog.find_tool(*name);
    if (tool == nullptr) {
        return ProtocolError{error_code::invalid_params, "Unknown tool: " + clipped(*name)};
    }
    const auto arguments = optional_object(context.params, "arguments");
    if (!arguments) return arguments.error();
    if (auto missing = missing_abilities(client_abilities(context), needed_abilities(*tool))) {
        return lacking_call(*tool, *std::move(missing), context);
    }
    if (tool->converse) return call_conversing(offering, context, *tool, *arguments);
    ToolReply reply = tool->run(call_context(context), *arguments);
    return encode_tool_reply(*tool, std::move(reply), context.policy);
}

}  // namespace

void add_tool_methods(MethodTable& table) {
    table.push_back({.name = "tools/list",
                     .needs = Ability::tools,
                     .cache = listing_for_everyone,
                     .handle = list_tools});
    table.push_back({.name = "tools/call",
                     .needs = Ability::tools,
                     .runs = Runs::on_worker,
                     .handle = call_tool});
}

}  // namespace bm
