#pragma once

#include <atomic>
#include <cstddef>
#include <map>
#include <mutex>
#include <string>
#include <utility>

namespace bm {

class MemoryBudget;

/// Whose memory something is.
struct MemoryAccount {
    // Not explicit: a budget alone is an account of nobody in particular.
    MemoryAccount(MemoryBudget* counted_in = nullptr, std::string of = {})
        : budget(counted_in), client(std::move(of)) {}

    MemoryBudget* budget;  ///< null: as much as there is
    std::string client;    ///< empty: of nobody that is limited by himself
};

/// How much memory may be taken up together by what clients send and by answers that they have not
/// taken yet, or that clients have us remember. One client has a part of it at most. What is small
/// is not counted, so that usual requests go on whatever large ones take; how many of those there
/// are, the number of connections limits. Thread-safe; outlives its shares.
class MemoryBudget {
public:
    struct Limits {
        std::size_t total = 128 * std::size_t{1024} * 1024;
        /// What each share may have beside that.
        std::size_t uncounted = 32 * std::size_t{1024};
        /// A client has at most the total divided by this.
        std::size_t parts = 4;
    };

    /// What one body or one outbox takes, for as long as it lives. For one thread at a time.
    class Share {
    public:
        /// Of no budget: has room for everything.
        Share() = default;
        explicit Share(MemoryAccount account) : account_(std::move(account)) {}
        Share(Share&& other) noexcept;
        Share& operator=(Share&& other) noexcept;
        ~Share() { release(); }

        /// Takes up that much in all from here on. False, and nothing changes, when there is no
        /// room for more.
        [[nodiscard]] bool resize(std::size_t bytes) noexcept;
        void release() noexcept;

    private:
        MemoryAccount account_;
        std::size_t counted_ = 0;
    };

    explicit MemoryBudget(Limits limits) : limits_(limits) {}
    MemoryBudget(const MemoryBudget&) = delete;
    MemoryBudget& operator=(const MemoryBudget&) = delete;
    ~MemoryBudget() = default;

    /// Bytes that are counted now.
    [[nodiscard]] std::size_t counted() const noexcept { return counted_; }

private:
    [[nodiscard]] bool take(const std::string& client, std::size_t bytes) noexcept;
    void give_back(const std::string& client, std::size_t bytes) noexcept;

    Limits limits_;
    std::mutex mutex_;
    std::atomic<std::size_t> counted_{0};
    std::map<std::string, std::size_t> of_clients_;
};

}  // namespace bm
