#pragma once

#include <atomic>
#include <cstddef>

namespace bm {

/// How much memory may be taken up together by what clients send and by answers that they have not
/// taken yet. What is small is not counted, so that usual requests go on whatever large ones take;
/// how many of those there are, the number of connections limits. Thread-safe; outlives its shares.
class MemoryBudget {
public:
    struct Limits {
        std::size_t total = 128 * std::size_t{1024} * 1024;
        /// What each share may have beside that.
        std::size_t uncounted = 32 * std::size_t{1024};
    };

    /// What one body or one outbox takes, for as long as it lives. For one thread at a time.
    class Share {
    public:
        /// Of no budget: has room for everything.
        Share() = default;
        explicit Share(MemoryBudget* budget) : budget_(budget) {}
        Share(Share&& other) noexcept;
        Share& operator=(Share&& other) noexcept;
        ~Share() { release(); }

        /// Takes up that much in all from here on. False, and nothing changes, when there is no
        /// room for more.
        [[nodiscard]] bool resize(std::size_t bytes) noexcept;
        void release() noexcept;

    private:
        MemoryBudget* budget_ = nullptr;
        std::size_t counted_ = 0;
    };

    explicit MemoryBudget(Limits limits) : limits_(limits) {}
    MemoryBudget(const MemoryBudget&) = delete;
    MemoryBudget& operator=(const MemoryBudget&) = delete;
    ~MemoryBudget() = default;

    /// Bytes that are counted now.
    [[nodiscard]] std::size_t counted() const noexcept { return counted_; }

private:
    [[nodiscard]] bool take(std::size_t bytes) noexcept;

    Limits limits_;
    std::atomic<std::size_t> counted_{0};
};

}  // namespace bm
