#include <utility>

#include "tests/conformance/fixtures.hpp"

namespace bm::conformance {
namespace {

constexpr int sampled_tokens = 100;

std::string_view action_name(FormAnswer::Action action) {
    switch (action) {
        case FormAnswer::Action::accepted:
            return "accept";
        case FormAnswer::Action::declined:
            return "decline";
        case FormAnswer::Action::cancelled:
            break;
    }
    return "cancel";
}

std::string argument(const Json& arguments, const char* name) {
    const auto found = arguments.find(name);
    return found == arguments.end() || !found->is_string() ? std::string()
                                                           : found->get<std::string>();
}

/// Shows the form and tells what became of it.
ToolOutcome show_form(const CallContext& call, FormQuestion form, const std::string& told) {
    const auto answer = call.answers.form("form");
    if (!answer) return InputNeeded{.questions = {{"form", std::move(form)}}};
    return text_reply(told + ": action=" + std::string(action_name(answer->action)) +
                      ", content=" + answer->content.dump());
}

Tool form_tool(std::string name, std::string message, Json schema) {
    Tool tool = bare_tool(std::move(name), "Shows a form.");
    tool.converse = [message = std::move(message), schema = std::move(schema)](
                        const CallContext& call, const Json&) {
        return show_form(call, {message, schema}, "Elicitation completed");
    };
    return tool;
}

Tool sampling_tool() {
    Tool tool = bare_tool("test_sampling", "Asks the client's model.");
    tool.input_schema = object_schema({{"prompt", {{"type", "string"}}}}, {"prompt"});
    tool.converse = [](const CallContext& call, const Json& arguments) -> ToolOutcome {
        if (const auto text = call.answers.sampled_text("model")) {
            return text_reply("LLM response: " + *text);
        }
        const SamplingQuestion question{argument(arguments, "prompt"), sampled_tokens};
        return InputNeeded{.questions = {{"model", question}}};
    };
    return tool;
}

Tool elicitation_tool() {
    Tool tool = bare_tool("test_elicitation", "Asks the user.");
    tool.input_schema = object_schema({{"message", {{"type", "string"}}}}, {"message"});
    tool.converse = [](const CallContext& call, const Json& arguments) {
        const Json schema =
            object_schema({{"username", {{"type", "string"}, {"description", "Your name"}}},
                           {"email", {{"type", "string"}, {"description", "Your address"}}}},
                          {"username", "email"});
        return show_form(call, {argument(arguments, "message"), schema}, "User response");
    };
    return tool;
}

Json defaults_schema() {
    return object_schema(
        {{"name", {{"type", "string"}, {"default", "John Doe"}}},
         {"age", {{"type", "integer"}, {"default", 30}}},
         {"score", {{"type", "number"}, {"default", 95.5}}},
         {"status",
          {{"type", "string"}, {"enum", {"active", "inactive", "pending"}}, {"default", "active"}}},
         {"verified", {{"type", "boolean"}, {"default", true}}}});
}

/// value1 to value3 with titles that end in `noun`.
Json titled_values(const std::string& noun) {
    Json out = Json::array();
    const char* const ordinals[] = {"First", "Second", "Third"};
    int number = 0;
    for (const char* ordinal : ordinals) {
        out.push_back({{"const", "value" + std::to_string(++number)},
                       {"title", std::string(ordinal) + " " + noun}});
    }
    return out;
}

Json enums_schema() {
    const Json options = {"option1", "option2", "option3"};
    return object_schema(
        {{"untitledSingle", {{"type", "string"}, {"enum", options}}},
         {"titledSingle", {{"type", "string"}, {"oneOf", titled_values("Option")}}},
         {"legacyEnum",
          {{"type", "string"},
           {"enum", {"opt1", "opt2", "opt3"}},
           {"enumNames", {"Option One", "Option Two", "Option Three"}}}},
         {"untitledMulti", {{"type", "array"}, {"items", {{"type", "string"}, {"enum", options}}}}},
         {"titledMulti", {{"type", "array"}, {"items", {{"anyOf", titled_values("Choice")}}}}}});
}

}  // namespace

std::vector<Tool> asking_tools() {
    std::vector<Tool> tools;
    tools.push_back(sampling_tool());
    tools.push_back(elicitation_tool());
    tools.push_back(form_tool("test_elicitation_sep1034_defaults",
                              "Please review and update the form fields with defaults",
                              defaults_schema()));
    tools.push_back(form_tool("test_elicitation_sep1330_enums", "Please choose", enums_schema()));
    tools.push_back(bare_tool("test_missing_capability", "Needs a client that can ask its model."));
    tools.back().needs_client.sampling = true;
    tools.back().run = [](const CallContext&, const Json&) {
        return text_reply("The client can ask its model.");
    };
    tools.push_back(bare_tool("test_streaming_elicitation", "Asks nobody."));
    tools.back().run = [](const CallContext&, const Json&) {
        return text_reply("Nobody was asked.");
    };
    return tools;
}

}  // namespace bm::conformance
