#include <chrono>
#include <thread>

#include <doctest/doctest.h>

#include "host/unfinished_uploads.hpp"
#include "tests/host/webdav_fixture.hpp"

// What is left of uploads that came to nothing: clients delete their names, and mean their halves.

namespace bm::test {
namespace {

namespace fs = std::filesystem;

const std::string kNote = "/webdav/space/deep/a.md";

/// Two files, and a folder that has the name of a file elsewhere.
struct UploadFixture : DavFixture {
    UploadFixture() {
        folder.write("root/deep/a.md", "old");
        folder.write("root/deep/b.md", "other");
        folder.write("root/was-file/in.md", "in");
    }
    int put(const std::string& path, FieldList fields, std::string_view body = "new") {
        return ask("PUT", path, std::move(fields), body).status;
    }
    int remove(const std::string& path) { return ask("DELETE", path).status; }
};

}  // namespace

TEST_CASE("a request to delete what a failed upload has left spares what was there before") {
    UploadFixture f;
    CHECK(f.put(kNote, {{"OC-Checksum", "MD5:00"}}) == 400);
    const auto refused = f.ask("DELETE", kNote);
    CHECK(refused.status == 409);
    CHECK(refused.body.find("what was there before stays") != std::string::npos);
    CHECK(f.remove(kNote) == 409);
    CHECK(f.remove("/webdav/space/deep/a%2Emd") == 409);
    CHECK(f.on_disk("deep/a.md") == "old");
    // Nobody else's wish is meant, nor another file.
    CHECK(f.remove("/webdav/space/deep/b.md") == 204);
    // Who names the bytes means them.
    CHECK(f.ask("DELETE", kNote, {{"If-Match", '"' + md5_of("old") + '"'}}).status == 204);
    CHECK_FALSE(fs::exists(f.root / "deep/a.md"));
    CHECK(f.remove(kNote) == 404);
}

TEST_CASE("each way in which an upload fails spares the file, and for a minute only") {
    for (const std::string what : {"met", "large", "time", "part", "busy"}) {
        CAPTURE(what);
        UploadFixture f;
        if (what == "met") CHECK(f.put(kNote, {{"If-None-Match", "*"}}) == 412);
        if (what == "large") CHECK(f.put(kNote, {}, std::string(1'000'001, 'x')) == 413);
        if (what == "time") CHECK(f.put(kNote, {{"X-OC-Mtime", "1e11"}}) == 400);
        if (what == "part") CHECK(f.put(kNote, {{"Content-Range", "bytes 0-2/6"}}) == 400);
        if (what == "busy") {
            f.trees.is_busy = true;
            CHECK(f.put(kNote, {}) == 503);
            f.trees.is_busy = false;
        }
        CHECK(f.remove(kNote) == 409);
        f.later = std::chrono::seconds(50);
        CHECK(f.remove(kNote) == 409);
        CHECK(f.on_disk("deep/a.md") == "old");
        // The host may still be busy with its end when the client has long heard of it.
        int status = 409;
        for (int tries = 0; tries < 1000 && status == 409; ++tries) {
            f.later = f.later.load() + std::chrono::seconds(70);
            status = f.remove(kNote);
            std::this_thread::sleep_for(std::chrono::milliseconds(status == 409 ? 20 : 0));
        }
        CHECK(status == 204);
    }
}

TEST_CASE("a folder is no half of a file either") {
    UploadFixture f;
    CHECK(f.put("/webdav/space/was-file", {}) == 409);
    CHECK(f.remove("/webdav/space/was-file") == 409);
    CHECK(f.on_disk("was-file/in.md") == "in");
}

TEST_CASE("an upload that goes on or breaks off spares the file that it would have replaced") {
    UploadFixture f;
    {
        HttpClient client(f.server->port());
        client.write("PUT " + kNote +
                     " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ann\r\n"
                     "Content-Length: 1000\r\n\r\nhalf");
        // It has come as far as the host once something is in the way of a deletion.
        const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
        int status = 0;
        while (status != 409 && std::chrono::steady_clock::now() < end) {
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
            status = f.ask("DELETE", kNote, {{"If-Match", "*"}}).status;
            if (status == 204) f.folder.write("root/deep/a.md", "old");
        }
        CHECK(status == 409);
        f.later = std::chrono::seconds(500);
        CHECK(f.remove(kNote) == 409);
    }
    CHECK(f.remove(kNote) == 409);
    CHECK(f.on_disk("deep/a.md") == "old");
}

TEST_CASE("what was uploaded can be deleted at once, but for what failed before") {
    UploadFixture f;
    CHECK(f.put(kNote, {}) == 204);
    CHECK(f.remove(kNote) == 204);
    CHECK(f.put(kNote, {{"OC-Checksum", "MD5:00"}}) == 400);
    // Another device of the same user comes in between: its file is the last to go.
    CHECK(f.put(kNote, {}, "of another device") == 201);
    CHECK(f.remove(kNote) == 409);
    CHECK(f.on_disk("deep/a.md") == "of another device");
}

TEST_CASE("failed uploads are each caller's own, few and soon forgotten") {
    Moment now{};
    UnfinishedUploads all([&now] { return now; });
    const auto fail_at = [&](const std::string& caller, const std::string& name) {
        const UnfinishedUploads::Attempt attempt(all, caller, name);
        now += std::chrono::milliseconds(1);
    };
    fail_at("ann", "space/a");
    CHECK(all.has("ann", "space/a"));
    CHECK_FALSE(all.has("bob", "space/a"));
    for (int i = 0; i < 3000; ++i) fail_at("bob", "space/" + std::to_string(i));
    CHECK(all.size() == UnfinishedUploads::kMostOfOne + 1);
    CHECK(all.has("bob", "space/2999"));
    CHECK(all.has("bob", "space/2000"));
    CHECK_FALSE(all.has("bob", "space/1999"));
    CHECK(all.has("ann", "space/a"));
    now += UnfinishedUploads::kRemembered;
    CHECK_FALSE(all.has("bob", "space/2999"));
    {
        UnfinishedUploads::Attempt attempt(all, "ann", "space/b");
        CHECK(all.has("ann", "space/b"));
        CHECK(all.size() == 1);
        attempt.succeed();
    }
    CHECK_FALSE(all.has("ann", "space/b"));
    CHECK(all.size() == 0);
}

TEST_CASE("a host that has just started deletes what was there for who has seen that it is whole") {
    UploadFixture f;
    // Files are stamped by a clock that ticks every few milliseconds.
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    DavFixture::Restarted anew(f);
    const auto doubted = anew.ask("DELETE", kNote);
    CHECK(doubted.status == 503);
    CHECK_FALSE(doubted.field("retry-after").empty());
    CHECK(anew.ask("DELETE", "/webdav/space/was-file").status == 503);
    // Looking at the file, or at another folder, is no list of its folder.
    CHECK(anew.ask("PROPFIND", kNote, {{"Depth", "0"}}).status == 207);
    CHECK(anew.ask("PROPFIND", "/webdav/space/deep/", {{"Depth", "0"}}).status == 207);
    CHECK(anew.ask("PROPFIND", "/webdav/space/was-file/", {{"Depth", "1"}}).status == 207);
    CHECK(anew.ask("DELETE", kNote).status == 503);
    CHECK(f.on_disk("deep/a.md") == "old");
    // What is not there is not, and what came since then is known.
    CHECK(anew.ask("DELETE", "/webdav/space/deep/none.md").status == 404);
    CHECK(anew.ask("PUT", "/webdav/space/deep/new.md", {}, "new").status == 201);
    CHECK(anew.ask("DELETE", "/webdav/space/deep/new.md").status == 204);
    // Who names the bytes means them, and who has listed the folder means what is in it.
    CHECK(anew.ask("DELETE", kNote, {{"If-Match", '"' + md5_of("old") + '"'}}).status == 204);
    CHECK(anew.ask("PROPFIND", "/webdav/space/deep", {{"Depth", "1"}}).status == 207);
    CHECK(anew.ask("DELETE", "/webdav/space/deep/b.md").status == 204);
    f.later = std::chrono::seconds(61);
    CHECK(anew.ask("DELETE", "/webdav/space/was-file").status == 204);
}

}  // namespace bm::test
