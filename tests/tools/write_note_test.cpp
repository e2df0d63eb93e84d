#include <fstream>

#include <doctest/doctest.h>

#include "tests/support/golden.hpp"
#include "tests/support/temporary_knowledge_base.hpp"

namespace bm {
namespace {

using test::check_golden;
using test::TemporaryKnowledgeBase;

Json garden_plan() {
    return {{"title", "Garden Plan"},
            {"folder", "home/plots"},
            {"content", "# Garden Plan\n\nRaised beds first."},
            {"tags", {"garden", "spring"}}};
}

TEST_CASE("a date in the content that cannot be read is told") {
    TemporaryKnowledgeBase base;
    const std::string text = base.text(
        "write_note",
        {{"title", "T"}, {"folder", "d"}, {"content", "---\ncreated: yesterday\n---\nx"}});
    CHECK(text.find("## Warnings\n- line 5: Invalid ISO 8601 value for frontmatter field "
                    "'created'\n") != std::string::npos);
}

TEST_CASE("a new note is reported with its path and permalink and tags") {
    TemporaryKnowledgeBase base;
    check_golden("tools/write_note.md", base.text("write_note", garden_plan()));
    CHECK(base.file("home/plots/Garden Plan.md") ==
          "---\ntitle: Garden Plan\ntype: note\npermalink: home/plots/garden-plan\ntags:\n"
          "- garden\n- spring\n---\n\n# Garden Plan\n\nRaised beds first.");
}

TEST_CASE("observations and relations are counted in the report") {
    TemporaryKnowledgeBase base;
    base.note("net", "Hub", "centre");
    check_golden("tools/write_note_relations.md",
                 base.text("write_note", {{"title", "Spoke"},
                                          {"folder", "net"},
                                          {"content",
                                           "- part_of [[Hub]]\n- next_to [[Rim]]\n"
                                           "- [fact] steel"}}));
}

TEST_CASE("the second write to the same place is an update") {
    TemporaryKnowledgeBase base;
    base.text("write_note", garden_plan());
    Json again = garden_plan();
    again["tags"] = {"b2"};
    const std::string text = base.text("write_note", again);
    CHECK(text.starts_with("# Updated note\nproject: test-project\n"));
    CHECK(text.find("\n## Tags\n- b2\n\n[Session: Using project 'test-project']") !=
          std::string::npos);
}

TEST_CASE("titles that slug alike become files of their own") {
    TemporaryKnowledgeBase base;
    const std::vector<std::pair<const char*, const char*>> notes{{"My Note", "t/my-note\n"},
                                                                 {"My-Note", "t/my-note-1\n"},
                                                                 {"My_Note", "t/my-note-2\n"},
                                                                 {"my note", "t/my-note-3\n"}};
    for (const auto& [title, permalink] : notes) {
        CAPTURE(title);
        const std::string text = base.text(
            "write_note", {{"title", title}, {"folder", "t"}, {"content", std::string(title)}});
        CHECK(text.find(std::string("permalink: ") + permalink) != std::string::npos);
    }
    CHECK(base.file("t/My Note.md").ends_with("\n\nMy Note"));
    CHECK(base.file("t/my note.md").ends_with("\n\nmy note"));
}

TEST_CASE("an unsafe folder is echoed as it was typed and under the name it was given") {
    TemporaryKnowledgeBase base;
    const Json note = {{"title", "x"}, {"content", "secret words"}};
    Json with_folder = note;
    with_folder["folder"] = "../outside";
    CHECK(base.text("write_note", with_folder) ==
          "# Error\n\nFolder path '../outside' is not allowed - paths must stay within project "
          "boundaries");
    Json with_directory = note;
    with_directory["directory"] = "../outside";
    CHECK(base.text("write_note", with_directory).starts_with("# Error\n\nDirectory path '"));
    CHECK(base.take_warnings().size() == 2);
}

TEST_CASE("missing and wrong arguments of write_note are input errors") {
    TemporaryKnowledgeBase base;
    const auto error_of = [&](const Json& arguments) {
        const ToolReply reply = base.call("write_note", arguments);
        CHECK(reply.is_error);
        return TemporaryKnowledgeBase::text_of(reply);
    };
    CHECK(error_of({{"title", "x"}, {"folder", "a"}}) ==
          "Input validation error: 'content' is a required property");
    CHECK(error_of({{"title", "x"}, {"content", "a"}}) ==
          "Input validation error: 'folder' is a required property");
    CHECK(error_of({{"title", "x"}, {"folder", "a"}, {"content", "x"}, {"tags", 5}}) ==
          "Input validation error: 5 is not valid under any of the given schemas");
    CHECK(error_of({{"title", "x"}, {"folder", "a"}, {"directory", "b"}, {"content", "x"}}) ==
          "Error calling tool 'write_note': 'folder' and 'directory' are the same argument and "
          "were given different values; pass one of them");
    CHECK(error_of({{"title", "x"}, {"folder", "a"}, {"content", "x"}, {"metadata", "[1]"}}) ==
          "Input validation error: '[1]' is not valid under any of the given schemas");
    CHECK(error_of({{"title", "  "}, {"folder", "a"}, {"content", "x"}}) ==
          "Error calling tool 'write_note': title cannot be empty");
}

TEST_CASE("without a project the error lists what there is") {
    TemporaryKnowledgeBase base;
    const ToolReply reply =
        base.reply("write_note", {{"title", "x"}, {"folder", "a"}, {"content", "x"}});
    CHECK(reply.is_error);
    CHECK(reply.value ==
          "Error calling tool 'write_note': No project specified. Either set "
          "'default_project_mode=true' in config, or use 'project' argument.\n"
          "Available projects: ['test-project']");
}

TEST_CASE("13.1 item 30: overwrite false and the configured guard keep an existing note") {
    TemporaryKnowledgeBase base({{{"write_note_overwrite_default", false}}, {}});
    Json note = {{"title", "Own"}, {"folder", "o"}, {"content", "v1"}};
    base.text("write_note", note);
    note["content"] = "v2";
    check_golden("tools/write_note_conflict.md", base.text("write_note", note));
    note["output_format"] = "json";
    CHECK(base.text("write_note", note)
              .starts_with(R"({"title":"Own","permalink":"o/own","file_path":null,"checksum":null,)"
                           R"("action":"conflict","error":"NOTE_ALREADY_EXISTS","message":"# )"));
    CHECK(base.file("o/Own.md").ends_with("v1"));
    note["overwrite"] = true;
    CHECK(base.call("write_note", note).value["action"] == "updated");
    CHECK(base.file("o/Own.md").ends_with("v2"));
}

TEST_CASE("the JSON form holds the full checksum and names errors") {
    TemporaryKnowledgeBase base;
    const Json value =
        base.call("write_note",
                  {{"title", "J"}, {"directory", "o"}, {"content", "x"}, {"output_format", "json"}})
            .value;
    CHECK(value["title"] == "J");
    CHECK(value["permalink"] == "o/j");
    CHECK(value["file_path"] == "o/J.md");
    CHECK(value["action"] == "created");
    CHECK(value["checksum"] == checksum_of(base.file("o/J.md")).hex());
    CHECK(
        base.text(
            "write_note",
            {{"title", "J"}, {"directory", "../o"}, {"content", "x"}, {"output_format", "json"}}) ==
        R"({"title":"J","permalink":null,"file_path":null,"checksum":null,"action":"error",)"
        R"("error":"SECURITY_VALIDATION_ERROR","message":"# Error\n\nDirectory path '../o' is not )"
        R"(allowed - paths must stay within project boundaries"})");
}

TEST_CASE("13.1 items 20 and 17: tags are told apart the same way in every form") {
    TemporaryKnowledgeBase base;
    const std::vector<std::pair<Json, std::string>> cases{
        {{"#p", " q ", ""}, "p, q"},
        {"a, b ,#c", "a, b, c"},
        {R"(["x","y"])", "x, y"},
        {"[bad", "[bad"},
        {{"r,s"}, "r, s"},
        {"#", ""},
        {nullptr, ""},
        {Json::array(), ""},
        {"", ""},
    };
    int number = 0;
    for (const auto& [tags, listed] : cases) {
        CAPTURE(tags.dump());
        const std::string text = base.text("write_note", {{"title", "T" + std::to_string(number++)},
                                                          {"folder", "t"},
                                                          {"content", "x"},
                                                          {"tags", tags}});
        if (listed.empty()) {
            CHECK(text.find("## Tags") == std::string::npos);
        } else {
            CHECK(text.find("\n## Tags\n- " + listed + "\n") != std::string::npos);
        }
    }
}

TEST_CASE("metadata becomes frontmatter and never beats title and type and permalink") {
    TemporaryKnowledgeBase base;
    base.text("write_note", {{"title", "Md"},
                             {"folder", "o"},
                             {"content", "x"},
                             {"metadata",
                              {{"status", "open"},
                               {"rank", 3},
                               {"title", "Other"},
                               {"permalink", "else/where"},
                               {"type", "guide"}}}});
    CHECK(base.file("o/Md.md") ==
          "---\ntitle: Md\ntype: note\npermalink: o/md\nstatus: open\nrank: 3\n---\n\nx");
    base.text("write_note", {{"title", "Ms"},
                             {"folder", "o"},
                             {"content", "x"},
                             {"metadata", R"({"status": "shut"})"}});
    CHECK(base.file("o/Ms.md").find("status: shut") != std::string::npos);
}

TEST_CASE(
    "13.1 items 22 and 24: stored keys and permalinks survive a write that does not name them") {
    TemporaryKnowledgeBase base;
    base.note("n", "N", "---\npermalink: Custom/P\nversion: 1.0\n---\n\nold");
    const std::string text =
        base.text("write_note", {{"title", "N"}, {"folder", "n"}, {"content", "new"}});
    CHECK(text.find("permalink: Custom/P") != std::string::npos);
    CHECK(base.file("n/N.md").find("version: 1.0\n") != std::string::npos);
}

TEST_CASE("a title is trimmed and one suffix of its own is dropped from the file name") {
    TemporaryKnowledgeBase base;
    const auto path_for = [&](const char* title) {
        return base
            .call("write_note",
                  {{"title", title}, {"folder", ""}, {"content", "x"}, {"output_format", "json"}})
            .value["file_path"];
    };
    CHECK(path_for(" Ends ") == "Ends.md");
    CHECK(path_for("Plan.md") == "Plan.md");
}

TEST_CASE("safe folders pass and are cleaned") {
    TemporaryKnowledgeBase base;
    const std::vector<std::pair<const char*, const char*>> cases{{"", "F.md"},
                                                                 {"/", "F.md"},
                                                                 {" ", "F.md"},
                                                                 {"./n1", "n1/F.md"},
                                                                 {"a//b", "a/b/F.md"},
                                                                 {"no<>te:s", "notes/F.md"},
                                                                 {"trail/", "trail/F.md"},
                                                                 {"a..b", "a..b/F.md"},
                                                                 {"x/./y", "x/y/F.md"}};
    for (const auto& [folder, path] : cases) {
        CAPTURE(folder);
        const Json value = base.call("write_note", {{"title", "F"},
                                                    {"folder", folder},
                                                    {"content", "x"},
                                                    {"output_format", "json"}})
                               .value;
        CHECK(value["file_path"] == path);
    }
}

TEST_CASE("13.1 item 7.3: a file that was never indexed is updated and keeps its keys") {
    TemporaryKnowledgeBase base;
    base.put_file("o/Hand.md", "---\nowner: Noor\n---\n\nby hand");
    const std::string text =
        base.text("write_note", {{"title", "Hand"}, {"folder", "o"}, {"content", "by tool"}});
    CHECK(text.starts_with("# Updated note"));
    CHECK(base.file("o/Hand.md").find("owner: Noor") != std::string::npos);
    CHECK(base.file("o/Hand.md").ends_with("by tool"));
}

TEST_CASE("note_type is stored in snake case and a type in the content wins as it is") {
    TemporaryKnowledgeBase base;
    base.text("write_note",
              {{"title", "A"}, {"folder", "k"}, {"content", "x"}, {"note_type", "My Type.x"}});
    CHECK(base.file("k/A.md").find("type: my_type_x\n") != std::string::npos);
    base.text("write_note", {{"title", "B"},
                             {"folder", "k"},
                             {"note_type", "guide"},
                             {"content", "---\ntype: Field Report\n---\n\nx"}});
    CHECK(base.file("k/B.md").find("type: Field Report\n") != std::string::npos);
}

TEST_CASE("13.1 item 48: a relation connects as soon as its target is written") {
    TemporaryKnowledgeBase base;
    base.note("fr", "Early", "- needs [[Later]]");
    base.note("fr", "Later", "here");
    const std::string text = base.text(
        "edit_note", {{"identifier", "fr/early"}, {"operation", "append"}, {"content", "x"}});
    CHECK(text.find("- Resolved: 1\n") != std::string::npos);
    CHECK(text.find("Unresolved") == std::string::npos);
}

TEST_CASE("a symbolic link that leads out of the project is no folder") {
    TemporaryKnowledgeBase base;
    std::filesystem::create_directory_symlink(base.scratch(), base.project_folder() / "link");
    // The second spelling becomes the link only when it is cleaned.
    for (const char* folder : {"link", "li<nk", "link/deeper"}) {
        CAPTURE(folder);
        CHECK(base.text("write_note", {{"title", "x"}, {"folder", folder}, {"content", "x"}})
                  .starts_with("# Error\n\nFolder path '"));
    }
    CHECK(base.take_warnings().size() == 3);
    CHECK(std::filesystem::is_empty(base.scratch()));
}

TEST_CASE("13.1 item 51: a folder given as a memory URL makes no folder called memory") {
    TemporaryKnowledgeBase base;
    base.reply("create_memory_project", {{"project_name", "vault-b"},
                                         {"project_path", (base.scratch() / "vault-b").string()}});
    const auto written = [&](std::string_view folder, bool is_explicit) {
        Json arguments = {{"title", "T"}, {"folder", folder}, {"content", "x"}};
        if (is_explicit) arguments["project"] = "test-project";
        arguments["output_format"] = "json";
        const Json value = base.reply("write_note", arguments).value;
        return value.is_object() ? value.value("file_path", std::string("none"))
                                 : value.get<std::string>();
    };
    CHECK(written("memory://e", true) == "e/T.md");
    CHECK(written("memory://test-project/f", true) == "f/T.md");
    CHECK(written("memory://test-project", true) == "T.md");
    CHECK(written("memory://vault-b/g", false) == "g/T.md");
    CHECK(std::filesystem::exists(base.scratch() / "vault-b/g/T.md"));
    CHECK(base.text("write_note",
                    {{"title", "T"}, {"folder", "memory://test-project/../x"}, {"content", "x"}})
              .find("paths must stay within project boundaries") != std::string::npos);
    CHECK_FALSE(std::filesystem::exists(base.project_folder() / "memory"));
}

}  // namespace
}  // namespace bm
