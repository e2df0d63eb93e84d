#include <utility>

#include "tests/conformance/fixtures.hpp"

namespace bm::conformance {
namespace {

using Composed = Result<std::variant<PromptMessages, InputNeeded>>;
using Compose = std::function<Composed(const CallContext&, const PromptValues&)>;

Prompt bare_prompt(std::string name, std::string description, Compose compose) {
    Prompt prompt;
    prompt.name = std::move(name);
    prompt.description = std::move(description);
    prompt.compose = std::move(compose);
    return prompt;
}

PromptMessages from_user(Content blocks) {
    PromptMessages messages;
    for (ContentBlock& block : blocks) messages.push_back({false, std::move(block)});
    return messages;
}

Composed compose_arguments(const CallContext&, const PromptValues& values) {
    return from_user({TextBlock{"Prompt with arguments: arg1='" + values.at("arg1") + "', arg2='" +
                                values.at("arg2") + "'"}});
}

Composed compose_resource(const CallContext&, const PromptValues& values) {
    return from_user({EmbeddedResourceBlock{values.at("resourceUri"), "text/plain",
                                            "Embedded resource content for testing."},
                      TextBlock{"Please process the embedded resource above."}});
}

Composed compose_with_input(const CallContext& call, const PromptValues&) {
    if (const auto context = accepted_text(call.answers, "user_context", "context")) {
        return from_user({TextBlock{"Please keep in mind: " + *context}});
    }
    const FormQuestion form{"What should the prompt be about?",
                            object_schema({{"context", {{"type", "string"}}}}, {"context"})};
    return InputNeeded{.questions = {{"user_context", form}}};
}

Resource text_resource(std::string uri, std::string name, std::string text) {
    Resource resource;
    resource.uri = std::move(uri);
    resource.name = std::move(name);
    resource.description = "A text that stays as it is.";
    resource.mime_type = "text/plain";
    resource.read = [text = std::move(text)](const CallContext&) -> Result<ResourceText> {
        return ResourceText{"text/plain", text};
    };
    return resource;
}

Result<ResourceText> read_templated(const CallContext&, std::string_view uri) {
    constexpr std::string_view before = "test://template/";
    constexpr std::string_view after = "/data";
    if (uri.size() <= before.size() + after.size() || !uri.starts_with(before) ||
        !uri.ends_with(after)) {
        return fail(Fault::not_found, "No such resource.");
    }
    const std::string id(uri.substr(before.size(), uri.size() - before.size() - after.size()));
    const Json text = {{"id", id}, {"templateTest", true}, {"data", "Data for ID: " + id}};
    return ResourceText{"application/json", text.dump()};
}

}  // namespace

std::vector<Prompt> all_prompts() {
    std::vector<Prompt> prompts;
    prompts.push_back(bare_prompt(
        "test_simple_prompt", "One text.", [](const CallContext&, const PromptValues&) -> Composed {
            return from_user({TextBlock{"This is a simple prompt for testing."}});
        }));
    prompts.push_back(
        bare_prompt("test_prompt_with_arguments", "Repeats its arguments.", compose_arguments));
    prompts.back().arguments = {{"arg1", "The first.", true}, {"arg2", "The second.", true}};
    prompts.back().complete = [](std::string_view, std::string_view typed, const PromptValues&) {
        return std::vector<std::string>{std::string(typed) + "ing"};
    };
    prompts.push_back(
        bare_prompt("test_prompt_with_embedded_resource", "Carries a resource.", compose_resource));
    prompts.back().arguments = {{"resourceUri", "What it says it carries.", true}};
    prompts.push_back(bare_prompt("test_prompt_with_image", "Carries an image.",
                                  [](const CallContext&, const PromptValues&) -> Composed {
                                      return from_user(
                                          {ImageBlock{png, "image/png"},
                                           TextBlock{"Please analyze the image above."}});
                                  }));
    prompts.push_back(bare_prompt("test_input_required_result_prompt",
                                  "Asks what it is to be about.", compose_with_input));
    return prompts;
}

std::vector<Resource> all_resources() {
    std::vector<Resource> resources;
    resources.push_back(text_resource("test://static-text", "static-text",
                                      "This is the content of the static text resource."));
    Resource binary;
    binary.uri = "test://static-binary";
    binary.name = "static-binary";
    binary.description = "One pixel.";
    binary.mime_type = "image/png";
    binary.read = [](const CallContext&) -> Result<ResourceText> {
        return ResourceText{"image/png", "", png};
    };
    resources.push_back(std::move(binary));
    resources.push_back(
        text_resource("test://watched-resource", "watched-resource", "Nobody changes this."));
    return resources;
}

std::vector<ResourceTemplate> all_templates() {
    ResourceTemplate data;
    data.uri_template = "test://template/{id}/data";
    data.name = "template-data";
    data.description = "Data for an id.";
    data.mime_type = "application/json";
    data.read = read_templated;
    return {std::move(data)};
}

}  // namespace bm::conformance
