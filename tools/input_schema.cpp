#include <utility>

#include "tools/argument_check.hpp"

namespace bm {

namespace {

using ParameterKind = Parameter::Kind;

/// "page_size" gives "Page Size".
std::string title_of(std::string_view name) {
    std::string title;
    bool starts_word = true;
    for (const char c : name) {
        if (c == '_') {
            title += ' ';
        } else {
            title += starts_word && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
        }
        starts_word = c == '_';
    }
    return title;
}

/// The types that the schema offers, without null.
std::vector<Json> offered_types(const Parameter& parameter) {
    Json type = Json::object();
    if (!parameter.choices.empty()) type["enum"] = parameter.choices;
    if (parameter.kind == ParameterKind::strings) {
        return {{{"type", "array"}, {"items", {{"type", "string"}}}}, {{"type", "string"}}};
    }
    type["type"] = json_type_name(parameter.kind);
    if (parameter.kind == ParameterKind::objects) {
        type["items"] = {{"type", "object"}, {"additionalProperties", true}};
    }
    if (parameter.kind == ParameterKind::object) type["additionalProperties"] = true;
    if (parameter.minimum) type["minimum"] = *parameter.minimum;
    if (parameter.maximum) type["maximum"] = *parameter.maximum;
    return {std::move(type)};
}

Json property_of(const Parameter& parameter, std::string_view name) {
    std::vector<Json> types = offered_types(parameter);
    if (offers_null(parameter)) types.push_back({{"type", "null"}});
    Json property = types.size() == 1 ? types.front() : Json{{"anyOf", types}};
    if (!parameter.required) property["default"] = parameter.fallback;
    property["title"] = title_of(name);
    if (!parameter.description.empty()) property["description"] = parameter.description;
    return property;
}

}  // namespace

Json input_schema(const std::vector<Parameter>& parameters) {
    Json properties = Json::object();
    Json required = Json::array();
    for (const auto& parameter : parameters) {
        properties[parameter.name] = property_of(parameter, parameter.name);
        if (!parameter.second_name.empty()) {
            properties[parameter.second_name] = property_of(parameter, parameter.second_name);
        }
        // A schema without alternatives cannot say "one of these", so it requires none of them.
        const bool has_other_names = !parameter.second_name.empty() || !parameter.aliases.empty();
        if (parameter.required && !has_other_names) required.push_back(parameter.name);
    }
    Json schema = {{"type", "object"}, {"properties", std::move(properties)}};
    if (!required.empty()) schema["required"] = std::move(required);
    return schema;
}

}  // namespace bm
