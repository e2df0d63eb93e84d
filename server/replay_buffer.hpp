#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>

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

    explicit ReplayBuffer(Limits limits) : limits_(limits) {}

    /// Numbers grow by one from 1 on. The oldest make room.
    [[nodiscard]] std::uint64_t next_number() const noexcept { return last_ + 1; }
    void add(std::string bytes);

    /// What came after the event of this number, in order. Nothing when it never was, or when
    /// something behind it is gone: a gap would look like silence.
    [[nodiscard]] std::optional<std::string> after(std::uint64_t number) const;

    [[nodiscard]] std::size_t size() const noexcept { return events_.size(); }

private:
    Limits limits_;
    std::deque<Event> events_;
    std::size_t bytes_ = 0;
    std::uint64_t last_ = 0;
};

}  // namespace bm
