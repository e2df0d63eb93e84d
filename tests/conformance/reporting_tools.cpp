#include <string>
#include <utility>

#include "tests/conformance/fixtures.hpp"

namespace bm::conformance {
namespace {

constexpr std::chrono::milliseconds between_reports{50};
constexpr std::chrono::milliseconds before_reconnection{100};

Tool logging_tool() {
    Tool tool = bare_tool("test_tool_with_logging", "Logs three messages.");
    tool.run = [](const CallContext& call, const Json&) {
        if (call.note) {
            call.note("Tool execution started");
            pause(call, between_reports);
            call.note("Tool processing data");
            pause(call, between_reports);
            call.note("Tool execution completed");
        }
        return text_reply("Tool with logging executed successfully");
    };
    return tool;
}

Tool progress_tool() {
    Tool tool = bare_tool("test_tool_with_progress", "Reports how far it is.");
    tool.run = [](const CallContext& call, const Json&) {
        for (const int done : {0, 50, 100}) {
            if (done > 0) pause(call, between_reports);
            if (!call.progress) continue;
            call.progress(done, 100, "Completed step " + std::to_string(done) + " of 100");
        }
        return text_reply("Tool with progress executed successfully");
    };
    return tool;
}

Tool reconnection_tool() {
    Tool tool = bare_tool("test_reconnection", "Gives up its stream before it answers.");
    tool.run = [](const CallContext& call, const Json&) {
        if (call.leave_stream) call.leave_stream();
        pause(call, before_reconnection);
        return text_reply("Reconnection test completed successfully.");
    };
    return tool;
}

Tool gated_logging_tool() {
    Tool tool = bare_tool("test_logging_tool", "Logs one message for those who want to hear it.");
    tool.run = [](const CallContext& call, const Json&) {
        if (call.note) call.note("A message from test_logging_tool");
        return text_reply("Logged.");
    };
    return tool;
}

Tool trigger_tool(std::string name, ChangeBus& changes, Change::Kind kind) {
    Tool tool = bare_tool(std::move(name), "Tells that a list has changed.");
    tool.run = [&changes, kind](const CallContext&, const Json&) {
        changes.publish({kind, {}});
        return text_reply("Told.");
    };
    return tool;
}

}  // namespace

std::vector<Tool> reporting_tools(ChangeBus& changes) {
    std::vector<Tool> tools;
    tools.push_back(logging_tool());
    tools.push_back(progress_tool());
    tools.push_back(reconnection_tool());
    tools.push_back(gated_logging_tool());
    tools.push_back(trigger_tool("test_trigger_tool_change", changes, Change::Kind::tools_list));
    tools.push_back(
        trigger_tool("test_trigger_prompt_change", changes, Change::Kind::prompts_list));
    return tools;
}

}  // namespace bm::conformance
