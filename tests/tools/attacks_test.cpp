// Every tool that takes a path or an identifier, against every path that must not work.

#include <fstream>
#include <functional>

#include <doctest/doctest.h>

#include "tests/support/temporary_knowledge_base.hpp"

namespace bm {
namespace {

using test::TemporaryKnowledgeBase;

constexpr std::string_view kPhrase = "paths must stay within project boundaries";
constexpr std::string_view kContent = "words that belong in no log";

/// What the scenarios try as folders, and what must be refused besides.
std::vector<std::string> attacks() {
    std::ifstream in("vectors/tools.json");
    REQUIRE(in.is_open());
    std::vector<std::string> paths;
    for (const auto& scenario : Json::parse(in)) {
        for (const auto& step : scenario) {
            const Json wanted = step.value("expect_contains", Json::array());
            if (step.at("tool") != "write_note" || wanted.empty() || wanted[0] != "# Error")
                continue;
            paths.push_back(step.at("arguments").at("folder").get<std::string>());
        }
    }
    CHECK(paths.size() > 40);
    for (const char* more : {"..", "a/..", "a/../b", "a/.. /b", "~", "a~b", "\\x", "c:x", "a\nb",
                             "a\x7f/../b", "..\\..", "memory://../x"}) {
        paths.emplace_back(more);
    }
    paths.emplace_back(std::string("a\0b", 3));
    return paths;
}

/// One way to name a path to a tool.
struct Door {
    const char* tool;
    const char* argument;
    Json others;
    bool slash_is_root = false;  ///< a leading slash is fine here
};

std::vector<Door> doors() {
    return {
        {"write_note", "folder", {{"title", "Attack"}, {"content", kContent}}},
        {"write_note",
         "directory",
         {{"title", "Attack"}, {"content", kContent}, {"output_format", "text"}}},
        {"read_note", "identifier", Json::object()},
        {"view_note", "identifier", Json::object()},
        {"edit_note", "identifier", {{"operation", "append"}, {"content", kContent}}},
        {"edit_note",
         "identifier",
         {{"operation", "append"}, {"content", kContent}, {"create_if_missing", true}}},
        {"delete_note", "identifier", Json::object()},
        {"delete_note", "identifier", {{"is_directory", true}}},
        {"move_note", "destination_path", {{"identifier", "safe/note"}}},
        {"move_note", "destination_folder", {{"identifier", "safe/note"}}},
        {"move_note", "identifier", {{"destination_path", "safe/other.md"}}},
        {"move_note", "destination_path", {{"identifier", "safe"}, {"is_directory", true}}},
        {"move_note", "identifier", {{"destination_path", "other"}, {"is_directory", true}}},
        {"read_content", "path", Json::object()},
        {"list_directory", "dir_name", Json::object(), true},
        {"canvas",
         "folder",
         {{"nodes", Json::array()}, {"edges", Json::array()}, {"title", "Attack"}}},
    };
}

std::vector<std::string> files_below(const std::filesystem::path& folder) {
    std::vector<std::string> files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
        files.push_back(entry.path().string());
    }
    std::sort(files.begin(), files.end());
    return files;
}

/// One refusal: the phrase, one line in the log, and nothing of what the caller wanted to store.
void check_refused(TemporaryKnowledgeBase& base, const Door& door, const std::string& path) {
    CAPTURE(door.tool);
    CAPTURE(door.argument);
    CAPTURE(path);
    Json arguments = door.others;
    arguments[door.argument] = path;
    const std::string text = TemporaryKnowledgeBase::text_of(base.call(door.tool, arguments));
    CAPTURE(text);
    const bool is_canvas = std::string_view(door.tool) == "canvas";
    CHECK(text.find(is_canvas ? "stay within project boundaries" : kPhrase) != std::string::npos);
    const auto warnings = base.take_warnings();
    REQUIRE(warnings.size() == 1);
    CHECK(warnings[0].find(door.tool) != std::string::npos);
    CHECK(warnings[0].find("test-project") != std::string::npos);
    CHECK(warnings[0].find(kContent) == std::string::npos);
    CHECK(warnings[0].find('\n') == std::string::npos);
    CHECK(warnings[0].size() < 2000);
}

TEST_CASE("no tool accepts a path that leads out of the project and each refusal is logged once") {
    TemporaryKnowledgeBase base;
    base.note("safe", "Note", "x");
    const auto before = files_below(base.project_folder().parent_path());
    for (const auto& path : attacks()) {
        for (const auto& door : doors()) {
            if (door.slash_is_root && path.starts_with('/')) continue;
            // A blank destination is missing rather than unsafe, and "memory://" is no part of a
            // folder.
            check_refused(base, door, path);
        }
    }
    CHECK(files_below(base.project_folder().parent_path()) == before);
}

TEST_CASE("no tool follows a symbolic link out of the project") {
    TemporaryKnowledgeBase base;
    base.note("safe", "Note", "x");
    std::ofstream(base.scratch() / "secret.md") << "a secret";
    std::filesystem::create_directory_symlink(base.scratch(), base.project_folder() / "link");
    std::filesystem::create_directory_symlink("..", base.project_folder() / "up");
    std::filesystem::create_symlink(base.scratch() / "secret.md",
                                    base.project_folder() / "single.md");
    const auto before = files_below(base.scratch());
    for (const auto& door : doors()) {
        for (const char* path : {"link", "link/secret.md", "up/scratch", "link/new/deeper"}) {
            check_refused(base, door, path);
        }
    }
    // A single file may be asked for without its suffix; whatever is answered, it is not the
    // secret.
    for (const auto& door : doors()) {
        for (const char* path : {"single.md", "single"}) {
            CAPTURE(door.tool);
            CAPTURE(path);
            Json arguments = door.others;
            arguments[door.argument] = path;
            const std::string text =
                TemporaryKnowledgeBase::text_of(base.call(door.tool, arguments));
            CHECK(text.find("a secret") == std::string::npos);
        }
    }
    CHECK(files_below(base.scratch()) == before);
    CHECK(std::ifstream(base.scratch() / "secret.md").good());
}

TEST_CASE("links that stay inside of the project are ordinary paths") {
    TemporaryKnowledgeBase base;
    base.note("real", "Note", "x");
    std::filesystem::create_directory_symlink(base.project_folder() / "real",
                                              base.project_folder() / "alias");
    base.text("read_note", {{"identifier", "alias/Note.md"}});
    CHECK(base.take_warnings().empty());
}

}  // namespace
}  // namespace bm
