#include "host/webdav_xml.hpp"

#include "host/webdav_path.hpp"
#include "markdown/mime_type.hpp"
#include "markdown/names.hpp"
#include "markdown/text.hpp"
#include "server/http_response.hpp"

namespace bm {

namespace {

std::string element(std::string_view name, std::string_view text) {
    std::string out = "<d:";
    out.append(name).append(">").append(text).append("</d:").append(name).append(">");
    return out;
}

}  // namespace

std::string http_time(std::int64_t mtime_ns) {
    return http_date(std::chrono::system_clock::time_point(
        std::chrono::duration_cast<std::chrono::system_clock::duration>(
            std::chrono::nanoseconds(mtime_ns))));
}

std::string_view multistatus_begin() noexcept {
    return "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
           "<d:multistatus xmlns:d=\"DAV:\" xmlns:oc=\"http://owncloud.org/ns\">\n";
}

std::string_view multistatus_end() noexcept { return "</d:multistatus>\n"; }

std::string entry_response(std::string_view href, std::string_view name, const WebDavEntry& entry) {
    std::string out = "<d:response>" + element("href", xml_text(href)) + "<d:propstat><d:prop>";
    out += element("displayname", xml_text(file_name(name)));
    out += element("getlastmodified", http_time(entry.stamp.mtime_ns));
    out += element("resourcetype", entry.is_folder ? "<d:collection/>" : "");
    if (!entry.is_folder) {
        out += element("getcontentlength", std::to_string(entry.stamp.size));
        out += element("getcontenttype", xml_text(mime_type_for(entry.path)));
        out += element("getetag", xml_text(entry.tag()));
        if (entry.md5) {
            out += "<oc:checksums><oc:checksum>MD5:" + *entry.md5 + "</oc:checksum></oc:checksums>";
        }
    }
    out += "</d:prop>" + element("status", "HTTP/1.1 200 OK") + "</d:propstat></d:response>\n";
    return out;
}

std::string property_response(std::string_view href, bool was_set) {
    std::string out(multistatus_begin());
    out += "<d:response>" + element("href", xml_text(href)) +
           "<d:propstat><d:prop><d:lastmodified/></d:prop>" +
           element("status", was_set ? "HTTP/1.1 200 OK" : "HTTP/1.1 403 Forbidden") +
           "</d:propstat></d:response>\n";
    out += multistatus_end();
    return out;
}

std::optional<std::string> wanted_time(std::string_view xml) {
    constexpr std::string_view kName = "lastmodified";
    for (std::size_t at = xml.find(kName); at != std::string_view::npos;
         at = xml.find(kName, at + 1)) {
        // Only a tag that begins here: `<lastmodified ...>` or `<D:lastmodified>`.
        const std::size_t open = xml.rfind('<', at);
        if (open == std::string_view::npos) continue;
        const std::string_view prefix = xml.substr(open + 1, at - open - 1);
        const bool is_tag =
            prefix.empty() || (prefix.ends_with(':') && prefix.find_first_of(" />") == prefix.npos);
        const std::size_t close = xml.find('>', at);
        if (!is_tag || close == std::string_view::npos || xml[close - 1] == '/') continue;
        const std::size_t end = xml.find('<', close);
        if (end == std::string_view::npos) return std::nullopt;
        return std::string(trim(xml.substr(close + 1, end - close - 1)));
    }
    return std::nullopt;
}

}  // namespace bm
