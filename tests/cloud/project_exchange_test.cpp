#include "cloud/project_exchange.hpp"

#include "tests/cloud/exchange_rig.hpp"

using namespace bm;
using namespace bm::test;

TEST_CASE("a push adds what the cloud lacks, and deletes nothing") {
    const auto rclone = real_rclone();
    if (!rclone) return;
    Exchanging it(*rclone);
    it.here("new.md", "new");
    it.here("deep/er.md", "deep");
    it.here("left.tmp", "ignored");
    it.here("same.md", "same");
    it.there("same.md", "same");
    it.there("theirs.md", "theirs");
    auto report = it.run(ExchangeWay::push, OnDifference::fail, true);
    CHECK(code_of(report) == "ok");
    CHECK(report.actions.uploaded.size() == 2);
    CHECK(it.theirs() == Tree{{"same.md", "same"}, {"theirs.md", "theirs"}});
    report = it.run(ExchangeWay::push);
    CHECK(code_of(report) == "ok");
    CHECK(it.theirs() == Tree{{"deep/er.md", "deep"},
                              {"new.md", "new"},
                              {"same.md", "same"},
                              {"theirs.md", "theirs"}});
    CHECK(it.mine().size() == 4);
    CHECK(report.notes ==
          std::vector<std::string>{"1 file(s) exist only in the cloud and were left alone"});
    CHECK(it.device().host.indexed == std::vector<std::string>{"p"});
}

TEST_CASE("a file that differs stops everything, unless somebody says who wins") {
    const auto rclone = real_rclone();
    if (!rclone) return;
    for (const auto way : {ExchangeWay::push, ExchangeWay::pull}) {
        const bool is_push = way == ExchangeWay::push;
        CAPTURE(is_push);
        Exchanging it(*rclone);
        it.here("a.md", "here");
        it.there("a.md", "there");
        it.here("mine.md", "m");
        it.there("theirs.md", "t");
        const auto before_here = it.mine();
        const auto before_there = it.theirs();
        auto report = it.run(way);
        REQUIRE(report.failure);
        CHECK(report.failure->fault == CloudFault::sides_differ);
        CHECK(report.failure->message == std::string(is_push ? "Push" : "Pull") +
                                             " aborted: 1 file(s) differ between local and cloud.");
        CHECK(report.failure->hint.find("  * a.md\n") == 0);
        for (const char* choice : {"keep-local", "keep-cloud", "keep-both"})
            CHECK(report.failure->hint.find(choice) != std::string::npos);
        CHECK(it.mine() == before_here);
        CHECK(it.theirs() == before_there);
        // The other side's version wins: it stays where it is.
        report = it.run(way, is_push ? OnDifference::keep_cloud : OnDifference::keep_local);
        CHECK(code_of(report) == "ok");
        CHECK(it.mine().at("a.md") == "here");
        CHECK(it.theirs().at("a.md") == "there");
        CHECK(it.mine().contains("theirs.md") == !is_push);
        CHECK(it.theirs().contains("mine.md") == is_push);
        // Both stay.
        report = it.run(way, OnDifference::keep_both);
        CHECK(code_of(report) == "ok");
        REQUIRE(report.actions.conflicts.size() == 1);
        const std::string beside = report.actions.conflicts[0].kept.at(0);
        CHECK(beside == "a.conflict-20261130-005320.md");
        CHECK((is_push ? it.theirs() : it.mine()).at(beside) == (is_push ? "here" : "there"));
        CHECK(it.mine().at("a.md") == "here");
        CHECK(it.theirs().at("a.md") == "there");
        // The version that comes wins.
        report = it.run(way, is_push ? OnDifference::keep_local : OnDifference::keep_cloud);
        CHECK(code_of(report) == "ok");
        CHECK(it.mine().at("a.md") == it.theirs().at("a.md"));
        CHECK(it.mine().at("a.md") == (is_push ? "here" : "there"));
    }
}

TEST_CASE("what a pull replaces here is in the trash, and a missing folder is made") {
    const auto rclone = real_rclone();
    if (!rclone) return;
    Exchanging it(*rclone);
    it.here("a.md", "here");
    it.there("a.md", "there");
    CHECK(code_of(it.run(ExchangeWay::pull, OnDifference::keep_cloud)) == "ok");
    const auto kept = tree_of(it.device().config.settings.states());
    CHECK(std::any_of(kept.begin(), kept.end(), [](const auto& entry) {
        return entry.first.ends_with("a.md") && entry.second == "here";
    }));
    fs::remove_all(it.own());
    const auto push = it.run(ExchangeWay::push);
    REQUIRE(push.failure);
    CHECK(push.failure->fault == CloudFault::local_missing);
    CHECK(code_of(it.run(ExchangeWay::pull)) == "ok");
    CHECK(it.mine() == Tree{{"a.md", "there"}});
}

TEST_CASE("nothing is written through a link, in either kind of run") {
    const auto rclone = real_rclone();
    if (!rclone) return;
    Exchanging it(*rclone);
    fs::create_directories(it.home() / "elsewhere");
    std::ofstream(it.home() / "elsewhere/a.md") << "not of the project";
    std::ofstream(it.home() / "file.md") << "a file elsewhere";
    it.here("n.md", "n");
    fs::create_directories(it.own() / "deep");
    fs::create_directory_symlink(it.home() / "elsewhere", it.own() / "deep/sha[r]ed");
    fs::create_symlink(it.home() / "file.md", it.own() / "link.md");
    fs::create_symlink("nowhere", it.own() / "odd\nname");
    it.there("deep/sha[r]ed/a.md", "of the cloud");
    it.there("deep/sha[r]ed/new.md", "new");
    it.there("link.md", "of the cloud");
    it.there("more.md", "more");
    const auto untouched = [&] {
        CHECK(tree_of(it.home() / "elsewhere") == Tree{{"a.md", "not of the project"}});
        CHECK(tree_of(it.home()).at("file.md") == "a file elsewhere");
        CHECK(fs::is_symlink(it.own() / "link.md"));
        CHECK(it.theirs().at("deep/sha[r]ed/a.md") == "of the cloud");
        CHECK(it.theirs().contains("link.md"));
    };
    const auto report = it.run(ExchangeWay::pull, OnDifference::keep_cloud);
    CHECK(code_of(report) == "ok");
    CHECK(report.actions.downloaded == std::vector<std::string>{"more.md"});
    REQUIRE(report.warnings.size() == 1);
    CHECK(
        report.warnings[0].starts_with("Links are not followed, and nothing is written through "
                                       "them: deep/sha[r]ed, link.md, "));
    untouched();
    it.agree();
    untouched();
    CHECK(it.theirs().at("n.md") == "n");
    CHECK(code_of(it.run(ExchangeWay::push, OnDifference::keep_local)) == "ok");
    untouched();
}

TEST_CASE("a pull into a folder whose files are gone would hide that, and stops") {
    const auto rclone = real_rclone();
    if (!rclone) return;
    Exchanging it(*rclone);
    it.here("a.md", "old");
    it.here("b.md", "b");
    it.agree();
    it.there("a.md", "newer, of another machine");
    fs::rename(it.own(), it.home() / "unmounted");
    auto report = it.run(ExchangeWay::pull);
    CHECK(code_of(report) == "local_missing: Local directory " + it.own().string() +
                                 " does not exist, but 2 files were synced there.");
    CHECK(report.failure->hint.find("bm project sync-setup p NEWPATH") != std::string::npos);
    CHECK(report.failure->hint.find("bm project bisync-reset p") != std::string::npos);
    CHECK_FALSE(fs::exists(it.own()));
    // The folder that a disk is mounted on.
    fs::create_directories(it.own());
    it.here("stranger.md", "s");
    report = it.run(ExchangeWay::pull);
    CHECK(code_of(report).starts_with("side_empty: "));
    CHECK(report.failure->hint.find("bm project bisync --name p\n") != std::string::npos);
    CHECK(it.mine().size() == 1);
    fs::remove_all(it.own());
    fs::rename(it.home() / "unmounted", it.own());
    fs::remove(it.own() / "b.md");
    CHECK(code_of(it.run(ExchangeWay::pull, OnDifference::keep_cloud)) == "ok");
    CHECK(it.mine() == it.theirs());
}

TEST_CASE("a pull goes on where what was here has other names only") {
    const auto rclone = real_rclone();
    if (!rclone) return;
    Exchanging it(*rclone);
    it.here("old name.md", "a");
    it.agree();
    it.there("new.md", "n");
    fs::rename(it.own() / "old name.md", it.own() / "new name.md");
    CHECK(code_of(it.run(ExchangeWay::pull)) == "ok");
    CHECK(it.mine().contains("new name.md"));
    CHECK(it.mine().at("new.md") == "n");
}

TEST_CASE("a pull that breaks off leaves the version here in its place") {
    const auto rclone = real_rclone();
    if (!rclone) return;
    Exchanging it(*rclone);
    it.here("big.md", "here");
    it.there("big.md", std::string(200'000, 'x'));
    // rclone may write no file of that size.
    it.wrap("case \"$*\" in *incoming*) ulimit -f 8;; esac");
    const auto report = it.run(ExchangeWay::pull, OnDifference::keep_cloud);
    CHECK_FALSE(report.ok());
    CHECK(it.mine().at("big.md") == "here");
    it.wrap("");
    CHECK(code_of(it.run(ExchangeWay::pull, OnDifference::keep_cloud)) == "ok");
    CHECK(has_bytes(it.kept(), "here"));
    CHECK(it.mine() == it.theirs());
    // An rclone that writes in place, and leaves its half behind.
    it.here("big.md", "here again");
    const std::string half = (it.incoming() / "big.md").string();
    it.wrap("case \"$*\" in *incoming*) mkdir -p '" + it.incoming().string() + "'; printf half >'" +
            half + "'; exit 1;; esac");
    CHECK_FALSE(it.run(ExchangeWay::pull, OnDifference::keep_cloud).ok());
    CHECK(it.mine().at("big.md") == "here again");
    CHECK_FALSE(fs::exists(half));
    // Of a run that was killed.
    fs::create_directories(it.incoming());
    std::ofstream(it.incoming() / "stray.md") << "half";
    it.wrap("");
    CHECK(code_of(it.run(ExchangeWay::pull, OnDifference::keep_cloud)) == "ok");
    CHECK(it.mine() == it.theirs());
    CHECK_FALSE(fs::exists(it.incoming()));
}

TEST_CASE("what is saved, made or removed here while a pull fetches is left alone") {
    const auto rclone = real_rclone();
    if (!rclone) return;
    Exchanging it(*rclone);
    for (const char* name : {"a.md", "gone.md", "old.md"}) {
        it.here(name, "here");
        it.there(name, "there, and longer");
    }
    it.there("new.md", "new, there");
    const auto own = it.own().string();
    it.wrap("case \"$*\" in *incoming*) printf saved >'" + own + "/a.md'; rm '" + own +
            "/gone.md'; printf mine >'" + own + "/new.md';; esac");
    const auto report = it.run(ExchangeWay::pull, OnDifference::keep_cloud);
    CHECK(code_of(report) == "ok");
    CHECK(it.mine() ==
          Tree{{"a.md", "saved"}, {"new.md", "mine"}, {"old.md", "there, and longer"}});
    CHECK(report.actions.downloaded == std::vector<std::string>{"old.md"});
    CHECK(report.warnings.size() == 3);
    CHECK(has_bytes(it.kept(), "here"));
    // Twice within one second, by the clock: nothing in the trash is replaced.
    it.wrap("");
    it.here("old.md", "here, later");
    CHECK(code_of(it.run(ExchangeWay::pull, OnDifference::keep_cloud)) == "ok");
    CHECK(has_bytes(it.kept(), "here"));
    CHECK(has_bytes(it.kept(), "here, later"));
    CHECK(has_bytes(it.kept(), "saved"));
}

TEST_CASE("a push and a pull take out of the trash what has been there for long enough") {
    const auto rclone = real_rclone();
    if (!rclone) return;
    Exchanging it(*rclone);
    it.here("a.md", "here");
    it.there("a.md", "there");
    CHECK(code_of(it.run(ExchangeWay::push, OnDifference::keep_local)) == "ok");
    CHECK(has_bytes(it.kept(), "there"));
    it.device().config.settings.trash_days = -10'000;
    CHECK(code_of(it.run(ExchangeWay::push, OnDifference::fail, true)) == "ok");
    CHECK(has_bytes(it.kept(), "there"));
    CHECK(code_of(it.run(ExchangeWay::pull)) == "ok");
    CHECK_FALSE(has_bytes(it.kept(), "there"));
}

TEST_CASE("what a push replaces in the cloud is fetched first") {
    const auto rclone = real_rclone();
    if (!rclone) return;
    Exchanging it(*rclone);
    it.here("a.pdf", "here");
    it.there("a.pdf", "there");
    it.wrap("case \"$*\" in *remote*--files-from-raw*) exit 1;; esac");
    CHECK_FALSE(it.run(ExchangeWay::push, OnDifference::keep_local).ok());
    CHECK(it.theirs().at("a.pdf") == "there");
    it.wrap("");
    const auto report = it.run(ExchangeWay::push, OnDifference::keep_local);
    CHECK(code_of(report) == "ok");
    CHECK(report.profile == "one-way");
    CHECK(report.actions.uploaded == std::vector<std::string>{"a.pdf"});
    CHECK(report.actions.downloaded.empty());
    CHECK(it.theirs().at("a.pdf") == "here");
    CHECK(has_bytes(it.kept(), "there"));
    REQUIRE(report.notes.size() == 1);
    CHECK(report.notes[0].starts_with("What was replaced is in "));
}

TEST_CASE("a push tells what went up, not what was to go") {
    const auto rclone = real_rclone();
    if (!rclone) return;
    Exchanging it(*rclone);
    it.here("a.md", "a");
    it.here("b.md", "b");
    // Another machine makes one of them just before, and at the end something fails.
    it.wrap("case \"$*\" in *--ignore-existing*) printf other >'" + (it.cloud() / "b.md").string() +
                "';; esac",
            "code=$?; case \"$*\" in *--ignore-existing*) exit 1;; esac; exit $code");
    const auto report = it.run(ExchangeWay::push);
    CHECK_FALSE(report.ok());
    CHECK(report.actions.uploaded == std::vector<std::string>{"a.md"});
    CHECK(it.theirs() == Tree{{"a.md", "a"}, {"b.md", "other"}});
    CHECK(it.device().host.indexed == std::vector<std::string>{"p"});
}

TEST_CASE("what has just been changed is told by the clock that is asked") {
    const auto rclone = real_rclone();
    if (!rclone) return;
    Exchanging it(*rclone);
    it.here("a.md", "here");
    it.there("a.md", "there");
    for (const bool is_later : {false, true}) {
        CAPTURE(is_later);
        SyncContext context = it.device().context();
        context.clock = [is_later] {
            return system_now() + std::chrono::hours(is_later ? 1 : 0) - std::chrono::seconds(60);
        };
        const auto view = look_at_host(context);
        REQUIRE(view);
        const auto found = compare_project(context, *view, "p", false);
        REQUIRE(found);
        CHECK(found->just_changed.size() == (is_later ? 0 : 1));
    }
}
