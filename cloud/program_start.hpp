#pragma once

#include <sys/types.h>

namespace bm {

struct ProgramCall;

/// The ends of pipes that a program gets as its streams; -1 for its input means /dev/null.
struct ProgramStreams {
    int in = -1;
    int out = -1;
    int err = -1;
};

/// Starts a program as the leader of its own group, with no signal blocked or ignored. It is killed
/// when the calling thread ends: what it does for us must not go on without us. Zero, or an errno
/// value; then there is no child. Throws std::system_error when this process has no descriptors
/// left.
int start_program_child(const ProgramCall& call, const ProgramStreams& streams, pid_t& child);

}  // namespace bm
