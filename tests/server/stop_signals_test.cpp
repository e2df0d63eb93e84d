#include "server/stop_signals.hpp"

#include <array>
#include <stdexcept>

#include <doctest/doctest.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

namespace {

bool is_readable(int fd) {
    pollfd one{fd, POLLIN, 0};
    return ::poll(&one, 1, 0) == 1;
}

}  // namespace

TEST_CASE("each signal that asks to end makes the descriptor readable") {
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
        CAPTURE(signal);
        const bm::StopSignals signals;
        CHECK_FALSE(is_readable(signals.fd()));
        ::raise(signal);
        CHECK(is_readable(signals.fd()));
        ::raise(signal);
        CHECK(is_readable(signals.fd()));
    }
}

TEST_CASE("a broken pipe is an error of the write and not the end") {
    const bm::StopSignals signals;
    std::array<int, 2> ends{};
    REQUIRE(::pipe(ends.data()) == 0);
    ::close(ends[0]);
    CHECK(::write(ends[1], "x", 1) == -1);
    ::close(ends[1]);
    CHECK_FALSE(is_readable(signals.fd()));
}

TEST_CASE("signals are caught once at a time") {
    {
        const bm::StopSignals signals;
        CHECK_THROWS_AS(bm::StopSignals(), std::logic_error);
    }
    const bm::StopSignals again;
    CHECK_FALSE(is_readable(again.fd()));
}
