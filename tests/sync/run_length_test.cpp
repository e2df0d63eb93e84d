#include "sync/run_length.hpp"

#include <filesystem>

#include <doctest/doctest.h>

#include "sync/reconcile.hpp"
#include "tests/sync/fixture.hpp"

namespace bm {
namespace {

namespace fs = std::filesystem;
using test::KnowledgeFixture;

bool is_short(KnowledgeFixture& fixture, const std::vector<std::string>& paths) {
    SyncScope scope;
    for (const auto& path : paths) scope.add(path);
    return is_short_run(fixture.knowledge(), fixture.project(), scope);
}

TEST_CASE("a run over a few files is short and one over many files or bytes or rows is not") {
    KnowledgeFixture fixture;
    for (int i = 0; i < 320; ++i) {
        const std::string name = std::to_string(i) + ".md";
        fixture.write((i < 160 ? "many/" : "many/in/deep/") + name, "x");
        if (i < 100) fixture.write("few/" + name, "x");
    }
    fixture.write("large.bin", "x");
    fixture.write("two/a.bin", "x");
    fixture.write("two/b.bin", "x");
    fs::resize_file(fixture.notes() / "large.bin", 33U << 20U);
    for (const char* half : {"two/a.bin", "two/b.bin"})
        fs::resize_file(fixture.notes() / half, 17U << 20U);
    fs::create_directory_symlink(fixture.notes() / "many", fixture.notes() / "link");
    CHECK(is_short(fixture, {"few"}));
    CHECK(is_short(fixture, {"few/1.md", "many/1.md"}));
    CHECK(is_short(fixture, {"many/in"}));
    CHECK(is_short(fixture, {"two/a.bin"}));
    CHECK(is_short(fixture, {"link"}));
    CHECK(is_short(fixture, {"nowhere", "few/1.md/below"}));
    CHECK_FALSE(is_short(fixture, {"many"}));
    CHECK_FALSE(is_short(fixture, {"few", "many/in", "nowhere", "two"}));
    CHECK_FALSE(is_short(fixture, {"large.bin"}));
    CHECK_FALSE(is_short(fixture, {"two"}));
    CHECK_FALSE(is_short_run(fixture.knowledge(), fixture.project(), SyncScope::whole_project()));
    REQUIRE(reconcile_project(fixture.knowledge(), fixture.project()));
    fs::remove_all(fixture.notes() / "many");
    CHECK_FALSE(is_short(fixture, {"many"}));
    CHECK(is_short(fixture, {"many/in"}));
    CHECK_FALSE(is_short(fixture, {"few", "many/1.md", "many/in", "many/in/deep/too", "many"}));
}

}  // namespace
}  // namespace bm
