#include <array>
#include <fstream>
#include <thread>

#include <doctest/doctest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/host/webdav_fixture.hpp"

// What changes files: nothing that they said is lost, and nothing is half done.

namespace bm::test {
namespace {

namespace fs = std::filesystem;

const std::string kTo = "http://localhost/webdav/space/";

std::string tag_of(std::string_view text) { return '"' + md5_of(text) + '"'; }

/// With a care that remembers what it was shown.
struct CaringFixture : DavFixture {
    CaringFixture() { trees.care = care; }
    std::shared_ptr<RecordingCare> care = std::make_shared<RecordingCare>();
};

std::size_t names_below(const fs::path& folder) {
    return static_cast<std::size_t>(std::distance(fs::recursive_directory_iterator(folder),
                                                  fs::recursive_directory_iterator()));
}

/// How many open files this process may have, for as long as this lives.
class FewDescriptors {
public:
    explicit FewDescriptors(rlim_t most) {
        REQUIRE(::getrlimit(RLIMIT_NOFILE, &before_) == 0);
        rlimit now = before_;
        now.rlim_cur = most;
        REQUIRE(::setrlimit(RLIMIT_NOFILE, &now) == 0);
    }
    FewDescriptors(const FewDescriptors&) = delete;
    FewDescriptors& operator=(const FewDescriptors&) = delete;
    ~FewDescriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }

private:
    rlimit before_{};
};

TEST_CASE("nothing moves or is copied onto a folder that it lies in") {
    DavFixture f;
    f.folder.write("root/a/b/c.md", "1");
    f.folder.write("root/a/other.md", "2");
    for (const char* method : {"MOVE", "COPY"}) {
        CAPTURE(method);
        CHECK(f.ask(method, "/webdav/space/a/b", {{"Destination", kTo + "a"}}).status == 403);
        CHECK(f.ask(method, "/webdav/space/a/b/c.md", {{"Destination", kTo + "a"}}).status == 403);
        CHECK(f.ask(method, "/webdav/space/a", {{"Destination", kTo + "a"}}).status == 403);
        CHECK(f.ask(method, "/webdav/space/a", {{"Destination", kTo + "a/b/d"}}).status == 403);
    }
    // Nor when a link hides that.
    fs::create_directory_symlink("a", f.root / "link");
    CHECK(f.ask("MOVE", "/webdav/space/link/b", {{"Destination", kTo + "a"}}).status == 403);
    CHECK(f.on_disk("a/b/c.md") == "1");
    CHECK(f.on_disk("a/other.md") == "2");
    fs::create_hard_link(f.root / "a/other.md", f.root / "same.md");
    CHECK(f.ask("MOVE", "/webdav/space/same.md", {{"Destination", kTo + "a/other.md"}}).status ==
          403);
    CHECK(f.on_disk("same.md") == "2");
}

TEST_CASE("a copy that fails leaves what it would have replaced") {
    DavFixture f;
    f.folder.write("root/to/old.md", "old");
    std::string deep = "root/from";
    for (int depth = 0; depth < 105; ++depth) deep += "/d";
    f.folder.write(deep + "/x", "x");
    f.folder.write("root/from/a.md", "a");
    CHECK(f.ask("COPY", "/webdav/space/from", {{"Destination", kTo + "to"}}).status == 403);
    CHECK(f.on_disk("to/old.md") == "old");
    CHECK(names_below(f.root / "to") == 1);
    CHECK(std::distance(fs::directory_iterator(f.root), fs::directory_iterator()) == 2);
    CHECK(f.ask("COPY", "/webdav/space/from", {{"Destination", kTo + "new"}}).status == 403);
    CHECK_FALSE(fs::exists(f.root / "new"));
}

TEST_CASE("a copy or a move replaces all that was there, of either kind") {
    CaringFixture f;
    f.folder.write("root/folder/s/a.md", "a");
    f.folder.write("root/to/b.md", "b");
    f.folder.write("root/file", "f");
    CHECK(f.ask("COPY", "/webdav/space/folder", {{"Destination", kTo + "to"}}).status == 204);
    CHECK(f.on_disk("to/s/a.md") == "a");
    CHECK_FALSE(fs::exists(f.root / "to/b.md"));
    CHECK(f.care->lost("to/b.md") == std::vector<std::string>{"b"});
    CHECK(f.ask("COPY", "/webdav/space/file", {{"Destination", kTo + "to"}}).status == 204);
    CHECK(f.on_disk("to") == "f");
    CHECK(f.care->lost("to/s/a.md") == std::vector<std::string>{"a"});
    CHECK(f.ask("MOVE", "/webdav/space/folder", {{"Destination", kTo + "to"}}).status == 204);
    CHECK(f.on_disk("to/s/a.md") == "a");
    CHECK(names_below(f.root) == 4);
    CHECK(f.ask("COPY", "/webdav/space/to", {{"Destination", kTo + "alone"}, {"Depth", "0"}})
              .status == 201);
    CHECK(fs::is_empty(f.root / "alone"));
    CHECK(f.ask("COPY", "/webdav/space/to", {{"Destination", kTo + "x"}, {"Depth", "1"}}).status ==
          400);
}

TEST_CASE("what a note said is kept before it is replaced, removed or moved over") {
    CaringFixture f;
    f.folder.write("root/a.md", "one");
    CHECK(f.ask("PUT", "/webdav/space/a.md", {}, "two").status == 204);
    CHECK(f.care->lost("a.md") == std::vector<std::string>{"one"});
    CHECK(f.care->kept.back().action == HistoryAction::overwritten);
    f.folder.write("root/b.md", "three");
    CHECK(f.ask("MOVE", "/webdav/space/b.md", {{"Destination", kTo + "a.md"}}).status == 204);
    CHECK(f.care->lost("a.md") == std::vector<std::string>{"one", "two"});
    CHECK_FALSE(fs::exists(f.root / "b.md"));
    f.folder.write("root/d/s/c.md", "four");
    CHECK(f.ask("DELETE", "/webdav/space/d").status == 204);
    CHECK(f.care->lost("d/s/c.md") == std::vector<std::string>{"four"});
    CHECK(f.care->kept.back().action == HistoryAction::deleted);
    CHECK(f.care->gone_paths == std::vector<std::string>{"b.md", "d"});
}

TEST_CASE("what another program saves in the last moment is kept, too") {
    CaringFixture f;
    f.folder.write("root/a.md", "one");
    const auto save = [&] {
        f.folder.write("root/new", "saved meanwhile");
        fs::rename(f.root / "new", f.root / "a.md");
    };
    f.care->after_keeping = save;
    CHECK(f.ask("PUT", "/webdav/space/a.md", {}, "mine").status == 204);
    CHECK(f.on_disk("a.md") == "mine");
    CHECK(f.care->lost("a.md") == std::vector<std::string>{"saved meanwhile"});
    f.care->after_keeping = save;
    CHECK(f.ask("DELETE", "/webdav/space/a.md").status == 204);
    CHECK_FALSE(fs::exists(f.root / "a.md"));
    CHECK(f.care->lost("a.md").back() == "saved meanwhile");
    CHECK(f.care->kept[f.care->kept.size() - 2].is_withdrawn);
}

TEST_CASE("a condition holds until the file is in its place") {
    CaringFixture f;
    f.folder.write("root/a.md", "one");
    // Two that have seen the same: one of them is told.
    f.care->before_keeping = [&] {
        f.folder.write("root/new", "other");
        fs::rename(f.root / "new", f.root / "a.md");
    };
    CHECK(f.ask("PUT", "/webdav/space/a.md", {{"If-Match", tag_of("one")}}, "mine").status == 412);
    CHECK(f.on_disk("a.md") == "other");
    CHECK(f.care->lost("a.md").empty());
    CHECK(f.ask("PUT", "/webdav/space/a.md", {{"If-None-Match", tag_of("other")}}, "x").status ==
          412);
    CHECK(f.ask("PUT", "/webdav/space/a.md", {{"If-None-Match", "\"z\", *"}}, "x").status == 412);
    CHECK(f.ask("PUT", "/webdav/space/a.md", {{"If-None-Match", "\"z\""}}, "x").status == 204);
    for (const char* method : {"DELETE", "MOVE", "COPY"}) {
        CAPTURE(method);
        CHECK(f.ask(method, "/webdav/space/a.md",
                    {{"If-Match", "\"no\""}, {"Destination", kTo + "b.md"}})
                  .status == 412);
    }
    CHECK_FALSE(fs::exists(f.root / "b.md"));
    CHECK(f.ask("DELETE", "/webdav/space/a.md", {{"If-Match", tag_of("x")}}).status == 204);
    CHECK(f.ask("DELETE", "/webdav/space/a.md", {{"If-Match", "*"}}).status == 412);
}

TEST_CASE("of many who would replace one state of a file, one does") {
    DavFixture f;
    f.folder.write("root/a", "one");
    for (const bool is_new : {false, true}) {
        CAPTURE(is_new);
        std::array<int, 8> statuses{};
        std::vector<std::thread> threads;
        for (std::size_t number = 0; number < statuses.size(); ++number) {
            threads.emplace_back([&, number] {
                const FieldList condition{
                    is_new ? std::pair<std::string, std::string>("If-None-Match", "*")
                           : std::pair<std::string, std::string>("If-Match", tag_of("one"))};
                statuses[number] = f.ask("PUT", is_new ? "/webdav/space/n" : "/webdav/space/a",
                                         condition, "from " + std::to_string(number))
                                       .status;
            });
        }
        for (auto& thread : threads) thread.join();
        CHECK(std::count(statuses.begin(), statuses.end(), is_new ? 201 : 204) == 1);
        CHECK(std::count(statuses.begin(), statuses.end(), 412) == 7);
    }
    CHECK(std::distance(fs::directory_iterator(f.root), fs::directory_iterator()) == 2);
}

TEST_CASE("without leave to overwrite nothing is, whoever comes first") {
    DavFixture f;
    std::array<int, 8> statuses{};
    std::vector<std::thread> threads;
    for (std::size_t number = 0; number < statuses.size(); ++number)
        f.folder.write("root/f" + std::to_string(number), "from " + std::to_string(number));
    for (std::size_t number = 0; number < statuses.size(); ++number) {
        threads.emplace_back([&, number] {
            statuses[number] =
                f.ask(number % 2 == 0 ? "MOVE" : "COPY", "/webdav/space/f" + std::to_string(number),
                      {{"Destination", kTo + "to"}, {"Overwrite", "F"}})
                    .status;
        });
    }
    for (auto& thread : threads) thread.join();
    CHECK(std::count(statuses.begin(), statuses.end(), 201) == 1);
    CHECK(std::count(statuses.begin(), statuses.end(), 412) == 7);
}

TEST_CASE("a part of a file is not taken for all of it, and a bad time not for one") {
    DavFixture f;
    f.folder.write("root/a", "old");
    CHECK(f.ask("PUT", "/webdav/space/a", {{"Content-Range", "bytes 0-2/6"}}, "new").status == 400);
    for (const char* time : {"50000000000", "-50000000000", "1e11"}) {
        CAPTURE(time);
        CHECK(f.ask("PUT", "/webdav/space/a", {{"X-OC-Mtime", time}}, "new").status == 400);
        CHECK(f.ask("PROPPATCH", "/webdav/space/a", {},
                    "<propertyupdate xmlns=\"DAV:\"><set><prop><lastmodified>" + std::string(time) +
                        "</lastmodified></prop></set></propertyupdate>")
                  .status == 400);
    }
    CHECK(f.on_disk("a") == "old");
}

TEST_CASE("an upload that comes to nothing leaves no folders") {
    DavFixture f;
    f.folder.write("root/there/x", "x");
    CHECK(f.ask("PUT", "/webdav/space/there/a/b/c", {{"OC-Checksum", "MD5:00"}}, "y").status ==
          400);
    CHECK_FALSE(fs::exists(f.root / "there/a"));
    CHECK(fs::exists(f.root / "there/x"));
    // Below a file nothing can be.
    CHECK(f.ask("PUT", "/webdav/space/there/x/y", {}, "y").status == 409);
    CHECK(f.ask("PUT", "/webdav/space/.bm-01234567-89ab-4def-8123-456789abcdef.tmp", {}, "y")
              .status == 400);
}

TEST_CASE("a list that cannot be whole is none") {
    DavFixture f;
    for (int number = 0; number < 50; ++number)
        f.folder.write("root/f" + std::to_string(number), "text");
    CHECK(f.ask("PROPFIND", "/webdav/space", {{"Depth", "1"}}).status == 207);
    // What has no hash yet must be opened.
    f.trees.hashes = std::make_shared<FileHashes>(1000);
    HttpClient client(f.server->port());
    client.write(http_request("OPTIONS", "/webdav/space", {{"Authorization", "Bearer ann"}}));
    CHECK(client.read().status == 200);
    const int next = ::dup(0);
    REQUIRE(next > 0);
    ::close(next);
    HttpReply reply;
    {
        const FewDescriptors few(static_cast<rlim_t>(next) + 3);
        client.write(http_request("PROPFIND", "/webdav/space",
                                  {{"Authorization", "Bearer ann"}, {"Depth", "1"}}));
        reply = client.read();
    }
    CHECK(reply.status == 503);
    CHECK(reply.body.find("</d:multistatus>") == std::string::npos);
}

TEST_CASE("names that no request can have are in no list, and the log says so once") {
    DavFixture f;
    f.folder.write("root/good.md", "1");
    f.folder.write("root/bad\nname.md", "1");
    f.folder.write("root/\xff.md", "1");
    f.folder.write("root/\xEF\xBF\xBF.md", "1");
    for (int count = 0; count < 2; ++count) {
        const auto reply = f.ask("PROPFIND", "/webdav/space", {{"Depth", "1"}});
        CHECK(reply.status == 207);
        CHECK(reply.body.find("good.md") != std::string::npos);
        CHECK(reply.body.find("bad") == std::string::npos);
        CHECK(reply.body.find('\xff') == std::string::npos);
        CHECK(reply.body.find("\xEF\xBF\xBF") == std::string::npos);
    }
    CHECK(f.log.find("3 names") != std::string::npos);
    CHECK(f.log.find("3 names") == f.log.rfind("3 names"));
}

TEST_CASE("a folder that is needed is emptied, and stays when it is moved") {
    CaringFixture f;
    f.care->needed = "main";
    f.folder.write("root/main/a.md", "1");
    CHECK(f.ask("DELETE", "/webdav/space/main").status == 204);
    CHECK(fs::is_empty(f.root / "main"));
    CHECK(f.care->lost("main/a.md") == std::vector<std::string>{"1"});
    f.folder.write("root/main/b.md", "2");
    CHECK(f.ask("MOVE", "/webdav/space/main", {{"Destination", kTo + "other"}}).status == 201);
    CHECK(f.on_disk("other/b.md") == "2");
    CHECK(fs::is_empty(f.root / "main"));
    f.folder.write("root/file", "x");
    CHECK(f.ask("MOVE", "/webdav/space/file", {{"Destination", kTo + "main"}}).status == 403);
    CHECK(f.care->gone_paths.empty());
}

TEST_CASE("a token of one project opens no files, and another server is no destination") {
    DavFixture f;
    f.folder.write("root/a", "1");
    for (const char* method : {"GET", "PUT", "PROPFIND", "DELETE"})
        CHECK(f.ask(method, "/webdav/space/a", {{"Authorization", "Bearer bound"}}).status == 403);
    for (const char* to :
         {"http://evil.example.com/webdav/space/b", "https://localhost:9/webdav/space/b"})
        CHECK(f.ask("MOVE", "/webdav/space/a", {{"Destination", to}}).status == 502);
    CHECK(f.ask("COPY", "/webdav/space/a",
                {{"Destination", "https://cloud.example.com/webdav/space/b"}})
              .status == 201);
}

TEST_CASE("only what a condition asks for is hashed") {
    DavFixture f;
    f.folder.write("root/a", "old bytes");
    std::this_thread::sleep_for(std::chrono::milliseconds(150));
    const auto stamp = [&] { return status_of(AT_FDCWD, (f.root / "a").string())->stamp; };
    const FileStamp old = stamp();
    CHECK(f.ask("COPY", "/webdav/space/a", {{"Destination", kTo + "b"}}).status == 201);
    CHECK(f.ask("PUT", "/webdav/space/a", {{"If-None-Match", "*"}}, "x").status == 412);
    CHECK_FALSE(f.trees.hashes->known(old));
    CHECK(f.ask("PUT", "/webdav/space/a", {{"If-Match", "\"z\""}}, "x").status == 412);
    CHECK(f.trees.hashes->known(old) == md5_of("old bytes"));
    CHECK(f.ask("PUT", "/webdav/space/a", {}, "new").status == 204);
    CHECK(f.trees.hashes->known(stamp()) == md5_of("new"));
}

TEST_CASE("a property that cannot be set is told so, and then none is") {
    DavFixture f;
    f.folder.write("root/a", "1");
    const auto reply = f.ask("PROPPATCH", "/webdav/space/a", {},
                             "<D:propertyupdate xmlns:D=\"DAV:\"><D:set><D:prop>"
                             "<x xmlns=\"u:\">1</x><D:lastmodified>1600000000</D:lastmodified>"
                             "</D:prop></D:set></D:propertyupdate>");
    CHECK(reply.status == 207);
    CHECK(reply.body.find("<x xmlns=\"u:\"/></d:prop><d:status>HTTP/1.1 403 Forbidden") !=
          std::string::npos);
    CHECK(reply.body.find("424 Failed Dependency") != std::string::npos);
    struct stat seen {};
    REQUIRE(::stat((f.root / "a").c_str(), &seen) == 0);
    CHECK(seen.st_mtim.tv_sec != 1'600'000'000);
}

}  // namespace
}  // namespace bm::test
