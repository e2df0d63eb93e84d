// Paths, destinations, ranges, times and property changes of WebDAV, as any client may send them.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "fuzz_promise.hpp"
#include "host/webdav_path.hpp"
#include "host/webdav_request.hpp"
#include "host/webdav_xml.hpp"

namespace {

void check_path(std::string_view bytes) {
    const auto found = bm::webdav_path(bytes, "/webdav");
    if (!found) return;
    promise(bm::is_webdav_name(found->tree), "a tree has a name");
    promise(found->path.empty() || bm::is_webdav_path(found->path), "a path has names");
    promise(('/' + found->path + '/').find("/../") == std::string::npos, "no path leads up");
    promise(found->path.find('\0') == std::string::npos, "no path ends early");
    const std::string href = bm::webdav_href("/webdav", found->tree, found->path, found->is_folder);
    promise(bm::webdav_path(href, "/webdav") == *found, "what is shown can be asked for");
}

void check_destination(std::string_view bytes) {
    const auto found = bm::destination_of(bytes);
    if (!found) return;
    promise(found->path.starts_with('/'), "a destination has a path");
    promise(found->path.find_first_of("?#") == std::string_view::npos, "and no query");
    promise(found->host.find('/') == std::string_view::npos, "a host has no path");
    (void)bm::is_same_host(found->host, "cloud.example.com");
    check_path(found->path);
}

void check_range(std::string_view bytes) {
    for (const std::int64_t size : {std::int64_t{0}, std::int64_t{10}, INT64_MAX}) {
        bm::ByteRange range{-1, -1};
        if (bm::range_of(bytes, size, range) != bm::RangeKind::one) continue;
        promise(0 <= range.first && range.first <= range.last && range.last < size,
                "a range lies in its file");
    }
}

void check_fields(std::string_view bytes) {
    if (const auto time = bm::file_time(bytes)) {
        constexpr std::int64_t most = 9'200'000'000LL * 1'000'000'000LL;
        promise(-most <= *time && *time <= most, "a time fits a file");
    }
    promise(!bm::names_any(bytes) || bm::names_tag(bytes, "\"x\""), "any tag is every tag");
    (void)bm::wanted_checksum(bytes, "md5");
    bm::HttpRequest request;
    request.fields.add("Authorization", std::string(bytes));
    promise(bm::as_bearer(request).fields.count("Authorization") <= 1, "there is one caller");
}

void check_properties(std::string_view bytes) {
    const auto changes = bm::property_update(bytes);
    if (!changes) return;
    promise(changes->size() <= 100, "the limit holds");
    for (const bool were_set : {false, true}) {
        const std::string answer = bm::property_response("/webdav/x", *changes, were_set);
        bm::XmlReader reader(answer);
        auto token = reader.next();
        std::size_t opened = 0;
        for (; token != bm::XmlReader::Token::end; token = reader.next()) {
            promise(token != bm::XmlReader::Token::bad, "an answer is XML");
            if (token == bm::XmlReader::Token::open) ++opened;
        }
        promise(opened >= changes->size(), "and tells of each property");
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    check_path(bytes);
    check_destination(bytes);
    check_range(bytes);
    check_fields(bytes);
    check_properties(bytes);
    return 0;
}
