#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "sync/watcher.hpp"
#include "tests/sync/fixture.hpp"

namespace bm::test {

inline bool eventually(const std::function<bool()>& is_so) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (std::chrono::steady_clock::now() < end) {
        if (is_so()) return true;
        std::this_thread::sleep_for(std::chrono::milliseconds(30));
    }
    return false;
}

inline bool is_indexed(KnowledgeFixture& fixture, std::string_view project, std::string_view path) {
    const auto found = fixture.knowledge().find_project(project);
    return found && fixture.read_index([&](Tables& tables) {
        return tables.entities.by_path(found->id, path).has_value();
    });
}

inline bool is_logged(KnowledgeFixture& fixture, std::string_view text) {
    for (const auto& line : fixture.log()) {
        if (line.find(text) != std::string::npos) return true;
    }
    return false;
}

inline std::string joined(const std::vector<std::string>& lines) {
    std::string text;
    for (const auto& line : lines) text += line + '\n';
    return text;
}

/// What a watcher has told its listener.
class Told {
public:
    WatchListener listener() {
        return {.state =
                    [this](const Project& project, WatchState state) {
                        const std::scoped_lock lock(mutex_);
                        states_[project.name.str()] = state;
                    },
                .indexed =
                    [this](const Project&, const SyncReport& report) {
                        const std::scoped_lock lock(mutex_);
                        ++runs_;
                        last_ = report;
                    }};
    }
    std::optional<WatchState> state(const std::string& project = "main") {
        const std::scoped_lock lock(mutex_);
        const auto known = states_.find(project);
        if (known == states_.end()) return std::nullopt;
        return known->second;
    }
    bool is(WatchState wanted, const std::string& project = "main") {
        return eventually([&] { return state(project) == wanted; });
    }
    int runs() {
        const std::scoped_lock lock(mutex_);
        return runs_;
    }
    SyncReport last() {
        const std::scoped_lock lock(mutex_);
        return last_;
    }

private:
    std::mutex mutex_;
    std::map<std::string, WatchState> states_;
    int runs_ = 0;
    SyncReport last_;
};

/// A project whose watcher has finished its first round.
class WatchedFixture : public KnowledgeFixture {
public:
    void start(Watcher::Options options = {}) {
        options.listener = told.listener();
        watcher.emplace(knowledge(), std::move(options));
        REQUIRE(told.is(WatchState::watching));
        REQUIRE(eventually([&] { return told.runs() > 0; }));
    }
    bool gets(std::string_view path) {
        return eventually([&] { return entity(path).has_value(); });
    }
    bool loses(std::string_view path) {
        return eventually([&] { return !entity(path); });
    }
    bool comes_to_say(std::string_view path, std::string_view excerpt) {
        return eventually([&] {
            const auto found = entity(path);
            return found && found->excerpt.find(excerpt) != std::string::npos;
        });
    }

    Told told;
    std::optional<Watcher> watcher;
};

}  // namespace bm::test
