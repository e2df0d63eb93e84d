#include "cli/terminal.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <iterator>
#include <memory>
#include <system_error>

#include <unistd.h>
#include <utf8proc.h>

#include "markdown/text.hpp"

namespace bm {

namespace {

using TerminalClock = std::chrono::steady_clock;

constexpr std::ptrdiff_t kErrorsKept = 64;

/// The error that stopped the writing, or 0.
int write_all(int descriptor, std::string_view text) {
    while (!text.empty()) {
        const ssize_t written = ::write(descriptor, text.data(), text.size());
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return written < 0 ? errno : EIO;
        text.remove_prefix(static_cast<std::size_t>(written));
    }
    return 0;
}

/// The length of a colour that styled() makes, at the beginning of the text; 0 for anything else.
std::size_t colour_length(std::string_view text) {
    constexpr std::array<std::string_view, 7> colours{"\x1b[0m",  "\x1b[1m",  "\x1b[2m", "\x1b[31m",
                                                      "\x1b[32m", "\x1b[33m", "\x1b[36m"};
    for (const auto colour : colours) {
        if (text.starts_with(colour)) return colour.size();
    }
    return 0;
}

/// What `make_safe` leaves of it, and the terminal's own colours.
std::string with_colours(std::string_view text, bool has_colours,
                         std::string (*make_safe)(std::string_view)) {
    if (!has_colours) return make_safe(text);
    std::string cell;
    while (!text.empty()) {
        const std::size_t escape = text.find('\x1b');
        cell += make_safe(text.substr(0, escape));
        if (escape == std::string_view::npos) break;
        text.remove_prefix(escape);
        const std::size_t length = colour_length(text);
        cell += length > 0 ? text.substr(0, length) : " ";
        text.remove_prefix(std::max<std::size_t>(1, length));
    }
    return cell;
}

std::string padded(std::string_view text, std::size_t width) {
    std::string cell(text);
    const std::size_t used = display_width(text);
    if (used < width) cell.append(width - used, ' ');
    return cell;
}

}  // namespace

std::size_t display_width(std::string_view text) {
    std::size_t width = 0;
    for (std::size_t at = 0; at < text.size();) {
        if (const std::size_t colour = colour_length(text.substr(at)); colour > 0) {
            at += colour;
            continue;
        }
        const char32_t code_point = next_code_point(text, at);
        width += static_cast<std::size_t>(
            std::max(0, utf8proc_charwidth(static_cast<utf8proc_int32_t>(code_point))));
    }
    return width;
}

Terminal Terminal::of_process(bool colours_wanted) {
    const auto error = std::make_shared<int>(0);
    return Terminal({[error](std::string_view text) {
                         if (*error == 0) *error = write_all(STDOUT_FILENO, text);
                     },
                     [](std::string_view text) { write_all(STDERR_FILENO, text); },
                     isatty(STDOUT_FILENO) == 1, isatty(STDERR_FILENO) == 1, colours_wanted,
                     [error]() -> std::optional<std::string> {
                         // Who reads our output may have gone (`bm ... | head`): that is no loss.
                         if (*error == 0 || *error == EPIPE) return std::nullopt;
                         return std::generic_category().message(*error);
                     }});
}

void Terminal::print(std::string_view text) {
    has_printed_ = has_printed_ || !text.empty();
    streams_.out(text);
}

void Terminal::show(std::string_view text) {
    print(streams_.out_is_terminal ? with_colours(text, shows_colours(), printable_lines)
                                   : std::string(text));
}

void Terminal::line(std::string_view text) {
    const std::string shown = with_colours(text, shows_colours(), printable_lines) + '\n';
    if (!is_reserved_) return print(shown);
    end_progress();
    streams_.err(shown);
}

void Terminal::error(std::string_view text) {
    end_progress();
    // Of very many only the first and the last ones tell what was wrong.
    if (std::ssize(errors_) == kErrorsKept) errors_.erase(errors_.begin() + kErrorsKept / 2);
    errors_.emplace_back(text);
    streams_.err(with_colours(text, shows_colours(), printable_lines) + '\n');
}

std::string Terminal::styled(const char* code, std::string_view text) const {
    const std::string shown = printable(text);
    if (!shows_colours()) return shown;
    return "\x1b[" + std::string(code) + "m" + shown + "\x1b[0m";
}

void Terminal::table(const Table& given) {
    Table table = given;
    for (auto& row : table.rows) {
        for (auto& cell : row) cell = with_colours(cell, shows_colours(), printable);
    }
    std::vector<std::size_t> widths;
    for (const auto& header : table.headers) widths.push_back(display_width(header));
    for (const auto& row : table.rows) {
        for (std::size_t i = 0; i < row.size() && i < widths.size(); ++i) {
            widths[i] = std::max(widths[i], display_width(row[i]));
        }
    }
    if (!table.title.empty()) line(bold(table.title));
    const auto joined = [&](const std::vector<std::string>& cells) {
        std::string text;
        for (std::size_t i = 0; i < cells.size(); ++i) {
            if (i > 0) text += "  ";
            text += i + 1 == cells.size() ? cells[i] : padded(cells[i], widths[i]);
        }
        return std::string(trim_right(text));
    };
    line(bold(joined(table.headers)));
    std::vector<std::string> rules;
    rules.reserve(widths.size());
    for (const std::size_t width : widths) rules.emplace_back(width, '-');
    line(dim(joined(rules)));
    for (const auto& row : table.rows) line(joined(row));
}

void Terminal::progress(std::string_view doing, std::size_t done, std::size_t total) {
    std::string text = std::string(doing) + "  " + std::to_string(done);
    if (total > 0) {
        text += " of " + std::to_string(total) + " (" + std::to_string(done * 100 / total) + "%)";
    }
    progress(text);
}

void Terminal::progress(std::string_view text) {
    if (!streams_.err_is_terminal) return;
    const auto now = TerminalClock::now();
    if (progress_started_ == TerminalClock::time_point{}) progress_started_ = now;
    if (now - progress_started_ < std::chrono::seconds(1) ||
        now - progress_drawn_ < std::chrono::milliseconds(100)) {
        return;
    }
    progress_drawn_ = now;
    progress_visible_ = true;
    streams_.err("\r\x1b[K" + printable(text));
}

void Terminal::end_progress() {
    if (progress_visible_) streams_.err("\r\x1b[K");
    progress_visible_ = false;
    progress_started_ = {};
}

std::string with_home_as_tilde(std::string_view path, std::string_view home) {
    if (home.empty() || !path.starts_with(home)) return std::string(path);
    const std::string_view rest = path.substr(home.size());
    if (!rest.empty() && rest.front() != '/') return std::string(path);
    return "~" + std::string(rest);
}

}  // namespace bm
