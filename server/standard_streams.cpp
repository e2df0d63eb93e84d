#include "server/standard_streams.hpp"

#include <array>

#include <fcntl.h>
#include <unistd.h>

namespace bm {
namespace {

bool is_open_for(int fd, int unwanted_direction) {
    const int flags = ::fcntl(fd, F_GETFL);
    return flags >= 0 && (flags & O_ACCMODE) != unwanted_direction;
}

bool standard_input_is_readable() { return is_open_for(STDIN_FILENO, O_WRONLY); }
bool standard_output_is_writable() { return is_open_for(STDOUT_FILENO, O_RDONLY); }

}  // namespace

void occupy_closed_standard_streams() {
    constexpr std::array<int, 3> standard = {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO};
    for (const int fd : standard) {
        if (::fcntl(fd, F_GETFD) >= 0) continue;
        // The lowest free number is this one: those below it are open by now.
        [[maybe_unused]] const int opened =
            ::open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
    }
}

std::optional<std::string> unusable_standard_streams() {
    const bool reads = standard_input_is_readable();
    const bool writes = standard_output_is_writable();
    if (reads && writes) return std::nullopt;
    const char* which = "standard output is";
    if (!reads) which = writes ? "standard input is" : "standard input and standard output are";
    return std::string("The server speaks with its client over standard input and output, but ") +
           which + " closed";
}

FileDescriptor claim_standard_output() {
    if (!standard_output_is_writable()) return {};
    // Whatever still sits in a buffer of the C library follows to standard error: it is no message.
    FileDescriptor ours(::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3));
    if (!ours) return ours;
    if (::dup2(STDERR_FILENO, STDOUT_FILENO) < 0) {
        const FileDescriptor nowhere(::open("/dev/null", O_WRONLY | O_CLOEXEC));
        if (!nowhere || ::dup2(nowhere.number(), STDOUT_FILENO) < 0) return {};
    }
    return ours;
}

FileDescriptor claim_standard_input() {
    if (!standard_input_is_readable()) return {};
    return FileDescriptor(::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3));
}

}  // namespace bm
