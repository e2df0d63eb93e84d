#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "host/host_answers.hpp"
#include "host/webdav.hpp"
#include "host/webdav_request.hpp"
#include "server/http_response.hpp"

/// What the parts of WebDav share; for the files of this room only.
namespace bm {

constexpr std::size_t kLongestWebDavXml = 64 * std::size_t{1024};

inline HttpResponse empty_webdav_response(int status) {
    HttpResponse response;
    response.status = status;
    return response;
}

/// What an upload and the request to delete what it left have in common.
inline std::string upload_name(const WebDavPath& path) { return path.tree + '/' + path.path; }

/// One request that was let in, and what its path means.
struct WebDav::Call {
    HttpExchange& exchange;
    WebDavPath path;
    ServedTree tree;
    WebDavFiles files;

    Call(HttpExchange& at, WebDavPath what, ServedTree where)
        : exchange(at), path(std::move(what)), tree(std::move(where)), files(tree) {}

    [[nodiscard]] std::optional<std::string_view> field(std::string_view name) const {
        return exchange.request().fields.find(name);
    }
    void answer(int status) { exchange.answer(empty_webdav_response(status)); }
    void refuse(int status, std::string_view sentence) {
        exchange.answer(detail_response(status, sentence));
    }
    /// Where the files of the host are is nobody's business.
    void refuse(const Error& error) {
        refuse(webdav_status(error), tree.care ? tree.care->shown(error.message) : error.message);
    }
};

}  // namespace bm
