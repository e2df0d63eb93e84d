#include <doctest/doctest.h>

#include "tests/support/temporary_knowledge_base.hpp"

namespace bm {
namespace {

using test::TemporaryKnowledgeBase;

constexpr std::string_view kByDefault =
    "'build/Plan.md' is not written, because the ignore rules leave it out (pattern 'build' in "
    ".bmignore), so no search would ever find it. Choose another folder or name, or have the user "
    "change that pattern.";

bool contains(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

TEST_CASE("a note is not written where the next scan would forget it") {
    TemporaryKnowledgeBase base;
    const Json wish = {{"title", "Plan"}, {"folder", "build"}, {"content", "x"}};
    const ToolReply reply = base.call("write_note", wish);
    CHECK(reply.failed);
    CHECK(TemporaryKnowledgeBase::text_of(reply) == "# Error\n\n" + std::string(kByDefault));
    CHECK_FALSE(std::filesystem::exists(base.project_folder() / "build"));
    for (const char* folder : {"a/node_modules/b", ".hidden", "dist"}) {
        CAPTURE(folder);
        Json other = wish;
        other["folder"] = folder;
        CHECK(contains(base.text("write_note", other), "is not written"));
    }
}

TEST_CASE("the pattern of a project is named with its file and may change") {
    TemporaryKnowledgeBase base;
    base.put_file(".gitignore", "drafts/\n");
    const Json wish = {{"title", "Plan"}, {"folder", "drafts"}, {"content", "x"}};
    CHECK(contains(base.text("write_note", wish), "(pattern 'drafts/' in .gitignore)"));
    base.put_file(".gitignore", "other things/\n");
    CHECK(contains(base.text("write_note", wish), "# Created note"));
}

TEST_CASE("an existing file in an ignored folder is not said to be a note") {
    TemporaryKnowledgeBase base;
    base.put_file("build/Plan.md", "mine");
    const std::string text =
        base.text("write_note",
                  {{"title", "Plan"}, {"folder", "build"}, {"content", "x"}, {"overwrite", false}});
    CHECK(contains(text, kByDefault));
    CHECK(base.file("build/Plan.md") == "mine");
}

TEST_CASE("canvas and edit_note make nothing in an ignored folder") {
    TemporaryKnowledgeBase base;
    const ToolReply canvas = base.call(
        "canvas",
        {{"nodes", Json::array()}, {"edges", Json::array()}, {"title", "map"}, {"folder", "dist"}});
    CHECK(canvas.is_error);
    CHECK(contains(TemporaryKnowledgeBase::text_of(canvas), "'dist/map.canvas' is not written"));
    const std::string edited = base.text("edit_note", {{"identifier", "build/Plan"},
                                                       {"operation", "append"},
                                                       {"content", "x"},
                                                       {"create_if_missing", true}});
    CHECK(contains(edited, kByDefault));
    CHECK_FALSE(std::filesystem::exists(base.project_folder() / "build"));
}

TEST_CASE("notes and folders do not move to where the next scan would forget them") {
    TemporaryKnowledgeBase base;
    base.note("a", "Plan", "x");
    const std::string moved =
        base.text("move_note", {{"identifier", "a/plan"}, {"destination_path", "build/Plan.md"}});
    CHECK(moved.starts_with("# Move Failed"));
    CHECK(contains(moved, kByDefault));
    const ToolReply folder = base.call(
        "move_note", {{"identifier", "a"}, {"destination_path", "build"}, {"is_directory", true}});
    CHECK(folder.failed);
    CHECK(contains(TemporaryKnowledgeBase::text_of(folder), "ignore rules leave it out"));
    CHECK(base.file("a/Plan.md").ends_with("x"));
}

}  // namespace
}  // namespace bm
