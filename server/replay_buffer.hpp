#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace bm {

/// The last events of one stream, for a client that lost its connection. Not thread-safe.
class ReplayBuffer {
public:
    struct Limits {
        std::size_t events = 256;
        std::size_t bytes = 4 * std::size_t{1024} * 1024;
    };
    struct Event {
        std::uint64_t number;
        std::string bytes;
    };

    /// The bytes that all buffers of one server hold.
    using Total = std::atomic<std::size_t>;

    explicit ReplayBuffer(Limits limits, std::shared_ptr<Total> total = nullptr)
        : limits_(limits), total_(std::move(total)) {}
    ReplayBuffer(const ReplayBuffer&) = delete;
    ReplayBuffer& operator=(const ReplayBuffer&) = delete;
    ~ReplayBuffer() { clear(); }

    /// Numbers grow by one from 1 on. The oldest make room.
    [[nodiscard]] std::uint64_t next_number() const noexcept { return last_ + 1; }
    void add(std::string bytes);

    /// What came after the event of this number, in order. Nothing when it never was, or when
    /// something behind it is gone: a gap would look like silence.
    [[nodiscard]] std::optional<std::string> after(std::uint64_t number) const;

    /// Drops all, as if they had made room.
    void clear() noexcept;

    [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }
    [[nodiscard]] std::size_t size() const noexcept { return events_.size(); }

private:
    void drop_oldest() noexcept;

    Limits limits_;
    std::shared_ptr<Total> total_;
    std::deque<Event> events_;
    std::size_t bytes_ = 0;
    std::uint64_t last_ = 0;
};

}  // namespace bm
