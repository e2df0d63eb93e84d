#include "cloud/local_links.hpp"

#include <memory>

#include <doctest/doctest.h>

#include "cloud/rclone_filter.hpp"
#include "tests/cloud/exchange_rig.hpp"

using namespace bm;
using namespace bm::test;

TEST_CASE("a link is left out under whatever name it has") {
    CHECK(rclone_rules_for_links({}).empty());
    CHECK(rclone_rules_for_links({"a/b", "c[1]*"}) ==
          "- /a/b\n- /a/b/**\n- /c\\[1\\]\\*\n- /c\\[1\\]\\*/**\n");
    CHECK(rclone_rules_for_links({"two\nlines"}) == "- /two?lines\n- /two?lines/**\n");
    CHECK(rclone_rules_for_links({"x\xff"}) == "- /x*\n- /x*/**\n");
    CHECK(rclone_rules_for_links({"end "}) == "- /end[ ]\n- /end /**\n");
}

TEST_CASE("links in folders that are left out as a whole are not looked for") {
    const TemporaryFolder folder;
    for (const char* name : {"node_modules/bin", "notes"})
        fs::create_directories(folder.path() / name);
    fs::create_symlink("/nowhere", folder.path() / "node_modules/bin/tool");
    fs::create_symlink("/nowhere", folder.path() / "notes/link");
    ScopeFilter filter;
    filter.text = "- node_modules/**\n";
    filter.excludes = [](std::string_view path) { return path.starts_with("node_modules/"); };
    filter.excludes_all_in = [](std::string_view path) { return path == "node_modules"; };
    auto left = without_links(filter, folder.path());
    REQUIRE(left);
    CHECK(left->text == "- /notes/link\n- /notes/link/**\n- node_modules/**\n");
    CHECK(left->excludes("notes/link"));
    CHECK(left->excludes("notes/link/x.md"));
    CHECK_FALSE(left->excludes("notes/links/x.md"));
    CHECK(left->excludes("node_modules/x"));
    CHECK(left->problems.empty());
    CHECK(left->links_warning.ends_with(": notes/link"));
    // Where that cannot be told, something in there may be let in.
    filter.excludes_all_in = nullptr;
    left = without_links(filter, folder.path());
    REQUIRE(left);
    CHECK(left->text.find("- /node_modules/bin/tool/**\n") != std::string::npos);
    CHECK(without_links(filter, folder.path() / "gone")->text == filter.text);
}

TEST_CASE("only a rule that means a folder leaves out all that is in it") {
    const RcloneFilter filter("node_modules\n/build/\n/shared/??*\n",
                              {{"p", "/private/**\n/drafts\n"}}, {"own"});
    for (const char* folder : {"node_modules", "a/node_modules", "build", "build/deep", "own",
                               "own/x", "p/drafts", ".basic-memory", "p/.basic-memory/x"}) {
        CAPTURE(folder);
        CHECK(filter.excludes_all_in(folder));
    }
    // Names that these rules do not fit may come any time.
    for (const char* folder : {"shared", "p/old", "drafts", "x/build"}) {
        CAPTURE(folder);
        CHECK_FALSE(filter.excludes_all_in(folder));
    }
    CHECK_FALSE(RcloneFilter("node_modules\n!keep.md\n", {}, {}).excludes_all_in("node_modules"));
}

TEST_CASE("a link is watched for whatever most names of its kind are") {
    const TemporaryFolder folder;
    fs::create_directories(folder.path() / "elsewhere");
    fs::create_directory_symlink(folder.path() / "elsewhere", folder.path() / "shared");
    fs::create_directory_symlink(folder.path() / "elsewhere", folder.path() / "gone");
    const auto rules = std::make_shared<const RcloneFilter>(
        "/shared/??*\n/gone\n", std::vector<ProjectIgnoreText>{}, std::vector<std::string>{});
    ScopeFilter filter;
    filter.text = rules->text();
    filter.excludes = [rules](std::string_view path) { return rules->excludes(path); };
    filter.excludes_all_in = [rules](std::string_view path) {
        return rules->excludes_all_in(path);
    };
    const auto left = without_links(filter, folder.path());
    REQUIRE(left);
    CHECK(left->links == std::vector<std::string>{"shared"});
    CHECK(left->excludes("shared/a"));
}

TEST_CASE("what has the name of a link here is not deleted in the cloud with what is left out") {
    const auto rclone = real_rclone();
    if (!rclone) return;
    Exchanging it(*rclone);
    fs::create_directories(it.home() / "elsewhere");
    it.here("n.md", "n");
    fs::create_directory_symlink(it.home() / "elsewhere", it.own() / "shared");
    it.there("shared/a.md", "of the cloud");
    SyncContext context = it.device().context();
    const auto view = look_at_host(context);
    REQUIRE(view);
    SyncWish wish;
    wish.command = "bm project sync --name p";
    wish.delete_excluded = true;
    const auto refused = push_project(context, *view, "p", wish);
    CHECK(code_of(refused).starts_with("usage: --delete-excluded would delete"));
    CHECK(it.theirs().contains("shared/a.md"));
    wish.delete_excluded = false;
    CHECK(code_of(push_project(context, *view, "p", wish)) == "ok");
    CHECK(it.theirs().contains("shared/a.md"));
}
