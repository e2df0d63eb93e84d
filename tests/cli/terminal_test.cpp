#include "cli/terminal.hpp"

#include <algorithm>

#include <doctest/doctest.h>

namespace bm {
namespace {

struct Captured {
    std::string out, err;
    Terminal terminal(bool is_terminal, bool colours) {
        return Terminal({[this](std::string_view text) { out += text; },
                         [this](std::string_view text) { err += text; }, is_terminal, is_terminal,
                         colours});
    }
};

TEST_CASE("wide and combining characters are counted as a terminal shows them") {
    CHECK(display_width("abc") == 3);
    CHECK(display_width("日本") == 4);
    CHECK(display_width("e\xcc\x81") == 1);
    CHECK(display_width("") == 0);
}

TEST_CASE("a table is aligned whatever its cells hold") {
    Captured captured;
    captured.terminal(false, true)
        .table({"Title", {"Name", "Path"}, {{"a", "/x"}, {"日本", "/y"}, {"long name", ""}}});
    CHECK(captured.out ==
          "Title\n"
          "Name       Path\n"
          "---------  ----\n"
          "a          /x\n"
          "日本       /y\n"
          "long name\n");
}

TEST_CASE("coloured cells are as wide as they look") {
    Captured captured;
    auto terminal = captured.terminal(true, true);
    CHECK(display_width(terminal.yellow("warn")) == 4);
    terminal.table({"", {"Status", "Errors"}, {{terminal.yellow("warn"), "1"}, {"x", "2"}}});
    CHECK(captured.out ==
          "\x1b[1mStatus  Errors\x1b[0m\n"
          "\x1b[2m------  ------\x1b[0m\n"
          "\x1b[33mwarn\x1b[0m    1\n"
          "x       2\n");
}

TEST_CASE("names cannot tell a terminal what to do") {
    CHECK(printable("a\x1b[2Jb\a\nc\x7f") == "a [2Jb  c ");
    CHECK(printable("\xc2\x9b"
                    "2J \xe2\x80\xae"
                    "x") == " 2J  x");
    CHECK(printable("日本 é") == "日本 é");
    Captured captured;
    auto terminal = captured.terminal(true, true);
    CHECK(terminal.bold("x\x1b[0m\n") == "\x1b[1mx [0m \x1b[0m");
    terminal.table({"", {"Name", "Path"}, {{"a\x1b]0;pwned\a\nb", "\x1b[2J/x"}}});
    CHECK(captured.out.find("\x1b]") == std::string::npos);
    CHECK(captured.out.find("\x1b[2J") == std::string::npos);
    CHECK(std::count(captured.out.begin(), captured.out.end(), '\n') == 3);
    captured.out.clear();
    captured.terminal(false, false).table({"", {"Name"}, {{"\x1b[33mx"}}});
    CHECK(captured.out.find('\x1b') == std::string::npos);
}

TEST_CASE("whatever is in a line or a message, only the terminal's own colours get through") {
    for (const bool has_colours : {true, false}) {
        CAPTURE(has_colours);
        Captured captured;
        auto terminal = captured.terminal(true, has_colours);
        const std::string evil =
            "a\x1b]0;pwned\a\xc2\x9b"
            "2J\tb\r\nc\rd\xff";
        terminal.line(terminal.yellow("warn") + evil);
        terminal.error(evil);
        terminal.show(evil);
        const std::string shown = "a ]0;pwned  2J\tb\r\nc d\xef\xbf\xbd";
        const std::string warn = has_colours ? "\x1b[33mwarn\x1b[0m" : "warn";
        CHECK(captured.out == warn + shown + "\n" + shown);
        CHECK(captured.err == shown + "\n");
    }
}

TEST_CASE("a text that was asked for reaches a program as it is") {
    Captured captured;
    auto terminal = captured.terminal(false, false);
    terminal.show("a\x1b[2J\r\nb");
    CHECK(captured.out == "a\x1b[2J\r\nb");
}

TEST_CASE("of very many messages the first and the last ones are remembered") {
    Captured captured;
    auto terminal = captured.terminal(false, false);
    constexpr std::size_t many = 100'000;
    for (std::size_t i = 0; i < many; ++i) terminal.error("Skipped line " + std::to_string(i));
    CHECK(terminal.errors().size() <= 64);
    CHECK(terminal.errors().front() == "Skipped line 0");
    CHECK(terminal.errors().back() == "Skipped line 99999");
    CHECK(std::count(captured.err.begin(), captured.err.end(), '\n') == many);
}

TEST_CASE("where standard output is for one object, lines for people go beside it") {
    Captured captured;
    auto terminal = captured.terminal(true, true);
    terminal.reserve_output();
    CHECK_FALSE(terminal.is_interactive());
    terminal.line(terminal.bold("Step 1"));
    CHECK_FALSE(terminal.has_printed());
    terminal.print("{}\n");
    CHECK(captured.out == "{}\n");
    CHECK(captured.err == "Step 1\n");
    CHECK(terminal.errors().empty());
}

TEST_CASE("colours appear on a terminal that wants them only") {
    Captured captured;
    CHECK(captured.terminal(true, true).bold("x") == "\x1b[1mx\x1b[0m");
    CHECK(captured.terminal(true, false).bold("x") == "x");
    CHECK(captured.terminal(false, true).bold("x") == "x");
}

TEST_CASE("progress is silent away from a terminal and in its first second") {
    Captured captured;
    auto piped = captured.terminal(false, false);
    piped.progress("Indexing", 1, 2);
    auto quick = captured.terminal(true, false);
    quick.progress("Indexing", 1, 2);
    quick.end_progress();
    CHECK(captured.err.empty());
}

TEST_CASE("paths below the home directory are shown with a tilde") {
    CHECK(with_home_as_tilde("/home/ada/notes", "/home/ada") == "~/notes");
    CHECK(with_home_as_tilde("/home/ada", "/home/ada") == "~");
    CHECK(with_home_as_tilde("/home/adam", "/home/ada") == "/home/adam");
    CHECK(with_home_as_tilde("/x", "") == "/x");
}

}  // namespace
}  // namespace bm
