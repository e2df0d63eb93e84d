#pragma once

#include <cerrno>
#include <csignal>
#include <functional>
#include <stdexcept>

#include <sys/wait.h>
#include <unistd.h>

namespace bm::test {

/// Runs `work` in a process of its own; its result becomes the exit code. For tests about several
/// processes: fork before threads are started.
class ChildProcess {
public:
    explicit ChildProcess(const std::function<int()>& work) : id_(::fork()) {
        if (id_ < 0) throw std::runtime_error("fork");
        if (id_ > 0) return;
        int code = 99;
        try {
            code = work();
        } catch (...) {
            code = 98;  // nothing may unwind into the test framework of the parent
        }
        ::_exit(code);
    }
    ~ChildProcess() {
        if (id_ > 0) {
            kill();
            wait();
        }
    }
    ChildProcess(const ChildProcess&) = delete;
    ChildProcess& operator=(const ChildProcess&) = delete;

    /// The exit code, or -1 when a signal ended it.
    int wait() {
        int status = 0;
        while (id_ > 0 && ::waitpid(id_, &status, 0) < 0 && errno == EINTR) {
        }
        id_ = 0;
        return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    }
    void kill() const { ::kill(id_, SIGKILL); }
    [[nodiscard]] pid_t id() const noexcept { return id_; }

private:
    pid_t id_;
};

/// A pipe for one-byte signals between processes.
class Signal {
public:
    Signal() {
        if (::pipe(ends_) != 0) throw std::runtime_error("pipe");
    }
    ~Signal() {
        ::close(ends_[0]);
        ::close(ends_[1]);
    }
    Signal(const Signal&) = delete;
    Signal& operator=(const Signal&) = delete;

    void give() const {
        const char byte = 'x';
        [[maybe_unused]] const auto written = ::write(ends_[1], &byte, 1);
    }
    void await() const {
        char byte = 0;
        while (::read(ends_[0], &byte, 1) < 0 && errno == EINTR) {
        }
    }

private:
    int ends_[2];
};

}  // namespace bm::test
