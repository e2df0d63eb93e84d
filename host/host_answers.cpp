#include "host/host_answers.hpp"

#include <algorithm>

#include "host/webdav_path.hpp"
#include "markdown/names.hpp"
#include "markdown/percent_coding.hpp"

namespace bm {

namespace {

std::string text_of(const RouteJson& body) {
    return body.dump(-1, ' ', false, RouteJson::error_handler_t::replace);
}

bool is_usable_segment(std::string_view segment) {
    const bool has_controls = std::any_of(segment.begin(), segment.end(), [](char c) {
        return static_cast<unsigned char>(c) < ' ' || c == 127;
    });
    // One name, or it would have been more than one segment.
    return !has_controls && segment.find('/') == std::string_view::npos &&
           RelativePath::parse(segment).has_value();
}

int status_of_route_fault(Fault fault) noexcept {
    switch (fault) {
        case Fault::not_found:
            return 404;
        case Fault::forbidden:
            return 403;
        case Fault::unavailable:
            return 503;
        default:
            return 400;
    }
}

}  // namespace

HttpResponse json_response(int status, std::string body) {
    HttpResponse response;
    response.status = status;
    response.fields.add("Content-Type", "application/json");
    response.fields.add("Cache-Control", "no-store");
    response.body = std::move(body);
    return response;
}

HttpResponse route_response(int status, const RouteJson& body) {
    return json_response(status, text_of(body));
}

HttpResponse detail_response(int status, std::string_view sentence) {
    return route_response(status, RouteJson{{"detail", sentence}});
}

HttpResponse failure_response(const Error& error) {
    HttpResponse response = detail_response(status_of_route_fault(error.fault), error.message);
    if (response.status == 503) response.fields.add("Retry-After", "5");
    return response;
}

HttpResponse method_response(std::string_view allowed) {
    HttpResponse response = detail_response(405, "Method Not Allowed");
    response.fields.add("Allow", std::string(allowed));
    return response;
}

HttpResponse field_response(const FieldFault& fault) {
    RouteJson place = RouteJson::array({fault.where});
    for (const std::string& step : fault.place) place.push_back(step);
    RouteJson entry = RouteJson::object();
    entry["type"] = fault.type;
    entry["loc"] = std::move(place);
    entry["msg"] = fault.message;
    entry["input"] = fault.input;
    RouteJson body = RouteJson::object();
    body["detail"] = RouteJson::array({std::move(entry)});
    return route_response(422, body);
}

std::optional<std::vector<std::string>> route_segments(std::string_view path) {
    std::vector<std::string> segments;
    while (path.starts_with('/')) {
        path.remove_prefix(1);
        const std::string_view segment = path.substr(0, path.find('/'));
        path.remove_prefix(segment.size());
        // One slash at the end says nothing.
        if (segment.empty() && path.empty()) break;
        auto name = percent_decoded(segment);
        if (!name || !is_usable_segment(*name)) return std::nullopt;
        segments.push_back(*std::move(name));
    }
    return segments;
}

}  // namespace bm
