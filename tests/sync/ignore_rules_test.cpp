#include "sync/ignore_rules.hpp"

#include <doctest/doctest.h>

namespace bm {
namespace {

TEST_CASE("13.1 item 89: the default list hides program files and finds notes") {
    const IgnoreRules rules("", "");
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

TEST_CASE("each form of a pattern matches what its rule says") {
    const IgnoreRules rules("/drafts/\n/top*.md\nprivate/\n*.log\nsecret.md\narchive/*.md\n", "");
    struct Case {
        const char* path;
        bool ignored;
    };
    for (const auto& [path, ignored] : {
             Case{"drafts/a.md", true},
             Case{"x/drafts/a.md", false},  // anchored to the root
             Case{"top.md", true},
             Case{"topology/deep.md", true},  // an anchored glob crosses '/'
             Case{"x/top.md", false},
             Case{"a/private/b.md", true},
             Case{"private", true},  // also a file of that name
             Case{"privately/b.md", false},
             Case{"a/b.log", true},
             Case{"a/secret.md", true},
             Case{"secret.md/x", true},
             Case{"archive/x.md", true},  // the whole path as a glob
             Case{"archive/2024/x.md", true},
             Case{"other/archive/x.md", false},
         }) {
        CAPTURE(path);
        CHECK(rules.ignores(path) == ignored);
    }
}

TEST_CASE("blank lines and comments are no patterns and negation is literal") {
    const IgnoreRules rules("# comment\n\n   \n!keep.md\nx.md   \n", "");
    CHECK_FALSE(rules.ignores("keep.md"));
    CHECK(rules.ignores("!keep.md"));
    CHECK(rules.ignores("x.md"));
}

TEST_CASE("the project's own file adds to the user's") {
    const IgnoreRules rules("only-this.md\n", "*.pdf\n");
    CHECK(rules.ignores("only-this.md"));
    CHECK(rules.ignores("a/b.pdf"));
    CHECK_FALSE(rules.ignores("build/x.md"));  // a user's list replaces the default one
    CHECK(rules.ignores(".git/x"));            // hidden stays hidden whatever the lists say
}

TEST_CASE("13.1 item 97: hidden components are judged below the project") {
    // The rules never see the project's own path, so a project under a hidden folder works.
    const IgnoreRules rules("", "");
    CHECK_FALSE(rules.ignores("notes/today.md"));
}

TEST_CASE("a folder that is ignored is not looked into and one that may hold notes is") {
    const IgnoreRules rules("/drafts/\nprivate\n*.bundle\narchive/*.md\n/x*\n", "");
    CHECK(rules.ignores_folder("drafts"));
    CHECK_FALSE(rules.ignores_folder("a/drafts"));
    CHECK(rules.ignores_folder("a/private"));
    CHECK(rules.ignores_folder("a/some.bundle"));
    CHECK(rules.ignores_folder("a/.git"));
    CHECK_FALSE(rules.ignores_folder("archive"));
    CHECK_FALSE(rules.ignores_folder("xyz"));  // the anchored glob is asked again for each file
    CHECK(rules.ignores("xyz/a.md"));
}

TEST_CASE("the text of a new ignore file gives the default rules") {
    const IgnoreRules rules(IgnoreRules::default_text(), "");
    CHECK(rules.ignores("a.db"));
    CHECK(rules.ignores("dist/x.md"));
    CHECK_FALSE(rules.ignores("a.md"));
}

TEST_CASE("the cause of a refusal is the first pattern as it is written") {
    const IgnoreRules rules("/drafts/\n/top*.md\n*.log\n", "private/\n");
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
    IgnoreRules rules("", "");
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
    CHECK_FALSE(IgnoreRules("", "").unknown_because());
}

}  // namespace
}  // namespace bm
