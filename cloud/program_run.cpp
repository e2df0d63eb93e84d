#include "cloud/program_run.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cloud/program_start.hpp"
#include "repository/descriptor.hpp"

namespace bm {

namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::size_t kLongestLine = 1U << 20U;

struct ProgramPipe {
    Descriptor read_end;
    Descriptor write_end;
};

ProgramPipe make_pipe() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
        throw std::system_error(errno, std::generic_category(), "cannot make a pipe");
    }
    return {Descriptor(ends[0]), Descriptor(ends[1])};
}

void do_not_block(const Descriptor& end) {
    ::fcntl(end.number(), F_SETFL, ::fcntl(end.number(), F_GETFL) | O_NONBLOCK);
}

/// Cuts what comes out of a program into lines.
class LineCutter {
public:
    explicit LineCutter(const LineSink& sink) : sink_(sink) {}

    void add(std::string_view bytes) {
        while (!bytes.empty()) {
            const auto end = bytes.find('\n');
            if (end == std::string_view::npos) {
                pending_ += bytes;
                if (pending_.size() > kLongestLine) flush();
                return;
            }
            pending_ += bytes.substr(0, end);
            give();
            bytes.remove_prefix(end + 1);
        }
    }
    void flush() {
        if (!pending_.empty()) give();
    }

private:
    void give() {
        if (pending_.ends_with('\r')) pending_.pop_back();
        if (sink_) sink_(pending_);
        pending_.clear();
    }

    const LineSink& sink_;
    std::string pending_;
};

/// A program that runs, until it has been waited for.
class RunningProgram {
public:
    RunningProgram(const ProgramCall& call, const LineSink& out, const LineSink& err,
                   const ProgramLimits& limits)
        : call_(call), limits_(limits), out_cutter_(out), err_cutter_(err) {}

    ProgramEnd run() {
        if (const int error = start(); error != 0) return {error, -1, 0, false};
        if (call_.output_file.empty()) {
            while (out_ || err_) step();
        } else {
            while (!has_ended()) step();
        }
        reap();
        return end_;
    }

private:
    int start() {
        if (!call_.output_file.empty()) return start_into_file();
        auto out = make_pipe();
        auto err = make_pipe();
        ProgramPipe in;
        if (!call_.input.empty()) {
            in = make_pipe();
            do_not_block(in.write_end);
        }
        const int error = start_program_child(call_,
                                              {in.read_end ? in.read_end.number() : -1,
                                               out.write_end.number(), err.write_end.number()},
                                              child_);
        if (error != 0) return error;
        do_not_block(out.read_end);
        do_not_block(err.read_end);
        in_ = std::move(in.write_end);
        out_ = std::move(out.read_end);
        err_ = std::move(err.read_end);
        started_ = SteadyClock::now();
        return 0;
    }

    int start_into_file() {
        const Descriptor file(
            ::open(call_.output_file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
        if (!file) return errno;
        started_ = SteadyClock::now();
        return start_program_child(call_, {-1, file.number(), file.number()}, child_);
    }

    [[nodiscard]] bool has_ended() const {
        siginfo_t seen{};
        return ::waitid(P_PID, static_cast<id_t>(child_), &seen, WEXITED | WNOHANG | WNOWAIT) !=
                   0 ||
               seen.si_pid == child_;
    }

    void step() {
        std::array<pollfd, 4> sources{
            {{out_ ? out_.number() : -1, POLLIN, 0},
             {err_ ? err_.number() : -1, POLLIN, 0},
             {in_ ? in_.number() : -1, POLLOUT, 0},
             {stops_seen_ == 0 ? limits_.stop.descriptor : -1, POLLIN, 0}}};
        constexpr int look_again_ms = 200;
        const bool has_deadline = stops_seen_ > 0 || limits_.longest || !out_;
        const int ready = ::poll(sources.data(), sources.size(), has_deadline ? look_again_ms : -1);
        if (ready < 0 && errno != EINTR) {
            throw std::system_error(errno, std::generic_category(), "poll");
        }
        if (ready > 0) {
            if (sources[0].revents != 0) take(out_, out_cutter_);
            if (sources[1].revents != 0) take(err_, err_cutter_);
            if (sources[2].revents != 0) give_input();
        }
        obey_limits();
    }

    static void take(Descriptor& from, LineCutter& cutter) {
        std::array<char, 65536> buffer;  // NOLINT: filled by read
        const ssize_t count = ::read(from.number(), buffer.data(), buffer.size());
        if (count > 0) {
            cutter.add({buffer.data(), static_cast<std::size_t>(count)});
        } else if (count == 0 || (errno != EAGAIN && errno != EINTR)) {
            cutter.flush();
            from = Descriptor();
        }
    }

    void give_input() {
        const std::string_view rest = std::string_view(call_.input).substr(given_);
        const ssize_t count = ::write(in_.number(), rest.data(), rest.size());
        if (count > 0) given_ += static_cast<std::size_t>(count);
        const bool is_broken = count < 0 && errno != EAGAIN && errno != EINTR;
        if (is_broken || given_ == call_.input.size()) in_ = Descriptor();
    }

    void obey_limits() {
        const auto now = SteadyClock::now();
        if (limits_.longest && now - started_ > *limits_.longest) kill_it();
        const int stops = limits_.stop.count();
        if (stops > stops_seen_) {
            if (stops_seen_ == 0 && stops == 1) {
                ::kill(-child_, SIGINT);  // and whatever it has started: it leads its group
                asked_at_ = now;
                end_.was_stopped = true;
            } else {
                kill_it();
            }
            stops_seen_ = stops;
        }
        if (stops_seen_ > 0 && now - asked_at_ > limits_.grace) kill_it();
    }

    /// With whatever it has started itself: they hold our pipes open.
    void kill_it() {
        end_.was_stopped = true;
        ::kill(-child_, SIGKILL);
    }

    void reap() {
        int status = 0;
        while (::waitpid(child_, &status, 0) < 0 && errno == EINTR) {
        }
        if (WIFEXITED(status)) end_.exit_code = WEXITSTATUS(status);
        if (WIFSIGNALED(status)) end_.signal = WTERMSIG(status);
    }

    const ProgramCall& call_;
    const ProgramLimits& limits_;
    LineCutter out_cutter_;
    LineCutter err_cutter_;
    Descriptor in_;
    Descriptor out_;
    Descriptor err_;
    std::size_t given_ = 0;
    pid_t child_ = -1;
    int stops_seen_ = 0;
    SteadyClock::time_point started_{};
    SteadyClock::time_point asked_at_{};
    ProgramEnd end_;
};

/// A write to a program that has ended must not end us.
class PipeSignalIgnored {
public:
    PipeSignalIgnored() {
        struct sigaction action {};
        action.sa_handler = [](int) {};
        sigemptyset(&action.sa_mask);
        ::sigaction(SIGPIPE, &action, &before_);
    }
    PipeSignalIgnored(const PipeSignalIgnored&) = delete;
    PipeSignalIgnored& operator=(const PipeSignalIgnored&) = delete;
    ~PipeSignalIgnored() { ::sigaction(SIGPIPE, &before_, nullptr); }

private:
    struct sigaction before_ {};
};

}  // namespace

int StopRequest::count() const noexcept {
    int waiting = 0;
    if (descriptor < 0 || ::ioctl(descriptor, FIONREAD, &waiting) != 0) return 0;
    return waiting;
}

ProgramEnd run_program(const ProgramCall& call, const LineSink& out, const LineSink& err,
                       const ProgramLimits& limits) {
    const PipeSignalIgnored no_pipe_signal;
    return RunningProgram(call, out, err, limits).run();
}

}  // namespace bm
