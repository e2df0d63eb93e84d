#include "repository/directory_repository.hpp"

#include <algorithm>
#include <map>
#include <random>

#include <doctest/doctest.h>

#include "markdown/text.hpp"
#include "tests/repository/fixture.hpp"

using bm::test::RepositoryFixture;

namespace {

using Texts = std::vector<std::string>;

Texts listed(RepositoryFixture& it, std::string_view folder, int depth = 1,
             std::optional<std::string_view> glob = std::nullopt) {
    Texts lines;
    for (const auto& node : it.tables.directories.list(it.project, folder, depth, glob)) {
        CHECK(node.is_folder != node.entity.has_value());
        CHECK(node.path.ends_with(node.name));
        lines.push_back(node.path);
    }
    return lines;
}

}  // namespace

TEST_CASE("a listing has the folders first and then the files") {
    RepositoryFixture it;
    for (const char* name : {"Root.md", "a/One.md", "a/b/Two.md"}) it.add({.path = name});
    CHECK(listed(it, "") == Texts{"/a", "Root.md"});
    CHECK(listed(it, "", 3) == Texts{"/a", "/a/b", "a/One.md", "Root.md", "a/b/Two.md"});
    CHECK(listed(it, "a") == Texts{"/a/b", "a/One.md"});
    CHECK(listed(it, "a", 2) == Texts{"/a/b", "a/One.md", "a/b/Two.md"});
    CHECK(listed(it, "a/b") == Texts{"a/b/Two.md"});
    CHECK(it.tables.directories.list(it.project, "a", 1, std::nullopt).back().entity->title ==
          "One");
}

TEST_CASE("a folder has several spellings") {
    RepositoryFixture it;
    it.add({.path = "a/One.md"});
    for (const char* folder : {"a", "/a", "/a/", "./a", "a/"}) {
        CAPTURE(folder);
        CHECK(listed(it, folder) == Texts{"a/One.md"});
    }
    for (const char* folder : {"", "/", "."}) {
        CAPTURE(folder);
        CHECK(listed(it, folder) == Texts{"/a"});
    }
    CHECK(listed(it, "unknown").empty());
    CHECK(listed(it, "a/One.md").empty());
}

TEST_CASE("names that begin alike are not mixed up") {
    RepositoryFixture it;
    for (const char* name : {"a/x.md", "a-b/x.md", "a.md", "a b/x.md", "a0/x.md", "ab.md"})
        it.add({.path = name});
    CHECK(listed(it, "") == Texts{"/a", "/a b", "/a-b", "/a0", "a.md", "ab.md"});
    CHECK(listed(it, "a") == Texts{"a/x.md"});
}

TEST_CASE("13.1 item 115: a glob filters names and does not cut the tree") {
    RepositoryFixture it;
    for (const char* name : {"x.md", "x.txt", "deep/er/y.md", "deep/er/y.txt", "notes.d/z.txt"})
        it.add({.path = name});
    CHECK(listed(it, "", 3, "*.md") == Texts{"x.md", "deep/er/y.md"});
    CHECK(listed(it, "", 3, "ONE*").empty());
    CHECK(listed(it, "", 3, "deep") == Texts{"/deep"});
    CHECK(listed(it, "", 3, "e*") == Texts{"/deep/er"});
    CHECK(listed(it, "", 1, "*.d") == Texts{"/notes.d"});
    CHECK(listed(it, "", 3, "?.txt") == Texts{"x.txt", "deep/er/y.txt", "notes.d/z.txt"});
}

TEST_CASE("a listing is sorted by name and then by path") {
    RepositoryFixture it;
    for (const char* name : {"z/a.md", "y/a.md", "y/z/b.md", "x/z/b.md"}) it.add({.path = name});
    CHECK(listed(it, "", 5) ==
          Texts{"/x", "/y", "/x/z", "/y/z", "/z", "y/a.md", "z/a.md", "x/z/b.md", "y/z/b.md"});
}

TEST_CASE("a listing is that of its project") {
    RepositoryFixture it;
    const auto other = it.add_project("other");
    it.add({.path = "mine/a.md"});
    it.add(other, {.path = "theirs/b.md"});
    CHECK(listed(it, "", 3) == Texts{"/mine", "mine/a.md"});
}

TEST_CASE("a listing of the root does not read what lies deep") {
    RepositoryFixture it;
    bm::Transaction transaction(it.tables.database);
    for (int folder = 0; folder < 10; ++folder) {
        for (int i = 0; i < 400; ++i) {
            it.add({.path = "f" + std::to_string(folder) + "/n" + std::to_string(i) + ".md"});
        }
    }
    it.add({.path = "root.md"});
    transaction.commit();
    const auto before = it.tables.database.queries_run();
    CHECK(listed(it, "").size() == 11);
    // One query for each folder that is jumped over, and one for the rows.
    CHECK(it.tables.database.queries_run() - before <= 12);
}

TEST_CASE("a listing is what a walk over all paths finds") {
    std::mt19937 random(9);
    const Texts names{"a", "b", "a-b", "a.md", "b b", "c.txt", "ä"};
    for (int round = 0; round < 60; ++round) {
        RepositoryFixture it;
        Texts paths;
        for (int i = 0; i < 25; ++i) {
            std::string path = names[random() % names.size()];
            for (auto deeper = random() % 4; deeper > 0; --deeper)
                path += "-d/" + names[random() % names.size()];
            path += "-f";
            if (it.tables.entities.by_path(it.project, path)) continue;
            it.add({.path = path});
            paths.push_back(path);
        }
        const std::string folder = round % 3 == 0 ? "" : names[random() % names.size()] + "-d";
        const int depth = static_cast<int>(random() % 4) + 1;
        std::optional<std::string_view> glob;
        if (round % 4 == 0) glob = "*b*";
        std::map<std::pair<std::string, std::string>, bool> folders;
        std::map<std::pair<std::string, std::string>, bool> files;
        for (const auto& path : paths) {
            if (!folder.empty() && !path.starts_with(folder + '/')) continue;
            const auto inner =
                std::string_view(path).substr(folder.empty() ? 0 : folder.size() + 1);
            const auto parts = bm::split(inner, '/');
            std::string so_far = folder;
            for (std::size_t level = 0;
                 level < parts.size() && level < static_cast<std::size_t>(depth); ++level) {
                const std::string name(parts[level]);
                so_far += (so_far.empty() ? "" : "/") + name;
                if (glob && !bm::matches_glob(name, *glob)) continue;
                if (level + 1 == parts.size()) {
                    files[{name, so_far}] = true;
                } else {
                    folders[{name, '/' + so_far}] = true;
                }
            }
        }
        Texts expected;
        for (const auto& [key, unused] : folders) expected.push_back(key.second);
        for (const auto& [key, unused] : files) expected.push_back(key.second);
        CAPTURE(folder);
        CAPTURE(depth);
        CHECK(listed(it, folder, depth, glob) == expected);
    }
}
