#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "repository/clock.hpp"
#include "repository/file_status.hpp"
#include "sync/knowledge_base.hpp"
#include "tests/support/temporary_folder.hpp"

namespace bm::test {

/// A knowledge base with one empty project "main" on the real disk, its own data directory and a
/// clock that only moves when it is told to.
class KnowledgeFixture {
public:
    KnowledgeFixture() : KnowledgeFixture(std::map<std::string, std::string>{}) {}
    explicit KnowledgeFixture(std::map<std::string, std::string> environment)
        : environment_(std::move(environment)) {
        std::filesystem::create_directories(notes());
        environment_.emplace("HOME", folder_.path().string());
        environment_.emplace("BASIC_MEMORY_CONFIG_DIR", (folder_.path() / "data").string());
        environment_.emplace("BASIC_MEMORY_HOME", notes().string());
    }

    /// Any thread.
    KnowledgeBase& knowledge() {
        const std::scoped_lock lock(opening_);
        if (!knowledge_) reopen();
        return *knowledge_;
    }
    /// What a new process would see.
    void reopen() {
        knowledge_.reset();
        knowledge_ = another_process();
    }
    /// A process beside the first.
    std::unique_ptr<KnowledgeBase> another_process() {
        const Environment environment =
            [this](std::string_view name) -> std::optional<std::string> {
            const auto found = environment_.find(std::string(name));
            if (found == environment_.end()) return std::nullopt;
            return found->second;
        };
        return std::make_unique<KnowledgeBase>(KnowledgeBase::Parts{
            data_directory(environment), environment, [this] { return time(); },
            [this](LogLevel level, std::string_view line) {
                if (level == LogLevel::debug) return;
                const std::scoped_lock lock(mutex_);
                log_.emplace_back(line);
            },
            std::nullopt});
    }

    Project project() { return *knowledge().default_project(); }
    [[nodiscard]] std::filesystem::path notes() const { return folder_.path() / "notes"; }
    [[nodiscard]] std::filesystem::path data() const { return folder_.path() / "data"; }
    void write(std::string_view name, std::string_view bytes) const {
        folder_.write("notes/" + std::string(name), bytes);
    }
    /// Waits until a change would give the file another stamp, and returns the one it has.
    FileStamp settled_stamp(std::string_view name) {
        const auto files = knowledge().files(project());
        const auto stamp = files->stamp(*RelativePath::parse(std::string(name))).value();
        while (!is_settled(stamp, system_now())) {
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
        }
        return stamp;
    }
    [[nodiscard]] std::string read(std::string_view name) const {
        return folder_.read("notes/" + std::string(name));
    }
    [[nodiscard]] const TemporaryFolder& folder() const noexcept { return folder_; }

    void advance(std::chrono::microseconds by) { now_ += by; }
    /// Happens once, when somebody asks for the time: the only way into the middle of a change.
    void when_time_is_asked(std::function<void()> act) { when_time_is_asked_ = std::move(act); }
    [[nodiscard]] Timestamp now() const { return now_; }
    [[nodiscard]] std::vector<std::string> log() {
        const std::scoped_lock lock(mutex_);
        return log_;
    }

    template <class Work>
    auto read_index(Work&& work) {
        return knowledge().index().read(std::forward<Work>(work));
    }
    std::optional<Entity> entity(std::string_view path) {
        const auto id = project().id;
        return read_index([&](Tables& tables) { return tables.entities.by_path(id, path); });
    }
    std::vector<Edge> links(std::string_view path) {
        const auto from = entity(path);
        return read_index([&](Tables& tables) { return tables.graph.outgoing(from->id); });
    }

private:
    Timestamp time() {
        std::function<void()> act;
        {
            const std::scoped_lock lock(mutex_);
            act = std::exchange(when_time_is_asked_, nullptr);
        }
        if (act) act();
        return now_;
    }

    TemporaryFolder folder_;
    std::function<void()> when_time_is_asked_;
    std::map<std::string, std::string> environment_;
    Timestamp now_ =
        std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
    std::mutex mutex_;
    std::vector<std::string> log_;
    std::mutex opening_;
    std::unique_ptr<KnowledgeBase> knowledge_;
};

}  // namespace bm::test
