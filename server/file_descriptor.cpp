#include "server/file_descriptor.hpp"

#include <array>
#include <cerrno>
#include <system_error>

#include <fcntl.h>

namespace bm {

WakePipe make_wake_pipe() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0) {
        throw std::system_error(errno, std::generic_category(), "cannot make a pipe");
    }
    return {FileDescriptor(ends[0]), FileDescriptor(ends[1])};
}

}  // namespace bm
