#include <doctest/doctest.h>

#include "tests/support/golden.hpp"
#include "tests/support/temporary_knowledge_base.hpp"

namespace bm {
namespace {

using test::check_golden;
using test::TemporaryKnowledgeBase;

TEST_CASE("deleting gives true and then false") {
    TemporaryKnowledgeBase base;
    base.note("d", "Gone", "x");
    base.note("d", "Stay", "y");
    const Json gone = {{"identifier", "d/gone"}};
    CHECK(base.call("delete_note", gone).value == true);
    CHECK(base.call("delete_note", gone).value == false);
    CHECK_FALSE(std::filesystem::exists(base.project_folder() / "d/Gone.md"));
    CHECK(base.file("d/Stay.md").ends_with("y"));
    const ToolReply reply = base.call("delete_note", Json::object());
    CHECK(reply.is_error);
    CHECK(reply.value == "Input validation error: 'identifier' is a required property");
}

TEST_CASE("13.1 item 31: a note is never deleted because its name is similar") {
    TemporaryKnowledgeBase base;
    base.note("d", "Alpha Project Plan", "x");
    for (const char* name :
         {"Alpha", "Alpha Project", "alpha-project", "d/alpha", "Plan", "d", ""}) {
        CAPTURE(name);
        CHECK(base.call("delete_note", {{"identifier", name}}).value == false);
    }
    CHECK(base.call("delete_note", {{"identifier", "alpha PROJECT plan"}}).value == true);
}

TEST_CASE("13.1 item 32: several notes of one title are listed and none is deleted") {
    TemporaryKnowledgeBase base;
    base.note("a", "Twin", "1");
    base.note("b", "Twin", "2");
    check_golden("tools/delete_note_ambiguous.md",
                 base.text("delete_note", {{"identifier", "Twin"}}));
    CHECK(base.text("delete_note", {{"identifier", "Twin"}, {"output_format", "json"}})
              .starts_with(R"({"deleted":false,"title":null,"permalink":null,"file_path":null,)"
                           R"("error":"AMBIGUOUS_IDENTIFIER","message":"# Delete Failed)"));
    CHECK(std::filesystem::exists(base.project_folder() / "a/Twin.md"));
    CHECK(std::filesystem::exists(base.project_folder() / "b/Twin.md"));
}

TEST_CASE("links to a deleted note wait for it again") {
    TemporaryKnowledgeBase base;
    base.note("d", "Target", "x");
    base.note("d", "Source", "- cites [[Target]]");
    base.call("delete_note", {{"identifier", "d/target"}});
    const std::string text = base.text(
        "edit_note", {{"identifier", "d/source"}, {"operation", "append"}, {"content", "y"}});
    CHECK(text.find("- Resolved: 0\n- Unresolved: 1\n") != std::string::npos);
}

TEST_CASE("the JSON form of delete_note names the note") {
    TemporaryKnowledgeBase base;
    base.note("bin", "X3", "x");
    const Json arguments = {{"identifier", "bin/x3"}, {"output_format", "json"}};
    CHECK(base.text("delete_note", arguments) ==
          R"({"deleted":true,"title":"X3","permalink":"bin/x3","file_path":"bin/X3.md"})");
    CHECK(base.text("delete_note", arguments) ==
          R"({"deleted":false,"title":null,"permalink":null,"file_path":null})");
}

TEST_CASE("a file that was never indexed can be deleted by its path") {
    TemporaryKnowledgeBase base;
    base.put_file("hand/Fresh.md", "one");
    CHECK(base.call("delete_note", {{"identifier", "hand/Fresh.md"}}).value == true);
    CHECK_FALSE(std::filesystem::exists(base.project_folder() / "hand/Fresh.md"));
}

TEST_CASE("a directory is deleted with everything below it") {
    TemporaryKnowledgeBase base;
    base.note("bin", "X1", "x");
    base.note("bin/sub", "X2", "y");
    base.note("bins", "Other", "z");
    const Json bin = {{"identifier", "bin"}, {"is_directory", true}};
    check_golden("tools/delete_note_directory.md", base.text("delete_note", bin));
    check_golden("tools/delete_note_no_files.md", base.text("delete_note", bin));
    CHECK(std::filesystem::exists(base.project_folder() / "bins/Other.md"));
    CHECK_FALSE(std::filesystem::exists(base.project_folder() / "bin"));
    CHECK(base.text("delete_note",
                    {{"identifier", "bins"}, {"is_dir", true}, {"output_format", "json"}}) ==
          R"({"deleted":true,"is_directory":true,"identifier":"bins","total_files":1,)"
          R"("successful_deletes":1,"failed_deletes":0,"deleted_files":["bins/Other.md"],)"
          R"("errors":[]})");
}

TEST_CASE("the root of a project is never deleted") {
    TemporaryKnowledgeBase base;
    base.note("", "Root", "x");
    for (const char* root : {"/", "", ".", "./", " / ", "memory://"}) {
        CAPTURE(root);
        CHECK(base.text("delete_note", {{"identifier", root}, {"is_directory", true}})
                  .starts_with("# Directory Delete Failed\n"));
    }
    CHECK(base.file("Root.md").ends_with("x"));
}

TEST_CASE("delete_note refuses unsafe identifiers in both forms") {
    TemporaryKnowledgeBase base;
    CHECK(base.text("delete_note", {{"identifier", "../x"}}) ==
          "# Error\n\nIdentifier '../x' is not allowed - paths must stay within project "
          "boundaries");
    const Json value =
        base.call("delete_note",
                  {{"identifier", "../x"}, {"is_directory", true}, {"output_format", "json"}})
            .value;
    CHECK(value["deleted"] == false);
    CHECK(value["error"] == "SECURITY_VALIDATION_ERROR");
}

TEST_CASE("a symbolic link is not taken for the note behind it") {
    TemporaryKnowledgeBase base;
    base.put_file("q/real.md", "x");
    std::filesystem::create_symlink("real.md", base.project_folder() / "q/link.md");
    for (const char* identifier : {"q/link.md", "q/link", "memory://test-project/q/link"}) {
        CAPTURE(identifier);
        const ToolReply reply = base.call("delete_note", {{"identifier", identifier}});
        CHECK(reply.failed);
        CHECK(TemporaryKnowledgeBase::text_of(reply) ==
              "# Delete Failed\n\n'q/link.md' is a symbolic link to 'q/real.md': name the note "
              "itself to delete it.");
    }
    CHECK(base.file("q/link.md") == "x");
    CHECK(base.text("delete_note", {{"identifier", "q/real.md"}}) == "true");
}

TEST_CASE("13.1 item 32: two files on disk with one slug are ambiguous and a path is not") {
    TemporaryKnowledgeBase base;
    base.put_file("z/A B.md", "1");
    base.put_file("z/A_B.md", "2");
    const std::string text = base.text("delete_note", {{"identifier", "z/a-b"}});
    CHECK(text.find("Ambiguous identifier 'z/a-b' matches 2 notes: z/A B.md; z/A_B.md. Pass an "
                    "exact path to disambiguate.") != std::string::npos);
    const std::string edit = base.text(
        "edit_note", {{"identifier", "z/a-b"}, {"operation", "append"}, {"content", "x"}});
    CHECK(edit.find("matches 2 notes") != std::string::npos);
    CHECK(base.text("delete_note", {{"identifier", "z/A_B.md"}}) == "true");
    CHECK(base.file("z/A B.md") == "1");
}

}  // namespace
}  // namespace bm
