#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "server/rate_limit.hpp"

namespace bm {

/// Uploads that are under way or came to nothing a short while ago. A client may ask for what has
/// the name of such an upload to be deleted and mean its own half of a file (rclone does, after
/// each failed PUT): what was there before must not go for that. Each caller's are known for that
/// caller alone, in memory and not for ever. Thread-safe.
class UnfinishedUploads {
public:
    using Now = std::function<Moment()>;
    /// Longer than a client waits and tries before it cleans up.
    static constexpr std::chrono::seconds kRemembered{60};
    /// Of one caller; the oldest make room.
    static constexpr std::size_t kMostOfOne = 1000;

    explicit UnfinishedUploads(Now now = std::chrono::steady_clock::now) : now_(std::move(now)) {}

    /// One upload. Has come to nothing unless succeed() was said before it ends.
    class Attempt {
    public:
        Attempt(UnfinishedUploads& all, std::string caller, std::string name);
        Attempt(const Attempt&) = delete;
        Attempt& operator=(const Attempt&) = delete;
        ~Attempt();
        void succeed() noexcept { has_succeeded_ = true; }

    private:
        UnfinishedUploads& all_;
        std::string caller_;
        std::string name_;
        bool has_succeeded_ = false;
    };

    /// Whether an upload of that name by that caller is under way or has just failed.
    [[nodiscard]] bool has(const std::string& caller, const std::string& name);
    /// How many names are held of all callers.
    [[nodiscard]] std::size_t size();

private:
    struct State {
        std::size_t running = 0;
        std::optional<Moment> failed = std::nullopt;
    };
    using Names = std::map<std::string, State>;

    void begin(const std::string& caller, const std::string& name);
    void end(const std::string& caller, const std::string& name, bool has_failed);
    [[nodiscard]] bool is_over(const State& state, Moment now) const;
    /// Forgets what is long past, of everybody.
    void tidy(Moment now);
    static void make_room(Names& names);

    Now now_;
    std::mutex mutex_;
    std::map<std::string, Names> callers_;
    std::optional<Moment> tidied_;
};

}  // namespace bm
