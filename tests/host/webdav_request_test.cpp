#include "host/webdav_request.hpp"

#include <cerrno>
#include <limits>

#include <doctest/doctest.h>

#include "host/webdav_path.hpp"
#include "host/webdav_xml.hpp"
#include "repository/folder_walk.hpp"

namespace bm::test {
namespace {

TEST_CASE("a time of a file is one that nanoseconds hold") {
    CHECK(file_time("1700000000") == 1'700'000'000'000'000'000);
    CHECK(file_time("1700000000.5") == 1'700'000'000'500'000'000);
    CHECK(file_time("-1.5") == -1'500'000'000);
    CHECK(file_time("9200000000") == 9'200'000'000'000'000'000);
    CHECK(file_time("-9200000000") == -9'200'000'000'000'000'000);
    for (const char* bad : {"50000000000", "-50000000000", "9200000001", "1e300", "-1e300", "nan",
                            "inf", "-inf", "", " 1", "1 ", "0x10", "soon", "1e11"}) {
        CAPTURE(bad);
        CHECK_FALSE(file_time(bad));
    }
}

TEST_CASE("a range is one of bytes, or none") {
    struct Case {
        const char* text;
        RangeKind kind;
        ByteRange range;
    };
    for (const auto& [text, kind, range] :
         {Case{"bytes=2-4", RangeKind::one, {2, 4}}, Case{"bytes=7-", RangeKind::one, {7, 9}},
          Case{"bytes=-3", RangeKind::one, {7, 9}}, Case{"bytes=-99", RangeKind::one, {0, 9}},
          Case{"bytes=-9223372036854775807", RangeKind::one, {0, 9}},
          Case{"bytes=-0", RangeKind::impossible, {}}, Case{"bytes=10-", RangeKind::impossible, {}},
          Case{"bytes=x-5", RangeKind::none, {}}, Case{"bytes=5-x", RangeKind::none, {}},
          Case{"bytes=--5", RangeKind::none, {}}, Case{"bytes=-", RangeKind::none, {}},
          Case{"bytes=", RangeKind::none, {}}, Case{"bytes=4-2", RangeKind::none, {}},
          Case{"bytes=0-1,3-4", RangeKind::none, {}}, Case{"items=0-1", RangeKind::none, {}},
          Case{"bytes=99999999999999999999-", RangeKind::none, {}}}) {
        CAPTURE(text);
        ByteRange found;
        CHECK(range_of(text, 10, found) == kind);
        if (kind == RangeKind::one) CHECK(found == range);
    }
}

TEST_CASE("entity tags are found in lists") {
    CHECK(names_tag("\"a\", \"b\"", "\"b\""));
    CHECK(names_tag("W/\"a\"", "\"a\""));
    CHECK_FALSE(names_tag("\"a\", \"b\"", "\"c\""));
    CHECK_FALSE(names_tag("", ""));
    CHECK(names_tag("\"a\", *", "\"c\""));
    CHECK(names_any("\"a\", *"));
    CHECK_FALSE(names_any("\"*\""));
    CHECK(wanted_checksum("MD5:ABC", "md5") == "abc");
    CHECK_FALSE(wanted_checksum("MD5:ABC", "sha1"));
    CHECK_FALSE(wanted_checksum("md5", "md5"));
}

TEST_CASE("a destination is a URL or a path") {
    CHECK(destination_of("https://h:1/webdav/x?y") == Destination{"h:1", "/webdav/x"});
    CHECK(destination_of("/webdav/x#y") == Destination{"", "/webdav/x"});
    CHECK(destination_of("HTTP://h") == Destination{"h", "/"});
    for (const char* bad : {"", "x", "ftp://h/x", "https://", "https:///x"}) {
        CAPTURE(bad);
        CHECK_FALSE(destination_of(bad));
    }
    CHECK(is_same_host("Cloud.example.com", "cloud.example.com:443"));
    CHECK_FALSE(is_same_host("cloud.example.com", "cloud.example.com:8080"));
    CHECK_FALSE(is_same_host("evil.example.com", "cloud.example.com"));
    CHECK_FALSE(is_same_host("a@b", "a@b"));
}

TEST_CASE("a fault is answered by what it means") {
    const auto status = [](int error) {
        return webdav_status({Fault::unavailable, reason_of(error)});
    };
    CHECK(status(ENOSPC) == 507);
    CHECK(status(EDQUOT) == 507);
    CHECK(status(ENOTDIR) == 409);
    CHECK(status(EACCES) == 403);
    CHECK(status(EROFS) == 403);
    CHECK(status(EMFILE) == 503);
    CHECK(status(EIO) == 503);
    CHECK(webdav_status({Fault::not_found, ""}) == 404);
}

TEST_CASE("names that no list can hold are no names") {
    for (const char* bad : {"", ".", "..", "a\nb", "\x7f", "\xff", "a\xEF\xBF\xBF", "\xEF\xBF\xBE",
                            ".bm-01234567-89ab-4def-8123-456789abcdef.tmp"}) {
        CAPTURE(bad);
        CHECK_FALSE(is_webdav_name(bad));
    }
    CHECK(is_webdav_name(".bm-notes.tmp"));
    CHECK(is_webdav_path("a/b c/ü"));
    CHECK_FALSE(is_webdav_path("a//b"));
    std::string deep = "a";
    for (int count = 0; count < 2100; ++count) deep += "/a";
    CHECK_FALSE(is_webdav_path(deep));
    CHECK_FALSE(
        webdav_path("/webdav/space/.bm-01234567-89ab-4def-8123-456789abcdef.tmp", "/webdav"));
}

std::string names_of(std::string_view xml) {
    const auto changes = property_update(xml);
    if (!changes) return "bad";
    std::string text;
    for (const auto& change : *changes)
        text += change.name.space + '|' + change.name.local + '=' + change.text +
                (change.is_set ? ";" : " removed;");
    return text;
}

TEST_CASE("what a PROPPATCH wants is read whatever its prefixes are") {
    const std::string begin = "<?xml version=\"1.0\"?><D:propertyupdate xmlns:D=\"DAV:\">";
    const std::string end = "</D:propertyupdate>";
    CHECK(names_of(begin +
                   "<D:set><D:prop><lastmodified xmlns=\"DAV:\">5</lastmodified></D:prop></D:set>" +
                   end) == "DAV:|lastmodified=5;");
    CHECK(names_of(begin + "<D:set><D:prop><D:lastmodified>5</D:lastmodified></D:prop></D:set>" +
                   end) == "DAV:|lastmodified=5;");
    CHECK(names_of(begin +
                   "<D:set><D:prop><x xmlns='u:&amp;'>a<!-- - --><y>no</y>&lt;<![CDATA[<&]]>&#x42;"
                   "</x></D:prop></D:set><D:remove><D:prop><z/></D:prop></D:remove>" +
                   end) == "u:&|x=a<<&B;|z= removed;");
    CHECK(names_of("<propertyupdate xmlns=\"DAV:\"/>").empty());
    // In no prop of a set or remove.
    CHECK(names_of(begin + "<D:x><D:prop><y/></D:prop></D:x><D:set><D:y><z/></D:y></D:set>" + end)
              .empty());
}

TEST_CASE("what is no XML, or too much of it, changes nothing") {
    const std::string begin = "<D:propertyupdate xmlns:D=\"DAV:\"><D:set><D:prop>";
    for (const char* bad : {"",
                            "<x/>",
                            "<propertyupdate/>",
                            "text",
                            "<a",
                            "<a>",
                            "<a></b>",
                            "<a b=c/>",
                            "<a b='<'/>",
                            "<p:a/>",
                            "<a/><b/>",
                            "<a>&x;</a>",
                            "<a>&#0;</a>",
                            "<a>&#xD800;</a>",
                            "<a>\x01</a>",
                            "<a>\xff</a>",
                            "<!DOCTYPE a><a/>",
                            "<a><!ELEMENT b></a>",
                            "<a><![CDATA[x</a>",
                            "<1a/>",
                            "<a:b:c xmlns:a='x'/>",
                            "<a b='1'c='2'/>",
                            "<?xml",
                            "<!-- x"}) {
        CAPTURE(bad);
        CHECK(names_of(bad) == "bad");
    }
    std::string deep;
    for (int count = 0; count < 40; ++count) deep += "<x>";
    CHECK(names_of(begin + deep) == "bad");
    std::string wide = begin;
    for (int count = 0; count < 101; ++count) wide += "<x/>";
    CHECK(names_of(wide + "</D:prop></D:set></D:propertyupdate>") == "bad");
    // An answer would repeat it.
    CHECK(names_of(begin + "<\xC3\x97/></D:prop></D:set></D:propertyupdate>") == "bad");
}

TEST_CASE("an answer to PROPPATCH is about what was asked") {
    const PropertyChange time{{"DAV:", "lastmodified"}, "5", true};
    const PropertyChange other{{"u:\"", "x"}, "", true};
    CHECK(property_response("/a", {time}, true)
              .find("<d:prop><lastmodified xmlns=\"DAV:\"/></d:prop><d:status>HTTP/1.1 200") !=
          std::string::npos);
    const std::string both = property_response("/a", {time, other}, false);
    CHECK(both.find("<x xmlns=\"u:&quot;\"/></d:prop><d:status>HTTP/1.1 403") != std::string::npos);
    CHECK(both.find("<lastmodified xmlns=\"DAV:\"/></d:prop><d:status>HTTP/1.1 424") !=
          std::string::npos);
    CHECK(property_response("/a/", {time}, false).find("403") != std::string::npos);
}

}  // namespace
}  // namespace bm::test
