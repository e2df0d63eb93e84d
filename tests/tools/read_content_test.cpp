#include <fstream>
#include <iterator>

#include <doctest/doctest.h>

#include "tests/support/temporary_knowledge_base.hpp"
#include "tools/base64.hpp"
#include "tools/image_reduction.hpp"

namespace bm {
namespace {

using test::TemporaryKnowledgeBase;

std::string picture(std::string_view name) {
    std::ifstream in("data/pictures/" + std::string(name), std::ios::binary);
    REQUIRE(in.is_open());
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

Json content(TemporaryKnowledgeBase& base, std::string_view path) {
    const ToolReply reply = base.call("read_content", {{"path", path}});
    CHECK_FALSE(reply.is_error);
    return reply.value;
}

TEST_CASE("text is returned as text whatever it is called by") {
    TemporaryKnowledgeBase base;
    base.note("files", "Rc", "hello");
    const std::string wanted =
        R"({"type":"text","text":"---\ntitle: Rc\ntype: note\npermalink: files/rc\n---\n\nhello",)"
        R"("content_type":"text/markdown; charset=utf-8","encoding":"utf-8"})";
    for (const char* path : {"files/Rc.md", "files/rc", "memory://files/Rc.md", "Rc"}) {
        CAPTURE(path);
        CHECK(base.text("read_content", {{"path", path}}) == wanted);
    }
    CHECK(base.text("read_content", {{"file_path", "files/Rc.md"}}) == wanted);
}

TEST_CASE("JSON and other texts keep their type") {
    TemporaryKnowledgeBase base;
    base.put_file("files/a.json", "{\"a\": 1}");
    base.put_file("files/b.canvas", "{}");
    base.put_file("files/c.txt", "caf\xe9");
    CHECK(content(base, "files/a.json")["content_type"] == "application/json");
    CHECK(content(base, "files/b.canvas")["content_type"] == "application/json");
    CHECK(content(base, "files/c.txt")["content_type"] == "text/plain; charset=utf-8");
    CHECK(content(base, "files/c.txt")["text"] == "caf\xEF\xBF\xBD");
}

TEST_CASE("a picture comes back as a JPEG") {
    TemporaryKnowledgeBase base;
    base.put_file("img/p.png", picture("palette.png"));
    const Json value = content(base, "img/p.png");
    CHECK(value["type"] == "image");
    CHECK(value["source"]["type"] == "base64");
    CHECK(value["source"]["media_type"] == "image/jpeg");
    CHECK(value["source"]["data"] == base64(*reduced_jpeg(picture("palette.png"))));
}

TEST_CASE("a picture is an image block only for those who ask") {
    TemporaryKnowledgeBase base;
    base.put_file("img/p.png", picture("palette.png"));
    CHECK(base.call("read_content", {{"path", "img/p.png"}}).images.empty());
    const ToolReply reply =
        base.call("read_content", {{"path", "img/p.png"}, {"image_block", true}});
    REQUIRE(reply.images.size() == 1);
    CHECK(reply.images[0].mime_type == "image/jpeg");
    CHECK(reply.images[0].base64 == reply.value["source"]["data"]);
}

TEST_CASE("pictures that cannot be read are sent like other files") {
    TemporaryKnowledgeBase base;
    const std::string drawing = "<svg xmlns=\"http://www.w3.org/2000/svg\"/>";
    base.put_file("img/d.svg", drawing);
    base.put_file("img/broken.png", picture("palette.png").substr(0, 60));
    base.put_file("img/liar.jpg", "not a picture");
    const Json value = content(base, "img/d.svg");
    CHECK(value["type"] == "document");
    CHECK(value["source"]["media_type"] == "image/svg+xml");
    CHECK(value["source"]["data"] == base64(drawing));
    CHECK(content(base, "img/broken.png")["type"] == "document");
    CHECK(content(base, "img/liar.jpg")["type"] == "document");
}

TEST_CASE("other files are documents up to a limit") {
    TemporaryKnowledgeBase base;
    base.put_file("files/fits.pdf", std::string(350'000, 'x'));
    base.put_file("files/large.pdf", std::string(350'001, 'x'));
    const Json value = content(base, "files/fits.pdf");
    CHECK(value["type"] == "document");
    CHECK(value["source"]["media_type"] == "application/pdf");
    CHECK(value["source"]["data"] == base64(std::string(350'000, 'x')));
    CHECK(base.text("read_content", {{"path", "files/large.pdf"}}) ==
          R"({"type":"error","error":"Document size 350001 bytes exceeds maximum allowed size"})");
}

TEST_CASE("texts and pictures beyond all use are refused before they are read") {
    TemporaryKnowledgeBase base;
    base.put_file("files/huge.txt", "");
    base.put_file("files/huge.png", "");
    std::filesystem::resize_file(base.project_folder() / "files/huge.txt", 10'000'001);
    std::filesystem::resize_file(base.project_folder() / "files/huge.png", 50'000'001);
    CHECK(
        content(base, "files/huge.txt")["error"] ==
        "Text size 10000001 bytes exceeds maximum allowed size. Split the file into smaller ones, "
        "or open it with another program.");
    CHECK(content(base, "files/huge.png")["error"] ==
          "Image size 50000001 bytes exceeds maximum allowed size");
}

TEST_CASE("unknown paths are errors and unsafe ones are answers") {
    TemporaryKnowledgeBase base;
    for (const auto& [path, named] : std::vector<std::pair<const char*, const char*>>{
             {"files/none.md", "files/none.md"}, {"", ""}, {"memory://", ""}}) {
        const ToolReply reply = base.call("read_content", {{"path", path}});
        CHECK(reply.is_error);
        CHECK(reply.value ==
              "Error calling tool 'read_content': Resource not found: " + std::string(named));
    }
    CHECK(base.text("read_content", {{"path", "../keys.txt"}}) ==
          R"({"type":"error","error":"Path '../keys.txt' is not allowed - paths must stay within )"
          R"(project boundaries"})");
}

TEST_CASE("a link that leads out of the project is not read") {
    TemporaryKnowledgeBase base;
    std::ofstream(base.scratch() / "secret.txt") << "secret";
    std::filesystem::create_symlink(base.scratch() / "secret.txt",
                                    base.project_folder() / "link.txt");
    std::filesystem::create_directory_symlink(base.scratch(), base.project_folder() / "folder");
    for (const char* path : {"link.txt", "folder/secret.txt"}) {
        CAPTURE(path);
        const Json value = content(base, path);
        CHECK(value["type"] == "error");
        CHECK(value.dump().find("paths must stay within project boundaries") != std::string::npos);
    }
    CHECK(base.take_warnings().size() == 2);
}

}  // namespace
}  // namespace bm
