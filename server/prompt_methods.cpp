#include <utility>

#include "server/call_context.hpp"
#include "server/fault_translation.hpp"
#include "server/input_broker.hpp"
#include "server/listing.hpp"
#include "server/params.hpp"

namespace bm {
namespace {

Outcome list_prompts(const Offering& offering, RequestContext& context) {
    return list_entries("prompts", offering.catalog.prompts(), &Prompt::name, encode_prompt,
                        offering, context);
}

Outcome compose_prompt(const Offering& offering, RequestContext& context, const Prompt& prompt,
                       const PromptValues& values) {
    const auto run = [&](const CallContext& call) -> Step {
        auto composed = prompt.compose(call, values);
        if (!composed) return protocol_error(composed.error(), error_code::invalid_params);
        return std::visit(Match{[&](PromptMessages&& messages) -> Step {
                                    return encode_prompt_messages(prompt, std::move(messages),
                                                                  context.policy);
                                },
                                [](InputNeeded&& needed) -> Step { return std::move(needed); }},
                          *std::move(composed));
    };
    return run_conversing(offering, context,
                          {.method = "prompts/get",
                           .name = prompt.name,
                           .run = run,
                           .give_up = [](std::string reason) -> Outcome {
                               return ProtocolError{error_code::invalid_params, std::move(reason)};
                           }});
}

Outcome get_prompt(const Offering& offering, RequestContext& context) {
    const auto name = required_text(context.params, "name");
    if (!name) return name.error();
    const Prompt* prompt = offering.catalog.find_prompt(*name);
    if (prompt == nullptr) {
        return ProtocolError{error_code::invalid_params, "Unknown prompt: " + clipped(*name)};
    }
    const auto values = optional_texts(context.params, "arguments");
    if (!values) return values.error();
    for (const PromptArgument& argument : prompt->arguments) {
        if (!argument.required) continue;
        const auto given = values->find(argument.name);
        if (given == values->end() || given->second.empty()) {
            return ProtocolError{error_code::invalid_params,
                                 "Missing required argument: " + argument.name};
        }
    }
    if (prompt->compose) return compose_prompt(offering, context, *prompt, *values);
    auto text = prompt->run(call_context(context), *values);
    if (!text) return protocol_error(text.error(), error_code::invalid_params);
    return encode_prompt_text(*prompt, std::move(*text), context.policy);
}

}  // namespace

void add_prompt_methods(MethodTable& table) {
    table.push_back({.name = "prompts/list",
                     .needs = Ability::prompts,
                     .cache = listing_for_everyone,
                     .handle = list_prompts});
    table.push_back({.name = "prompts/get",
                     .needs = Ability::prompts,
                     .runs = Runs::on_worker,
                     .handle = get_prompt});
}

}  // namespace bm
