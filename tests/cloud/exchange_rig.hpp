#pragma once

#include <algorithm>
#include <fstream>
#include <map>
#include <memory>
#include <string>

#include <doctest/doctest.h>

#include "cloud/project_exchange.hpp"
#include "cloud/project_sync.hpp"
#include "cloud/rclone_filter.hpp"
#include "tests/cloud/cloud_rig.hpp"

namespace bm::test {

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
    [[nodiscard]] fs::path incoming() const {
        return device_.config.settings.states() / "p" / "incoming";
    }

private:
    CloudRig rig_;
    Device device_;
    fs::path own_;
};

using Tree = std::map<std::string, std::string>;

/// The real rules, with those of a user.
inline FilterMaker rules_of(const std::string& user) {
    return [user](const std::vector<FilterProject>& projects,
                  const std::vector<std::string>& attached) -> CloudResult<ScopeFilter> {
        std::vector<ProjectIgnoreText> texts;
        for (const auto& each : projects) texts.push_back({each.dir, each.text});
        const auto filter = std::make_shared<const RcloneFilter>(user, texts, attached);
        ScopeFilter made;
        made.text = filter->text();
        made.excludes = [filter](std::string_view path) { return filter->excludes(path); };
        made.inverted = filter->inverted();
        made.prunes = [filter](std::string_view path) { return filter->prunes(path); };
        return made;
    };
}

/// What of a tree has these bytes, wherever it lies.
inline bool has_bytes(const Tree& tree, const std::string& bytes) {
    return std::any_of(tree.begin(), tree.end(),
                       [&](const auto& entry) { return entry.second == bytes; });
}

}  // namespace bm::test
