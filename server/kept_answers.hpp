#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>

#include "server/replay_buffer.hpp"

namespace bm {

class SessionStream;

/// The answers of all sessions that are there for clients that lost their connection. Those that
/// are complete make room, the oldest first, so that sessions, which are many, together fill no
/// memory. Thread-safe; outlives the streams.
class KeptAnswers {
public:
    explicit KeptAnswers(std::size_t most_bytes) : most_bytes_(most_bytes) {}
    KeptAnswers(const KeptAnswers&) = delete;
    KeptAnswers& operator=(const KeptAnswers&) = delete;
    ~KeptAnswers() = default;

    /// Counts the events of each stream, of those too that are not complete yet.
    [[nodiscard]] const std::shared_ptr<ReplayBuffer::Total>& total() const noexcept {
        return total_;
    }
    [[nodiscard]] std::size_t bytes() const noexcept { return *total_; }

    [[nodiscard]] bool is_over() const noexcept { return *total_ > most_bytes_; }

    /// Keeps a complete answer until it is dropped or has to make room. Gives its place, which is
    /// never 0.
    [[nodiscard]] std::uint64_t keep(std::weak_ptr<SessionStream> stream);
    /// It has gone.
    void drop(std::uint64_t place);
    /// Forgets the oldest while there is too much. The caller holds no lock of a stream.
    void make_room();

private:
    [[nodiscard]] std::shared_ptr<SessionStream> take_oldest();

    std::size_t most_bytes_;
    std::shared_ptr<ReplayBuffer::Total> total_ =
        std::make_shared<ReplayBuffer::Total>(std::size_t{0});
    std::mutex mutex_;
    std::map<std::uint64_t, std::weak_ptr<SessionStream>> kept_;  // the oldest in front
    std::uint64_t last_place_ = 0;
};

}  // namespace bm
