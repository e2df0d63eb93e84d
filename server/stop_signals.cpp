#include "server/stop_signals.hpp"

#include <array>
#include <atomic>
#include <cerrno>
#include <stdexcept>

#include <signal.h>
#include <unistd.h>

namespace bm {
namespace {

constexpr std::array<int, 3> stopping = {SIGINT, SIGTERM, SIGHUP};

/// A handler can reach nothing but globals.
std::atomic<int> wake_fd{-1};
std::atomic<int> first_signal{0};
static_assert(std::atomic<int>::is_always_lock_free);

void on_stop(int signal) {
    const int saved = errno;
    int none = 0;
    first_signal.compare_exchange_strong(none, signal);
    const char byte = 1;
    [[maybe_unused]] const auto written = ::write(wake_fd, &byte, 1);
    errno = saved;
}

void on_harmless(int) {}

void set_handler(int signal, void (*handler)(int)) {
    struct sigaction action {};
    action.sa_handler = handler;
    action.sa_flags = SA_RESTART;
    sigemptyset(&action.sa_mask);
    ::sigaction(signal, &action, nullptr);
}

}  // namespace

StopSignals::StopSignals() : pipe_(make_wake_pipe()) {
    int none = -1;
    if (!wake_fd.compare_exchange_strong(none, pipe_.write_end.number())) {
        throw std::logic_error("stop signals are caught already");
    }
    first_signal = 0;
    for (const int signal : stopping) set_handler(signal, on_stop);
    // A handler, because being ignored would be inherited by the programs that we start.
    set_handler(SIGPIPE, on_harmless);
}

StopSignals::~StopSignals() {
    for (const int signal : stopping) set_handler(signal, SIG_DFL);
    set_handler(SIGPIPE, SIG_DFL);
    wake_fd = -1;
}

bool StopSignals::was_interrupt() const noexcept { return first_signal == SIGINT; }

void survive_file_size_limit() { set_handler(SIGXFSZ, on_harmless); }

}  // namespace bm
