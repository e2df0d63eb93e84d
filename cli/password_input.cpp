#include "cli/password_input.hpp"

#include <array>
#include <csignal>
#include <cstddef>
#include <iostream>
#include <optional>

#include <termios.h>
#include <unistd.h>

namespace bm {

namespace {

constexpr std::array<int, 4> kEndingSignals{SIGINT, SIGQUIT, SIGTERM, SIGHUP};

// For the handler of signals, which has nothing else to look at.
termios shown_terminal{};

void show_and_end(int signal) {
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown_terminal);
    std::signal(signal, SIG_DFL);
    std::raise(signal);
}

/// Keeps the terminal from showing what is typed, and shows it again however the program ends.
class SilentTerminal {
public:
    SilentTerminal() {
        if (tcgetattr(STDIN_FILENO, &shown_terminal) != 0) return;
        for (std::size_t i = 0; i < kEndingSignals.size(); ++i)
            handlers_[i] = std::signal(kEndingSignals[i], show_and_end);
        // Whoever came back to a stopped program would type in sight.
        stop_handler_ = std::signal(SIGTSTP, SIG_IGN);
        termios silent = shown_terminal;
        silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
        changed_ = true;
    }
    ~SilentTerminal() {
        if (!changed_) return;
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown_terminal);
        for (std::size_t i = 0; i < kEndingSignals.size(); ++i)
            std::signal(kEndingSignals[i], handlers_[i]);
        std::signal(SIGTSTP, stop_handler_);
    }
    SilentTerminal(const SilentTerminal&) = delete;
    SilentTerminal& operator=(const SilentTerminal&) = delete;

private:
    using Handler = void (*)(int);
    std::array<Handler, kEndingSignals.size()> handlers_{};
    Handler stop_handler_ = nullptr;
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
