#pragma once

#include <cstddef>
#include <mutex>
#include <string>
#include <string_view>

#include "server/file_descriptor.hpp"
#include "server/memory_budget.hpp"

namespace bm {

/// Bytes on their way from the threads that make them to the one that writes them to a client. A
/// client that does not keep up loses its stream instead of filling the memory. Thread-safe.
class Outbox {
public:
    static constexpr std::size_t default_cap = 4 * std::size_t{1024} * 1024;

    /// What waits, and whether anything will follow it.
    struct Taken {
        std::string bytes;
        bool is_last = false;
        bool is_broken = false;        ///< something that belonged behind them was lost
        MemoryBudget::Share memory{};  ///< what the bytes take up
    };

    /// Throws std::system_error when the process has no descriptors left. What waits counts in the
    /// budget, where there is one.
    explicit Outbox(MemoryAccount account = {}, std::size_t cap = default_cap);

    /// False when the outbox has ended, or ends now because as much waits as the cap or the budget
    /// allows. For the cap the piece itself may be larger.
    bool push(std::string_view bytes);
    /// The same, but what is pushed goes out with what follows: it wakes nobody.
    bool push_quietly(std::string_view bytes);
    /// Nothing follows what was pushed.
    void end();
    /// The reader has gone, or the writer gives up: what waits is dropped.
    void break_off();

    [[nodiscard]] bool has_ended() const;

    /// For the thread that writes: what has come since the last time.
    [[nodiscard]] Taken take();
    /// Readable while there is something to take.
    [[nodiscard]] int fd() const noexcept { return wake_.number(); }

private:
    [[nodiscard]] bool append(std::string_view bytes);
    void wake() const;

    MemoryAccount account_;
    std::size_t cap_;
    FileDescriptor wake_;
    mutable std::mutex mutex_;
    std::string waiting_;
    MemoryBudget::Share memory_;
    bool ended_ = false;
    bool broken_ = false;
};

}  // namespace bm
