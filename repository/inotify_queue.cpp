#include "repository/inotify_queue.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <string>
#include <system_error>

#include <sys/inotify.h>
#include <unistd.h>

namespace bm {

namespace {

constexpr std::size_t kEventBytes = 16 * 1024;
// Whoever is written to without pause must get to work, too.
constexpr int kMostReads = 64;

}  // namespace

InotifyQueue::InotifyQueue(std::size_t most_watches)
    : instance_(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK)), most_watches_(most_watches) {
    if (!instance_) throw std::system_error(errno, std::generic_category(), "inotify_init");
}

int InotifyQueue::watch(const std::filesystem::path& path, std::uint32_t mask) {
    const int watch = ::inotify_add_watch(instance_.number(), path.c_str(), mask | IN_MASK_ADD);
    if (watch < 0) return watch;
    const auto [known, is_new] = owners_.try_emplace(watch, 0);
    ++known->second;
    if (is_new && owners_.size() > most_watches_) {
        forget(watch);
        errno = ENOSPC;
        return -1;
    }
    return watch;
}

int InotifyQueue::watch_open_folder(int folder, std::uint32_t mask) {
    // What is open cannot be swapped for a link meanwhile, and its path may have any length.
    return watch("/proc/self/fd/" + std::to_string(folder), mask);
}

void InotifyQueue::forget(int watch) {
    const auto known = owners_.find(watch);
    if (known == owners_.end() || --known->second > 0) return;
    owners_.erase(known);
    ::inotify_rm_watch(instance_.number(), watch);
}

void InotifyQueue::drain(const Seen& seen) {
    alignas(inotify_event) std::array<char, kEventBytes> buffer;
    for (int reads = 0; reads < kMostReads; ++reads) {
        const ssize_t size = ::read(instance_.number(), buffer.data(), buffer.size());
        if (size <= 0) return;
        for (std::size_t at = 0; at < static_cast<std::size_t>(size);) {
            inotify_event event{};
            std::memcpy(&event, buffer.data() + at, sizeof event);
            const char* name = buffer.data() + at + sizeof event;
            if ((event.mask & IN_IGNORED) != 0) owners_.erase(event.wd);
            seen(event.wd, event.mask,
                 event.len == 0 ? std::string_view() : std::string_view(name));
            at += sizeof event + event.len;
        }
    }
}

}  // namespace bm
