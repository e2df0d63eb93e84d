#include "cloud/file_upload.hpp"

#include <doctest/doctest.h>

#include "tests/cloud/fake_http.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace bm;
using namespace bm::test;

namespace {

namespace fs = std::filesystem;

std::vector<std::string> names(const std::vector<UploadFile>& files) {
    std::vector<std::string> all;
    for (const auto& file : files) all.push_back(file.path);
    return all;
}

using Connection = KeyedSession;

}  // namespace

TEST_CASE("what goes up is what the ignore files let in, without archives and links") {
    const TemporaryFolder folder;
    folder.write("z.md", "z");
    folder.write("a b/ä.md", "text");
    folder.write("old.ZIP", "x");
    folder.write("draft.tmp", "x");
    folder.write("out/o.md", "x");
    folder.write(".hidden/h.md", "x");
    folder.write("secret.md", "x");
    folder.write(".gitignore", "out/\n");
    folder.write(".bmignore", "secret.md\n");
    fs::create_symlink("/etc/passwd", folder.path() / "link.md");
    fs::create_directory_symlink("/etc", folder.path() / "etc");
    auto plan = plan_upload(folder.path(), "*.tmp\n", false);
    REQUIRE(plan);
    CHECK(names(plan->files) == std::vector<std::string>{"a b/ä.md", "z.md"});
    CHECK(names(plan->archives) == std::vector<std::string>{"old.ZIP"});
    CHECK(plan->bytes() == 5);
    plan = plan_upload(folder.path(), "*.tmp\n", true);
    REQUIRE(plan);
    CHECK(names(plan->files) == std::vector<std::string>{"a b/ä.md", "out/o.md", "z.md"});
    plan = plan_upload(folder.path() / "z.md", "*.tmp\n", false);
    REQUIRE(plan);
    CHECK(names(plan->files) == std::vector<std::string>{"z.md"});
    plan = plan_upload(folder.path() / "draft.tmp", "*.tmp\n", false);
    REQUIRE(plan);
    CHECK(plan->files.empty());
    const auto missing = plan_upload(folder.path() / "none", "", false);
    REQUIRE_FALSE(missing);
    CHECK(missing.error().fault == CloudFault::usage);
    // A link to what is gone was to lead to rules, and nobody knows which.
    fs::create_symlink("/nowhere/rules", folder.path() / "a b/.bmignore");
    const auto unknown = plan_upload(folder.path() / "a b", "", false);
    REQUIRE_FALSE(unknown);
    CHECK(unknown.error().fault == CloudFault::local_io);
}

TEST_CASE("files go up by permalink, encoded, with their times, as they are read") {
    const TemporaryFolder folder;
    folder.write("a b/ä#?.md", "text");
    fs::last_write_time(folder.path() / "a b/ä#?.md",
                        fs::file_time_type(std::chrono::file_clock::from_sys(
                            std::chrono::sys_seconds(std::chrono::seconds(1'700'000'000)))));
    const auto plan = plan_upload(folder.path(), "", false);
    REQUIRE(plan);
    REQUIRE(plan->files.size() == 1);
    Connection cloud;
    cloud.http.answer(201, "");
    std::vector<std::string> told;
    CHECK(upload_files(cloud.session, "my-notes", plan->files,
                       [&](const UploadFile& file, std::size_t number) {
                           told.push_back(file.path + ' ' + std::to_string(number));
                       }));
    REQUIRE(cloud.http.calls.size() == 1);
    const auto& call = cloud.http.calls[0];
    CHECK(call.method == "PUT");
    CHECK(call.url == "https://h/proxy/webdav/my-notes/a%20b/%C3%A4%23%3F.md");
    CHECK(FakeHttp::header(call, "X-OC-Mtime") == "1700000000");
    CHECK(call.body.empty());
    CHECK(call.file == plan->files[0].file);
    CHECK(told == std::vector<std::string>{"a b/ä#?.md 1"});
}

TEST_CASE("the first file that is refused ends an upload, in the host's words") {
    const TemporaryFolder folder;
    for (const char* name : {"a.md", "b.md", "c.md"}) folder.write(name, "x");
    const auto plan = plan_upload(folder.path(), "", false);
    REQUIRE(plan);
    Connection cloud;
    cloud.http.answer(204, "");
    cloud.http.answer(413, R"({"detail":"too big"})");
    std::size_t last = 0;
    const auto done = upload_files(cloud.session, "p", plan->files,
                                   [&](const UploadFile&, std::size_t number) { last = number; });
    REQUIRE_FALSE(done);
    CHECK(done.error().message == "HTTP 413 - too big");
    CHECK(last == 2);
    CHECK(cloud.http.calls.size() == 2);
}

TEST_CASE("sizes are told as people read them") {
    CHECK(upload_size_text(0) == "0 bytes");
    CHECK(upload_size_text(1023) == "1023 bytes");
    CHECK(upload_size_text(1536) == "1.5 KB");
    CHECK(upload_size_text(2 * 1024 * 1024) == "2.0 MB");
}
