#include "cloud/http_host_api.hpp"

#include <doctest/doctest.h>

#include "tests/cloud/fake_http.hpp"

namespace bm {
namespace {

using test::FakeHttp;

struct Fixture : test::KeyedSession {
    HttpHostApi api{session};
    std::string request(std::size_t i) const {
        return http.calls.at(i).method + ' ' + http.calls.at(i).url + ' ' + http.calls.at(i).body;
    }
};

TEST_CASE("20-N1: four spellings of a project's path are one folder") {
    for (const char* path : {"/app/data/x", "app/data/x", "/x", "x", "//x/", "/app/data//x"}) {
        CAPTURE(path);
        CHECK(host_dir(path) == "x");
    }
    CHECK(host_dir("/a/b") == "a/b");
    CHECK(host_dir("C:\\x") == "C:\\x");
    CHECK(host_dir("/application/data") == "application/data");
}

TEST_CASE("9-231: projects come in the host's order, with the default one marked") {
    Fixture f;
    f.http.answer(200, R"({"projects":[{"name":"z","path":"/z","external_id":"1"},
                          {"name":"My Notes","path":"/app/data/my-notes","is_default":false,"external_id":"2"}],
                          "default_project":"My Notes"})");
    const auto projects = f.api.projects();
    REQUIRE(projects);
    CHECK(f.request(0) == "GET https://h/proxy/projects/projects ");
    REQUIRE(projects->size() == 2);
    CHECK((*projects)[0].name == "z");
    CHECK_FALSE((*projects)[0].is_default);
    CHECK((*projects)[1].dir == "my-notes");
    CHECK((*projects)[1].is_default);
    CHECK((*projects)[1].external_id == "2");
}

TEST_CASE("9-233: a project is made by POST, and the answer tells its folder") {
    Fixture f;
    f.http.answer(
        201,
        R"({"message":"Project 'My Notes' added successfully","status":"success","default":false,
                          "new_project":{"name":"My Notes","path":"/my-notes","external_id":"7"}})");
    const auto created = f.api.create_project("My Notes", "My Notes", false);
    REQUIRE(created);
    CHECK(
        f.request(0) ==
        R"(POST https://h/proxy/projects/projects {"name":"My Notes","path":"My Notes","set_default":false})");
    CHECK(created->project.dir == "my-notes");
    CHECK_FALSE(created->existed);
    f.http.answer(200, R"({"message":"Project 'a' already exists"})");
    CHECK(f.api.create_project("a", "a", false)->existed);
    f.http.answer(400, R"({"detail":"Path collision detected: x"})");
    CHECK(f.api.create_project("a", "A", false).error().message ==
          "API request failed: 400 Path collision detected: x");
}

TEST_CASE("1.6: a project is removed by its id") {
    Fixture f;
    f.http.answer(200, R"({"external_id":"7/7","name":"My Notes"})");
    f.http.answer(200, R"({"message":"Project 'My Notes' removed successfully"})");
    CHECK(f.api.remove_project({"My Notes", "", "my-notes"}, true) ==
          "Project 'My Notes' removed successfully");
    CHECK(f.request(0) == R"(POST https://h/proxy/v2/projects/resolve {"identifier":"my-notes"})");
    CHECK(f.request(1) == "DELETE https://h/proxy/v2/projects/7%2F7?delete_notes=true ");
    f.http.answer(404, R"({"detail":"Project not found: 'x'"})");
    CHECK(f.api.remove_project({"x", "", "x"}, false).error().fault ==
          CloudFault::project_not_found);
}

TEST_CASE("9-257: the index of a project is asked for, whatever the times of files say") {
    Fixture f;
    f.http.answer(202, "{}");
    CHECK(f.api.start_index({"My Notes", "", "my-notes"}));
    CHECK(f.request(0) == "POST https://h/proxy/my-notes/project/sync?force_full=true {}");
    f.http.answer(500, R"({"detail":"busy"})");
    CHECK_FALSE(f.api.start_index({"x", "", "x"}));
}

TEST_CASE("4.3: tenant and keys, of both kinds of storage") {
    Fixture f;
    f.http.answer(200, R"({"tenant_id":"t1","bucket_name":"b1","storage_used_bytes":12})");
    const auto tenant = f.api.tenant();
    REQUIRE(tenant);
    CHECK(tenant->tenant_id == "t1");
    CHECK(tenant->bucket == "b1");
    CHECK(tenant->storage_used_bytes == 12);
    CHECK(f.request(0) == "GET https://h/tenant/mount/info ");
    f.http.answer(200, R"({"access_key":"a","secret_key":"s"})");
    const auto s3 = f.api.new_credentials();
    REQUIRE(s3);
    CHECK(s3->type == "s3");
    CHECK(s3->secret_key == "s");
    f.http.answer(
        200,
        R"({"type":"webdav","url":"https://h/webdav","user":"u","pass":"p","vendor":"owncloud","access_key":"u","secret_key":"p","expires_at":null})");
    const auto webdav = f.api.new_credentials();
    REQUIRE(webdav);
    CHECK(webdav->type == "webdav");
    CHECK(webdav->endpoint == "https://h/webdav");
    CHECK(webdav->access_key == "u");
    CHECK(webdav->secret_key == "p");
    CHECK(webdav->vendor == "owncloud");
    CHECK_FALSE(webdav->expires_at);
    f.http.answer(200, "{}");
    CHECK_FALSE(f.api.new_credentials());
}

TEST_CASE("what a host says never leads out of the space") {
    for (const char* dir : {"", "x", "a/b", "C:\\x", "..x", "x.", "\xc3\xa4"}) {
        CAPTURE(dir);
        CHECK(is_below_space(dir));
    }
    for (const char* dir : {".", "..", "../x", "a/../b", "a/..", "a//b", "a/", "/a", "a/./b",
                            "a\n- /x/**", "a\x7f", "app/data/../../etc"}) {
        CAPTURE(dir);
        CHECK_FALSE(is_below_space(dir));
    }
    Fixture f;
    for (const char* path : {"../../x", "/app/data/../x", "a/../../x", "x\\ny"}) {
        CAPTURE(path);
        f.http.answer(200, std::string(R"({"projects":[{"name":"z","path":")") + path + R"("}]})");
        CHECK(f.api.projects().error().fault == CloudFault::internal);
        f.http.answer(201, std::string(R"({"new_project":{"name":"z","path":")") + path + R"("}})");
        CHECK(f.api.create_project("z", "z", false).error().fault == CloudFault::internal);
    }
    for (const char* tenant : {"..", ".", "a/b", "../x", "a\\nb"}) {
        CAPTURE(tenant);
        f.http.answer(200, std::string(R"({"tenant_id":")") + tenant + R"(","bucket_name":"b"})");
        CHECK(f.api.tenant().error().fault == CloudFault::internal);
    }
    f.http.answer(200, R"({"tenant_id":"t","bucket_name":"b/../../c"})");
    CHECK(f.api.tenant().error().message ==
          R"(API request failed: the host names a bucket that is none: "b/../../c")");
}

TEST_CASE("an address that is no host says so") {
    Fixture f;
    f.http.answer(200, "<html>hello</html>");
    CHECK(f.api.projects().error().message.find("Is this address a host") != std::string::npos);
}

TEST_CASE("a project is found as names are compared, and a miss names what there is") {
    Fixture f;
    const auto list =
        R"({"projects":[{"name":"My Notes","path":"/my-notes"}],"default_project":"My Notes"})";
    f.http.answer(200, list);
    CHECK(f.api.find_project("my-notes")->name == "My Notes");
    f.http.answer(200, list);
    const auto miss = f.api.find_project("other");
    REQUIRE_FALSE(miss);
    CHECK(miss.error() == CloudFailure{CloudFault::project_not_found, "Project 'other' not found",
                                       "The cloud has: My Notes"});
}

}  // namespace
}  // namespace bm
