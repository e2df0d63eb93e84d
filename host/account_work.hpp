#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "repository/log.hpp"
#include "server/rate_limit.hpp"
#include "sync/sync_scope.hpp"

namespace bm {

/// What was written in one space and is not indexed yet, by folder of a project.
struct WrittenFiles {
    std::map<std::string, SyncScope> paths;
    std::set<std::string> full;  ///< where times are not to be believed

    [[nodiscard]] bool is_empty() const noexcept { return paths.empty(); }
    void add(const WrittenFiles& other);
};

/// What is done for accounts in the background, on a few threads and for each account one thing at
/// a time: rounds of discovery, and indexing what was written once that has ended. A large account
/// holds up no other. Thread-safe.
class AccountWork {
public:
    struct Options {
        Log log;
        std::size_t threads = 3;
        std::chrono::milliseconds round_interval{std::chrono::seconds(120)};
        /// So long it is quiet before writes are indexed, but for those who never are.
        std::chrono::milliseconds debounce{std::chrono::seconds(2)};
        std::chrono::milliseconds longest_wait{std::chrono::seconds(30)};
        /// Before what could not be indexed is tried again; doubled each time, up to an hour.
        std::chrono::milliseconds retry{std::chrono::seconds(15)};
        /// At the beginning of each round: whose turn it is.
        std::function<std::vector<std::int64_t>()> begin_round;
        std::function<void(std::int64_t account)> discover;
        /// False when nothing could be done and what was written still waits.
        std::function<bool(std::int64_t account, const WrittenFiles& written,
                           const std::stop_token& stop)>
            index;
    };

    /// The first round begins at once.
    explicit AccountWork(Options options);
    AccountWork(const AccountWork&) = delete;
    AccountWork& operator=(const AccountWork&) = delete;
    /// Waits for what runs, which is told to stop.
    ~AccountWork();

    /// `path` begins with the folder of a project.
    void note_written(std::int64_t account, std::string_view path);
    /// Indexes a folder soon; `full`: every byte is looked at again.
    void index_soon(std::int64_t account, const std::string& folder, bool full);
    /// A round of discovery begins now.
    void look_now();

private:
    struct Account {
        WrittenFiles written;
        Moment first{};  ///< of what is written
        Moment last{};
        Moment not_before{};  ///< after a failure
        int failures = 0;
        std::optional<Moment> looked_for;  ///< its turn in a round, since then
        bool is_busy = false;
    };
    struct Job {
        std::int64_t account = 0;
        WrittenFiles written;
        bool discovers = false;
    };

    void work(const std::stop_token& stop);
    [[nodiscard]] Moment due(const Account& account) const;
    [[nodiscard]] std::optional<Job> take_due(Moment now);
    [[nodiscard]] Moment next_moment() const;
    void begin_round();
    [[nodiscard]] bool run(const Job& job, const std::stop_token& stop);
    void finish(const Job& job, bool is_done);
    void wake();

    Options options_;
    std::mutex mutex_;
    std::condition_variable_any woken_;
    std::uint64_t wakes_ = 0;
    std::map<std::int64_t, Account> accounts_;
    Moment next_round_{};
    bool round_begins_ = false;
    std::vector<std::jthread> threads_;
};

}  // namespace bm
