#include "host/route_call.hpp"

#include <charconv>

#include "access/strict_json.hpp"
#include "markdown/text.hpp"

namespace bm {

namespace {

constexpr std::size_t kLongestBody = 64 * std::size_t{1024};

}  // namespace

bool RouteCall::is(std::string_view pattern) const {
    const auto words = split(pattern, '/');
    if (words.size() != path.size()) return false;
    for (std::size_t at = 0; at < words.size(); ++at) {
        if (words[at] != "*" && words[at] != path[at]) return false;
    }
    return true;
}

RouteQuery::RouteQuery(const HttpRequest& request) {
    if (auto fields = parse_form(request.query)) fields_ = *std::move(fields);
}

bool RouteQuery::flag(const char* name, bool otherwise) {
    const auto value = fields_ ? fields_->find(name) : std::nullopt;
    if (!value) return otherwise;
    const std::string word = to_lower(*value);
    for (const char* yes : {"true", "1", "yes", "on", "t", "y"}) {
        if (word == yes) return true;
    }
    for (const char* no : {"false", "0", "no", "off", "f", "n"}) {
        if (word == no) return false;
    }
    if (!fault_) {
        fault_ = FieldFault{"bool_parsing",
                            {name},
                            "Input should be a valid boolean, such as true or false",
                            std::string(*value),
                            "query"};
    }
    return otherwise;
}

std::size_t RouteQuery::count(const char* name, std::size_t otherwise, std::size_t most) {
    const auto value = fields_ ? fields_->find(name) : std::nullopt;
    if (!value) return otherwise;
    std::size_t number = 0;
    const char* end = value->data() + value->size();
    const auto [stop, problem] = std::from_chars(value->data(), end, number);
    if (problem == std::errc{} && stop == end && number >= 1 && number <= most) return number;
    if (!fault_) {
        fault_ = FieldFault{"int_parsing",
                            {name},
                            "Input should be a number from 1 to " + std::to_string(most),
                            std::string(*value),
                            "query"};
    }
    return otherwise;
}

RouteBody::RouteBody(const HttpRequest& request) {
    if (trim(request.body).empty()) return;
    if (auto object = strict_object(request.body, kLongestBody)) {
        object_ = *std::move(object);
    } else {
        note({"json_invalid", {}, "The body must be one JSON object", nullptr});
    }
}

void RouteBody::note(FieldFault fault) {
    if (!fault_) fault_ = std::move(fault);
}

std::optional<std::string> RouteBody::text(const char* name) {
    const auto found = object_.find(name);
    if (found == object_.end() || found->is_null()) return std::nullopt;
    if (found->is_string()) return found->get<std::string>();
    note({"string_type", {name}, "Input should be a valid string", *found});
    return std::nullopt;
}

std::optional<bool> RouteBody::flag(const char* name) {
    const auto found = object_.find(name);
    if (found == object_.end() || found->is_null()) return std::nullopt;
    if (found->is_boolean()) return found->get<bool>();
    note({"bool_type", {name}, "Input should be a valid boolean", *found});
    return std::nullopt;
}

std::vector<std::string> RouteBody::texts(const char* name) {
    const auto found = object_.find(name);
    if (found == object_.end() || found->is_null()) return {};
    std::vector<std::string> all;
    for (const auto& each : *found) {
        if (found->is_array() && each.is_string()) all.push_back(each.get<std::string>());
    }
    if (!found->is_array() || all.size() != found->size())
        note({"list_type", {name}, "Input should be a list of strings", *found});
    return all;
}

std::string RouteBody::needed_text(const char* name) {
    if (!object_.contains(name)) note({"missing", {name}, "Field required", object_});
    return text(name).value_or(std::string());
}

}  // namespace bm
