#include "host/webdav.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cmath>

#include <unistd.h>

#include "host/host_answers.hpp"
#include "host/webdav_xml.hpp"
#include "markdown/mime_type.hpp"
#include "markdown/text.hpp"
#include "repository/crypto.hpp"
#include "server/http_response.hpp"

namespace bm {

namespace {

constexpr const char* kMethods =
    "OPTIONS, GET, HEAD, PUT, DELETE, MKCOL, COPY, MOVE, PROPFIND, PROPPATCH";
constexpr std::size_t kLongestXml = 64 * std::size_t{1024};
constexpr std::size_t kPiece = 64 * std::size_t{1024};
constexpr std::int64_t kSecond = 1'000'000'000;

HttpResponse empty_response(int status) {
    HttpResponse response;
    response.status = status;
    return response;
}

int status_of_fault(const Error& error) {
    switch (error.fault) {
        case Fault::not_found:
            return 404;
        case Fault::conflict:
            return 409;
        case Fault::forbidden:
        case Fault::ambiguous:
            return 403;
        case Fault::invalid:
            return 400;
        case Fault::unavailable:
            return 507;
    }
    return 500;
}

HttpResponse refusal(const Error& error) {
    return detail_response(status_of_fault(error), error.message);
}

/// Seconds with a fraction, as programs send times; nothing for what is no time of a file.
std::optional<std::int64_t> file_time(std::string_view text) {
    double seconds = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    if (!std::isfinite(seconds) || std::abs(seconds) > 1e11) return std::nullopt;
    const double whole = std::floor(seconds);
    return static_cast<std::int64_t>(whole) * kSecond +
           static_cast<std::int64_t>((seconds - whole) * static_cast<double>(kSecond));
}

/// `Basic user:token` as the bearer it stands for: programs that know files know no other way.
HttpRequest as_bearer(const HttpRequest& request) {
    const auto field = request.fields.find("Authorization");
    if (!field || !starts_with_ignoring_case(*field, "basic ")) return request;
    HttpRequest bearer = request;
    bearer.fields = {};
    for (const HttpField& one : request.fields.all()) {
        if (to_lower(one.name) != "authorization") bearer.fields.add(one.name, one.value);
    }
    std::string encoded(trim(field->substr(6)));
    std::replace(encoded.begin(), encoded.end(), '+', '-');
    std::replace(encoded.begin(), encoded.end(), '/', '_');
    while (encoded.ends_with('=')) encoded.pop_back();
    const std::string plain = base64url_bytes(encoded).value_or("");
    const std::size_t colon = plain.find(':');
    if (colon != std::string::npos)
        bearer.fields.add("Authorization", "Bearer " + plain.substr(colon + 1));
    return bearer;
}

struct Range {
    std::int64_t first = 0;
    std::int64_t last = 0;  ///< included
};
enum class RangeKind { none, one, impossible };

/// One range of bytes (RFC 9110, 14.1.2); several, and nonsense, are none: the whole file is an
/// answer too.
RangeKind range_of(std::string_view text, std::int64_t size, Range& range) {
    if (!text.starts_with("bytes=") || text.find(',') != std::string_view::npos)
        return RangeKind::none;
    text.remove_prefix(6);
    const std::size_t dash = text.find('-');
    if (dash == std::string_view::npos) return RangeKind::none;
    const auto number = [](std::string_view digits) -> std::optional<std::int64_t> {
        std::int64_t value = 0;
        const auto [end, error] =
            std::from_chars(digits.data(), digits.data() + digits.size(), value);
        if (error != std::errc{} || end != digits.data() + digits.size() || value < 0)
            return std::nullopt;
        return value;
    };
    const auto first = number(text.substr(0, dash));
    const auto last = number(text.substr(dash + 1));
    if (!first && !last) return RangeKind::none;
    if (!first) {
        if (*last == 0 || size == 0) return RangeKind::impossible;
        range = {std::max<std::int64_t>(0, size - *last), size - 1};
        return RangeKind::one;
    }
    if (dash + 1 < text.size() && !last) return RangeKind::none;
    if (*first >= size) return RangeKind::impossible;
    if (last && *last < *first) return RangeKind::none;
    range = {*first, last ? std::min(*last, size - 1) : size - 1};
    return RangeKind::one;
}

bool names_tag(std::string_view list, std::string_view tag) {
    for (std::string_view one : split(list, ',')) {
        one = trim(one);
        if (one.starts_with("W/")) one.remove_prefix(2);
        if (one == "*" || (!tag.empty() && one == tag)) return true;
    }
    return false;
}

bool is_reading(std::string_view method) {
    return method == "GET" || method == "HEAD" || method == "PROPFIND" || method == "OPTIONS";
}

}  // namespace

/// One request that was let in, and what its path means.
struct WebDav::Call {
    HttpExchange& exchange;
    Principal caller;
    WebDavPath path;
    ServedTree tree;
    WebDavFiles files;

    Call(HttpExchange& at, Principal who, WebDavPath what, ServedTree where, FileHashes& hashes)
        : exchange(at),
          caller(std::move(who)),
          path(std::move(what)),
          tree(std::move(where)),
          files(tree, hashes) {}

    [[nodiscard]] std::optional<std::string_view> field(std::string_view name) const {
        return exchange.request().fields.find(name);
    }
    void answer(int status) { exchange.answer(empty_response(status)); }
};

bool WebDav::owns(std::string_view path) const noexcept {
    return path.starts_with(parts_.prefix) &&
           (path.size() == parts_.prefix.size() || path[parts_.prefix.size()] == '/');
}

std::optional<Principal> WebDav::admit(HttpExchange& exchange) {
    auto caller = parts_.authorizer.authorize(as_bearer(exchange.request()));
    if (auto* refused = std::get_if<HttpResponse>(&caller)) {
        refused->fields.add("WWW-Authenticate", "Basic realm=\"basic-memory\", charset=\"UTF-8\"");
        exchange.answer(*refused);
        return std::nullopt;
    }
    auto principal = std::get<Principal>(std::move(caller));
    if (!is_reading(exchange.request().method) && principal.scope != Scope::write) {
        exchange.answer(parts_.authorizer.refuse_scope(Scope::write));
        return std::nullopt;
    }
    return principal;
}

void WebDav::serve(HttpExchange& exchange) {
    const HttpRequest& request = exchange.request();
    auto caller = admit(exchange);
    if (!caller) return;
    if (request.method == "OPTIONS") {
        HttpResponse response = empty_response(200);
        response.fields.add("DAV", "1");
        response.fields.add("Allow", kMethods);
        return exchange.answer(response);
    }
    auto path = webdav_path(request.path, parts_.prefix);
    if (!path) {
        return exchange.answer(detail_response(400, "The path is none that a file here may have."));
    }
    auto tree = parts_.trees.find(*caller, path->tree);
    if (!tree) return exchange.answer(failure_response(tree.error()));
    Call call(exchange, *std::move(caller), *std::move(path), *std::move(tree), hashes_);
    const std::string& method = request.method;
    if (method == "GET" || method == "HEAD") return read(call);
    if (method == "PROPFIND") return list(call);
    if (method == "PUT") return put(call);
    if (method == "DELETE") return remove(call);
    if (method == "MKCOL") return make_folder(call);
    if (method == "MOVE") return carry(call, false);
    if (method == "COPY") return carry(call, true);
    if (method == "PROPPATCH") return change_properties(call);
    HttpResponse response = detail_response(405, "This method is not known here.");
    response.fields.add("Allow", kMethods);
    exchange.answer(response);
}

void WebDav::read(Call& call) {
    auto found = call.files.open(call.path.path);
    if (!found) {
        const bool is_folder = found.error().fault == Fault::conflict;
        return call.exchange.answer(is_folder ? detail_response(405, "It is a folder.")
                                              : refusal(found.error()));
    }
    const std::string tag = found->entry.tag();
    HttpResponse head = empty_response(200);
    head.fields.add("ETag", tag);
    head.fields.add("Last-Modified", http_time(found->entry.stamp.mtime_ns));
    head.fields.add("Accept-Ranges", "bytes");
    // What strangers have stored is shown by no browser as a page of ours.
    head.fields.add("Content-Security-Policy", "sandbox");
    head.fields.add("X-Content-Type-Options", "nosniff");
    if (const auto known = call.field("If-None-Match"); known && names_tag(*known, tag)) {
        head.status = 304;
        return call.exchange.answer(head);
    }
    head.fields.add("Content-Type", std::string(mime_type_for(call.path.path)));
    const std::int64_t size = found->entry.stamp.size;
    Range range{0, size - 1};
    if (const auto wanted = call.field("Range"); wanted && !call.field("If-Range")) {
        switch (range_of(*wanted, size, range)) {
            case RangeKind::none:
                break;
            case RangeKind::impossible:
                head.status = 416;
                head.fields.add("Content-Range", "bytes */" + std::to_string(size));
                return call.exchange.answer(head);
            case RangeKind::one:
                head.status = 206;
                head.fields.add("Content-Range", "bytes " + std::to_string(range.first) + '-' +
                                                     std::to_string(range.last) + '/' +
                                                     std::to_string(size));
        }
    }
    std::int64_t left = range.last - range.first + 1;
    call.exchange.begin_body(head, static_cast<std::uint64_t>(left));
    if (call.exchange.request().method == "HEAD") return call.exchange.end_stream();
    std::string piece(kPiece, '\0');
    off_t at = range.first;
    while (left > 0) {
        const auto most = static_cast<std::size_t>(
            std::min<std::int64_t>(left, static_cast<std::int64_t>(piece.size())));
        const ssize_t got = ::pread(found->file.number(), piece.data(), most, at);
        if (got < 0 && errno == EINTR) continue;
        // A file that became shorter breaks off: half of it must not look whole.
        if (got <= 0) break;
        if (!call.exchange.send({piece.data(), static_cast<std::size_t>(got)})) return;
        at += got;
        left -= got;
    }
    call.exchange.end_stream();
}

void WebDav::list(Call& call) {
    if (!call.exchange.read_body(kLongestXml)) return;
    const std::string_view depth = call.field("Depth").value_or("infinity");
    if (depth != "0" && depth != "1")
        return call.exchange.answer(detail_response(403, "Ask with a depth of 0 or 1."));
    const auto found = call.files.find(call.path.path);
    if (!found) return call.exchange.answer(refusal(found.error()));
    HttpResponse head = empty_response(207);
    head.fields.add("Content-Type", "application/xml; charset=utf-8");
    call.exchange.begin_stream(head);
    std::string text(multistatus_begin());
    const auto add = [&](const WebDavEntry& entry) {
        text +=
            entry_response(webdav_href(parts_.prefix, call.path.tree, entry.path, entry.is_folder),
                           entry.path.empty() ? call.path.tree : entry.path, entry);
        if (text.size() < kPiece) return true;
        const bool goes_on = call.exchange.send(text);
        text.clear();
        return goes_on;
    };
    if (!add(*found)) return;
    if (depth == "1" && found->is_folder) {
        const auto listed = call.files.list(call.path.path, add);
        // A list that broke off must not look whole: its files would seem to be deleted.
        if (!listed) return;
    }
    text += multistatus_end();
    if (call.exchange.send(text)) call.exchange.end_stream();
}

void WebDav::put(Call& call) {
    if (call.path.path.empty() || call.path.is_folder)
        return call.exchange.answer(detail_response(409, "A folder has that name."));
    const auto mtime = call.field("X-OC-Mtime");
    const auto time = mtime ? file_time(*mtime) : std::nullopt;
    if (mtime && !time)
        return call.exchange.answer(detail_response(400, "X-OC-Mtime is no time of a file."));
    const bool must_be_new = call.field("If-None-Match") == "*";
    const auto before = call.files.find(call.path.path);
    if (must_be_new && before) return call.answer(412);
    if (const auto wanted = call.field("If-Match");
        wanted && (!before || !names_tag(*wanted, before->tag())))
        return call.answer(412);
    auto upload = call.files.begin_upload(call.path.path);
    if (!upload) return call.exchange.answer(refusal(upload.error()));
    Result<void> taken;
    const bool is_whole =
        call.exchange.receive_body(parts_.largest_file, [&](std::string_view piece) {
            taken = (*upload)->take(piece);
            return taken.has_value();
        });
    if (!taken) return call.exchange.answer(refusal(taken.error()));
    if (!is_whole) return;
    if (const auto sum = call.field("OC-Checksum")) {
        const std::string wanted = to_lower(*sum);
        const bool is_wrong =
            (wanted.starts_with("md5:") && wanted.substr(4) != (*upload)->md5()) ||
            (wanted.starts_with("sha1:") && wanted.substr(5) != (*upload)->sha1());
        if (is_wrong)
            return call.exchange.answer(
                detail_response(400, "The bytes are not those of OC-Checksum."));
    }
    const auto replaced = call.files.finish_upload(**upload, call.path.path, time, must_be_new);
    if (!replaced) {
        const bool is_taken = replaced.error().fault == Fault::conflict && must_be_new;
        return is_taken ? call.answer(412) : call.exchange.answer(refusal(replaced.error()));
    }
    HttpResponse response = empty_response(*replaced ? 204 : 201);
    response.fields.add("ETag", '"' + (*upload)->md5() + '"');
    if (time) response.fields.add("X-OC-Mtime", "accepted");
    call.exchange.answer(response);
}

void WebDav::remove(Call& call) {
    if (call.path.path.empty())
        return call.exchange.answer(detail_response(403, "The whole tree is not deleted here."));
    const auto removed = call.files.remove(call.path.path);
    if (!removed) return call.exchange.answer(refusal(removed.error()));
    call.answer(204);
}

void WebDav::make_folder(Call& call) {
    if (!call.exchange.read_body(kLongestXml)) return;
    if (!call.exchange.request().body.empty()) return call.answer(415);
    const auto made = call.files.make_folder(call.path.path);
    if (made) return call.answer(201);
    switch (made.error().fault) {
        case Fault::conflict:
            return call.exchange.answer(detail_response(405, "It is there already."));
        case Fault::not_found:
            return call.exchange.answer(detail_response(409, "The folder above is not there."));
        default:
            return call.exchange.answer(refusal(made.error()));
    }
}

void WebDav::carry(Call& call, bool copies) {
    const auto destination = call.field("Destination");
    const auto to =
        destination ? webdav_path(destination_path(*destination), parts_.prefix) : std::nullopt;
    if (!to) return call.exchange.answer(detail_response(400, "Destination is no path here."));
    // Another tree may be somebody else's, or is another project: nothing moves there.
    if (to->tree != call.path.tree)
        return call.exchange.answer(detail_response(502, "Destination is in another tree."));
    if (to->path.empty() || call.path.path.empty())
        return call.exchange.answer(detail_response(403, "The whole tree stays where it is."));
    const bool overwrite = call.field("Overwrite").value_or("T") != "F";
    const auto done = copies ? call.files.copy(call.path.path, to->path, overwrite)
                             : call.files.move(call.path.path, to->path, overwrite);
    if (!done) {
        const bool is_taken = !overwrite && done.error().fault == Fault::conflict &&
                              call.files.find(to->path).has_value();
        return is_taken ? call.answer(412) : call.exchange.answer(refusal(done.error()));
    }
    call.answer(*done ? 204 : 201);
}

void WebDav::change_properties(Call& call) {
    if (!call.exchange.read_body(kLongestXml)) return;
    const auto time = wanted_time(call.exchange.request().body);
    const auto found = call.files.find(call.path.path);
    if (!found) return call.exchange.answer(refusal(found.error()));
    const auto mtime = time ? file_time(*time) : std::nullopt;
    if (mtime && !found->is_folder) {
        if (const auto set = call.files.set_time(call.path.path, *mtime); !set)
            return call.exchange.answer(refusal(set.error()));
    }
    HttpResponse response = empty_response(207);
    response.fields.add("Content-Type", "application/xml; charset=utf-8");
    response.body = property_response(
        webdav_href(parts_.prefix, call.path.tree, call.path.path, found->is_folder),
        mtime && !found->is_folder);
    call.exchange.answer(response);
}

}  // namespace bm
