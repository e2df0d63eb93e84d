#include "cloud/project_exchange.hpp"

#include <memory>

#include <doctest/doctest.h>

#include "cloud/project_sync.hpp"
#include "cloud/rclone_filter.hpp"
#include "tests/cloud/cloud_rig.hpp"

using namespace bm;
using namespace bm::test;

namespace {

/// A device whose project `p` has a folder of its own.
class Exchanging {
public:
    using Tree = std::map<std::string, std::string>;

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
        context.clock = [this] { return Timestamp(std::chrono::seconds(1'796'000'000 + later_)); };
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

    /// The next run is of another second.
    void wait() { ++later_; }

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
    [[nodiscard]] Tree kept() const { return tree_of(device_.config.settings.states()); }
    /// A first sync in both directions.
    void agree() {
        SyncContext context = device_.context();
        const auto view = look_at_host(context);
        REQUIRE(view);
        SyncWish wish;
        wish.profile = "balanced";
        wish.command = "bm project bisync --name p";
        wish.resync = true;
        REQUIRE(code_of(bisync_project(context, *view, "p", wish)) == "ok");
    }
    /// From now on lines of a shell come before (and after) what rclone does.
    void wrap(const std::string& before, const std::string& after = {}) {
        const auto file = rig_.folder.path() / "rclone";
        const std::string start = after.empty() ? "exec " : "";
        std::ofstream(file) << "#!/bin/sh\n"
                            << before << "\n"
                            << start << rig_.rclone.string() << " \"$@\"\n"
                            << after << "\n";
        fs::permissions(file, fs::perms::owner_all);
        device_.config.settings.rclone_path = file;
    }
    [[nodiscard]] const fs::path& home() const { return device_.config.settings.home; }
    [[nodiscard]] fs::path cloud() const { return rig_.cloud() / "p"; }
    const fs::path& own() const { return own_; }

private:
    CloudRig rig_;
    Device device_;
    fs::path own_;
    int later_ = 0;
};

using Tree = std::map<std::string, std::string>;

/// The real rules, with those of a user.
FilterMaker rules_of(const std::string& user) {
    return [user](const std::vector<FilterProject>& projects,
                  const std::vector<std::string>& attached) -> CloudResult<ScopeFilter> {
        std::vector<ProjectIgnoreText> texts;
        for (const auto& each : projects) texts.push_back({each.dir, each.text});
        const auto filter = std::make_shared<const RcloneFilter>(user, texts, attached);
        ScopeFilter made;
        made.text = filter->text();
        made.excludes = [filter](std::string_view path) { return filter->excludes(path); };
        made.inverted = filter->inverted();
        return made;
    };
}

/// What of a tree has these bytes, wherever it lies.
bool has_bytes(const Tree& tree, const std::string& bytes) {
    return std::any_of(tree.begin(), tree.end(),
                       [&](const auto& entry) { return entry.second == bytes; });
}

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
    context.make_filter = rules_of("*.log\n");
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

TEST_CASE("prune of a project in the space goes by the rules of the space") {
    const auto rclone = real_rclone();
    if (!rclone) return;
    Exchanging it(*rclone);
    it.device().config.settings.attached.clear();
    it.device().write("p/.bmignore", "!keep.log\n/own\n");
    for (const char* name :
         {"drafts/d.md", "docs/private/q.md", "old/o.md", "own/w.md", "keep.log", "x.log", "n.md"})
        it.there(name, name);
    SyncContext context = it.device().context();
    context.make_filter = rules_of("/drafts\ndocs/private\n/p/old\n*.log\n");
    const auto view = look_at_host(context);
    REQUIRE(view);
    const auto found = unwanted_in_cloud(context, *view, "p");
    REQUIRE(found);
    // What the space keeps in step is wanted: there the rules begin at its root.
    CHECK(*found == std::vector<std::string>{"old/o.md", "own/w.md", "x.log"});
    REQUIRE(delete_in_cloud(context, *view, "p", *found));
    CHECK(it.theirs().size() == 4);
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
    CHECK(code_of(it.run(ExchangeWay::pull)).starts_with("side_empty: "));
    CHECK(it.mine().size() == 1);
    fs::remove_all(it.own());
    fs::rename(it.home() / "unmounted", it.own());
    fs::remove(it.own() / "b.md");
    CHECK(code_of(it.run(ExchangeWay::pull, OnDifference::keep_cloud)) == "ok");
    CHECK(it.mine() == it.theirs());
}

TEST_CASE("a pull that breaks off leaves the version here in its place") {
    const auto rclone = real_rclone();
    if (!rclone) return;
    Exchanging it(*rclone);
    it.here("big.md", "here");
    it.there("big.md", std::string(200'000, 'x'));
    // rclone may write no file of that size when it comes to replacing.
    it.wrap("case \"$*\" in *--ignore-times*) ulimit -f 8;; esac");
    const auto report = it.run(ExchangeWay::pull, OnDifference::keep_cloud);
    CHECK_FALSE(report.ok());
    CHECK(it.mine().at("big.md") == "here");
    CHECK(has_bytes(it.kept(), "here"));
    it.wrap("");
    it.wait();
    CHECK(code_of(it.run(ExchangeWay::pull, OnDifference::keep_cloud)) == "ok");
    CHECK(it.mine() == it.theirs());
    it.wait();
    // An rclone that writes in place, and takes its half away.
    it.here("big.md", "here again");
    it.wrap("case \"$*\" in *--ignore-times*) rm '" + (it.own() / "big.md").string() +
            "'; exit 1;; esac");
    CHECK_FALSE(it.run(ExchangeWay::pull, OnDifference::keep_cloud).ok());
    CHECK(it.mine().at("big.md") == "here again");
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
