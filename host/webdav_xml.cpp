#include "host/webdav_xml.hpp"

#include <algorithm>

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

/// Of other characters some are none that a name may have, and the answer repeats it.
bool is_ascii(std::string_view name) {
    return std::all_of(name.begin(), name.end(),
                       [](char byte) { return static_cast<unsigned char>(byte) < 0x80; });
}

}  // namespace

std::string xml_text(std::string_view text) {
    std::string out;
    for (const char byte : text) {
        switch (byte) {
            case '&':
                out += "&amp;";
                break;
            case '<':
                out += "&lt;";
                break;
            case '>':
                out += "&gt;";
                break;
            case '"':
                out += "&quot;";
                break;
            default:
                out += byte;
        }
    }
    return out;
}

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
        if (entry.md5) {
            out += element("getetag", xml_text(entry.tag()));
            out += "<oc:checksums><oc:checksum>MD5:" + *entry.md5 + "</oc:checksum></oc:checksums>";
        }
    }
    out += "</d:prop>" + element("status", "HTTP/1.1 200 OK") + "</d:propstat></d:response>\n";
    return out;
}

std::optional<std::vector<PropertyChange>> property_update(std::string_view xml) {
    constexpr std::size_t most = 100;
    XmlReader reader(xml);
    std::vector<PropertyChange> changes;
    std::vector<XmlName> way;  // the elements that are open
    const auto is_dav = [&](std::size_t depth, std::string_view local) {
        return way.size() >= depth && way[depth - 1] == XmlName{"DAV:", std::string(local)};
    };
    while (true) {
        const XmlReader::Token token = reader.next();
        if (token == XmlReader::Token::bad) return std::nullopt;
        if (token == XmlReader::Token::end) return changes;
        if (token == XmlReader::Token::close) way.pop_back();
        if (token == XmlReader::Token::open) way.push_back(reader.name());
        if (way.size() == 1 && !is_dav(1, "propertyupdate")) return std::nullopt;
        if (way.size() != 4 || !is_dav(3, "prop")) continue;
        if (!is_dav(2, "set") && !is_dav(2, "remove")) continue;
        if (token == XmlReader::Token::open) {
            if (changes.size() == most || !is_ascii(reader.name().local)) return std::nullopt;
            changes.push_back({reader.name(), "", is_dav(2, "set")});
        } else if (token == XmlReader::Token::text) {
            changes.back().text += reader.text();
        }
    }
}

bool is_file_time(const PropertyChange& change) {
    return change.is_set && change.name == XmlName{"DAV:", "lastmodified"};
}

std::string property_response(std::string_view href, const std::vector<PropertyChange>& changes,
                              bool were_set) {
    std::string out(multistatus_begin());
    out += "<d:response>" + element("href", xml_text(href));
    const bool has_others = !std::all_of(changes.begin(), changes.end(), is_file_time);
    for (const PropertyChange& change : changes) {
        out += "<d:propstat><d:prop><" + change.name.local + " xmlns=\"" +
               xml_text(change.name.space) + "\"/></d:prop>";
        std::string_view status = "HTTP/1.1 200 OK";
        // Nothing was wrong with this one; another cannot be set.
        if (!were_set) status = "HTTP/1.1 424 Failed Dependency";
        if (!were_set && !(has_others && is_file_time(change))) status = "HTTP/1.1 403 Forbidden";
        out += element("status", status) + "</d:propstat>";
    }
    if (changes.empty()) out += element("status", "HTTP/1.1 200 OK");
    out += "</d:response>\n";
    out += multistatus_end();
    return out;
}

}  // namespace bm
