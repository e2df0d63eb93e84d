#include "cloud/project_exchange.hpp"

#include <memory>

#include <doctest/doctest.h>

#include "cloud/rclone_filter.hpp"
#include "tests/cloud/cloud_rig.hpp"

using namespace bm;
using namespace bm::test;

namespace {

/// A device whose project `p` has a folder of its own.
class Exchanging {
public:
    explicit Exchanging(const fs::path& rclone) : rig_(rclone), device_(rig_.device("a")) {
        own_ = device_.config.settings.home / "own";
        fs::create_directories(own_);
        fs::create_directories(rig_.cloud() / "p");
        device_.host.known = {{"p", "id-p", "p", false}};
        device_.config.settings.attached = {{"p", own_}};
    }

    CloudReport run(ExchangeWay way, OnDifference difference = OnDifference::fail,
                    bool dry_run = false) {
        SyncContext context = device_.context();
        context.clock = [] { return Timestamp(std::chrono::seconds(1'796'000'000)); };
        const auto view = look_at_host(context);
        REQUIRE(view);
        ExchangeWish wish;
        wish.way = way;
        wish.on_difference = difference;
        wish.command =
            way == ExchangeWay::push ? "bm cloud push --name p" : "bm cloud pull --name p";
        wish.dry_run = dry_run;
        return exchange_project(context, *view, "p", wish);
    }

    void here(const std::string& name, std::string_view bytes) const {
        fs::create_directories((own_ / name).parent_path());
        std::ofstream(own_ / name, std::ios::binary | std::ios::trunc) << bytes;
    }
    void there(const std::string& name, std::string_view bytes) const {
        rig_.write("p/" + name, bytes);
    }
    std::map<std::string, std::string> mine() const { return tree_of(own_); }
    std::map<std::string, std::string> theirs() const { return tree_of(rig_.cloud() / "p"); }
    Device& device() { return device_; }
    const fs::path& own() const { return own_; }

private:
    CloudRig rig_;
    Device device_;
    fs::path own_;
};

using Tree = std::map<std::string, std::string>;

}  // namespace

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

TEST_CASE("prune finds what the user's rules leave out, and deletes exactly that") {
    const auto rclone = real_rclone();
    if (!rclone) return;
    Exchanging it(*rclone);
    it.there("n.md", "n");
    it.there("old.log", "l");
    it.there("keep.log", "k");
    it.there("deep/other.log", "o");
    // The project lets one in that the user's rules leave out.
    it.here(".bmignore", "!keep.log\n");
    SyncContext context = it.device().context();
    context.make_filter = [](const std::vector<FilterProject>& projects,
                             const std::vector<std::string>& attached) -> CloudResult<ScopeFilter> {
        std::vector<ProjectIgnoreText> texts;
        for (const auto& each : projects) texts.push_back({each.dir, each.text});
        const auto filter = std::make_shared<const RcloneFilter>("*.log\n", texts, attached);
        ScopeFilter made;
        made.text = filter->text();
        made.excludes = [filter](std::string_view path) { return filter->excludes(path); };
        made.inverted = filter->inverted();
        return made;
    };
    const auto view = look_at_host(context);
    REQUIRE(view);
    const auto found = unwanted_in_cloud(context, *view, "p");
    REQUIRE(found);
    CHECK(*found == std::vector<std::string>{"deep/other.log", "old.log"});
    CHECK(it.theirs().size() == 4);
    REQUIRE(delete_in_cloud(context, *view, "p", {}));
    CHECK(it.theirs().size() == 4);
    REQUIRE(delete_in_cloud(context, *view, "p", *found));
    CHECK(it.theirs() == Tree{{"keep.log", "k"}, {"n.md", "n"}});
    CHECK_FALSE(unwanted_in_cloud(context, *view, "q"));
}
