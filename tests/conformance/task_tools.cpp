#include <algorithm>
#include <stdexcept>
#include <utility>

#include "tests/conformance/fixtures.hpp"

namespace bm::conformance {
namespace {

constexpr std::chrono::milliseconds before_failure{1000};
constexpr double longest_computation = 60;

FormQuestion yes_or_no(std::string message) {
    return {std::move(message), object_schema({{"confirm", {{"type", "boolean"}}}}, {"confirm"})};
}

std::string text_argument(const Json& arguments, const char* name) {
    const auto found = arguments.find(name);
    return found == arguments.end() || !found->is_string() ? std::string()
                                                           : found->get<std::string>();
}

using Outcome = std::variant<ToolReply, InputNeeded>;

/// A tool whose calls go on in the background.
Tool background_tool(std::string name, std::string description,
                     std::function<Outcome(const CallContext&, const Json& arguments)> work) {
    Tool tool = bare_tool(std::move(name), std::move(description));
    tool.background = Background::always;
    tool.converse = [work = std::move(work)](const CallContext&, const Json& arguments) {
        return BackgroundWork{
            [work, arguments](const CallContext& call) { return work(call, arguments); }};
    };
    return tool;
}

Tool greet_tool() {
    Tool tool = bare_tool("greet", "Greets.");
    tool.input_schema = object_schema({{"name", {{"type", "string"}}}}, {"name"});
    tool.run = [](const CallContext&, const Json& arguments) {
        return text_reply("Hello, " + text_argument(arguments, "name") + "!");
    };
    return tool;
}

Outcome compute_slowly(const CallContext& call, const Json& arguments) {
    const auto given = arguments.find("seconds");
    const double seconds =
        given == arguments.end() || !given->is_number() ? 0 : given->get<double>();
    const std::chrono::duration<double> time(std::clamp(seconds, 0.0, longest_computation));
    pause(call, std::chrono::duration_cast<std::chrono::milliseconds>(time));
    return text_reply("Computed: " + text_argument(arguments, "label"));
}

Outcome fail_later(const CallContext& call, const Json&) {
    pause(call, before_failure);
    return ToolReply{.value = "The job has failed, as it always does", .is_error = true};
}

Outcome break_down(const CallContext&, const Json&) {
    throw std::runtime_error("this job always breaks");
}

Outcome delete_when_confirmed(const CallContext& call, const Json& arguments) {
    const std::string file = text_argument(arguments, "filename");
    const auto form = call.answers.form("confirm");
    if (!form) return InputNeeded{.questions = {{"confirm", yes_or_no("Delete " + file + "?")}}};
    const bool yes = form->action == FormAnswer::Action::accepted &&
                     form->content.value("confirm", Json(false)) == Json(true);
    return text_reply(yes ? "Deleted " + file : "Kept " + file);
}

Outcome ask_two_things(const CallContext& call, const Json&) {
    if (call.answers.find("first") != nullptr && call.answers.find("second") != nullptr) {
        return text_reply("Both were answered.");
    }
    return InputNeeded{
        .questions = {{"first", yes_or_no("The first?")}, {"second", yes_or_no("The second?")}}};
}

/// Asks before it becomes a task.
ToolOutcome ask_then_work(const CallContext& call, const Json&) {
    const auto name = accepted_text(call.answers, "user_name", "name");
    if (!name) {
        const FormQuestion form{"What is your name?",
                                object_schema({{"name", {{"type", "string"}}}}, {"name"})};
        return InputNeeded{.questions = {{"user_name", form}}};
    }
    return BackgroundWork{
        [name = *name](const CallContext&) { return text_reply("Worked for " + name); }};
}

}  // namespace

std::vector<Tool> task_tools() {
    std::vector<Tool> tools;
    tools.push_back(greet_tool());
    tools.push_back(background_tool("slow_compute", "Takes its time.", compute_slowly));
    tools.back().background = Background::possible;
    tools.back().input_schema =
        object_schema({{"seconds", {{"type", "number"}}}, {"label", {{"type", "string"}}}});
    tools.push_back(background_tool("failing_job", "Fails after a second.", fail_later));
    tools.push_back(background_tool("protocol_error_job", "Breaks.", break_down));
    tools.push_back(background_tool("confirm_delete", "Asks before it pretends to delete.",
                                    delete_when_confirmed));
    tools.back().input_schema = object_schema({{"filename", {{"type", "string"}}}}, {"filename"});
    tools.push_back(background_tool("multi_input", "Asks two things at once.", ask_two_things));
    tools.push_back(bare_tool("test_tool_with_task", "Asks, then goes on in the background."));
    tools.back().background = Background::always;
    tools.back().converse = ask_then_work;
    return tools;
}

}  // namespace bm::conformance
