#include "host/route_call.hpp"

#include "access/form_body.hpp"
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

bool RouteCall::flag(std::string_view name, bool otherwise) const {
    const auto fields = parse_form(request.query);
    const auto value = fields ? fields->find(name) : std::nullopt;
    if (!value) return otherwise;
    const std::string word = to_lower(*value);
    return word == "true" || word == "1" || word == "yes" || word == "on";
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

std::string RouteBody::needed_text(const char* name) {
    if (!object_.contains(name)) note({"missing", {name}, "Field required", object_});
    return text(name).value_or(std::string());
}

}  // namespace bm
