#include "cloud/rclone_filter.hpp"

#include <algorithm>
#include <fstream>
#include <set>

#include <doctest/doctest.h>

#include "markdown/text.hpp"
#include "sync/ignore_rules.hpp"
#include "tests/support/rclone.hpp"
#include "tests/support/temporary_folder.hpp"

namespace bm {
namespace {

namespace fs = std::filesystem;
using test::output_of;
using Paths = std::vector<std::string>;

struct Row {
    int number;
    std::string lines;
    Paths rules;
    Paths hides;
    Paths keeps;
    bool same_as_git = true;
};

/// The examples of the rules for .bmignore, and what else tends to go wrong.
const std::vector<Row>& rows() {
    static const std::vector<Row> all{
        {1,
         ".*",
         {"- .*", "- .*/**"},
         {".hidden.md", ".obsidian/app.json", "notes/.git/config"},
         {"a.md"},
         false},
        {2, "*.db", {"- *.db", "- *.db/**"}, {"memory.db", "sub/x.db"}, {"memory.db-wal"}},
        {3,
         "config.json",
         {"- config.json", "- config.json/**"},
         {"config.json", "sub/config.json"},
         {"config.json.bak", "config.json.d/x.md"}},
        {4,
         "node_modules",
         {"- node_modules", "- node_modules/**"},
         {"web/node_modules/p/i.js"},
         {"node_modules.md"}},
        {5,
         "build",
         {"- build", "- build/**"},
         {"build/out.txt", "docs/build"},
         {"docs/buildings.md"}},
        {6, "dist/", {"- dist/**"}, {"dist/x.md"}, {"sub/dist"}},
        {7, "*.tmp", {"- *.tmp", "- *.tmp/**"}, {"n.tmp", "sub/dir.tmp/x.md"}, {}},
        {8, "*~", {"- *~", "- *~/**"}, {"swap.md~"}, {}},
        {9, "Thumbs.db", {"- Thumbs.db", "- Thumbs.db/**"}, {"Thumbs.db"}, {}},
        {10, "temp/", {"- temp/**"}, {"temp/t.md"}, {"sub/temp"}},
        {11, "*.log", {"- *.log", "- *.log/**"}, {"app.log", "sub/app.log"}, {}},
        {12, "/drafts", {"- /drafts", "- /drafts/**"}, {"drafts/d.md"}, {"sub/drafts/e.md"}},
        {13, "drafts/", {"- drafts/**"}, {"x/drafts/d.md", "sub/drafts/e.md"}, {"drafts"}},
        {14,
         "docs/private",
         {"- /docs/private", "- /docs/private/**"},
         {"docs/private/p.md"},
         {"sub/docs/private/q.md"}},
        {15,
         "docs/*.pdf",
         {"- /docs/*.pdf", "- /docs/*.pdf/**"},
         {"docs/manual.pdf"},
         {"docs/sub/manual.pdf", "manual.pdf"}},
        {16, "**/cache", {"- cache", "- cache/**"}, {"cache/c.md", "x/cache/c.md"}, {}},
        {17, "logs/**", {"- /logs/**"}, {"logs/l.md"}, {"x/logs/l.md"}},
        {18,
         "a/**/b",
         {"- /a/**/b", "- /a/**/b/**", "- /a/b", "- /a/b/**"},
         {"a/b/f.md", "a/x/y/b/f.md"},
         {"a/x/f.md"}},
        {19,
         "file?.txt",
         {"- file?.txt", "- file?.txt/**"},
         {"file1.txt", "sub/file2.txt"},
         {"file12.txt"}},
        {20,
         "[Tt]humbs.db",
         {"- [Tt]humbs.db", "- [Tt]humbs.db/**"},
         {"Thumbs.db", "sub/thumbs.db"},
         {"humbs.db"}},
        {21,
         "*.log\n!important.log",
         {"+ important.log", "+ important.log/**", "- *.log", "- *.log/**"},
         {"app.log"},
         {"important.log"}},
        {22,
         "data{1,2}.csv",
         {"- data\\{1,2\\}.csv", "- data\\{1,2\\}.csv/**"},
         {"data{1,2}.csv"},
         {"data1.csv"}},
        {23, "\\#notes.md", {"- #notes.md", "- #notes.md/**"}, {"#notes.md"}, {}},
        {24, "my notes.md  ", {"- my notes.md", "- my notes.md/**"}, {"my notes.md"}, {}},
        {25, "env", {"- env", "- env/**"}, {"env", "sub/env/x.md"}, {"Env.md"}},
        {26, "*.egg-info", {"- *.egg-info", "- *.egg-info/**"}, {"foo.egg-info/PKG"}, {}},
        {27,
         "\\[draft\\].md",
         {"- \\[draft\\].md", "- \\[draft\\].md/**"},
         {"[draft].md"},
         {"d.md"}},
        {28,
         "*.conflict*",
         {"- *.conflict*", "- *.conflict*/**"},
         {"notes.md.conflict1"},
         {"notes.md"}},
        // What the list of examples does not have.
        {101, "\\!loud.md", {"- !loud.md", "- !loud.md/**"}, {"!loud.md"}, {"loud.md"}},
        {102, "ends \\ ", {"- ends [ ]", "- ends [ ]/**"}, {"ends  "}, {"ends"}},
        {103, " leads", {"- [ ]leads", "- [ ]leads/**"}, {" leads"}, {"leads"}},
        {104, "[!ab].md", {"- [^ab].md", "- [^ab].md/**"}, {"c.md", "sub/d.md"}, {"a.md", "b.md"}},
        {106, "[a-c]{1}", {"- [a-c]\\{1\\}", "- [a-c]\\{1\\}/**"}, {"b{1}"}, {"d{1}", "b1"}},
        {107, "x**y", {"- x*y", "- x*y/**"}, {"xy", "xaby"}, {"x/y"}},
        {108,
         "**/foo/bar",
         {"- foo/bar", "- foo/bar/**"},
         {"foo/bar", "a/b/foo/bar/c.md"},
         {"foo/x/bar"}},
        {109,
         "a/**/b/**/c",
         {"- /a/**/b/**/c", "- /a/**/b/**/c/**", "- /a/b/**/c", "- /a/b/**/c/**", "- /a/**/b/c",
          "- /a/**/b/c/**", "- /a/b/c", "- /a/b/c/**"},
         {"a/b/c", "a/1/b/2/3/c/d.md"},
         {"a/c", "a/x"}},
        {110,
         "ünï?ode.md",
         {"- ünï?ode.md", "- ünï?ode.md/**"},
         {"ünïcode.md", "ünïçode.md"},
         {"unicode.md"},
         false},
        {111, "[äö].md", {"- [äö].md", "- [äö].md/**"}, {"ä.md"}, {"ü.md"}, false},  // git compares
                                                                                     // bytes
        {112, "sub/deep/", {"- /sub/deep/**"}, {"sub/deep/x.md"}, {"x/sub/deep/y.md"}},
        {113, "a\\*b", {"- a\\*b", "- a\\*b/**"}, {"a*b"}, {"axb"}},
        {114, "/", {}, {}, {"a.md"}},
        {115, "# only a comment\n\n", {}, {}, {"a.md", "# only a comment"}},
        {116, "[a\\-z].md", {"- [a\\-z].md", "- [a\\-z].md/**"}, {"-.md", "z.md"}, {"m.md"}},
        {117, "[\\d].md", {"- [d].md", "- [d].md/**"}, {"d.md"}, {"1.md"}},
    };
    return all;
}

std::string filter_lines(const Row& row, const RcloneFilter& filter) {
    // The default list stands in for a file without patterns; here there are none then.
    if (row.rules.empty()) return {};
    const std::string text = filter.text();
    const std::string implicit = "- *.partial\n- .basic-memory/**\n";
    REQUIRE(text.starts_with(implicit));
    return text.substr(implicit.size());
}

void make_file(const fs::path& file) {
    fs::create_directories(file.parent_path());
    std::ofstream(file) << "x";
}

std::set<std::string> lines_of(const std::string& text) {
    std::set<std::string> lines;
    for (const auto line : split(text, '\n')) {
        if (!line.empty()) lines.emplace(line);
    }
    return lines;
}

std::set<std::string> seen_by_rclone(const std::string& rclone, const fs::path& root,
                                     const fs::path& filter) {
    return lines_of(output_of(rclone + " --config /dev/null lsf -R --files-only --filter-from '" +
                              filter.string() + "' '" + root.string() + "' 2>/dev/null"));
}

std::set<std::string> seen_by_git(const fs::path& root) {
    const std::string git = "GIT_CONFIG_GLOBAL=/dev/null git -C '" + root.string() + "' ";
    std::string text =
        output_of(git + "init -q && " + git + "ls-files -z --others --exclude-standard");
    std::replace(text.begin(), text.end(), '\0', '\n');
    auto seen = lines_of(text);
    seen.erase(".gitignore");
    return seen;
}

TEST_CASE("15-42 every form of a line becomes the rules that it stands for") {
    for (const Row& row : rows()) {
        CAPTURE(row.number);
        CAPTURE(row.lines);
        const RcloneFilter filter(row.lines, {}, {});
        std::string expected;
        for (const auto& rule : row.rules) expected += rule + '\n';
        CHECK(filter_lines(row, filter) == expected);
        CHECK(filter.problems().empty());
        const IgnoreRules own{IgnoreTexts{.project = row.lines}};
        if (row.rules.empty()) continue;
        for (const auto& path : row.hides) {
            CAPTURE(path);
            CHECK(filter.excludes(path));
            CHECK(own.ignores(path));
        }
        for (const auto& path : row.keeps) {
            CAPTURE(path);
            CHECK_FALSE(filter.excludes(path));
        }
    }
}

TEST_CASE("15-42 git and rclone see the same files as our matcher") {
    const auto newer = test::new_rclone();
    const auto packaged = test::packaged_rclone();
    if (!newer && !packaged) MESSAGE("skipped with rclone: there is none");
    for (const auto& rclone : {newer, packaged}) {
        if (rclone) MESSAGE(*rclone, ": ", split(output_of(*rclone + " version"), '\n').front());
    }
    for (const Row& row : rows()) {
        if (row.rules.empty()) continue;
        CAPTURE(row.number);
        CAPTURE(row.lines);
        const test::TemporaryFolder folder;
        const fs::path root = folder.path() / "root";
        for (const auto& path : row.hides) make_file(root / path);
        for (const auto& path : row.keeps) make_file(root / path);
        const std::set<std::string> kept(row.keeps.begin(), row.keeps.end());
        std::ofstream(folder.path() / "filter") << RcloneFilter(row.lines, {}, {}).text();
        for (const auto& rclone : {newer, packaged}) {
            if (!rclone) continue;
            CHECK(seen_by_rclone(*rclone, root, folder.path() / "filter") == kept);
        }
        if (!row.same_as_git) continue;
        std::ofstream(root / ".gitignore") << row.lines << '\n';
        CHECK(seen_by_git(root) == kept);
    }
}

TEST_CASE("the rules of a project hold below its folder only, and come first") {
    const RcloneFilter filter("*.log\n",
                              {{"a{b", "/top.md\nsecret.md\n!keep.log\ndocs/x/\n"}, {"c", ""}}, {});
    CHECK(filter.text() ==
          "- *.partial\n- .basic-memory/**\n"
          "- /a\\{b/docs/x/**\n"
          "+ /a\\{b/keep.log\n+ /a\\{b/keep.log/**\n+ /a\\{b/**/keep.log\n+ /a\\{b/**/keep.log/**\n"
          "- /a\\{b/secret.md\n- /a\\{b/secret.md/**\n- /a\\{b/**/secret.md\n- "
          "/a\\{b/**/secret.md/**\n"
          "- /a\\{b/top.md\n- /a\\{b/top.md/**\n"
          "- *.log\n- *.log/**\n");
    for (const char* path : {"a{b/top.md", "a{b/secret.md", "a{b/d/secret.md", "a{b/docs/x/y.md",
                             "a{b/other.log", "c/x.log"}) {
        CAPTURE(path);
        CHECK(filter.excludes(path));
    }
    for (const char* path : {"secret.md", "c/secret.md", "a{b/d/top.md", "a{b/keep.log",
                             "a{b/d/keep.log", "c/docs/x/y.md"}) {
        CAPTURE(path);
        CHECK_FALSE(filter.excludes(path));
    }
    CHECK(filter.excludes("keep.log"));
}

TEST_CASE("attached projects and half-written files are never in the space") {
    const RcloneFilter filter("nothing-of-this\n", {}, {"research", "deep/er[1]"});
    CHECK(filter.text() ==
          "- *.partial\n- .basic-memory/**\n- /research/**\n- /deep/er\\[1\\]/**\n"
          "- nothing-of-this\n- nothing-of-this/**\n");
    CHECK(filter.excludes("research/a.md"));
    CHECK(filter.excludes("deep/er[1]/x/a.md"));
    CHECK_FALSE(filter.excludes("research.md"));
    CHECK_FALSE(filter.excludes("x/research/a.md"));
    CHECK(filter.excludes("a/b.md.partial"));
    CHECK(filter.excludes("p/.basic-memory/x"));
}

TEST_CASE("a list that leaves out everything is told from one that does not") {
    for (const char* text : {"*", "/**", "a\n/*\n", "**"})
        CHECK(RcloneFilter(text, {}, {}).excludes_everything());
    for (const char* text : {"", "*.md", "*\n!a.md"})
        CHECK_FALSE(RcloneFilter(text, {}, {}).excludes_everything());
}

TEST_CASE("turned over, the filter lets in what the user leaves out") {
    CHECK(RcloneFilter("*.log\n!keep.log\n", {}, {}).inverted() ==
          "- keep.log\n- keep.log/**\n+ *.log\n+ *.log/**\n- **\n");
}

TEST_CASE("only what the user's own rules leave out is pruned") {
    const RcloneFilter filter("*.log\n*.partial\n", {{"p", "!keep.log\n/own\n"}}, {});
    for (const char* path : {"a.log", "p/x.log", "q/keep.log"}) CHECK(filter.prunes(path));
    for (const char* path :
         {"n.md", "p/keep.log", "p/own/n.md", "a.pdf.partial", "p/.basic-memory/a.log"})
        CHECK_FALSE(filter.prunes(path));
}

TEST_CASE("15-41 nothing of the default list reaches the cloud") {
    const RcloneFilter filter("", {}, {});
    for (const char* path : {".git/config", ".DS_Store", "node_modules/a.js", "a.tmp", ".env",
                             "p/.env", "__pycache__/x", ".pytest_cache/x", ".ruff_cache/x",
                             ".vscode/x", ".idea/x", "config.json"}) {
        CAPTURE(path);
        CHECK(filter.excludes(path));
    }
    CHECK_FALSE(filter.excludes("notes/a.md"));
    CHECK_FALSE(filter.excludes("notes/a.md.conflict1"));
}

}  // namespace
}  // namespace bm
