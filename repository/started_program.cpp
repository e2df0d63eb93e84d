#include "repository/started_program.hpp"

#include <cerrno>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace bm {

bool start_program(const std::vector<std::string>& words) {
    // The child of a child belongs to nobody who would have to wait for it.
    const pid_t between = ::fork();
    if (between < 0) return false;
    if (between == 0) {
        ::setsid();
        std::vector<char*> arguments;
        for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
        arguments.push_back(nullptr);
        posix_spawn_file_actions_t actions{};
        posix_spawn_file_actions_init(&actions);
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
        posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
        posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
        pid_t child = 0;
        const int error = ::posix_spawnp(&child, arguments.front(), &actions, nullptr,
                                         arguments.data(), ::environ);
        ::_exit(error == 0 ? 0 : 1);
    }
    int status = 0;
    while (::waitpid(between, &status, 0) < 0) {
        if (errno != EINTR) return false;
    }
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace bm
