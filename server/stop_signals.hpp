#pragma once

#include "server/file_descriptor.hpp"

namespace bm {

/// Turns the signals that ask a program to end (SIGINT, SIGTERM, SIGHUP) into a descriptor that
/// becomes readable, for as long as it lives. A broken pipe no longer kills the program meanwhile.
/// Programs that we start get the signals' usual meaning. At most one exists at a time.
class StopSignals {
public:
    StopSignals();
    StopSignals(const StopSignals&) = delete;
    StopSignals& operator=(const StopSignals&) = delete;
    ~StopSignals();

    /// Readable from the first such signal on. Nobody reads from it.
    [[nodiscard]] int fd() const noexcept { return pipe_.read_end.number(); }

    /// Whether the first of them was SIGINT (Ctrl+C).
    [[nodiscard]] bool was_interrupt() const noexcept;

private:
    WakePipe pipe_;
};

/// Makes a write that reaches the limit on the size of files (ulimit -f) fail, as on a full disk,
/// instead of killing the program.
void survive_file_size_limit();

}  // namespace bm
