#include "host/host_answers.hpp"
#include "host/webdav.hpp"
#include "host/webdav_xml.hpp"
#include "server/http_response.hpp"

namespace bm {

namespace {

constexpr const char* kMethodsOfRoot = "OPTIONS, PROPFIND";
constexpr std::size_t kLongestRootXml = 64 * std::size_t{1024};

std::string folder_response(std::string_view href, std::string_view name) {
    WebDavEntry entry;
    entry.path = name;
    entry.is_folder = true;
    return entry_response(href, name, entry);
}

}  // namespace

bool WebDav::is_root(std::string_view path) const noexcept {
    return path == parts_.prefix ||
           (path.size() == parts_.prefix.size() + 1 && owns(path) && path.ends_with('/'));
}

/// Where all trees are: a folder that can be looked at, and in which nothing can be changed.
void WebDav::serve_root(HttpExchange& exchange, const Principal& caller) {
    if (exchange.request().method != "PROPFIND") {
        HttpResponse response = detail_response(405, "It is a folder, and nothing changes in it.");
        response.fields.add("Allow", kMethodsOfRoot);
        return exchange.answer(response);
    }
    if (!exchange.read_body(kLongestRootXml)) return;
    const std::string_view depth = exchange.request().fields.find("Depth").value_or("infinity");
    if (depth != "0" && depth != "1")
        return exchange.answer(detail_response(403, "Ask with a depth of 0 or 1."));
    const auto names = parts_.trees.names(caller);
    if (!names) return exchange.answer(failure_response(names.error()));
    std::string text(multistatus_begin());
    text += folder_response(parts_.prefix + '/', parts_.prefix.substr(1));
    for (const std::string& name : *names) {
        if (depth == "0") break;
        text += folder_response(webdav_href(parts_.prefix, name, "", true), name);
    }
    text += multistatus_end();
    HttpResponse response;
    response.status = 207;
    response.fields.add("Content-Type", "application/xml; charset=utf-8");
    response.body = std::move(text);
    exchange.answer(response);
}

}  // namespace bm
