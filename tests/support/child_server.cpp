#include "tests/support/child_server.hpp"

#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "server/rate_limit.hpp"
#include "tests/support/pipe_client.hpp"

namespace bm::test {

ChildServer::ChildServer(const std::string& program, const std::vector<std::string>& arguments,
                         const ChildWiring& wiring) {
    PipePair in = wiring.sockets ? make_socket_pair() : make_pipe();
    PipePair out = wiring.sockets ? make_socket_pair() : make_pipe();
    PipePair err = make_pipe();
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, in.read_end.number(), STDIN_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions, out.write_end.number(), STDOUT_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions, err.write_end.number(), STDERR_FILENO);
    for (const int fd : wiring.closed) ::posix_spawn_file_actions_addclose(&actions, fd);
    std::vector<std::string> words = {program};
    words.insert(words.end(), arguments.begin(), arguments.end());
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    const int failed =
        ::posix_spawn(&pid_, program.c_str(), &actions, nullptr, argv.data(), environ);
    ::posix_spawn_file_actions_destroy(&actions);
    if (failed != 0)
        throw std::system_error(failed, std::generic_category(), "cannot start " + program);
    to_server = std::move(in.write_end);
    from_server = std::move(out.read_end);
    errors = std::move(err.read_end);
}

ChildServer::~ChildServer() {
    if (pid_ < 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
}

void ChildServer::send_signal(int signal) const { ::kill(pid_, signal); }

std::optional<ChildServer::Exit> ChildServer::wait(std::chrono::milliseconds limit) {
    const Moment began = steady_now();
    for (;;) {
        int status = 0;
        if (::waitpid(pid_, &status, WNOHANG) == pid_) {
            pid_ = -1;
            const auto after =
                std::chrono::duration_cast<std::chrono::milliseconds>(steady_now() - began);
            return Exit{WIFEXITED(status) ? WEXITSTATUS(status) : -1, after};
        }
        if (steady_now() - began > limit) return std::nullopt;
        ::usleep(1000);  // there is no portable wait for a child with a time limit
    }
}

std::string ChildServer::error_text() {
    std::string text;
    std::array<char, 4096> bytes{};
    for (;;) {
        const ssize_t count = ::read(errors.number(), bytes.data(), bytes.size());
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return text;
        text.append(bytes.data(), static_cast<std::size_t>(count));
    }
}

}  // namespace bm::test
