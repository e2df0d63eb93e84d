#include <doctest/doctest.h>

#include "markdown/text.hpp"
#include "tests/support/golden.hpp"
#include "tests/support/temporary_knowledge_base.hpp"

namespace bm {
namespace {

using test::check_golden;
using test::TemporaryKnowledgeBase;

/// Root.md, a/One.md and a/b/Two.md.
void fill(TemporaryKnowledgeBase& base) {
    base.note("a", "One", "b");
    base.note("a/b", "Two", "b");
    base.note("", "Root", "b");
}

std::string listing(TemporaryKnowledgeBase& base, const Json& arguments) {
    return replace_all(base.text("list_directory", arguments), local_date(system_now()),
                       "2026-11-22");
}

TEST_CASE("folders come first and files show title and date") {
    TemporaryKnowledgeBase base;
    fill(base);
    check_golden("tools/list_directory.md", listing(base, {{"depth", 3}}));
    CHECK(listing(base, Json::object()).ends_with("\n\nTotal: 2 items (1 directory, 1 file)"));
    CHECK(listing(base, {{"dir_name", "a/b"}}).ends_with("\n\nTotal: 1 items (1 file)"));
}

TEST_CASE("one folder has several spellings and the heading echoes the one used") {
    TemporaryKnowledgeBase base;
    fill(base);
    for (const char* name : {"a", "/a", "/a/", "./a", "a/"}) {
        CAPTURE(name);
        const std::string text = listing(base, {{"dir_name", name}});
        CHECK(text.starts_with("Contents of '" + std::string(name) + "' (depth 1):\n"));
        CHECK(text.find("One.md") != std::string::npos);
        CHECK(text.find("Root.md") == std::string::npos);
    }
}

TEST_CASE("a glob filters names and case counts and sub-folders are searched all the same") {
    TemporaryKnowledgeBase base;
    fill(base);
    CHECK(listing(base, {{"dir_name", "a"}, {"file_name_glob", "ONE*"}}) ==
          "No files found in directory 'a' matching 'ONE*'");
    CHECK(listing(base, {{"dir_name", "a"}, {"glob", "O*"}})
              .starts_with("Files in 'a' matching 'O*' (depth 1):\n\n📄 One.md"));
    const std::string all = listing(base, {{"depth", 3}, {"pattern", "*.md"}});
    for (const char* name : {"Root.md", "One.md", "Two.md"}) {
        CHECK(all.find(name) != std::string::npos);
    }
    CHECK(all.ends_with("Total: 3 items (3 files)"));
}

TEST_CASE("an empty or unknown folder has no files") {
    TemporaryKnowledgeBase base;
    CHECK(listing(base, Json::object()) == "No files found in directory '/'");
    CHECK(listing(base, {{"dir_name", "/ghost"}}) == "No files found in directory '/ghost'");
}

TEST_CASE("the depth has limits") {
    TemporaryKnowledgeBase base;
    for (const auto& [depth, words] : std::vector<std::pair<int, const char*>>{
             {0, "greater than or equal to 1"}, {11, "less than or equal to 10"}}) {
        const ToolReply reply = base.call("list_directory", {{"depth", depth}});
        CHECK(reply.is_error);
        CHECK(TemporaryKnowledgeBase::text_of(reply).find(words) != std::string::npos);
    }
}

TEST_CASE("pages are shown when they are asked for") {
    TemporaryKnowledgeBase base;
    for (const char* name : {"P1", "P2", "P3"}) base.note("pp", name, "x");
    const auto page = [&](int number) {
        return listing(base, {{"dir_name", "pp"}, {"page", number}, {"page_size", 2}});
    };
    check_golden("tools/list_directory_page.md", page(1));
    CHECK(page(2).find("More results") == std::string::npos);
    CHECK(page(2).ends_with("Total: 1 items (1 file)"));
    check_golden("tools/list_directory_beyond.md", page(3));
    CHECK(listing(base, {{"dir_name", "pp"},
                         {"file_name_glob", "P*"},
                         {"sort", "title_desc"},
                         {"page_size", 1}})
              .ends_with("Call list_directory(dir_name='pp', depth=1, file_name_glob='P*', "
                         "sort='title_desc', page=2, page_size=1) to continue."));
    const ToolReply reply = base.call("list_directory", {{"page", 0}});
    CHECK(reply.value == "Error calling tool 'list_directory': page must be >= 1, got 0");
    CHECK(base.call("list_directory", {{"page_size", 201}}).is_error);
}

TEST_CASE("without pages a large folder ends with the call that goes on") {
    TemporaryKnowledgeBase base;
    // The index alone is asked, so rows are enough.
    const auto project = base.knowledge().find_project("test-project");
    REQUIRE(project);
    base.knowledge().index().write([&](Tables& tables) {
        for (int i = 0; i < 2005; ++i) {
            const std::string name = "n" + std::to_string(10'000 + i) + ".md";
            EntityDraft draft{.title = name,
                              .type = "note",
                              .content_type = "text/markdown",
                              .permalink = name,
                              .path = *RelativePath::parse("big/" + name),
                              .checksum = checksum_of(name),
                              .stamp = {},
                              .created = {},
                              .updated = {},
                              .excerpt = ""};
            tables.entities.upsert(project->id, draft, tables.text.allocate(1));
        }
    });
    const std::string text = base.text("list_directory", {{"dir_name", "big"}});
    CHECK(text.find("n12000.md") == std::string::npos);
    CHECK(text.find("n11999.md") != std::string::npos);
    CHECK(text.find("Total: 2005 items (2005 files)\n\nOnly the first 2000 of 2005 items are "
                    "shown. Call list_directory(dir_name='big', depth=1, page=11, page_size=200) "
                    "to continue.") != std::string::npos);
    const std::string rest =
        base.text("list_directory", {{"dir_name", "big"}, {"page", 11}, {"page_size", 200}});
    CHECK(rest.find("n12000.md") != std::string::npos);
    CHECK(rest.find("n11999.md") == std::string::npos);
    const Json value =
        base.call("list_directory", {{"dir_name", "big"}, {"output_format", "json"}}).value;
    CHECK(value["nodes"].size() == 2000);
    CHECK(value["has_more"] == true);
}

TEST_CASE("files are sorted by title or by time of change") {
    TemporaryKnowledgeBase base;
    // Each is written a moment after the one before.
    for (const char* name : {"Beta", "Alpha", "Gamma"}) base.note("s", name, "x");
    base.note("s/z", "Deep", "x");
    const auto order = [&](const char* sort) {
        const Json value = base.call("list_directory",
                                     {{"dir_name", "s"}, {"sort", sort}, {"output_format", "json"}})
                               .value;
        std::string names;
        for (const auto& node : value["nodes"]) names += node["name"].get<std::string>() + " ";
        return names;
    };
    CHECK(order("title_asc") == "z Alpha.md Beta.md Gamma.md ");
    CHECK(order("title_desc") == "z Gamma.md Beta.md Alpha.md ");
    CHECK(order("updated_asc") == "z Beta.md Alpha.md Gamma.md ");
    CHECK(order("updated_desc") == "z Gamma.md Alpha.md Beta.md ");
    CHECK(base.call("list_directory", {{"sort", "size"}}).is_error);
}

TEST_CASE("the JSON form has one object for each entry") {
    TemporaryKnowledgeBase base;
    fill(base);
    const Json value = base.call("list_directory", {{"output_format", "json"}}).value;
    CHECK(value["total"] == 2);
    CHECK(value["has_more"] == false);
    CHECK(value["nodes"][0]["type"] == "directory");
    CHECK(value["nodes"][0]["directory_path"] == "/a");
    CHECK(value["nodes"][1]["type"] == "file");
    CHECK(value["nodes"][1]["title"] == "Root");
    CHECK(value["nodes"][1]["permalink"] == "root");
    CHECK(value["nodes"][1]["file_path"] == "Root.md");
    CHECK(value["nodes"][1]["external_id"].is_string());
    CHECK(value["nodes"][1]["updated_at"].is_string());
}

TEST_CASE("an empty pattern is no pattern") {
    TemporaryKnowledgeBase base;
    base.note("", "One", "x");
    CHECK(base.text("list_directory", {{"file_name_glob", ""}})
              .starts_with("Contents of '/' (depth 1):\n"));
}

}  // namespace
}  // namespace bm
