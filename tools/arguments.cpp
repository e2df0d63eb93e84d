#include "tools/arguments.hpp"

#include <algorithm>
#include <limits>
#include <stdexcept>
#include <utility>

#include "markdown/text.hpp"
#include "tools/argument_check.hpp"
#include "tools/json_value.hpp"

namespace bm {

namespace {

using ParameterKind = Parameter::Kind;

/// Every name that a parameter answers to, the main one first.
std::vector<std::string_view> names_of(const Parameter& parameter) {
    std::vector<std::string_view> names{parameter.name};
    if (!parameter.second_name.empty()) names.push_back(parameter.second_name);
    names.insert(names.end(), parameter.aliases.begin(), parameter.aliases.end());
    return names;
}

const Json* member(const Json& object, std::string_view name) {
    const auto found = object.find(name);
    return found == object.end() ? nullptr : &*found;
}

std::optional<ArgumentProblem> missing_argument(const std::vector<Parameter>& parameters,
                                                const Json& raw) {
    for (const auto& parameter : parameters) {
        if (!parameter.required) continue;
        const auto names = names_of(parameter);
        const bool present = std::any_of(names.begin(), names.end(), [&](std::string_view name) {
            const Json* value = member(raw, name);
            return value != nullptr && (!value->is_null() || name == parameter.name);
        });
        if (!present) {
            return schema_problem("'" + std::string(parameter.name) + "' is a required property")
                .value();
        }
    }
    return std::nullopt;
}

std::optional<ArgumentProblem> unknown_argument(const std::vector<Parameter>& parameters,
                                                const Json& raw) {
    std::vector<std::string> accepted;
    std::vector<std::string> unknown;
    for (const auto& parameter : parameters) accepted.emplace_back(parameter.name);
    for (const auto& item : raw.items()) {
        const bool known =
            std::any_of(parameters.begin(), parameters.end(), [&](const Parameter& parameter) {
                const auto names = names_of(parameter);
                return std::find(names.begin(), names.end(), item.key()) != names.end();
            });
        if (!known) unknown.push_back(shown(std::string_view(item.key())));
    }
    if (unknown.empty()) return std::nullopt;
    std::string first = unknown.front().substr(1, unknown.front().size() - 2);
    std::string reason = "Unexpected keyword argument.";
    if (unknown.size() > 1) {
        unknown.erase(unknown.begin());
        constexpr std::size_t kMaxListed = 10;
        if (unknown.size() > kMaxListed) unknown.resize(kMaxListed);
        reason += " Also unexpected: " + join(unknown, ", ") + ".";
    }
    reason += accepted.empty() ? " This tool takes no arguments."
                               : " Accepted are: " + join(accepted, ", ") + ".";
    return typed_problem(std::move(first), std::move(reason)).value();
}

}  // namespace

tl::unexpected<ArgumentProblem> schema_problem(std::string reason) {
    return tl::unexpected(ArgumentProblem{ArgumentProblem::Step::schema, {}, std::move(reason)});
}

tl::unexpected<ArgumentProblem> typed_problem(std::string parameter, std::string reason) {
    return tl::unexpected(
        ArgumentProblem{ArgumentProblem::Step::typed, std::move(parameter), std::move(reason)});
}

tl::unexpected<ArgumentProblem> body_problem(std::string reason) {
    return tl::unexpected(ArgumentProblem{ArgumentProblem::Step::body, {}, std::move(reason)});
}

std::string problem_text(std::string_view tool, const ArgumentProblem& problem) {
    const std::string name(tool);
    switch (problem.step) {
        case ArgumentProblem::Step::schema:
            return "Input validation error: " + problem.reason;
        case ArgumentProblem::Step::typed:
            return "Error calling tool '" + name + "': 1 validation error for call[" + name +
                   "]\n" + problem.parameter + "\n  " + problem.reason;
        case ArgumentProblem::Step::body:
            return "Error calling tool '" + name + "': " + problem.reason;
    }
    throw std::logic_error("an argument problem without a step");
}

tl::expected<Arguments::Given, ArgumentProblem> Arguments::pick(
    const Parameter& parameter, const Json& raw, std::optional<ArgumentProblem>& later) {
    Given picked{parameter.fallback, std::string(parameter.name), false};
    const Json* value = nullptr;
    for (const auto name : names_of(parameter)) {
        const Json* found = member(raw, name);
        if (found == nullptr || found->is_null()) continue;
        if (value == nullptr) {
            value = found;
            picked.spelling = name;
        } else if (*value != *found && !later) {
            later = body_problem("'" + picked.spelling + "' and '" + std::string(name) +
                                 "' are the same argument and were given different values; "
                                 "pass one of them")
                        .value();
        }
    }
    if (value == nullptr) {
        if (!parameter.required) return picked;
        return schema_problem(wrong_type_reason(parameter, nullptr));
    }
    auto read = checked_argument(parameter, *value);
    if (read) {
        picked.value = *std::move(read);
        picked.given = true;
        return picked;
    }
    // What the schema refuses comes before everything else that may be wrong.
    if (read.error().step == ArgumentProblem::Step::schema) return tl::unexpected(read.error());
    if (!later) later = read.error();
    return picked;
}

tl::expected<Arguments, ArgumentProblem> Arguments::read(const std::vector<Parameter>& parameters,
                                                         const Json& raw) {
    if (!raw.is_object() && !raw.is_null()) {
        return schema_problem(shown(raw) + " is not of type 'object'");
    }
    const Json& given = raw.is_null() ? Json::object() : raw;
    if (auto missing = missing_argument(parameters, given)) return tl::unexpected(*missing);
    Arguments arguments;
    std::optional<ArgumentProblem> later;
    for (const auto& parameter : parameters) {
        auto value = pick(parameter, given, later);
        if (!value) return tl::unexpected(value.error());
        arguments.values_.emplace(std::string(parameter.name), *std::move(value));
    }
    if (auto unknown = unknown_argument(parameters, given)) return tl::unexpected(*unknown);
    if (later) return tl::unexpected(*later);
    return arguments;
}

const Arguments::Given& Arguments::find(std::string_view name) const {
    const auto found = values_.find(name);
    if (found == values_.end()) {
        throw std::logic_error("a tool reads the argument '" + std::string(name) +
                               "' that it does not declare");
    }
    return found->second;
}

bool Arguments::declares(std::string_view name) const {
    return values_.find(name) != values_.end();
}

bool Arguments::has(std::string_view name) const { return find(name).given; }

std::string_view Arguments::spelling_of(std::string_view name) const { return find(name).spelling; }

std::string Arguments::text(std::string_view name) const {
    const auto text = optional_text(name);
    if (!text) throw std::logic_error("no text for '" + std::string(name) + "'");
    return *text;
}

std::optional<std::string> Arguments::optional_text(std::string_view name) const {
    const Json& value = find(name).value;
    if (value.is_null()) return std::nullopt;
    return value.get<std::string>();
}

std::int64_t Arguments::integer(std::string_view name) const {
    const auto integer = optional_integer(name);
    if (!integer) throw std::logic_error("no integer for '" + std::string(name) + "'");
    return *integer;
}

std::optional<std::int64_t> Arguments::optional_integer(std::string_view name) const {
    const Json& value = find(name).value;
    if (value.is_null()) return std::nullopt;
    return value.get<std::int64_t>();
}

std::optional<double> Arguments::optional_number(std::string_view name) const {
    const Json& value = find(name).value;
    if (value.is_null()) return std::nullopt;
    return value.get<double>();
}

bool Arguments::flag(std::string_view name) const {
    const auto flag = optional_flag(name);
    if (!flag) throw std::logic_error("no flag for '" + std::string(name) + "'");
    return *flag;
}

std::optional<bool> Arguments::optional_flag(std::string_view name) const {
    const Json& value = find(name).value;
    if (value.is_null()) return std::nullopt;
    return value.get<bool>();
}

std::vector<std::string> Arguments::strings(std::string_view name) const {
    const Json& value = find(name).value;
    std::vector<std::string> pieces;
    const auto add = [&pieces](std::string_view piece) {
        const std::string_view trimmed = trim(piece);
        if (!trimmed.empty()) pieces.emplace_back(trimmed);
    };
    if (value.is_string()) {
        for (const auto piece : split(value.get_ref<const std::string&>(), ',')) add(piece);
    }
    if (value.is_array()) {
        for (const auto& element : value) add(element.get_ref<const std::string&>());
    }
    return pieces;
}

const Json& Arguments::json(std::string_view name) const { return find(name).value; }

std::size_t Paging::offset() const noexcept {
    const std::size_t before = page - 1;
    constexpr std::size_t kMost = std::numeric_limits<std::size_t>::max();
    return before > kMost / size ? kMost : before * size;
}

Parameter page_parameter() {
    return {
        .name = "page", .kind = ParameterKind::integer, .fallback = 1, .aliases = {"page_number"}};
}

Parameter page_size_parameter(std::int64_t maximum) {
    return {.name = "page_size",
            .kind = ParameterKind::integer,
            .fallback = 10,
            .aliases = {"limit", "per_page"},
            .maximum = maximum};
}

tl::expected<Paging, ArgumentProblem> read_paging(const Arguments& arguments) {
    for (const char* name : {"page", "page_size"}) {
        const auto number = arguments.integer(name);
        if (number < 1) {
            return body_problem(std::string(name) + " must be >= 1, got " + std::to_string(number));
        }
    }
    return Paging{static_cast<std::size_t>(arguments.integer("page")),
                  static_cast<std::size_t>(arguments.integer("page_size"))};
}

Parameter output_format_parameter(Json fallback) {
    return {.name = "output_format", .fallback = std::move(fallback), .choices = {"text", "json"}};
}

bool wants_json(const Arguments& arguments) {
    return arguments.optional_text("output_format") == "json";
}

bool is_given(const std::optional<std::string>& text) { return text && !is_blank(*text); }

}  // namespace bm
