#include "sync/ignore_rules.hpp"

#include <doctest/doctest.h>

namespace bm {
namespace {

TEST_CASE("13.1 item 89: the default list hides program files and finds notes") {
    const IgnoreRules rules{IgnoreTexts{}};
    for (const char* path :
         {".hidden.md", ".obsidian/app.json", "a/.git/config", "x.db", "x.db-wal", "config.json",
          "node_modules/a/readme.md", "sub/build/x.md", "notes~", "a/b.swp", "x.tmp", "Thumbs.db",
          "pkg.egg-info", "venv/lib/x.md"}) {
        CAPTURE(path);
        CHECK(rules.ignores(path));
    }
    for (const char* path : {"note.md", "builds/x.md", "a/b/c.md", "environment.md",
                             "config.json.md", "distance/x.md", "photo.png", "a~b.md"}) {
        CAPTURE(path);
        CHECK_FALSE(rules.ignores(path));
    }
}

TEST_CASE("an exception lets in what earlier lines leave out, also below a folder") {
    const IgnoreRules rules{IgnoreTexts{.user = "*.log\nbuild\n!important.log\n!build/keep.md\n"}};
    CHECK(rules.ignores("app.log"));
    CHECK_FALSE(rules.ignores("important.log"));
    CHECK_FALSE(rules.ignores("a/important.log"));
    CHECK(rules.ignores("build/x.md"));
    CHECK_FALSE(rules.ignores("build/keep.md"));
    // The last line decides.
    const IgnoreRules other{IgnoreTexts{.user = "!important.log\n*.log\n"}};
    CHECK(other.ignores("important.log"));
    // What is hidden stays so.
    CHECK(IgnoreRules{IgnoreTexts{.user = "!.env\n"}}.ignores(".env"));
}

TEST_CASE("what no two programs read alike is no pattern") {
    for (const char* line : {"[]x].md", "[^]].md", "[z-a].md", "[[:alpha:]].md", "[a", "x\\",
                             "a/**/b/**/c/**/d/**/e/**/f"}) {
        CAPTURE(line);
        std::string problem;
        CHECK_FALSE(IgnorePattern::parse(line, problem));
        CHECK_FALSE(problem.empty());
    }
}

TEST_CASE("a project's exceptions are asked before the user's patterns") {
    const IgnoreRules rules{
        IgnoreTexts{.user = "*.log\n", .project = "!keep.log\n", .git = "!git.log\n"}};
    CHECK_FALSE(rules.ignores("keep.log"));
    CHECK_FALSE(rules.ignores("git.log"));
    CHECK(rules.ignores("other.log"));
}

TEST_CASE("lines that are no pattern are told and passed over") {
    const IgnoreRules rules{IgnoreTexts{.user = "a.md\n[ab\nb.md\n", .git = "x\\\n"}};
    CHECK(rules.ignores("a.md"));
    CHECK(rules.ignores("b.md"));
    CHECK_FALSE(rules.ignores("[ab"));
    REQUIRE(rules.problems().size() == 2);
    CHECK(rules.problems()[0] == "Line 1 of .gitignore is passed over: 'x\\' ends in a backslash.");
    CHECK(rules.problems()[1] ==
          "Line 2 of .bmignore is passed over: '[ab' has a '[' that is never closed.");
}

TEST_CASE("the project's own file adds to the user's") {
    const IgnoreRules rules{
        IgnoreTexts{.user = "only-this.md\n", .project = "*.doc\n", .git = "*.pdf\n"}};
    CHECK(rules.ignores("a/b.doc"));
    CHECK(rules.ignores("only-this.md"));
    CHECK(rules.ignores("a/b.pdf"));
    CHECK_FALSE(rules.ignores("build/x.md"));  // a user's list replaces the default one
    CHECK(rules.ignores(".git/x"));            // hidden stays hidden whatever the lists say
}

TEST_CASE("13.1 item 97: hidden components are judged below the project") {
    // The rules never see the project's own path, so a project under a hidden folder works.
    const IgnoreRules rules{IgnoreTexts{}};
    CHECK_FALSE(rules.ignores("notes/today.md"));
    CHECK(rules.ignores(".hidden/today.md"));
    CHECK(rules.ignores("notes/.hidden/today.md"));
    CHECK(rules.ignores_folder("notes/.hidden"));
}

TEST_CASE("a folder that is ignored is not looked into and one that may hold notes is") {
    const IgnoreRules rules{
        IgnoreTexts{.user = "/drafts/\nprivate\n*.bundle\narchive/*.md\n/x*\n"}};
    CHECK(rules.ignores_folder("drafts"));
    CHECK_FALSE(rules.ignores_folder("a/drafts"));
    CHECK(rules.ignores_folder("a/private"));
    CHECK(rules.ignores_folder("a/some.bundle"));
    CHECK(rules.ignores_folder("a/.git"));
    CHECK_FALSE(rules.ignores_folder("archive"));
    CHECK(rules.ignores_folder("xyz"));
    CHECK_FALSE(rules.ignores_folder("a/xyz"));
    // An exception behind it may be about something inside, one before it is overruled.
    CHECK_FALSE(IgnoreRules{IgnoreTexts{.user = "private\n!keep.md\n"}}.ignores_folder("private"));
    CHECK(IgnoreRules{IgnoreTexts{.user = "!keep.md\nprivate\n"}}.ignores_folder("private"));
}

TEST_CASE("the text of a new ignore file gives the default rules") {
    const IgnoreRules rules{IgnoreTexts{.user = IgnoreRules::default_text()}};
    CHECK(rules.ignores("a.db"));
    CHECK(rules.ignores("dist/x.md"));
    CHECK_FALSE(rules.ignores("a.md"));
}

TEST_CASE("the cause of a refusal is the first pattern as it is written") {
    const IgnoreRules rules{
        IgnoreTexts{.user = "/drafts/\n/top*.md\n*.log\n", .git = "private/\n"}};
    const auto cause = [&](std::string_view path) {
        const auto found = rules.cause(path);
        return found ? std::string(found->file) + ' ' + found->pattern : std::string("none");
    };
    CHECK(cause("drafts/a.md") == ".bmignore /drafts/");
    CHECK(cause("top.md") == ".bmignore /top*.md");
    CHECK(cause("a/b.log") == ".bmignore *.log");
    CHECK(cause("a/private/b.md") == ".gitignore private/");
    CHECK(cause("a/.b.md") == " ");
    CHECK(cause("a/b.md") == "none");
}

TEST_CASE("the folders of inner projects are left to them") {
    IgnoreRules rules{IgnoreTexts{}};
    rules.leave_to({{"a/b", "innermost"}, {"a", "inner"}});
    for (const auto* path : {"a/x.md", "a/b/x.md", "a/c/x.md"}) CHECK(rules.ignores(path));
    for (const auto* folder : {"a", "a/b", "a/c"}) CHECK(rules.ignores_folder(folder));
    for (const auto* path : {"ab/x.md", "a.md", "x/a/b.md"}) CHECK_FALSE(rules.ignores(path));
    CHECK_FALSE(rules.ignores_folder("ab"));
    CHECK(rules.cause("a/b/x.md")->project == "innermost");
    CHECK(rules.cause("a/c/x.md")->project == "inner");
    CHECK(left_out_text(rules, "a/x.md")->find("'inner'") != std::string::npos);
}

TEST_CASE("unknown rules leave everything out and say why") {
    const auto rules = IgnoreRules::unknown("Cannot read it.");
    CHECK(rules.ignores("a.md"));
    CHECK(rules.ignores_folder("a"));
    CHECK(rules.ignores_in_kept_folder("a.md"));
    CHECK(left_out_text(rules, "a.md")->find("Cannot read it.") != std::string::npos);
    CHECK_FALSE(IgnoreRules(IgnoreTexts{}).unknown_because());
}

}  // namespace
}  // namespace bm
