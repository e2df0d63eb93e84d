#include "tests/support/json_schema.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace bm::test {
namespace {

using Json = JsonSchema::Json;
using Violation = std::optional<std::string>;

bool has_type(const Json& value, const std::string& type) {
    if (type == "null") return value.is_null();
    if (type == "boolean") return value.is_boolean();
    if (type == "string") return value.is_string();
    if (type == "array") return value.is_array();
    if (type == "object") return value.is_object();
    if (type == "number") return value.is_number();
    if (type == "integer") {
        return value.is_number_integer() ||
               (value.is_number_float() && std::floor(value.get<double>()) == value.get<double>());
    }
    throw std::runtime_error("unknown type " + type);
}

class Validation {
public:
    Validation(const Json& document, JsonSchema::Members members)
        : document_(document), members_(members) {}

    Violation check(const Json& schema, const Json& value, const std::string& path) {
        if (schema.is_boolean()) {
            return schema.get<bool>() ? std::nullopt : Violation(path + ": nothing is allowed");
        }
        for (const auto& [keyword, rule] : schema.items()) {
            if (auto found = check_keyword(keyword, schema, rule, value, path)) return found;
        }
        return std::nullopt;
    }

private:
    static bool is_open_by_nature(const std::string& path) {
        for (const std::string_view name : {"/_meta", "/inputSchema", "/outputSchema"}) {
            if (path.size() >= name.size() &&
                path.compare(path.size() - name.size(), name.size(), name) == 0) {
                return true;
            }
        }
        return false;
    }

    Violation check_keyword(const std::string& keyword, const Json& schema, const Json& rule,
                            const Json& value, const std::string& path) {
        static constexpr std::array silent = {"description",
                                              "format",
                                              "$schema",
                                              "definitions",
                                              "$defs",
                                              "title",
                                              "default",
                                              "$comment",
                                              "required",
                                              "properties",
                                              "additionalProperties"};
        if (std::find(silent.begin(), silent.end(), keyword) != silent.end()) {
            // The three about members belong together and run once.
            const bool first = keyword == "properties" ||
                               (keyword == "required" && !schema.contains("properties")) ||
                               (keyword == "additionalProperties" &&
                                !schema.contains("properties") && !schema.contains("required"));
            return first && value.is_object() ? check_members(schema, value, path) : std::nullopt;
        }
        if (keyword == "$ref") return check(resolve(rule.get<std::string>()), value, path);
        if (keyword == "type") return check_type(rule, value, path);
        if (keyword == "const") return when(value != rule, path, "is not " + rule.dump());
        if (keyword == "enum") {
            return when(std::find(rule.begin(), rule.end(), value) == rule.end(), path,
                        "is none of " + rule.dump());
        }
        if (keyword == "items") return check_items(rule, value, path);
        if (keyword == "minItems") {
            return when(value.is_array() && value.size() < rule, path, "has too few items");
        }
        if (keyword == "maxItems") {
            return when(value.is_array() && value.size() > rule, path, "has too many items");
        }
        if (keyword == "minimum") {
            return when(value.is_number() && value < rule, path, "is too small");
        }
        if (keyword == "maximum") {
            return when(value.is_number() && value > rule, path, "is too large");
        }
        return check_combination(keyword, rule, value, path);
    }

    Violation check_combination(const std::string& keyword, const Json& rule, const Json& value,
                                const std::string& path) {
        if (keyword != "allOf" && keyword != "anyOf" && keyword != "oneOf") {
            throw std::runtime_error("unknown keyword " + keyword);
        }
        std::size_t fits = 0;
        std::string reasons;
        for (const Json& option : rule) {
            auto found = check(option, value, path);
            fits += found ? 0 : 1;
            if (found) reasons += "\n  " + *found;
        }
        if (keyword == "allOf") {
            return when(fits != rule.size(), path, "breaks one of all:" + reasons);
        }
        if (keyword == "anyOf") return when(fits == 0, path, "fits none of any:" + reasons);
        return when(fits != 1, path, "fits " + std::to_string(fits) + " of one:" + reasons);
    }

    static Violation when(bool wrong, const std::string& path, const std::string& what) {
        return wrong ? Violation(path + ": " + what) : std::nullopt;
    }

    static Violation check_type(const Json& rule, const Json& value, const std::string& path) {
        if (rule.is_string()) {
            return when(!has_type(value, rule.get<std::string>()), path,
                        "is not of type " + rule.get<std::string>() + ": " + value.dump());
        }
        const bool any = std::any_of(rule.begin(), rule.end(), [&](const Json& type) {
            return has_type(value, type.get<std::string>());
        });
        return when(!any, path, "is of none of the types " + rule.dump());
    }

    Violation check_items(const Json& rule, const Json& value, const std::string& path) {
        if (!value.is_array()) return std::nullopt;
        for (std::size_t i = 0; i < value.size(); ++i) {
            if (auto found = check(rule, value[i], path + "/" + std::to_string(i))) return found;
        }
        return std::nullopt;
    }

    Violation check_members(const Json& schema, const Json& value, const std::string& path) {
        for (const Json& name : schema.value("required", Json::array())) {
            if (!value.contains(name.get<std::string>())) {
                return path + ": lacks " + name.get<std::string>();
            }
        }
        const Json properties = schema.value("properties", Json::object());
        for (const auto& [name, member] : value.items()) {
            const std::string below = path + "/" + name;
            if (properties.contains(name)) {
                if (auto found = check(properties[name], member, below)) return found;
            } else if (schema.contains("additionalProperties")) {
                if (auto found = check(schema["additionalProperties"], member, below)) return found;
            } else if (members_ == JsonSchema::Members::closed && !is_open_by_nature(path)) {
                return below + ": is no member of this revision";
            }
        }
        return std::nullopt;
    }

    const Json& resolve(const std::string& reference) const {
        if (reference.rfind('#', 0) != 0) {
            throw std::runtime_error("reference to another document: " + reference);
        }
        return document_.at(Json::json_pointer(reference.substr(1)));
    }

    const Json& document_;
    JsonSchema::Members members_;
};

}  // namespace

JsonSchema::JsonSchema(Json document) : document_(std::move(document)) {
    for (const char* name : {"definitions", "$defs"}) {
        if (const auto found = document_.find(name); found != document_.end()) {
            definitions_ = &*found;
        }
    }
}

bool JsonSchema::defines(const std::string& name) const {
    return definitions_ != nullptr && definitions_->contains(name);
}

std::optional<std::string> JsonSchema::violation(const std::string& name, const Json& value,
                                                 Members members) const {
    if (!defines(name)) return "the schema defines no " + name;
    return Validation(document_, members).check(definitions_->at(name), value, name);
}

std::optional<std::string> JsonSchema::violation(const Json& value, Members members) const {
    return Validation(document_, members).check(document_, value, "document");
}

}  // namespace bm::test
