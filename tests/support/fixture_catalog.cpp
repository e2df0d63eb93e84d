#include "tests/support/fixture_catalog.hpp"

#include <cstdio>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace bm::test {
namespace {

constexpr const char* pixel =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg"
    "==";

Json no_arguments() { return {{"type", "object"}, {"additionalProperties", false}}; }

Json wrapped_schema(Json result) {
    return {{"type", "object"},
            {"properties", {{"result", std::move(result)}}},
            {"required", {"result"}},
            {"title", "_WrappedResult"},
            {"x-fastmcp-wrap-result", true}};
}

Json open_object() { return {{"type", "object"}, {"additionalProperties", true}}; }

ToolReply text(std::string value) { return {std::move(value), false, {}}; }

using Run = std::function<ToolReply(const CallContext&, const Json&)>;

/// A tool whose answer is a string.
Tool text_tool(std::string name, std::string description, Run run) {
    Tool tool;
    tool.name = std::move(name);
    tool.description = std::move(description);
    tool.input_schema = no_arguments();
    tool.output_schema = wrapped_schema({{"type", "string"}, {"title", "Result"}});
    tool.wraps_result = true;
    tool.run = std::move(run);
    return tool;
}

Tool object_tool(std::string name, std::string description, Run run) {
    Tool tool = text_tool(std::move(name), std::move(description), std::move(run));
    tool.output_schema = open_object();
    tool.wraps_result = false;
    return tool;
}

Tool hello_tool() {
    Tool tool = text_tool("hello", "Says hello.",
                          [](const CallContext&, const Json&) { return text("Hello, world."); });
    tool.title = "Hello";
    tool.annotations = {true, false, true, false};
    return tool;
}

Tool echo_tool() {
    Tool tool =
        text_tool("echo", "Says what it was told.", [](const CallContext&, const Json& arguments) {
            return text(arguments.value("text", "nothing"));
        });
    tool.input_schema = {{"$schema", "https://json-schema.org/draft/2020-12/schema"},
                         {"type", "object"},
                         {"properties", {{"text", {{"type", "string"}}}}},
                         {"additionalProperties", false}};
    return tool;
}

std::vector<Tool> shape_tools() {
    std::vector<Tool> tools;
    tools.push_back(object_tool("mirror", "Answers with its arguments as an object.",
                                [](const CallContext&, const Json& arguments) {
                                    return ToolReply{arguments, false, {}};
                                }));
    tools.back().input_schema = {{"type", "object"}};
    tools.push_back(text_tool("three", "Answers with a list.", [](const CallContext&, const Json&) {
        return ToolReply{Json{{{"id", 1}}, {{"id", 2}}, {{"id", nullptr}}}, false, {}};
    }));
    tools.back().output_schema = wrapped_schema({{"type", "array"}, {"items", open_object()}});
    tools.push_back(
        text_tool("yes", "Answers with a boolean.", [](const CallContext&, const Json&) {
            return ToolReply{true, false, {}};
        }));
    tools.back().output_schema = wrapped_schema({{"type", "boolean"}});
    tools.push_back(object_tool("words", "Promises an object and answers in words.",
                                [](const CallContext&, const Json&) { return text("in words"); }));
    tools.push_back(object_tool(
        "picture", "Answers with an object and an image.", [](const CallContext&, const Json&) {
            return ToolReply{{{"type", "image"}}, false, {{"image/png", pixel}}};
        }));
    tools.push_back(object_tool("shapeless", "Promises nothing and answers with a string.",
                                [](const CallContext&, const Json&) { return text("bare"); }));
    tools.back().output_schema = nullptr;
    tools.push_back(text_tool("broken_bytes", "Answers with bytes that are not UTF-8.",
                              [](const CallContext&, const Json&) { return text("a\xFFz"); }));
    tools.push_back(text_tool("noise", "Prints to standard output, as a library might.",
                              [](const CallContext&, const Json&) {
                                  std::puts("noise on standard output");
                                  std::fflush(stdout);
                                  return text("quiet");
                              }));
    return tools;
}

std::vector<Tool> failing_tools() {
    std::vector<Tool> tools;
    tools.push_back(text_tool("fail", "Always fails.", [](const CallContext&, const Json&) {
        return ToolReply{"This tool always fails: try hello", true, {}};
    }));
    tools.push_back(text_tool("throw", "Breaks.", [](const CallContext&, const Json&) -> ToolReply {
        throw std::runtime_error("the secret reason");
    }));
    tools.push_back(text_tool("throw_odd", "Breaks in an unusual way.",
                              [](const CallContext&, const Json&) -> ToolReply { throw 42; }));
    return tools;
}

std::vector<Tool> slow_tools(Gate& gate) {
    std::vector<Tool> tools;
    tools.push_back(text_tool("wait", "Waits until the gate opens or it is told to stop.",
                              [&gate](const CallContext& call, const Json&) {
                                  return text(gate.wait(call.cancelled) ? "went through"
                                                                        : "turned back");
                              }));
    tools.push_back(text_tool("stubborn", "Waits until the gate opens, whatever it is told.",
                              [&gate](const CallContext&, const Json&) {
                                  gate.wait(std::stop_token());
                                  return text("went through at last");
                              }));
    tools.push_back(
        text_tool("open_gate", "Opens the gate.", [&gate](const CallContext&, const Json&) {
            gate.open();
            return text("open");
        }));
    tools.push_back(text_tool("steps", "Reports progress in steps.",
                              [](const CallContext& call, const Json& arguments) {
                                  const int steps = arguments.value("steps", 3);
                                  for (int step = 1; call.progress && step <= steps; ++step) {
                                      call.progress(step, steps, "step " + std::to_string(step));
                                  }
                                  return text("took " + std::to_string(steps) + " steps");
                              }));
    tools.back().input_schema = {{"type", "object"},
                                 {"properties", {{"steps", {{"type", "integer"}}}}}};
    return tools;
}

std::vector<Tool> all_tools(Gate& gate) {
    std::vector<Tool> all;
    all.push_back(hello_tool());
    all.push_back(echo_tool());
    for (auto* group : {shape_tools, failing_tools}) {
        for (Tool& tool : group()) all.push_back(std::move(tool));
    }
    for (Tool& tool : slow_tools(gate)) all.push_back(std::move(tool));
    return all;
}

std::vector<std::string> fitting(const std::vector<std::string>& values, std::string_view typed) {
    std::vector<std::string> out;
    for (const std::string& value : values) {
        if (value.rfind(typed, 0) == 0) out.push_back(value);
    }
    return out;
}

std::vector<Prompt> all_prompts() {
    Prompt greet;
    greet.name = "greet";
    greet.title = "Greet";
    greet.description = "Greets somebody.";
    greet.arguments = {{"name", "Whom.", true}, {"tone", "How.", false}};
    greet.run = [](const CallContext&, const PromptValues& values) -> Result<std::string> {
        const auto tone = values.find("tone");
        return "Please greet " + values.at("name") +
               (tone == values.end() || tone->second.empty() ? "." : ", " + tone->second + ".");
    };
    greet.complete = [](std::string_view argument, std::string_view typed,
                        const PromptValues& others) -> std::vector<std::string> {
        if (argument == "tone") {
            return fitting(others.contains("name") ? std::vector<std::string>{"warmly to you"}
                                                   : std::vector<std::string>{"warmly", "coldly"},
                           typed);
        }
        std::vector<std::string> many;
        for (int i = 0; i < 120; ++i) many.push_back("name-" + std::to_string(i));
        return fitting(many, typed);
    };

    Prompt bare;
    bare.name = "bare";
    bare.description = "Has no arguments.";
    bare.run = [](const CallContext&, const PromptValues&) -> Result<std::string> {
        return "Say something.";
    };

    Prompt broken = bare;
    broken.name = "broken";
    broken.arguments = {{"how", "Which failure.", false}};
    broken.run = [](const CallContext&, const PromptValues& values) -> Result<std::string> {
        const auto how = values.find("how");
        if (how == values.end()) throw std::runtime_error("the secret reason");
        return how->second == "unavailable" ? fail(Fault::unavailable, "The disk is full.")
                                            : fail(Fault::not_found, "No such project.");
    };
    return {greet, bare, broken};
}

std::vector<Resource> all_resources() {
    Resource guide{"fixture://guide",
                   "guide",
                   "Guide",
                   "How to behave.",
                   "text/plain",
                   [](const CallContext&) -> Result<ResourceText> {
                       return ResourceText{"text/plain", "Behave."};
                   }};
    Resource broken{"fixture://broken",
                    "broken",
                    "",
                    "Cannot be read now.",
                    "",
                    [](const CallContext&) -> Result<ResourceText> {
                        return fail(Fault::unavailable, "The disk is full.");
                    }};
    return {guide, broken};
}

std::vector<ResourceTemplate> all_templates() {
    ResourceTemplate notes;
    notes.uri_template = "fixture://notes/{name}";
    notes.name = "notes";
    notes.title = "Notes";
    notes.description = "A note by name.";
    notes.mime_type = "text/markdown";
    notes.read = [](const CallContext&, std::string_view uri) -> Result<ResourceText> {
        constexpr std::string_view prefix = "fixture://notes/";
        if (uri.substr(0, prefix.size()) != prefix) return fail(Fault::not_found, "No fit.");
        const auto name = uri.substr(prefix.size());
        if (name == "missing") return fail(Fault::not_found, "There is no note of that name.");
        if (name == "private") return fail(Fault::forbidden, "This note is not for clients.");
        return ResourceText{"text/markdown", "# " + std::string(name)};
    };
    notes.complete = [](std::string_view, std::string_view typed, const PromptValues&) {
        return fitting({"alpha", "beta"}, typed);
    };
    ResourceTemplate plain = notes;
    plain.uri_template = "fixture://plain/{+path}{?from,to*}";
    plain.name = "plain";
    plain.title.clear();
    plain.mime_type.clear();
    plain.read = [](const CallContext&, std::string_view) -> Result<ResourceText> {
        return fail(Fault::not_found, "No fit.");
    };
    plain.complete = nullptr;
    return {notes, plain};
}

Catalog::Entries all_entries(Gate& gate, std::vector<Tool> more) {
    Catalog::Entries entries;
    entries.tools = all_tools(gate);
    for (Tool& tool : more) entries.tools.push_back(std::move(tool));
    entries.prompts = all_prompts();
    entries.resources = all_resources();
    entries.templates = all_templates();
    entries.instructions = "Call hello first.";
    entries.server_name = "Fixture";
    entries.server_version = "1.2.3";
    return entries;
}

}  // namespace

FixtureCatalog::FixtureCatalog(std::vector<Tool> more)
    : catalog_(all_entries(gate_, std::move(more))) {}

Catalog empty_catalog() {
    Catalog::Entries entries;
    entries.server_name = "Empty";
    entries.server_version = "1.2.3";
    return Catalog(std::move(entries));
}

}  // namespace bm::test
