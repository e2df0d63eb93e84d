#include "cli/tool_output.hpp"

#include <iostream>
#include <iterator>

#include <unistd.h>

#include "markdown/text.hpp"

namespace bm {

namespace {

std::string pretty(const Json& value) {
    return value.dump(2, ' ', true, Json::error_handler_t::replace);
}

std::string spoken_name(const ToolCommand& command) {
    if (command.tool.empty()) return "continue_conversation";
    return command.tool == "search_notes" ? "search" : std::string(command.tool);
}

/// The text behind the prefix that tells which tool was called; the command line says that in its
/// own words.
std::string without_prefix(const std::string& text, std::string_view tool) {
    const std::string prefix = "Error calling tool '" + std::string(tool) + "': ";
    return text.starts_with(prefix) ? text.substr(prefix.size()) : text;
}

OutputMode effective_mode(Application& application, OutputMode asked) {
    if (asked != OutputMode::automatic) return asked;
    if (application.environment()("BASIC_MEMORY_CLI_COMPAT") == "0.17") return OutputMode::text;
    return application.terminal().is_interactive() ? OutputMode::plain : OutputMode::json;
}

/// The sentences behind a code that a tool gives, without their heading.
std::string explanation_of(const Json& value) {
    const auto message = value.find("message");
    if (message == value.end() || !message->is_string()) return {};
    std::string_view text = trim(message->get_ref<const std::string&>());
    while (text.starts_with('#')) {
        const auto end = text.find('\n');
        text = end == std::string_view::npos ? "" : trim(text.substr(end + 1));
    }
    return std::string(text);
}

/// As scripts read it: without the members that are null.
void drop_nulls(Json& value) {
    if (value.is_object()) {
        for (auto at = value.begin(); at != value.end();)
            at = at->is_null() ? value.erase(at) : std::next(at);
    }
    for (auto& member : value) {
        if (member.is_structured()) drop_nulls(member);
    }
}

int print_json(Application& application, const ToolCall& call, const Json& value) {
    const auto error = value.is_object() ? value.find("error") : value.end();
    const bool failed = value.is_object() && error != value.end() && error->is_string() &&
                        !error->get<std::string>().empty();
    const bool prints_anyway =
        call.command->tool == "write_note" || call.command->tool == "read_note";
    if (!failed || prints_anyway) {
        Json shown = value.is_string() ? Json{{"result", value}} : value;
        if (call.command->tool == "build_context") drop_nulls(shown);
        application.terminal().line(pretty(shown));
    }
    if (!failed) return 0;
    const std::string explanation = explanation_of(value);
    if (!explanation.empty()) application.terminal().name_failure(error->get<std::string>());
    application.terminal().error("Error: " + error->get<std::string>());
    if (!explanation.empty()) application.terminal().error(explanation);
    return kExitFailure;
}

int print_reply(Application& application, const ToolCall& call, OutputMode mode, const Json& value,
                bool is_failure) {
    if (mode == OutputMode::json) return print_json(application, call, value);
    if (mode == OutputMode::plain) {
        if (const auto text = plain_text(application.terminal(), call, value)) {
            if (is_failure) {
                application.terminal().error(trim_right(*text));
            } else {
                application.terminal().show(*text);
            }
            return 0;
        }
    }
    const std::string text = value.is_string() ? value.get<std::string>() : pretty(value);
    if (is_failure) {
        application.terminal().error(text);
    } else {
        application.terminal().show(call.literal ? text : text + '\n');
    }
    return 0;
}

/// Nothing of that name, said by a program that was asked whether there is.
bool is_answered_miss(const ToolCall& call, const Json& value) {
    if (call.command->tool != "read_note") return false;
    if (value.is_object()) return value.value("error", Json()).is_null();
    return value.is_string() &&
           value.get_ref<const std::string&>().starts_with("\n# Note Not Found in ");
}

bool has_plain_form(const ToolCommand& command) {
    return command.tool == "search_notes" || command.tool == "recent_activity" ||
           command.tool == "read_note" || command.tool == "build_context";
}

}  // namespace

bool takes_argument(const Tool& tool, const std::string& name) {
    const auto properties = tool.input_schema.find("properties");
    return properties != tool.input_schema.end() && properties->contains(name);
}

int tool_error(Application& application, const ToolCommand& command, const std::string& text) {
    application.terminal().error("Error during " + spoken_name(command) + ": " + text);
    return kExitFailure;
}

std::optional<int> read_content(Application& application, ToolCall& call) {
    if (call.command->tool != "write_note") return std::nullopt;
    if (!call.arguments.contains("content")) {
        if (isatty(STDIN_FILENO) == 1) {
            application.terminal().error(
                "No content provided. Please provide content via --content or by piping to stdin.");
            return kExitFailure;
        }
        call.arguments["content"] =
            std::string(std::istreambuf_iterator<char>(std::cin), std::istreambuf_iterator<char>());
    }
    if (is_blank(call.arguments["content"].get_ref<const std::string&>())) {
        application.terminal().error("Empty content provided. Please provide non-empty content.");
        return kExitFailure;
    }
    return std::nullopt;
}

OutputMode prepare_output(Application& application, ToolCall& call, const Tool& tool) {
    const OutputMode mode = effective_mode(application, call.output);
    const bool wants_object =
        mode == OutputMode::json || (mode == OutputMode::plain && has_plain_form(*call.command));
    if (wants_object && takes_argument(tool, "output_format")) {
        call.arguments["output_format"] = "json";
    }
    if (call.command->tool == "read_note" && mode == OutputMode::plain &&
        call.arguments.contains("include_frontmatter")) {
        call.arguments["output_format"] = "text";
        call.literal = true;
    }
    return mode;
}

int finish_tool(Application& application, ToolCall& call, OutputMode mode, const Tool& tool,
                const ToolReply& reply) {
    call.literal = call.literal && !reply.failed;
    if (reply.is_error) {
        const std::string text =
            reply.value.is_string() ? reply.value.get<std::string>() : pretty(reply.value);
        return tool_error(application, *call.command, without_prefix(text, tool.name));
    }
    const bool is_failure = reply.failed && !is_answered_miss(call, reply.value);
    const int outcome = print_reply(application, call, mode, reply.value, is_failure);
    return outcome == 0 && is_failure ? kExitFailure : outcome;
}

int print_prompt(Application& application, const ToolCall& call, const std::string& text) {
    if (call.output == OutputMode::json) {
        application.terminal().line(pretty(Json{{"prompt", text}}));
    } else {
        application.terminal().show(text + '\n');
    }
    return 0;
}

}  // namespace bm
