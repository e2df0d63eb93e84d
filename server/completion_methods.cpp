#include <algorithm>
#include <string>
#include <utility>

#include "server/fault_translation.hpp"
#include "server/method.hpp"
#include "server/params.hpp"

namespace bm {
namespace {

/// The protocol's own limit on values in one answer.
constexpr std::size_t max_values = 100;

using Complete = std::function<Result<std::vector<std::string>>(std::string_view, std::string_view,
                                                                const TextMap&)>;

/// The variables of a URI template: the names within braces, without operators and modifiers.
bool has_variable(std::string_view uri_template, std::string_view name) {
    for (auto open = uri_template.find('{'); open != std::string_view::npos;
         open = uri_template.find('{', open + 1)) {
        const auto close = uri_template.find('}', open);
        if (close == std::string_view::npos) return false;
        std::string_view names = uri_template.substr(open + 1, close - open - 1);
        if (!names.empty() && std::string_view("+#./;?&").find(names[0]) != names.npos) {
            names.remove_prefix(1);
        }
        while (!names.empty()) {
            const std::string_view one = names.substr(0, names.find(','));
            if (one.substr(0, one.find_first_of(":*")) == name) return true;
            names.remove_prefix(std::min(names.size(), one.size() + 1));
        }
    }
    return false;
}

tl::unexpected<ProtocolError> unknown_argument(const std::string& name) {
    return refuse(error_code::invalid_params, "Unknown argument: " + clipped(name));
}

OrError<const Complete*> prompt_completion(const Catalog& catalog, const Json& ref,
                                           const std::string& argument) {
    const auto name = required_text(ref, "name");
    if (!name) return tl::unexpected(name.error());
    const Prompt* prompt = catalog.find_prompt(*name);
    if (prompt == nullptr)
        return refuse(error_code::invalid_params, "Unknown prompt: " + clipped(*name));
    const bool known = std::any_of(prompt->arguments.begin(), prompt->arguments.end(),
                                   [&](const PromptArgument& one) { return one.name == argument; });
    if (!known) return unknown_argument(argument);
    return &prompt->complete;
}

OrError<const Complete*> resource_completion(const Catalog& catalog, const Json& ref,
                                             const std::string& argument) {
    const auto uri = required_text(ref, "uri");
    if (!uri) return tl::unexpected(uri.error());
    for (const ResourceTemplate& entry : catalog.templates()) {
        if (entry.uri_template != *uri) continue;
        if (!has_variable(entry.uri_template, argument)) return unknown_argument(argument);
        return &entry.complete;
    }
    const bool fixed = std::any_of(catalog.resources().begin(), catalog.resources().end(),
                                   [&](const Resource& one) { return one.uri == *uri; });
    if (fixed) return unknown_argument(argument);
    return refuse(error_code::invalid_params, "Unknown resource template: " + clipped(*uri));
}

OrError<const Complete*> find_completion(const Catalog& catalog, const Json& ref,
                                         const std::string& argument) {
    const auto type = required_text(ref, "type");
    if (!type) return tl::unexpected(type.error());
    if (*type == "ref/prompt") return prompt_completion(catalog, ref, argument);
    if (*type == "ref/resource") return resource_completion(catalog, ref, argument);
    return refuse(error_code::invalid_params, "Unknown kind of reference: " + clipped(*type));
}

/// What the client has filled in already. Before it was defined, a member of that name means
/// nothing.
OrError<TextMap> other_arguments(const RequestContext& context) {
    if (!context.policy.completion_context) return TextMap();
    const auto completion = optional_object(context.params, "context");
    if (!completion) return tl::unexpected(completion.error());
    return optional_texts(*completion, "arguments");
}

Json encode_values(std::vector<std::string> values) {
    const std::size_t found = values.size();
    if (found > max_values) values.resize(max_values);
    Json completion = {{"values", std::move(values)}};
    // A full answer may have been cut short already; only a shorter one is known to be all.
    if (found != max_values) {
        completion["total"] = found;
        completion["hasMore"] = found > max_values;
    }
    return {{"completion", std::move(completion)}};
}

Outcome complete(const Offering& offering, RequestContext& context) {
    const auto ref = optional_object(context.params, "ref");
    if (!ref) return ref.error();
    const auto argument = optional_object(context.params, "argument");
    if (!argument) return argument.error();
    const auto name = required_text(*argument, "name");
    if (!name) return name.error();
    const auto typed = required_text(*argument, "value");
    if (!typed) return typed.error();
    const auto others = other_arguments(context);
    if (!others) return others.error();
    const auto completion = find_completion(offering.catalog, *ref, *name);
    if (!completion) return completion.error();
    const Complete& values_for = **completion;
    if (!values_for) return encode_values({});
    auto values = values_for(*name, *typed, *others);
    if (!values) return protocol_error(values.error(), error_code::invalid_params);
    return encode_values(*std::move(values));
}

}  // namespace

void add_completion_methods(MethodTable& table) {
    table.push_back({.name = "completion/complete",
                     .needs = Ability::completions,
                     .runs = Runs::on_worker,
                     .rate_limited = true,
                     .handle = complete});
}

}  // namespace bm
