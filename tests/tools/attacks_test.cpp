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
                             "a\x7f/../b", "..\\..", "memory://../x",
                             // Cleaning a folder drops the letters in between.
                             ".<./<./esc", ".;./x", ".<.", ".\u200b./x", "[[../x]]"}) {
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
        {"canvas",
         "directory",
         {{"nodes", Json::array()}, {"edges", Json::array()}, {"title", "Attack"}}},
        {"canvas", "title", {{"nodes", Json::array()}, {"edges", Json::array()}, {"folder", ""}}},
        {"fetch", "id", Json::object()},
    };
}

/// Without the history of notes, which is looked after in the background.
std::vector<std::string> files_below(const std::filesystem::path& folder) {
    std::vector<std::string> files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
        std::string path = entry.path().string();
        if (path.find("/data/history") == std::string::npos) files.push_back(std::move(path));
    }
    std::sort(files.begin(), files.end());
    return files;
}

/// fetch chooses its project itself.
ToolReply call_of(TemporaryKnowledgeBase& base, const Door& door, const Json& arguments) {
    return std::string_view(door.tool) == "fetch" ? base.reply(door.tool, arguments)
                                                  : base.call(door.tool, arguments);
}

/// One refusal: the phrase, one line in the log, and nothing of what the caller wanted to store.
void check_refused(TemporaryKnowledgeBase& base, const Door& door, const std::string& path) {
    CAPTURE(door.tool);
    CAPTURE(door.argument);
    CAPTURE(path);
    Json arguments = door.others;
    arguments[door.argument] = path;
    const ToolReply reply = call_of(base, door, arguments);
    CHECK(reply.failed);
    const std::string text = TemporaryKnowledgeBase::text_of(reply);
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
        const bool is_file = std::string_view(door.argument) == "title";
        for (const char* path : {"link", "link/secret.md", "up/scratch", "link/new/deeper"}) {
            // A file of that name may lie beside the link.
            if (!is_file || std::string_view(path) != "link") check_refused(base, door, path);
        }
    }
    // A single file may be asked for without its suffix.
    for (const auto& door : doors()) {
        // A folder of that name may lie beside the link.
        if (std::string_view(door.tool) == "canvas") continue;
        for (const char* path : {"single.md", "single"}) check_refused(base, door, path);
    }
    CHECK(files_below(base.scratch()) == before);
    CHECK(std::ifstream(base.scratch() / "secret.md").good());
}

TEST_CASE("a note in the place of a link out of the project is refused by its own path") {
    TemporaryKnowledgeBase base;
    std::ofstream(base.scratch() / "secret.md") << "a secret";
    std::filesystem::create_symlink(base.scratch() / "secret.md",
                                    base.project_folder() / "link.md");
    const ToolReply reply =
        base.call("write_note", {{"title", "link"}, {"folder", ""}, {"content", kContent}});
    CHECK(reply.failed);
    CHECK(reply.value ==
          "# Error\n\nFile path 'link.md' is not allowed - paths must stay within project "
          "boundaries");
    REQUIRE(base.take_warnings().size() == 1);
}

TEST_CASE("addresses that lead out of the project find nothing and are logged once") {
    TemporaryKnowledgeBase base;
    base.note("safe", "Note", "x");
    std::ofstream(base.scratch() / "passwd") << "a secret";
    std::filesystem::create_directory_symlink(base.scratch(), base.project_folder() / "etcdir");
    for (const char* path : {"memory://../../etc/passwd", "../x", "etcdir/passwd", "etcdir/*"}) {
        CAPTURE(path);
        const ToolReply context = base.call("build_context", {{"url", path}});
        CHECK_FALSE(context.is_error);
        CHECK(context.failed);
        CHECK(context.value["results"].empty());
        CHECK(base.take_warnings().size() == 1);
        const ToolReply found =
            base.call("search_notes", {{"query", path}, {"search_type", "permalink"}});
        CHECK_FALSE(found.is_error);
        CHECK(found.value["results"].empty());
        CHECK(base.take_warnings().size() == 1);
    }
    base.call("search_notes", {{"query", "memory://../x"}});
    CHECK(base.take_warnings().size() == 1);
    // Words are words.
    base.call("search_notes", {{"query", "../x"}});
    CHECK(base.take_warnings().empty());
}

TEST_CASE("cleaning a folder never leads a new note out of the project") {
    TemporaryKnowledgeBase base;
    base.note("safe", "Note", "x");
    const auto before = files_below(base.project_folder().parent_path());
    for (const char* folder : {".<./<./esc", ".;./x", ".<.", ".\u200b./x"}) {
        CAPTURE(folder);
        const std::string raw(folder);
        const ToolReply written =
            base.call("write_note", {{"title", "T"}, {"folder", raw}, {"content", kContent}});
        CHECK_FALSE(written.is_error);
        CHECK(written.value == "# Error\n\nFolder path '" + raw +
                                   "' is not allowed - paths must stay within project boundaries");
        CHECK(base.take_warnings().size() == 1);
        const ToolReply edited = base.call("edit_note", {{"identifier", raw + "/T"},
                                                         {"operation", "append"},
                                                         {"content", kContent},
                                                         {"create_if_missing", true}});
        CHECK_FALSE(edited.is_error);
        CHECK(edited.value.get<std::string>().find(kPhrase) != std::string::npos);
        CHECK(base.take_warnings().size() == 1);
    }
    CHECK(files_below(base.project_folder().parent_path()) == before);
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
