#include "cloud/program_start.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <string>
#include <system_error>
#include <vector>

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cloud/program_run.hpp"
#include "repository/descriptor.hpp"

namespace bm {

namespace {

/// All that the child needs, made before it is: between fork and exec nothing may be allocated.
struct ChildPlan {
    const char* file;
    char* const* arguments;
    char* const* environment;
    ProgramStreams streams;
    int report;  ///< gets the errno value when the program cannot be run
    pid_t parent;
};

bool connect(int end, int stream) {
    // The same number would keep its close-on-exec.
    if (end == stream) return ::fcntl(end, F_SETFD, 0) == 0;
    return ::dup2(end, stream) >= 0;
}

bool has_streams(const ChildPlan& plan) {
    const int in = plan.streams.in >= 0 ? plan.streams.in : ::open("/dev/null", O_RDONLY);
    return in >= 0 && connect(in, STDIN_FILENO) && connect(plan.streams.out, STDOUT_FILENO) &&
           connect(plan.streams.err, STDERR_FILENO);
}

void restore_signals() {
    struct sigaction usual {};
    usual.sa_handler = SIG_DFL;
    sigemptyset(&usual.sa_mask);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGXFSZ}) {
        ::sigaction(signal, &usual, nullptr);
    }
    sigset_t none;
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

[[noreturn]] void become(const ChildPlan& plan) {
    ::setpgid(0, 0);
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != plan.parent) ::_exit(127);  // it has ended in between
    restore_signals();
    if (has_streams(plan)) ::execve(plan.file, plan.arguments, plan.environment);
    const int error = errno;
    (void)!::write(plan.report, &error, sizeof error);
    ::_exit(127);
}

/// Until the child has handlers of its own, a signal would run ours in it.
class AllSignalsBlocked {
public:
    AllSignalsBlocked() {
        sigset_t all;
        sigfillset(&all);
        ::pthread_sigmask(SIG_SETMASK, &all, &before_);
    }
    AllSignalsBlocked(const AllSignalsBlocked&) = delete;
    AllSignalsBlocked& operator=(const AllSignalsBlocked&) = delete;
    ~AllSignalsBlocked() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

private:
    sigset_t before_{};
};

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
    std::vector<char*> list;
    list.reserve(texts.size() + 1);
    for (auto& text : texts) list.push_back(text.data());
    list.push_back(nullptr);
    return list;
}

/// Zero when the program runs: then the pipe closes without a word.
int reported_error(int pipe_end) {
    int error = 0;
    ssize_t count = 0;
    do {
        count = ::read(pipe_end, &error, sizeof error);
    } while (count < 0 && errno == EINTR);
    return count == sizeof error ? error : 0;
}

}  // namespace

int start_program_child(const ProgramCall& call, const ProgramStreams& streams, pid_t& child) {
    std::vector<std::string> words{call.file.filename().string()};
    words.insert(words.end(), call.arguments.begin(), call.arguments.end());
    std::vector<std::string> environment = call.environment;
    const auto arguments = pointers_to(words);
    const auto variables = pointers_to(environment);
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
        throw std::system_error(errno, std::generic_category(), "cannot make a pipe");
    }
    const Descriptor report(ends[0]);
    Descriptor told(ends[1]);
    const ChildPlan plan{call.file.c_str(), arguments.data(), variables.data(),
                         streams,           told.number(),    ::getpid()};
    const AllSignalsBlocked quiet;
    child = ::fork();
    if (child < 0) return errno;
    if (child == 0) become(plan);
    told = Descriptor();
    const int error = reported_error(report.number());
    if (error == 0) return 0;
    while (::waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
    }
    child = -1;
    return error;
}

}  // namespace bm
