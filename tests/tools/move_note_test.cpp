#include <doctest/doctest.h>
#include <unistd.h>

#include "tests/support/golden.hpp"
#include "tests/support/ordinary_user.hpp"
#include "tests/support/temporary_knowledge_base.hpp"

namespace bm {
namespace {

using test::check_golden;
using test::TemporaryKnowledgeBase;

Json to(std::string_view identifier, std::string_view destination) {
    return {{"identifier", identifier}, {"destination_path", destination}};
}

/// The failure of a move of "w/ma", which must leave everything where it is.
void check_failure(TemporaryKnowledgeBase& base, const Json& arguments, std::string_view golden,
                   std::string_view code) {
    CAPTURE(golden);
    const ToolReply reply = base.call("move_note", arguments);
    CHECK_FALSE(reply.is_error);
    check_golden("tools/move_note_" + std::string(golden) + ".md",
                 TemporaryKnowledgeBase::text_of(reply));
    Json json = arguments;
    json["output_format"] = "json";
    const Json value = base.call("move_note", json).value;
    CHECK(value["moved"] == false);
    CHECK(value["title"].is_null());
    CHECK(value["permalink"].is_null());
    CHECK(value["file_path"].is_null());
    CHECK(value["source"] == arguments["identifier"]);
    CHECK(value["error"] == code);
}

TEST_CASE("a note moves with its text and keeps its permalink") {
    TemporaryKnowledgeBase base;
    base.note("plans", "Trip", "pack bags");
    const std::string before = base.file("plans/Trip.md");
    check_golden("tools/move_note.md",
                 base.text("move_note", to("plans/trip", "archive/2024/Trip.md")));
    CHECK(base.file("archive/2024/Trip.md") == before);
    // The folder that became empty goes with it.
    CHECK_FALSE(std::filesystem::exists(base.project_folder() / "plans"));
    CHECK(base.text("read_note", {{"identifier", "plans/trip"}}) == before);
}

TEST_CASE("the permalink follows when that is configured") {
    TemporaryKnowledgeBase base({{{"update_permalinks_on_move", true}}, {}});
    base.note("plans", "Trip", "pack bags");
    CHECK(base.text("move_note", to("plans/trip", "archive/2024/Trip.md"))
              .find("🔗 Permalink: archive/2024/trip\n") != std::string::npos);
    CHECK(base.file("archive/2024/Trip.md").find("permalink: archive/2024/trip\n") !=
          std::string::npos);
}

TEST_CASE("13.1 items 39 and 41: a move by title reports old and new path as JSON") {
    TemporaryKnowledgeBase base;
    base.note("w", "Draft One", "x");
    CHECK(base.text(
              "move_note",
              {{"identifier", "Draft One"}, {"to", "w/Final One.md"}, {"output_format", "json"}}) ==
          R"({"moved":true,"title":"Draft One","permalink":"w/draft-one",)"
          R"("file_path":"w/Final One.md","source":"Draft One","destination":"w/Final One.md",)"
          R"("previous_path":"w/Draft One.md"})");
}

TEST_CASE("a destination folder keeps the file name") {
    TemporaryKnowledgeBase base;
    base.note("src", "Mv", "x");
    CHECK(base.text("move_note", {{"identifier", "src/mv"}, {"destination_folder", "dst"}})
              .find("**dst/Mv.md**") != std::string::npos);
    CHECK(base.text("move_note", {{"identifier", "src/mv"}, {"dest_folder", "./a/b/"}})
              .find("**a/b/Mv.md**") != std::string::npos);
}

TEST_CASE("a destination is written in its plain form") {
    TemporaryKnowledgeBase base;
    base.note("w", "Dot", "x");
    CHECK(base.text("move_note", to("w/dot", "./q//b.md")).find("**q/b.md**") != std::string::npos);
    CHECK(base.text("list_directory", Json::object()).find("📁 q ") != std::string::npos);
}

TEST_CASE("moves that cannot be made say why and how to go on") {
    TemporaryKnowledgeBase base;
    base.note("w", "Ma", "x");
    base.note("w", "Mb", "y");
    base.note("one", "Twin", "1");
    base.note("two", "Twin", "2");
    check_failure(base, {{"identifier", "w/ma"}}, "missing_destination", "MISSING_DESTINATION");
    CHECK(base.text("move_note", to("w/ma", "")).find("must include a file extension") !=
          std::string::npos);
    check_failure(base, {{"identifier", "w/ma"}, {"destination_path", "a.md"}, {"to_folder", "b"}},
                  "both_destinations", "MUTUALLY_EXCLUSIVE_PARAMS");
    check_failure(base, {{"identifier", "w"}, {"destination_folder", "b"}, {"is_dir", true}},
                  "folder_for_directory", "DESTINATION_FOLDER_NOT_FOR_DIRECTORIES");
    check_failure(base, to("w/ma", "../keys.md"), "unsafe_destination",
                  "SECURITY_VALIDATION_ERROR");
    check_failure(base, to("../w/ma", "keys.md"), "unsafe_identifier", "SECURITY_VALIDATION_ERROR");
    check_failure(base, to("w/ma", "w/newname"), "missing_extension", "FILE_EXTENSION_REQUIRED");
    check_failure(base, to("w/ma", "w/Ma.txt"), "other_extension", "FILE_EXTENSION_MISMATCH");
    check_failure(base, to("zz/none", "a/b.md"), "not_found", "ENTITY_RESOLUTION_FAILED");
    check_failure(base, to("Twin", "a/b.md"), "ambiguous", "AMBIGUOUS_IDENTIFIER");
    check_failure(base, to("w/ma", "w/Ma.md"), "same_place", "DESTINATION_SAME_AS_SOURCE");
    check_failure(base, to("w/ma", "w/Mb.md"), "destination_exists",
                  "Destination already exists: w/Mb.md");
    CHECK(base.file("w/Ma.md").ends_with("x"));
    CHECK(base.file("w/Mb.md").ends_with("y"));
}

TEST_CASE("the checks of a move come in a fixed order") {
    TemporaryKnowledgeBase base;
    base.reply("create_memory_project", {{"project_name", "vault-b"},
                                         {"project_path", (base.scratch() / "vault-b").string()}});
    base.note("w", "Ma", "x");
    const auto heading = [&](const Json& arguments) {
        const std::string text = base.text("move_note", arguments);
        return text.substr(0, text.find('\n'));
    };
    // Each destination is wrong in the way named and in the ways that come later.
    CHECK(heading(to("w/ma", "../vault-b/x")) == "# Move Failed - Security Validation Error");
    CHECK(heading(to("w/none", "vault-b/x")) == "# Move Failed - Cross-Project Move Not Supported");
    CHECK(heading(to("w/none", "a/x")) == "# Move Failed - File Extension Required");
    CHECK(heading(to("w/ma", "w/newname.")) == "# Move Failed - File Extension Required");
    CHECK(heading(to("w/ma", "w/.md")) == "# Move Failed - File Extension Required");
    CHECK(heading(to("w/none", "a/x.txt")) == "# Move Failed - Note Not Found");
    CHECK(heading(to("w/ma", "w/Ma.MD")) == "✅ Note moved successfully");
}

TEST_CASE("13.1 item 40: another project is not reached by a move") {
    TemporaryKnowledgeBase base;
    base.reply("create_memory_project", {{"project_name", "vault-b"},
                                         {"project_path", (base.scratch() / "vault-b").string()}});
    base.note("w", "Ma", "x");
    check_failure(base, to("w/ma", "vault-b/w/Ma.md"), "other_project",
                  "CROSS_PROJECT_MOVE_NOT_SUPPORTED");
    CHECK(base.text("move_note", {{"identifier", "w/ma"}, {"destination_folder", "vault-b"}})
              .starts_with("# Move Failed - Cross-Project"));
    // Deeper in the path the name is an ordinary folder, and a folder of that name is one too.
    CHECK(base.text("move_note", to("w/ma", "w/vault-b/Ma.md")).starts_with("✅"));
    base.note("vault-b", "Other", "y");
    CHECK(base.text("move_note", to("w/ma", "vault-b/Ma.md")).starts_with("✅"));
    CHECK(std::filesystem::exists(base.project_folder() / "vault-b/Ma.md"));
}

TEST_CASE("a source whose file is gone is named") {
    TemporaryKnowledgeBase base;
    base.note("w", "Ma", "x");
    std::filesystem::remove(base.project_folder() / "w/Ma.md");
    CHECK(base.text("move_note", to("w/ma", "w/Mz.md"))
              .starts_with("# Move Failed - Source File Missing"));
}

TEST_CASE("a folder that may not be written to is a matter of permission") {
    const bm::test::OrdinaryUser user;
    TemporaryKnowledgeBase base;
    base.note("w", "Ma", "x");
    std::filesystem::permissions(
        base.project_folder() / "w",
        std::filesystem::perms::owner_read | std::filesystem::perms::owner_exec);
    const auto answer = base.text("move_note", to("w/ma", "w/Mz.md"));
    std::filesystem::permissions(base.project_folder() / "w", std::filesystem::perms::owner_all);
    CHECK(answer.starts_with("# Move Failed - Permission Error"));
}

TEST_CASE("a link that leads out of the project is no destination") {
    TemporaryKnowledgeBase base;
    std::filesystem::create_directory_symlink(base.scratch(), base.project_folder() / "link");
    base.note("w", "Ma", "x");
    CHECK(base.text("move_note", to("w/ma", "link/Ma.md"))
              .starts_with("# Move Failed - Security Validation Error"));
    CHECK(base.take_warnings().size() == 1);
    CHECK(std::filesystem::is_empty(base.scratch()));
}

TEST_CASE("a bound server takes the name of another project for a folder") {
    TemporaryKnowledgeBase::Options options{Json::object(), "test-project"};
    test::TemporaryFolder elsewhere;
    options.config["projects"] = {{"test-project", (elsewhere.path() / "t").string()},
                                  {"work", (elsewhere.path() / "work").string()}};
    std::filesystem::create_directories(elsewhere.path() / "t");
    TemporaryKnowledgeBase base(options);
    base.note("w", "Mv", "x");
    const std::string text =
        base.text("move_note", {{"identifier", "w/mv"}, {"destination_path", "work/Mv.md"}});
    CHECK(text.find("Cross-Project") == std::string::npos);
    CHECK(std::filesystem::exists(elsewhere.path() / "t/work/Mv.md"));
}

TEST_CASE("a directory moves with everything below it") {
    TemporaryKnowledgeBase base;
    base.note("dst", "Mv", "x");
    base.note("dst", "M2", "y");
    check_golden(
        "tools/move_note_directory.md",
        base.text("move_note",
                  {{"identifier", "dst"}, {"destination_path", "end"}, {"is_directory", true}}));
    for (int i = 0; i < 11; ++i) base.note("end/sub", "N" + std::to_string(i), "z");
    const std::string text = base.text(
        "move_note",
        {{"identifier", "/end/"}, {"destination_path", "deep/er"}, {"is_directory", true}});
    CHECK(text.starts_with("# Move Failed - Security"));
    const std::string moved = base.text(
        "move_note",
        {{"identifier", "end/"}, {"destination_path", "deep/er"}, {"is_directory", true}});
    CHECK(moved.find("- Successfully moved: 13\n") != std::string::npos);
    CHECK(moved.find("- ... and 3 more\n") != std::string::npos);
    CHECK(std::filesystem::exists(base.project_folder() / "deep/er/sub/N3.md"));
    CHECK_FALSE(std::filesystem::exists(base.project_folder() / "end"));
}

TEST_CASE("a directory that cannot be moved stays where it is") {
    TemporaryKnowledgeBase base;
    base.note("a", "N", "x");
    base.note("b", "N", "y");
    const auto move = [&](std::string_view from, std::string_view destination) {
        return base.text(
            "move_note",
            {{"identifier", from}, {"destination_path", destination}, {"is_directory", true}});
    };
    check_golden("tools/move_note_no_files.md", move("none", "c"));
    CHECK(move("", "c").starts_with("# Directory Move Failed\n"));
    CHECK(move(".", "c").starts_with("# Directory Move Failed\n"));
    CHECK(move("a", "a/inner").starts_with("# Directory Move Failed\n"));
    CHECK(move("a", "a").starts_with("# Move Failed - Destination Same As Source"));
    const std::string taken = move("a", "b");
    CHECK(taken.starts_with("# Directory Move Failed\n"));
    CHECK(taken.find("## Errors\n- `a/N.md`: ") != std::string::npos);
    CHECK(base.file("a/N.md").ends_with("x"));
    const Json value = base.call("move_note", {{"identifier", "none"},
                                               {"destination_path", "c"},
                                               {"is_directory", true},
                                               {"output_format", "json"}})
                           .value;
    CHECK(value["is_directory"] == true);
    CHECK(value["total_files"] == 0);
    CHECK(value["moved"] == false);
    CHECK(value["error"].is_string());
}

TEST_CASE("a destination keeps a folder that is called like its own project") {
    TemporaryKnowledgeBase base;
    base.note("w", "Plan", "x");
    CHECK(base.text("move_note", to("w/plan", "test-project/plan.md"))
              .find("**test-project/plan.md**") != std::string::npos);
    base.note("w", "Two", "x");
    CHECK(base.text("move_note",
                    {{"identifier", "w/two"}, {"destination_folder", "test-project/deep"}})
              .find("**test-project/deep/Two.md**") != std::string::npos);
}

TEST_CASE("13.1 item 40: a memory URL as destination means the path behind the scheme") {
    TemporaryKnowledgeBase base;
    base.reply("create_memory_project", {{"project_name", "vault-b"},
                                         {"project_path", (base.scratch() / "vault-b").string()}});
    base.note("w", "One", "x");
    CHECK(base.text("move_note", to("w/one", "memory://e/T.md")).find("**e/T.md**") !=
          std::string::npos);
    CHECK(base.text("move_note", to("w/one", "memory://test-project/f/T.md")).find("**f/T.md**") !=
          std::string::npos);
    CHECK(base.text("move_note", to("w/one", "memory://vault-b/f/T.md"))
              .starts_with("# Move Failed - Cross-Project Move Not Supported"));
    CHECK(base.text("move_note", to("w/one", "memory://../T.md"))
              .starts_with("# Move Failed - Security Validation Error"));
    CHECK_FALSE(std::filesystem::exists(base.project_folder() / "memory:"));
}

TEST_CASE("a note that became a link out of the project is what a move refuses") {
    TemporaryKnowledgeBase base;
    base.note("w", "Ma", "x");
    std::filesystem::remove(base.project_folder() / "w/Ma.md");
    std::filesystem::create_symlink(base.scratch(), base.project_folder() / "w/Ma.md");
    const std::string text = base.text("move_note", to("w/ma", "w/Mz.md"));
    CAPTURE(text);
    CHECK(text.find("The destination path") == std::string::npos);
    std::filesystem::remove_all(base.project_folder() / "w");
    std::filesystem::create_directory_symlink(base.scratch(), base.project_folder() / "w");
    const std::string folder = base.text("move_note", to("w/ma", "z/Mz.md"));
    CAPTURE(folder);
    CHECK(folder.find("The destination path") == std::string::npos);
    CHECK(folder.starts_with("# Move Failed"));
}

}  // namespace
}  // namespace bm
