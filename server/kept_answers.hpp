#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>

namespace bm {

class SessionStream;

/// The answers of all sessions that went out whole and are still there for clients that lost their
/// connection. The oldest make room, so that sessions, which are many, together fill no memory.
/// Thread-safe.
class KeptAnswers {
public:
    explicit KeptAnswers(std::size_t most_bytes) : most_bytes_(most_bytes) {}
    KeptAnswers(const KeptAnswers&) = delete;
    KeptAnswers& operator=(const KeptAnswers&) = delete;
    ~KeptAnswers() = default;

    /// Keeps it until its session forgets it or it has to make room. The caller holds no lock of a
    /// stream.
    void keep(std::weak_ptr<SessionStream> stream, std::size_t bytes);

private:
    struct Kept {
        std::weak_ptr<SessionStream> stream;
        std::size_t bytes = 0;
    };

    std::size_t most_bytes_;
    std::mutex mutex_;
    std::deque<Kept> kept_;  // the oldest in front
    std::size_t bytes_ = 0;
};

}  // namespace bm
