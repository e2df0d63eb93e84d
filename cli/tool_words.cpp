#include "cli/tool_words.hpp"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

namespace bm {

namespace {

/// The words of one flag, as CLI11 wants them.
struct Words {
    std::string flags;
    std::string argument;
    std::string help;
};

void add_pairs(ToolCall& call, const std::string& argument,
               const std::vector<std::string>& values) {
    for (const auto& value : values) {
        const std::size_t equals = value.find('=');
        if (equals == std::string::npos || equals == 0) {
            throw UsageError{"Invalid --meta entry '" + value + "'. Use key=value format."};
        }
        call.arguments[argument][value.substr(0, equals)] = value.substr(equals + 1);
    }
}

void add_json(ToolCall& call, const Words& words, const std::string& text) {
    const Json parsed = Json::parse(text, nullptr, false);
    if (parsed.is_discarded()) throw UsageError{"Invalid JSON for " + words.flags + ": " + text};
    if (parsed.is_object() && call.arguments.contains(words.argument)) {
        call.arguments[words.argument].update(parsed);
    } else {
        call.arguments[words.argument] = parsed;
    }
}

void choose(ToolCall& call, const std::string& argument, const std::string& value) {
    if (call.arguments.contains(argument)) {
        throw UsageError{
            "Use only one mode flag: --permalink, --title, --vector, or --hybrid. Exiting."};
    }
    call.arguments[argument] = value;
}

template <class Value>
CLI::Option* add_value(CLI::App& sub, ToolCall& call, const Words& words) {
    return sub.add_option_function<Value>(
        words.flags,
        [&call, argument = words.argument](const Value& value) {
            call.arguments[argument] = value;
        },
        words.help);
}

CLI::Option* add_switch(CLI::App& sub, ToolCall& call, const Words& words, bool value) {
    return sub.add_flag_callback(
        words.flags,
        [&call, argument = words.argument, value] { call.arguments[argument] = value; },
        words.help);
}

CLI::Option* add_each(CLI::Option* option) {
    return option->expected(1)->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

CLI::Option* add_option(CLI::App& sub, const ToolFlag& flag, ToolCall& call) {
    using Texts = std::vector<std::string>;
    const Words words{std::string(flag.flags), std::string(flag.argument), std::string(flag.help)};
    switch (flag.kind) {
        case FlagKind::text:
            return add_value<std::string>(sub, call, words);
        case FlagKind::number:
            return add_value<long long>(sub, call, words);
        case FlagKind::real:
            return add_value<double>(sub, call, words);
        case FlagKind::present:
            return add_switch(sub, call, words, true);
        case FlagKind::absent:
            return add_switch(sub, call, words, false);
        case FlagKind::list:
            return add_each(add_value<Texts>(sub, call, words));
        case FlagKind::pairs:
            return add_each(sub.add_option_function<Texts>(
                words.flags,
                [&call, words](const Texts& values) { add_pairs(call, words.argument, values); },
                words.help));
        case FlagKind::json:
            return sub.add_option_function<std::string>(
                words.flags,
                [&call, words](const std::string& value) { add_json(call, words, value); },
                words.help);
        case FlagKind::choice:
            break;
    }
    return sub.add_flag_callback(
        words.flags,
        [&call, words, value = std::string(flag.value)] { choose(call, words.argument, value); },
        words.help);
}

void add_tool_flag(CLI::App& sub, const ToolFlag& flag, ToolCall& call) {
    CLI::Option* option = add_option(sub, flag, call);
    if (flag.required) option->required();
}

}  // namespace

std::shared_ptr<ToolCall> add_tool_words(CLI::App& sub, const ToolCommand& tool) {
    auto call = std::make_shared<ToolCall>();
    call->command = &tool;
    for (const auto& flag : tool.positionals) add_tool_flag(sub, flag, *call);
    for (const auto& flag : tool.flags) add_tool_flag(sub, flag, *call);
    const auto set_text = [call](const char* argument) {
        return [call, argument](const std::string& value) { call->arguments[argument] = value; };
    };
    sub.add_option_function<std::string>("--project", set_text("project"),
                                         "Project (the default one)");
    sub.add_option_function<std::string>("--project-id", set_text("project_id"),
                                         "Project by its UUID");
    const auto set_output = [call](OutputMode output) {
        return [call, output] {
            const bool contradicts =
                (call->output == OutputMode::json && output == OutputMode::plain) ||
                (call->output == OutputMode::plain && output == OutputMode::json);
            if (contradicts) throw UsageError{"Error: --json and --plain are mutually exclusive."};
            call->output = output;
        };
    };
    sub.add_flag_callback("--json", set_output(OutputMode::json),
                          "Print JSON (the default unless on a terminal)");
    sub.add_flag_callback("--plain", set_output(OutputMode::plain), "Print plain text");
    sub.add_flag_callback("--text", set_output(OutputMode::text), "Print what an assistant reads");
    return call;
}

}  // namespace bm
