#include <utility>

#include "server/call_context.hpp"
#include "server/listing.hpp"
#include "server/params.hpp"

namespace bm {
namespace {

Outcome list_tools(const Offering& offering, RequestContext& context) {
    return list_entries("tools", offering.catalog.tools(), &Tool::name, encode_tool, offering,
                        context);
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
