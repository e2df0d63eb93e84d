#include "host/webdav_call.hpp"
#include "host/webdav_xml.hpp"
#include "markdown/text.hpp"

// What takes away, makes and moves; uploads are in webdav.cpp.

namespace bm {

namespace {

/// The folder that something is in, as it is named when it is listed.
std::string folder_name(const WebDavPath& path) {
    const std::size_t slash = path.path.rfind('/');
    return path.tree + '/' + (slash == std::string::npos ? "" : path.path.substr(0, slash));
}

}  // namespace

void WebDav::remove(Call& call, const Principal& caller) {
    if (call.path.path.empty()) return call.refuse(403, "The whole tree is not deleted here.");
    Conditions conditions;
    if (!meets(call, conditions)) return;
    // Who names the bytes that are to go means no half of an upload.
    if (!conditions.expected && is_spared(call, caller)) return;
    const auto removed = call.files.remove(call.path.path, conditions.expected);
    if (removed) return call.answer(204);
    const bool is_unmet = removed.error().fault == Fault::conflict && conditions.any();
    return is_unmet ? call.answer(412) : call.refuse(removed.error());
}

bool WebDav::is_spared(Call& call, const Principal& caller) {
    const bool has_failed = unfinished_.has(caller.id, upload_name(call.path));
    const auto found = call.files.find(call.path.path, WebDavFiles::Hashing::none);
    if (!found) return false;
    if (has_failed) {
        call.refuse(409,
                    "An upload of that name has just failed or goes on, and what was there before "
                    "stays. Delete it in a minute.");
        return true;
    }
    if (!fresh_.doubts(caller.id, folder_name(call.path), found->stamp.ctime_ns)) return false;
    HttpResponse response = detail_response(
        503,
        "The server has just started and may not know of an upload of that name that broke off. "
        "List the folder and try again, or wait a minute.");
    response.fields.add("Retry-After", std::to_string(fresh_.left().count()));
    call.exchange.answer(response);
    return true;
}

void WebDav::make_folder(Call& call) {
    if (!call.exchange.read_body(kLongestWebDavXml)) return;
    if (!call.exchange.request().body.empty()) return call.answer(415);
    const auto made = call.files.make_folder(call.path.path);
    if (made) return call.answer(201);
    if (made.error().fault == Fault::conflict) return call.refuse(405, "It is there already.");
    if (made.error().fault == Fault::not_found)
        return call.refuse(409, "The folder above is not there.");
    call.refuse(made.error());
}

std::optional<WebDavPath> WebDav::destination(Call& call) {
    const auto field = call.field("Destination");
    const auto place = field ? destination_of(*field) : std::nullopt;
    const auto to = place ? webdav_path(place->path, parts_.prefix) : std::nullopt;
    const std::string_view host = call.field("Host").value_or("");
    const std::size_t behind_scheme = parts_.origin.find("://");
    const std::string_view own = behind_scheme == std::string::npos
                                     ? std::string_view()
                                     : std::string_view(parts_.origin).substr(behind_scheme + 3);
    if (place && !place->host.empty() && !is_same_host(place->host, host) &&
        !is_same_host(place->host, own)) {
        call.refuse(502, "Destination is on another server.");
    } else if (!to) {
        call.refuse(400, "Destination is no path here.");
    } else if (to->tree != call.path.tree) {
        // Another tree may be somebody else's, or is another project: nothing moves there.
        call.refuse(502, "Destination is in another tree.");
    } else if (to->path.empty() || call.path.path.empty()) {
        call.refuse(403, "The whole tree stays where it is.");
    } else {
        return to;
    }
    return std::nullopt;
}

void WebDav::carry(Call& call, bool copies) {
    const auto to = destination(call);
    if (!to) return;
    const std::string_view depth = call.field("Depth").value_or("infinity");
    if (depth != "infinity" && !(copies && depth == "0"))
        return call.refuse(400, "Depth must be infinity, or 0 for a copy of a folder alone.");
    Conditions conditions;
    if (!meets(call, conditions)) return;
    const bool overwrite = call.field("Overwrite").value_or("T") != "F";
    const auto done =
        copies ? call.files.copy(call.path.path, to->path, overwrite,
                                 depth == "0" ? CopyDepth::folder_alone : CopyDepth::whole)
               : call.files.move(call.path.path, to->path, overwrite);
    if (done) return call.answer(*done ? 204 : 201);
    const bool is_taken = !overwrite && done.error().fault == Fault::conflict &&
                          call.files.find(to->path, WebDavFiles::Hashing::none).has_value();
    return is_taken ? call.answer(412) : call.refuse(done.error());
}

void WebDav::change_properties(Call& call) {
    if (!call.exchange.read_body(kLongestWebDavXml)) return;
    const auto changes = property_update(call.exchange.request().body);
    if (!changes) return call.refuse(400, "The body is no propertyupdate of WebDAV.");
    Conditions conditions;
    if (!meets(call, conditions)) return;
    const auto found = call.files.find(call.path.path, WebDavFiles::Hashing::none);
    if (!found) return call.refuse(found.error());
    // All or nothing, and the time of a file is all that can be set.
    bool can_be_set = !found->is_folder;
    std::optional<std::int64_t> mtime;
    for (const PropertyChange& change : *changes) {
        can_be_set = can_be_set && is_file_time(change);
        if (!is_file_time(change)) continue;
        mtime = file_time(trim(change.text));
        if (!mtime) return call.refuse(400, "lastmodified is no time of a file.");
    }
    if (can_be_set && mtime) {
        if (const auto set = call.files.set_time(call.path.path, *mtime); !set)
            return call.refuse(set.error());
    }
    HttpResponse response = empty_webdav_response(207);
    response.fields.add("Content-Type", "application/xml; charset=utf-8");
    response.body = property_response(
        webdav_href(parts_.prefix, call.path.tree, call.path.path, found->is_folder), *changes,
        can_be_set);
    call.exchange.answer(response);
}

}  // namespace bm
