#include "host/webdav.hpp"

#include <algorithm>
#include <cerrno>

#include <unistd.h>

#include "host/webdav_call.hpp"
#include "host/webdav_request.hpp"
#include "host/webdav_xml.hpp"
#include "markdown/mime_type.hpp"
#include "markdown/text.hpp"
#include "server/http_response.hpp"

namespace bm {

namespace {

constexpr const char* kMethods =
    "OPTIONS, GET, HEAD, PUT, DELETE, MKCOL, COPY, MOVE, PROPFIND, PROPPATCH";
constexpr std::size_t kPiece = 64 * std::size_t{1024};
constexpr std::size_t kMostFoldersTold = 1000;

bool is_reading(std::string_view method) {
    return method == "GET" || method == "HEAD" || method == "PROPFIND" || method == "OPTIONS";
}

}  // namespace

bool WebDav::owns(std::string_view path) const noexcept {
    return path.starts_with(parts_.prefix) &&
           (path.size() == parts_.prefix.size() || path[parts_.prefix.size()] == '/');
}

void WebDav::log(LogLevel level, const std::string& text) const {
    if (parts_.log) parts_.log(level, parts_.prefix + ": " + text);
}

std::optional<Principal> WebDav::admit(HttpExchange& exchange) {
    auto caller = parts_.authorizer.authorize(as_bearer(exchange.request()));
    if (auto* refused = std::get_if<HttpResponse>(&caller)) {
        refused->fields.add("WWW-Authenticate", "Basic realm=\"basic-memory\", charset=\"UTF-8\"");
        exchange.answer(*refused);
        return std::nullopt;
    }
    auto principal = std::get<Principal>(std::move(caller));
    if (principal.project) {
        exchange.answer(
            detail_response(403, "A token that is bound to one project opens nothing here."));
        return std::nullopt;
    }
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
        HttpResponse response = empty_webdav_response(200);
        response.fields.add("DAV", "1");
        response.fields.add("Allow", kMethods);
        return exchange.answer(response);
    }
    if (is_root(request.path)) return serve_root(exchange, *caller);
    auto path = webdav_path(request.path, parts_.prefix);
    if (!path) {
        return exchange.answer(detail_response(400, "The path is none that a file here may have."));
    }
    // Known from before anything can refuse it: whatever fails, the client may clean up after it.
    std::optional<UnfinishedUploads::Attempt> attempt;
    if (request.method == "PUT") attempt.emplace(unfinished_, caller->id, upload_name(*path));
    auto tree = parts_.trees.find(*caller, path->tree);
    if (!tree) return exchange.answer(failure_response(tree.error()));
    Call call(exchange, *std::move(path), *std::move(tree));
    const std::string& method = request.method;
    if (method == "GET" || method == "HEAD") return read(call);
    if (method == "PROPFIND") return list(call, *caller);
    if (method == "PUT") return put(call, *attempt);
    if (method == "DELETE") return remove(call, *caller);
    if (method == "MKCOL") return make_folder(call);
    if (method == "MOVE") return carry(call, false);
    if (method == "COPY") return carry(call, true);
    if (method == "PROPPATCH") return change_properties(call);
    HttpResponse response = detail_response(405, "This method is not known here.");
    response.fields.add("Allow", kMethods);
    exchange.answer(response);
}

bool WebDav::meets(Call& call, Conditions& conditions) {
    const auto match = call.field("If-Match");
    const auto none = call.field("If-None-Match");
    if (!match && !none) return true;
    const bool needs_tag = (match && !names_any(*match)) || (none && !names_any(*none));
    const auto found = call.files.find(
        call.path.path, needs_tag ? WebDavFiles::Hashing::all : WebDavFiles::Hashing::none);
    if (!found && found.error().fault != Fault::not_found) {
        call.refuse(found.error());
        return false;
    }
    const bool is_met = (!match || (found && names_tag(*match, found->tag()))) &&
                        (!none || !found || !names_tag(*none, found->tag()));
    if (!is_met) {
        call.answer(412);
        return false;
    }
    if (match && !names_any(*match)) conditions.expected = found->stamp;
    conditions.must_be_new = none && names_any(*none);
    return true;
}

void WebDav::read(Call& call) {
    const auto match = call.field("If-Match");
    auto found = call.files.open(call.path.path,
                                 match ? WebDavFiles::Hashing::all : WebDavFiles::Hashing::little);
    if (!found && found.error().fault == Fault::conflict)
        return call.refuse(405, "It is a folder.");
    if (!found) return call.refuse(found.error());
    const std::string tag = found->entry.tag();
    HttpResponse head = empty_webdav_response(200);
    if (!tag.empty()) head.fields.add("ETag", tag);
    head.fields.add("Last-Modified", http_time(found->entry.stamp.mtime_ns));
    head.fields.add("Accept-Ranges", "bytes");
    // What strangers have stored is shown by no browser as a page of ours.
    head.fields.add("Content-Security-Policy", "sandbox");
    head.fields.add("X-Content-Type-Options", "nosniff");
    if (match && !names_tag(*match, tag)) return call.answer(412);
    if (const auto known = call.field("If-None-Match"); known && names_tag(*known, tag)) {
        head.status = 304;
        return call.exchange.answer(head);
    }
    head.fields.add("Content-Type", std::string(mime_type_for(call.path.path)));
    const std::int64_t size = found->entry.stamp.size;
    ByteRange range{0, size - 1};
    if (const auto wanted = call.field("Range"); wanted && !call.field("If-Range")) {
        const RangeKind kind = range_of(*wanted, size, range);
        if (kind == RangeKind::impossible) {
            head.status = 416;
            head.fields.add("Content-Range", "bytes */" + std::to_string(size));
            return call.exchange.answer(head);
        }
        if (kind == RangeKind::one) {
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

void WebDav::list(Call& call, const Principal& caller) {
    if (!call.exchange.read_body(kLongestWebDavXml)) return;
    const std::string_view depth = call.field("Depth").value_or("infinity");
    if (depth != "0" && depth != "1") return call.refuse(403, "Ask with a depth of 0 or 1.");
    const auto found = call.files.find(call.path.path, WebDavFiles::Hashing::all);
    if (!found) return call.refuse(found.error());
    std::string text(multistatus_begin());
    bool has_begun = false;
    const auto flush = [&] {
        if (!has_begun) {
            HttpResponse head = empty_webdav_response(207);
            head.fields.add("Content-Type", "application/xml; charset=utf-8");
            call.exchange.begin_stream(head);
        }
        has_begun = true;
        const bool goes_on = call.exchange.send(text);
        text.clear();
        return goes_on;
    };
    const auto add = [&](const WebDavEntry& entry) {
        text +=
            entry_response(webdav_href(parts_.prefix, call.path.tree, entry.path, entry.is_folder),
                           entry.path.empty() ? call.path.tree : entry.path, entry);
        return text.size() < kPiece || flush();
    };
    if (!add(*found)) return;
    if (depth == "1" && found->is_folder) {
        const auto listed = call.files.list(call.path.path, add);
        if (!listed) {
            log(LogLevel::warning, "a list broke off: " + listed.error().message);
            // A list that broke off must not look whole: its files would seem to be deleted.
            if (!has_begun) call.refuse(listed.error());
            return;
        }
        if (*listed > 0) tell_left_out(call, *listed);
    }
    text += multistatus_end();
    // Known before the client can ask for anything else.
    if (depth == "1" && found->is_folder) fresh_.listed(caller.id, upload_name(call.path));
    if (flush()) call.exchange.end_stream();
}

void WebDav::tell_left_out(const Call& call, std::size_t names) {
    {
        const std::scoped_lock lock(mutex_);
        if (told_.size() >= kMostFoldersTold) return;
        if (!told_.insert(call.tree.root / call.path.path).second) return;
    }
    log(LogLevel::warning, std::to_string(names) + " names in the folder '" + call.path.tree + '/' +
                               call.path.path +
                               "' are left out: they have control characters or are not UTF-8");
}

void WebDav::put(Call& call, UnfinishedUploads::Attempt& attempt) {
    if (call.path.path.empty() || call.path.is_folder)
        return call.refuse(409, "A folder has that name.");
    if (call.field("Content-Range"))
        return call.refuse(400, "A part of a file cannot be put; send all of it.");
    const auto mtime = call.field("X-OC-Mtime");
    const auto time = mtime ? file_time(*mtime) : std::nullopt;
    if (mtime && !time) return call.refuse(400, "X-OC-Mtime is no time of a file.");
    Conditions conditions;
    if (!meets(call, conditions)) return;
    const std::string_view sum = call.field("OC-Checksum").value_or("");
    const auto md5 = wanted_checksum(sum, "md5");
    const auto sha1 = wanted_checksum(sum, "sha1");
    auto upload = call.files.begin_upload(call.path.path, sha1.has_value());
    if (!upload) return call.refuse(upload.error());
    Result<void> taken;
    const bool is_whole =
        call.exchange.receive_body(parts_.largest_file, [&](std::string_view piece) {
            taken = (*upload)->take(piece);
            return taken.has_value();
        });
    if (taken && !is_whole) return;
    if (taken && ((md5 && *md5 != (*upload)->md5()) || (sha1 && *sha1 != (*upload)->sha1())))
        taken = fail(Fault::invalid, "The bytes are not those of OC-Checksum.");
    // What was made for it goes before anybody hears that it came to nothing.
    if (!taken) {
        upload->reset();
        return call.refuse(taken.error());
    }
    const auto replaced = (*upload)->publish(time, {conditions.must_be_new, conditions.expected});
    if (!replaced) {
        upload->reset();
        const bool is_unmet = replaced.error().fault == Fault::conflict && conditions.any();
        return is_unmet ? call.answer(412) : call.refuse(replaced.error());
    }
    attempt.succeed();
    HttpResponse response = empty_webdav_response(*replaced ? 204 : 201);
    response.fields.add("ETag", '"' + (*upload)->md5() + '"');
    if (time) response.fields.add("X-OC-Mtime", "accepted");
    call.exchange.answer(response);
}

}  // namespace bm
