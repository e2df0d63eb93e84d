#include <utility>

#include "tests/conformance/fixtures.hpp"

namespace bm::conformance {
namespace {

constexpr int sampled_tokens_of_a_round = 100;

FormQuestion name_form(std::string message = "What is your name?") {
    return {std::move(message), object_schema({{"name", {{"type", "string"}}}}, {"name"})};
}

SamplingQuestion capital_question() {
    return {"What is the capital of France?", sampled_tokens_of_a_round};
}

using Converse = std::function<ToolOutcome(const CallContext&, const Json&)>;

Tool round_tool(std::string kind, std::string description, Converse converse) {
    Tool tool = bare_tool("test_input_required_result_" + std::move(kind), std::move(description));
    tool.converse = std::move(converse);
    return tool;
}

ToolOutcome ask_name(const CallContext& call, const Json&) {
    if (const auto name = accepted_text(call.answers, "user_name", "name")) {
        return text_reply("Hello, " + *name + "!");
    }
    const auto form = call.answers.form("user_name");
    if (form && form->action != FormAnswer::Action::accepted) {
        return text_reply("Hello, whoever you are!");
    }
    return InputNeeded{.questions = {{"user_name", name_form()}}};
}

ToolOutcome ask_model(const CallContext& call, const Json&) {
    if (const auto text = call.answers.sampled_text("capital")) {
        return text_reply("The model says: " + *text);
    }
    return InputNeeded{.questions = {{"capital", capital_question()}}};
}

ToolOutcome ask_roots(const CallContext& call, const Json&) {
    if (const Json* answer = call.answers.find("roots")) {
        return text_reply("Roots: " + answer->value("roots", Json::array()).dump());
    }
    return InputNeeded{.questions = {{"roots", RootsQuestion{}}}};
}

ToolOutcome confirm_with_state(const CallContext& call, const Json&) {
    const auto form = call.answers.form("confirm");
    if (form && call.state.is_object() && call.state.value("asked", "") == "confirm") {
        return text_reply("state-ok");
    }
    const FormQuestion question{"Please confirm",
                                object_schema({{"ok", {{"type", "boolean"}}}}, {"ok"})};
    return InputNeeded{.questions = {{"confirm", question}}, .state = {{"asked", "confirm"}}};
}

ToolOutcome ask_everything(const CallContext& call, const Json&) {
    const auto name = accepted_text(call.answers, "name", "name");
    const auto greeting = call.answers.sampled_text("greeting");
    const Json* roots = call.answers.find("roots");
    if (name && greeting && roots != nullptr && call.state.is_object()) {
        return text_reply(*greeting + " (for " + *name + ")");
    }
    return InputNeeded{.questions = {{"name", name_form()},
                                     {"greeting", capital_question()},
                                     {"roots", RootsQuestion{}}},
                       .state = {{"asked", "everything"}}};
}

/// Two questions after each other; what the first has brought travels in the state.
ToolOutcome ask_twice(const CallContext& call, const Json&) {
    const Json& state = call.state;
    const std::string known = state.is_object() ? state.value("name", "") : "";
    if (known.empty()) {
        const auto name = accepted_text(call.answers, "step1", "name");
        if (!name || name->empty()) {
            return InputNeeded{.questions = {{"step1", name_form("Step 1: what is your name?")}},
                               .state = {{"step", 1}}};
        }
        const FormQuestion color{"Step 2: what is your favourite color?",
                                 object_schema({{"color", {{"type", "string"}}}}, {"color"})};
        return InputNeeded{.questions = {{"step2", color}},
                           .state = {{"step", 2}, {"name", *name}}};
    }
    const auto color = accepted_text(call.answers, "step2", "color");
    return text_reply(known + " likes " + color.value_or("no color"));
}

ToolOutcome ask_what_it_can(const CallContext& call, const Json&) {
    InputNeeded needed;
    if (call.client.forms) needed.questions.push_back({"name", name_form()});
    if (call.client.sampling) needed.questions.push_back({"capital", capital_question()});
    if (call.client.roots) needed.questions.push_back({"roots", RootsQuestion{}});
    for (const auto& [key, question] : needed.questions) {
        if (call.answers.find(key) == nullptr) return needed;
    }
    return text_reply("All that could be asked was answered.");
}

}  // namespace

std::vector<Tool> round_tools() {
    std::vector<Tool> tools;
    tools.push_back(round_tool("elicitation", "Asks for a name.", ask_name));
    tools.push_back(round_tool("sampling", "Asks the client's model.", ask_model));
    tools.push_back(round_tool("list_roots", "Asks for the client's folders.", ask_roots));
    tools.push_back(round_tool("request_state", "Asks with a state.", confirm_with_state));
    tools.push_back(round_tool("multiple_inputs", "Asks all kinds at once.", ask_everything));
    tools.push_back(round_tool("multi_round", "Asks twice.", ask_twice));
    tools.push_back(round_tool("tampered_state", "Asks with a state.", confirm_with_state));
    tools.push_back(round_tool("capabilities", "Asks what the client can do.", ask_what_it_can));
    return tools;
}

}  // namespace bm::conformance
