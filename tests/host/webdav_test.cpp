#include <fstream>

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/webdav_xml.hpp"
#include "tests/host/webdav_fixture.hpp"

namespace bm::test {
namespace {

namespace fs = std::filesystem;

TEST_CASE("a path of a request is a file's name or nothing") {
    const auto path = [](std::string_view text) { return webdav_path(text, "/webdav"); };
    CHECK(path("/webdav/space") == WebDavPath{"space", "", true});
    CHECK(path("/webdav/space/") == WebDavPath{"space", "", true});
    CHECK(path("/webdav/space/a%20b/%C3%BC.md") == WebDavPath{"space", "a b/ü.md", false});
    CHECK(path("/webdav/space/d/") == WebDavPath{"space", "d", true});
    CHECK(path("/webdav/space/%23%3F%25") == WebDavPath{"space", "#?%", false});
    for (const char* bad :
         {"/webdav", "/webdav/", "/webdav//x", "/webdav/space//x", "/webdav/space/..",
          "/webdav/space/../x", "/webdav/space/%2e%2e/x", "/webdav/space/.", "/webdav/space/a%2Fb",
          "/webdav/space/a%00b", "/webdav/space/a%0Ab", "/webdav/space/%FF", "/webdav/space/%",
          "/webdav/space/%4", "/webdav/space/%zz", "/webdav/..", "/other/space"}) {
        CAPTURE(bad);
        CHECK_FALSE(path(bad));
    }
    CHECK_FALSE(path("/webdav/space/" + std::string(256, 'a')));
    CHECK(path("/webdav/space/" + std::string(255, 'a')));
    CHECK(webdav_href("/webdav", "space", "a b/ü#.md", false) ==
          "/webdav/space/a%20b/%C3%BC%23.md");
}

TEST_CASE("4.4.2: a file is written whole, with its time, and the folders above it") {
    DavFixture f;
    auto reply = f.ask("PUT", "/webdav/space/p/d/a.md", {{"X-OC-Mtime", "1700000000"}}, "hello");
    CHECK(reply.status == 201);
    CHECK(reply.field("X-OC-Mtime") == "accepted");
    CHECK(reply.field("ETag") == '"' + md5_of("hello") + '"');
    CHECK(f.on_disk("p/d/a.md") == "hello");
    struct stat seen {};
    REQUIRE(::stat((f.root / "p/d/a.md").c_str(), &seen) == 0);
    CHECK(seen.st_mtim.tv_sec == 1'700'000'000);
    reply = f.ask("PUT", "/webdav/space/p/d/a.md", {}, "again");
    CHECK(reply.status == 204);
    CHECK(reply.field("X-OC-Mtime").empty());
    CHECK(f.on_disk("p/d/a.md") == "again");
    CHECK(f.trees.changes == std::vector<std::string>{"p/d/a.md", "p/d/a.md"});
    CHECK(f.ask("PUT", "/webdav/space/x.md", {{"X-OC-Mtime", "soon"}}, "x").status == 400);
    CHECK_FALSE(fs::exists(f.root / "x.md"));
    // No temporary file stays.
    CHECK(std::distance(fs::directory_iterator(f.root / "p/d"), fs::directory_iterator()) == 1);
}

TEST_CASE("above the trees is a folder that shows them, and in which nothing changes") {
    DavFixture f;
    f.folder.write("root/a", "a");
    for (const char* path : {"/webdav", "/webdav/"}) {
        CAPTURE(path);
        auto reply = f.ask("PROPFIND", path, {{"Depth", "1"}});
        CHECK(reply.status == 207);
        CHECK(reply.body.find("<d:href>/webdav/</d:href>") != std::string::npos);
        CHECK(reply.body.find("<d:href>/webdav/space/</d:href>") != std::string::npos);
        CHECK(reply.body.find("getcontentlength") == std::string::npos);
        reply = f.ask("PROPFIND", path, {{"Depth", "0"}});
        CHECK(reply.status == 207);
        CHECK(reply.body.find("/webdav/space/") == std::string::npos);
        CHECK(f.ask("PROPFIND", path).status == 403);
        reply = f.ask("PROPFIND", path, {{"Depth", "1"}, {"Authorization", "Bearer bob"}});
        CHECK(reply.status == 207);
        CHECK(reply.body.find("/webdav/space/") == std::string::npos);
        CHECK(f.ask("PROPFIND", path, {{"Authorization", "Bearer none"}}).status == 401);
        for (const char* method : {"GET", "HEAD", "PUT", "DELETE", "MKCOL", "MOVE"})
            CHECK(f.ask(method, path).status == 405);
        CHECK(f.ask("OPTIONS", path).status == 200);
    }
    CHECK(f.on_disk("a") == "a");
}

TEST_CASE("4.4.2: conditions are kept") {
    DavFixture f;
    CHECK(f.ask("PUT", "/webdav/space/a", {{"If-None-Match", "*"}}, "1").status == 201);
    CHECK(f.ask("PUT", "/webdav/space/a", {{"If-None-Match", "*"}}, "2").status == 412);
    CHECK(f.ask("PUT", "/webdav/space/a", {{"If-Match", "\"no\""}}, "2").status == 412);
    CHECK(f.ask("PUT", "/webdav/space/a", {{"If-Match", '"' + md5_of("1") + '"'}}, "2").status ==
          204);
    CHECK(f.ask("PUT", "/webdav/space/none", {{"If-Match", "*"}}, "2").status == 412);
    CHECK(f.on_disk("a") == "2");
}

TEST_CASE("4.4.2: bytes that are not those of the checksum are not stored") {
    DavFixture f;
    f.folder.write("root/a", "old");
    CHECK(f.ask("PUT", "/webdav/space/a", {{"OC-Checksum", "MD5:" + md5_of("other")}}, "new")
              .status == 400);
    CHECK(f.ask("PUT", "/webdav/space/a", {{"OC-Checksum", "SHA1:00"}}, "new").status == 400);
    CHECK(f.on_disk("a") == "old");
    CHECK(
        f.ask("PUT", "/webdav/space/a", {{"OC-Checksum", "MD5:" + md5_of("new")}}, "new").status ==
        204);
    OldDigestStream sha1(OldDigest::sha1);
    sha1.add("newer");
    CHECK(f.ask("PUT", "/webdav/space/a", {{"OC-Checksum", "SHA1:" + sha1.finish()}}, "newer")
              .status == 204);
}

TEST_CASE(
    "4.4.2: a body of any length comes in pieces; one that is too long or breaks off is nothing") {
    DavFixture f;
    const std::string large(900'000, 'x');
    CHECK(f.ask("PUT", "/webdav/space/large", {}, large).status == 201);
    CHECK(f.on_disk("large") == large);
    CHECK(f.ask("PUT", "/webdav/space/larger", {}, std::string(1'000'001, 'x')).status == 413);
    {
        HttpClient client(f.server->port());
        client.write(
            "PUT /webdav/space/chunks HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ann\r\n"
            "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n");
        CHECK(client.read().status == 201);
        // The connection goes on.
        client.write(
            http_request("GET", "/webdav/space/chunks", {{"Authorization", "Bearer ann"}}));
        CHECK(client.read().body == "abcdefg");
    }
    {
        HttpClient client(f.server->port());
        client.write(
            "PUT /webdav/space/broken HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ann\r\n"
            "Content-Length: 100\r\n\r\nabc");
        client.close();
    }
    f.server.reset();
    CHECK_FALSE(fs::exists(f.root / "broken"));
    CHECK_FALSE(fs::exists(f.root / "larger"));
    CHECK(std::distance(fs::directory_iterator(f.root), fs::directory_iterator()) == 2);
}

TEST_CASE("4.4.2: files are read whole and in parts") {
    DavFixture f;
    f.folder.write("root/a.md", "0123456789");
    auto reply = f.ask("GET", "/webdav/space/a.md");
    CHECK(reply.status == 200);
    CHECK(reply.body == "0123456789");
    CHECK(reply.field("ETag") == '"' + md5_of("0123456789") + '"');
    CHECK(reply.field("Content-Length") == "10");
    CHECK(reply.field("Content-Security-Policy") == "sandbox");
    struct Case {
        const char* range;
        int status;
        const char* body;
    };
    for (const auto& [range, status, body] :
         {Case{"bytes=2-4", 206, "234"}, Case{"bytes=7-", 206, "789"}, Case{"bytes=-3", 206, "789"},
          Case{"bytes=5-99", 206, "56789"}, Case{"bytes=0-0", 206, "0"},
          Case{"bytes=-99", 206, "0123456789"}, Case{"bytes=10-", 416, ""},
          Case{"bytes=4-2", 200, "0123456789"}, Case{"bytes=0-1,3-4", 200, "0123456789"},
          Case{"lines=1-2", 200, "0123456789"}, Case{"bytes=a-b", 200, "0123456789"}}) {
        CAPTURE(range);
        reply = f.ask("GET", "/webdav/space/a.md", {{"Range", range}});
        CHECK(reply.status == status);
        CHECK(reply.body == body);
    }
    CHECK(f.ask("GET", "/webdav/space/a.md", {{"If-None-Match", reply.field("ETag")}}).status ==
          304);
    CHECK(f.ask("GET", "/webdav/space/none").status == 404);
    CHECK(f.ask("GET", "/webdav/space/").status == 405);
    f.folder.write("root/empty", "");
    CHECK(f.ask("GET", "/webdav/space/empty").status == 200);
    CHECK(f.ask("GET", "/webdav/space/empty").body.empty());
}

TEST_CASE("4.4.2: a folder is listed one level deep, with times and hashes") {
    DavFixture f;
    f.folder.write("root/p/a & b.md", "x");
    f.folder.write("root/p/d/inner.md", "y");
    f.folder.write("root/p/.bm-not-there", "z");
    const auto reply = f.ask("PROPFIND", "/webdav/space/p", {{"Depth", "1"}});
    CHECK(reply.status == 207);
    CHECK(reply.body.find("<d:href>/webdav/space/p/</d:href>") != std::string::npos);
    CHECK(reply.body.find("<d:href>/webdav/space/p/a%20&amp;%20b.md</d:href>") !=
          std::string::npos);
    CHECK(reply.body.find("<d:displayname>a &amp; b.md</d:displayname>") != std::string::npos);
    CHECK(reply.body.find("<d:getetag>&quot;" + md5_of("x") + "&quot;</d:getetag>") !=
          std::string::npos);
    CHECK(reply.body.find("<oc:checksum>MD5:" + md5_of("x") + "</oc:checksum>") !=
          std::string::npos);
    CHECK(reply.body.find("<d:href>/webdav/space/p/d/</d:href>") != std::string::npos);
    CHECK(reply.body.find("inner.md") == std::string::npos);
    CHECK(reply.body.ends_with("</d:multistatus>\n"));
    const auto one = f.ask("PROPFIND", "/webdav/space/p/d/inner.md", {{"Depth", "0"}});
    CHECK(one.body.find("<d:getcontentlength>1</d:getcontentlength>") != std::string::npos);
    CHECK(f.ask("PROPFIND", "/webdav/space/p", {{"Depth", "infinity"}}).status == 403);
    CHECK(f.ask("PROPFIND", "/webdav/space/p").status == 403);
    CHECK(f.ask("PROPFIND", "/webdav/space/none", {{"Depth", "1"}}).status == 404);
}

TEST_CASE("4.4.2: folders are made, things are moved, copied and deleted") {
    DavFixture f;
    CHECK(f.ask("MKCOL", "/webdav/space/d").status == 201);
    CHECK(f.ask("MKCOL", "/webdav/space/d").status == 405);
    CHECK(f.ask("MKCOL", "/webdav/space/x/y").status == 409);
    CHECK(f.ask("MKCOL", "/webdav/space/e", {}, "<xml/>").status == 415);
    f.folder.write("root/d/a", "1");
    f.folder.write("root/d/s/b", "2");
    const std::string to = "http://localhost/webdav/space/";
    CHECK(f.ask("MOVE", "/webdav/space/d/a", {{"Destination", to + "c%20c"}}).status == 201);
    CHECK(f.on_disk("c c") == "1");
    CHECK(f.ask("COPY", "/webdav/space/d", {{"Destination", to + "e"}}).status == 201);
    CHECK(f.on_disk("e/s/b") == "2");
    CHECK(f.ask("COPY", "/webdav/space/c%20c", {{"Destination", to + "e/s/b"}, {"Overwrite", "F"}})
              .status == 412);
    CHECK(f.ask("COPY", "/webdav/space/c%20c", {{"Destination", to + "e/s/b"}}).status == 204);
    CHECK(f.on_disk("e/s/b") == "1");
    CHECK(f.ask("MOVE", "/webdav/space/e", {{"Destination", to + "d"}}).status == 204);
    CHECK_FALSE(fs::exists(f.root / "e"));
    CHECK(f.on_disk("d/s/b") == "1");
    CHECK(f.ask("MOVE", "/webdav/space/d", {{"Destination", to + "d/inside"}}).status == 403);
    CHECK(f.ask("MOVE", "/webdav/space/none", {{"Destination", to + "z"}}).status == 404);
    CHECK(f.ask("MOVE", "/webdav/space/d", {{"Destination", to + "no/where"}}).status == 409);
    CHECK(f.ask("MOVE", "/webdav/space/d", {{"Destination", "/webdav/other/d"}}).status == 502);
    CHECK(f.ask("MOVE", "/webdav/space/d", {{"Destination", "/webdav/space/../x"}}).status == 400);
    CHECK(f.ask("MOVE", "/webdav/space/d").status == 400);
    CHECK(f.ask("DELETE", "/webdav/space/d").status == 204);
    CHECK_FALSE(fs::exists(f.root / "d"));
    CHECK(f.ask("DELETE", "/webdav/space/d").status == 404);
    CHECK(f.ask("DELETE", "/webdav/space").status == 403);
    CHECK(f.ask("DELETE", "/webdav/space/").status == 403);
}

TEST_CASE("4.4.2: the time of a file is set by PROPPATCH") {
    DavFixture f;
    f.folder.write("root/a", "1");
    const auto reply =
        f.ask("PROPPATCH", "/webdav/space/a", {},
              "<?xml version=\"1.0\"?><D:propertyupdate xmlns:D=\"DAV:\"><D:set><D:prop>"
              "<lastmodified xmlns=\"DAV:\">1600000000</lastmodified></D:prop></D:set>"
              "</D:propertyupdate>");
    CHECK(reply.status == 207);
    CHECK(reply.body.find("200 OK") != std::string::npos);
    struct stat seen {};
    REQUIRE(::stat((f.root / "a").c_str(), &seen) == 0);
    CHECK(seen.st_mtim.tv_sec == 1'600'000'000);
    CHECK(f.ask("PROPPATCH", "/webdav/space/a", {}, "<x/>").status == 400);
}

TEST_CASE("nobody else sees a tree, and who may read may not write") {
    DavFixture f;
    f.folder.write("root/a", "secret");
    const auto as = [](const char* who) { return FieldList{{"Authorization", who}}; };
    const std::string basic = "Basic " + std::string("YW55Ym9keTphbm4=");  // anybody:ann
    CHECK(f.ask("GET", "/webdav/space/a", as(basic.c_str())).body == "secret");
    CHECK(f.ask("GET", "/webdav/space/a", as("Bearer reader")).body == "secret");
    for (const char* who : {"Bearer nobody", "Basic ????", "Basic YW5u", ""}) {
        const auto reply = f.ask("GET", "/webdav/space/a", as(who));
        CHECK(reply.status == 401);
        CHECK(reply.field("WWW-Authenticate").find("Basic") != std::string::npos);
    }
    for (const char* method : {"GET", "PUT", "DELETE", "PROPFIND", "MKCOL", "MOVE"})
        CHECK(f.ask(method, "/webdav/space/a", as("Bearer bob")).status == 404);
    for (const char* method : {"PUT", "DELETE", "MKCOL", "MOVE", "COPY", "PROPPATCH"})
        CHECK(f.ask(method, "/webdav/space/a", as("Bearer reader")).status == 403);
    CHECK(f.on_disk("a") == "secret");
}

TEST_CASE("no link and no special file leads anywhere") {
    DavFixture f;
    f.folder.write("outside/secret", "secret");
    fs::create_symlink(f.folder.path() / "outside", f.root / "out");
    fs::create_symlink(f.folder.path() / "outside/secret", f.root / "file");
    ::mkfifo((f.root / "pipe").c_str(), 0600);
    for (const char* path :
         {"/webdav/space/out/secret", "/webdav/space/file", "/webdav/space/pipe"}) {
        CAPTURE(path);
        const int status = f.ask("GET", path).status;
        CHECK((status == 404 || status == 403));
    }
    const int put = f.ask("PUT", "/webdav/space/out/new", {}, "x").status;
    CHECK((put == 403 || put == 404));
    CHECK_FALSE(fs::exists(f.folder.path() / "outside/new"));
    const auto listed = f.ask("PROPFIND", "/webdav/space", {{"Depth", "1"}});
    for (const char* name : {"out", "file", "pipe"})
        CHECK(listed.body.find("/webdav/space/" + std::string(name)) == std::string::npos);
    // Deleting a link takes the link.
    CHECK(f.ask("DELETE", "/webdav/space/out").status == 204);
    CHECK(fs::exists(f.folder.path() / "outside/secret"));
}

TEST_CASE("OPTIONS and unknown methods tell what there is") {
    DavFixture f;
    const auto reply = f.ask("OPTIONS", "/webdav/space/");
    CHECK(reply.status == 200);
    CHECK(reply.field("DAV") == "1");
    CHECK(f.ask("LOCK", "/webdav/space/a").status == 405);
    CHECK(f.ask("LOCK", "/webdav/space/a").field("Allow").find("PROPFIND") != std::string::npos);
    CHECK(f.webdav.owns("/webdav/space"));
    CHECK_FALSE(f.webdav.owns("/webdavs/space"));
}

}  // namespace
}  // namespace bm::test
