#include "cli/password_input.hpp"

#include <iostream>
#include <optional>

#include <termios.h>
#include <unistd.h>

namespace bm {

namespace {

/// Keeps the terminal from showing what is typed.
class SilentTerminal {
public:
    SilentTerminal() {
        if (tcgetattr(STDIN_FILENO, &before_) != 0) return;
        termios silent = before_;
        silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
        changed_ = tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent) == 0;
    }
    ~SilentTerminal() {
        if (changed_) tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
    }
    SilentTerminal(const SilentTerminal&) = delete;
    SilentTerminal& operator=(const SilentTerminal&) = delete;

private:
    termios before_{};
    bool changed_ = false;
};

std::optional<std::string> password_line() {
    std::string line;
    if (!std::getline(std::cin, line)) return std::nullopt;
    if (line.ends_with('\r')) line.pop_back();
    return line;
}

std::optional<std::string> asked_password(const std::string& question) {
    std::cerr << question << std::flush;
    const SilentTerminal silent;
    auto line = password_line();
    std::cerr << '\n';
    return line;
}

}  // namespace

Result<std::string> read_new_password(Terminal& terminal) {
    if (isatty(STDIN_FILENO) != 1) {
        if (auto line = password_line()) return *line;
        return fail(Fault::invalid, "No password came from standard input.");
    }
    terminal.error("At least 10 characters. Several words are better than one strange one.");
    const auto first = asked_password("New password: ");
    const auto second = first ? asked_password("Once more: ") : std::nullopt;
    if (!second) return fail(Fault::invalid, "No password was typed.");
    if (*first != *second) return fail(Fault::invalid, "The two passwords differ.");
    return *first;
}

}  // namespace bm
