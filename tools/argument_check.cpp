#include "tools/argument_check.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <utility>

#include "markdown/text.hpp"
#include "tools/json_value.hpp"

namespace bm {

namespace {

using ParameterKind = Parameter::Kind;

// Doubles beyond this do not name one integer.
constexpr double kExactIntegers = 9007199254740992.0;

std::optional<Json> read_integer(const Json& raw) {
    if (raw.is_number_unsigned() &&
        raw.get<std::uint64_t>() > std::numeric_limits<std::int64_t>::max()) {
        return std::nullopt;
    }
    if (raw.is_number_integer()) return raw.get<std::int64_t>();
    if (raw.is_number_float()) {
        const double number = raw.get<double>();
        if (std::trunc(number) != number || std::abs(number) > kExactIntegers) return std::nullopt;
        return static_cast<std::int64_t>(number);
    }
    if (!raw.is_string()) return std::nullopt;
    const std::string_view text = trim(raw.get_ref<const std::string&>());
    std::int64_t integer = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), integer);
    if (problem != std::errc{}) return std::nullopt;
    // "2.0" is as good as 2.0.
    std::string_view rest(end, static_cast<std::size_t>(text.data() + text.size() - end));
    if (rest.starts_with('.') && rest.size() > 1) {
        rest.remove_prefix(std::min(rest.find_first_not_of('0', 1), rest.size()));
    }
    if (!rest.empty()) return std::nullopt;
    return integer;
}

std::optional<Json> read_number(const Json& raw) {
    if (raw.is_number()) return raw;
    if (!raw.is_string()) return std::nullopt;
    const std::string_view text = trim(raw.get_ref<const std::string&>());
    double number = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (problem != std::errc{} || end != text.data() + text.size() || !std::isfinite(number)) {
        return std::nullopt;
    }
    return number;
}

std::optional<Json> read_boolean(const Json& raw) {
    if (raw.is_boolean()) return raw;
    if (!raw.is_string()) return std::nullopt;
    const std::string word = to_lower(trim(raw.get_ref<const std::string&>()));
    if (word == "true") return true;
    if (word == "false") return false;
    return std::nullopt;
}

bool is_list_of_strings(const Json& json) {
    return json.is_array() &&
           std::all_of(json.begin(), json.end(), [](const Json& each) { return each.is_string(); });
}

std::optional<Json> read_strings(const Json& raw) {
    if (is_list_of_strings(raw)) return raw;
    if (!raw.is_string()) return std::nullopt;
    const std::string& text = raw.get_ref<const std::string&>();
    if (trim(text).starts_with('[')) {
        auto list = parse_json(text);
        if (list && is_list_of_strings(*list)) return list;
    }
    return raw;
}

std::optional<Json> read_structure(const Json& raw, ParameterKind kind) {
    std::optional<Json> json = raw;
    if (raw.is_string()) json = parse_json(raw.get_ref<const std::string&>());
    if (!json || (kind == ParameterKind::object && !json->is_object())) return std::nullopt;
    if (kind == ParameterKind::objects && !json->is_array()) return std::nullopt;
    return json;
}

std::optional<Json> coerced(const Parameter& parameter, const Json& raw) {
    switch (parameter.kind) {
        case ParameterKind::text:
            return raw.is_string() ? std::optional(raw) : std::nullopt;
        case ParameterKind::integer:
            return read_integer(raw);
        case ParameterKind::number:
            return read_number(raw);
        case ParameterKind::boolean:
            return read_boolean(raw);
        case ParameterKind::strings:
            return read_strings(raw);
        case ParameterKind::object:
        case ParameterKind::objects:
            return read_structure(raw, parameter.kind);
    }
    return std::nullopt;
}

std::string too_long(const Parameter& parameter, std::size_t bytes) {
    return "'" + std::string(parameter.name) + "' is too long: it has " + std::to_string(bytes) +
           " bytes, and at most " + std::to_string(parameter.max_bytes) + " are accepted";
}

}  // namespace

std::string_view json_type_name(ParameterKind kind) {
    switch (kind) {
        case ParameterKind::text:
            return "string";
        case ParameterKind::integer:
            return "integer";
        case ParameterKind::number:
            return "number";
        case ParameterKind::boolean:
            return "boolean";
        case ParameterKind::strings:
        case ParameterKind::objects:
            return "array";
        case ParameterKind::object:
            return "object";
    }
    throw std::logic_error("a kind of parameter without a name");
}

bool offers_null(const Parameter& parameter) {
    return !parameter.required && parameter.fallback.is_null() && parameter.nullable;
}

std::string wrong_type_reason(const Parameter& parameter, const Json& raw) {
    if (parameter.kind == ParameterKind::strings || offers_null(parameter)) {
        return shown(raw) + " is not valid under any of the given schemas";
    }
    return shown(raw) + " is not of type '" + std::string(json_type_name(parameter.kind)) + "'";
}

tl::expected<Json, ArgumentProblem> checked_argument(const Parameter& parameter, const Json& raw) {
    auto value = coerced(parameter, raw);
    if (!value && raw.is_string() && !parameter.complaint.empty()) {
        return body_problem(std::string(parameter.complaint) + ": " + shown(raw) +
                            " is not a valid integer");
    }
    if (!value) return schema_problem(wrong_type_reason(parameter, raw));
    if (parameter.kind == ParameterKind::text) {
        const std::size_t bytes = value->get_ref<const std::string&>().size();
        if (bytes > parameter.max_bytes) return schema_problem(too_long(parameter, bytes));
    }
    if (parameter.kind == ParameterKind::objects) {
        for (const auto& element : *value) {
            if (!element.is_object()) {
                return schema_problem(shown(element) + " is not of type 'object'");
            }
        }
    }
    if (!parameter.choices.empty() &&
        std::find(parameter.choices.begin(), parameter.choices.end(),
                  value->get_ref<const std::string&>()) == parameter.choices.end()) {
        return schema_problem(shown(*value) + " is not one of " + shown(Json(parameter.choices)));
    }
    if (parameter.kind == ParameterKind::integer) {
        const auto number = value->get<std::int64_t>();
        if (parameter.minimum && number < *parameter.minimum) {
            return typed_problem(
                std::string(parameter.name),
                "Input should be greater than or equal to " + std::to_string(*parameter.minimum));
        }
        if (parameter.maximum && number > *parameter.maximum) {
            return typed_problem(
                std::string(parameter.name),
                "Input should be less than or equal to " + std::to_string(*parameter.maximum));
        }
    }
    return *std::move(value);
}

}  // namespace bm
