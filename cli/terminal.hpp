#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "markdown/printable_text.hpp"

namespace bm {

/// Columns that a text takes on a terminal: wide characters count two, combining ones and colours
/// none.
std::size_t display_width(std::string_view text);

/// What a command prints to. Results go to `out`, everything that stops a command to `err`. Colours
/// and progress appear on a terminal only. Remembers what was said when a command failed. One
/// thread.
class Terminal {
public:
    using Writer = std::function<void(std::string_view)>;
    struct Streams {
        Writer out;
        Writer err;
        bool out_is_terminal = false;
        bool err_is_terminal = false;
        bool colours = false;  ///< wanted on terminals (NO_COLOR is unset)
        /// Why not all of the output arrived; none when it did, or when nobody reads it any more.
        std::function<std::optional<std::string>()> lost_output = {};
    };

    explicit Terminal(Streams streams) : streams_(std::move(streams)) {}

    /// Standard output and error of this process.
    static Terminal of_process(bool colours_wanted);

    /// As it is, for what a program reads and for what the user asked to see byte by byte.
    void print(std::string_view text);
    /// A text that was asked for: as it is where a program reads it; on a terminal made printable
    /// as by line().
    void show(std::string_view text);
    /// One line or several, made printable: whatever names and messages of others are in it, they
    /// do nothing to the terminal. Its colours stay.
    void line(std::string_view text);
    /// The same on the error stream.
    void error(std::string_view text);
    [[nodiscard]] std::optional<std::string> lost_output() const {
        return streams_.lost_output ? streams_.lost_output() : std::nullopt;
    }
    /// From now on.
    void drop_colours() noexcept { streams_.colours = false; }
    /// Standard output is for one JSON object from now on, which print() gets: lines for people go
    /// to the error stream, and nobody is asked.
    void reserve_output() noexcept { is_reserved_ = true; }
    [[nodiscard]] bool is_interactive() const noexcept {
        return streams_.out_is_terminal && !is_reserved_;
    }

    /// The name for scripts of what is wrong, such as `project_not_found`.
    void name_failure(std::string_view code) { failure_code_ = code; }
    [[nodiscard]] const std::string& failure_code() const noexcept { return failure_code_; }
    /// What error() was given, in that order; of very many the first and the last ones.
    [[nodiscard]] const std::vector<std::string>& errors() const noexcept { return errors_; }
    [[nodiscard]] bool has_printed() const noexcept { return has_printed_; }

    [[nodiscard]] std::string bold(std::string_view text) const { return styled("1", text); }
    [[nodiscard]] std::string dim(std::string_view text) const { return styled("2", text); }
    [[nodiscard]] std::string green(std::string_view text) const { return styled("32", text); }
    [[nodiscard]] std::string yellow(std::string_view text) const { return styled("33", text); }
    [[nodiscard]] std::string red(std::string_view text) const { return styled("31", text); }
    [[nodiscard]] std::string cyan(std::string_view text) const { return styled("36", text); }

    struct Table {
        std::string title;
        std::vector<std::string> headers;
        std::vector<std::vector<std::string>> rows;
    };
    /// Aligned columns under their headers, whatever the width of the terminal. Cells are made
    /// printable; the colours of this terminal stay.
    void table(const Table& table);

    /// One line on a terminal's error stream that is drawn again in place, at most ten times a
    /// second and only when the work takes more than a second. Nothing elsewhere.
    void progress(std::string_view doing, std::size_t done, std::size_t total);
    void progress(std::string_view text);
    [[nodiscard]] bool shows_progress() const noexcept { return streams_.err_is_terminal; }
    void end_progress();

private:
    [[nodiscard]] std::string styled(const char* code, std::string_view text) const;
    [[nodiscard]] bool shows_colours() const noexcept {
        return is_interactive() && streams_.colours;
    }

    Streams streams_;
    std::vector<std::string> errors_;
    std::string failure_code_;
    bool has_printed_ = false;
    bool is_reserved_ = false;
    std::chrono::steady_clock::time_point progress_started_{};
    std::chrono::steady_clock::time_point progress_drawn_{};
    bool progress_visible_ = false;
};

/// `~` in front of paths below the home directory, for people to read.
std::string with_home_as_tilde(std::string_view path, std::string_view home);

}  // namespace bm
