#include <random>
#include <set>

#include <doctest/doctest.h>

#include "cloud/scope_memory.hpp"
#include "cloud/sync_profile.hpp"
#include "tests/cloud/cloud_rig.hpp"

using namespace bm;
using namespace bm::test;

namespace {

/// Two devices and a cloud under random edits, deletions, renames, conflicts and kills of rclone.
/// No version that somebody saved, and that nobody replaced or deleted on purpose, may be lost.
class History {
public:
    History(const fs::path& rclone, unsigned seed)
        : random_(seed), rig_(killer(rclone)), a_(rig_.device("a")), b_(rig_.device("b")) {
        a_.config.settings.environment.push_back("BM_REAL_RCLONE=" + rclone.string());
        b_.config.settings.environment.push_back("BM_REAL_RCLONE=" + rclone.string());
    }

    void run(int steps) {
        for (int i = 0; i < 4; ++i) edit(a_.root());
        REQUIRE(code_of(a_.resync()) == "ok");
        REQUIRE(code_of(b_.resync()) == "ok");
        for (int step = 0; step < steps; ++step) {
            for (auto count = random_() % 4; count > 0; --count) edit(a_.root());
            for (auto count = random_() % 4; count > 0; --count) edit(b_.root());
            if (random_() % 3 == 0) edit(rig_.cloud());
            sync(random_() % 2 == 0 ? a_ : b_, random_() % 3 == 0);
        }
        for (int quiet = 0; quiet < 4 && !is_even(); ++quiet) {
            sync(a_, false);
            sync(b_, false);
        }
        check();
    }

private:
    /// Runs the real program and kills it after as long as a file says.
    fs::path killer(const fs::path& rclone) {
        scripts_.write("rclone",
                       "#!/bin/sh\n"
                       "if [ \"$1\" != bisync ] || [ ! -s \"" +
                           (scripts_.path() / "delay").string() + "\" ]; then exec \"" +
                           rclone.string() +
                           "\" \"$@\"; fi\n"
                           "\"" +
                           rclone.string() + "\" \"$@\" & p=$!\nsleep $(cat \"" +
                           (scripts_.path() / "delay").string() + "\")\nkill -9 $p\nwait $p\n");
        fs::permissions(scripts_.path() / "rclone", fs::perms::owner_all);
        return scripts_.path() / "rclone";
    }

    std::string pick(const fs::path& root) {
        std::vector<std::string> names;
        for (const auto& [name, bytes] : tree_of(root)) {
            if (!name.starts_with('.')) names.push_back(name);
        }
        return names.empty() ? std::string() : names[random_() % names.size()];
    }

    std::string fresh_text() {
        std::string text = "version " + std::to_string(++versions_);
        text.append(random_() % 40, '.');
        alive_.insert(text);
        return text;
    }

    static std::string bytes_of(const fs::path& file) {
        std::ifstream in(file, std::ios::binary);
        return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    }

    void edit(const fs::path& root) {
        const std::string old = pick(root);
        const auto kind = random_() % 8;
        if (kind < 3 || old.empty()) {
            const std::string name =
                "p" + std::to_string(random_() % 2) + "/n" + std::to_string(random_() % 9) + ".md";
            give_up(root / name);
            put(root / name, fresh_text());
        } else if (kind < 5) {
            give_up(root / old);
            put(root / old, fresh_text());
        } else if (kind < 6) {
            give_up(root / old);
            fs::remove(root / old);
        } else {
            const std::string name = "p0/moved" + std::to_string(++moves_) + ".md";
            fs::create_directories((root / name).parent_path());
            fs::rename(root / old, root / name);
        }
    }

    /// Its author has replaced or deleted it knowingly.
    void give_up(const fs::path& file) {
        if (fs::exists(file)) alive_.erase(bytes_of(file));
    }

    void put(const fs::path& file, const std::string& text) {
        fs::create_directories(file.parent_path());
        std::ofstream(file, std::ios::binary | std::ios::trunc) << text;
        // Saved at any time of the last hour: which of two is newer is up to chance.
        fs::last_write_time(file, fs::file_time_type::clock::now() -
                                      std::chrono::milliseconds(random_() % 3'600'000));
    }

    void sync(Device& device, bool with_kill) {
        if (with_kill) {
            scripts_.write("delay",
                           "0." + std::to_string(random_() % 10) + std::to_string(random_() % 10));
        }
        SyncWish wish;
        wish.yes = true;
        wish.force = true;
        wish.profile = kSyncProfiles[random_() % kSyncProfiles.size()].name;
        auto report = device.sync(wish);
        fs::remove(scripts_.path() / "delay");
        if (with_kill && !report.ok()) report = device.sync(wish);
        if (!report.ok() && report.failure->fault == CloudFault::needs_resync) {
            report = device.resync();
        }
        log_.push_back(device.root().string() + (with_kill ? " killed " : " ") + code_of(report));
        REQUIRE_MESSAGE(report.ok(), code_of(report));
    }

    bool is_even() const {
        const auto cloud = tree_of(rig_.cloud());
        return tree_of(a_.root()) == cloud && tree_of(b_.root()) == cloud;
    }

    void check() {
        CHECK(is_even());
        std::set<std::string> found;
        for (const auto& root :
             {a_.root(), b_.root(), rig_.cloud(), a_.space().trash(), b_.space().trash()}) {
            for (const auto& [path, bytes] : tree_of(root)) found.insert(bytes);
        }
        for (const auto& text : alive_) {
            CHECK_MESSAGE(found.contains(text), text << " is lost");
        }
        for (const auto& [path, bytes] : tree_of(rig_.cloud())) {
            CHECK_MESSAGE(path.find("..path") == std::string::npos, path);
            CHECK_MESSAGE(!path.ends_with(".partial"), path);
        }
    }

    std::mt19937 random_;
    TemporaryFolder scripts_;
    CloudRig rig_;
    Device a_;
    Device b_;
    int versions_ = 0;
    int moves_ = 0;
    std::set<std::string> alive_;
    std::vector<std::string> log_;
};

}  // namespace

TEST_CASE("random histories of two devices converge, and no saved version is lost") {
    const auto rclone = real_rclone();
    if (!rclone) return;
    const char* wanted = std::getenv("BM_MODEL_HISTORIES");
    const int histories = wanted == nullptr ? 2 : std::atoi(wanted);
    const char* first = std::getenv("BM_MODEL_SEED");
    const unsigned seed = first == nullptr ? 1 : static_cast<unsigned>(std::atoi(first));
    for (int i = 0; i < histories; ++i) {
        CAPTURE(i);
        History(*rclone, seed + static_cast<unsigned>(i)).run(6);
    }
}
