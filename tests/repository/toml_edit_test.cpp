#include "repository/toml_edit.hpp"

#include <doctest/doctest.h>

#include "repository/toml_reader.hpp"

namespace bm {
namespace {

const TomlPath kPlace{"mcp_servers", "basic-memory"};

std::string with(std::string_view text, const std::vector<TomlValue>& values) {
    const auto edited = with_toml_values(text, kPlace, values);
    return edited ? *edited : "refused: " + edited.error().message;
}

std::string without(std::string_view text) {
    const auto edited = without_toml_table(text, kPlace);
    return edited ? *edited : "refused: " + edited.error().message;
}

TEST_CASE("a new table stands at the end, and taking it out leaves what was there") {
    const std::string before = "# mine\nmodel = \"o3\" # why\n\n[tui]\nx = [1, 2]\n";
    const std::string after = with(before, {{"command", toml_text("bm")}, {"args", "[\"mcp\"]"}});
    CHECK(after == before + "\n[mcp_servers.basic-memory]\ncommand = \"bm\"\nargs = [\"mcp\"]\n");
    CHECK(without(after) == before);
    CHECK(with("", {{"command", "\"bm\""}}) == "[mcp_servers.basic-memory]\ncommand = \"bm\"\n");
    CHECK(with("a = 1", {{"x", "1"}}) == "a = 1\n\n[mcp_servers.basic-memory]\nx = 1\n");
    CHECK(with("a = 1\r\n", {{"x", "1"}}) ==
          "a = 1\r\n\r\n[mcp_servers.basic-memory]\r\nx = 1\r\n");
}

TEST_CASE("values of a table are changed in their places, put behind the others and taken out") {
    const std::string text =
        "[mcp_servers.\"basic-memory\"] # notes\n"
        "command = \"uvx\" # old\n"
        "args = [\n  \"basic-memory\", # the package\n  \"mcp\",\n]\n"
        "url = 'x'\n"
        "\n"
        "# of the next one\n"
        "[mcp_servers.basic-memory.env]\nA = \"1\"\n\n[other]\ncommand = 'y'\n";
    CHECK(
        with(text,
             {{"command", "\"bm\""}, {"args", "[\"mcp\"]"}, {"url", std::nullopt}, {"new", "1"}}) ==
        "[mcp_servers.\"basic-memory\"] # notes\n"
        "command = \"bm\" # old\n"
        "args = [\"mcp\"]\n"
        "new = 1\n"
        "\n"
        "# of the next one\n"
        "[mcp_servers.basic-memory.env]\nA = \"1\"\n\n[other]\ncommand = 'y'\n");
    CHECK(without(text) == "\n[other]\ncommand = 'y'\n");
}

TEST_CASE("a table is read: texts and lists of them, by the rules for quotes") {
    const auto table = toml_table(
        "[mcp_servers.basic-memory]\n"
        "command = \"C:\\\\bin\\\\\\u0062m\"\nargs = ['mcp', \"\"\"a\nb\"\"\", ]\nwait = 5 # s\n",
        kPlace);
    REQUIRE(table);
    REQUIRE(*table);
    REQUIRE((*table)->size() == 3);
    CHECK((**table)[0].texts == std::vector<std::string>{"C:\\bin\\bm"});
    CHECK((**table)[1].texts == std::vector<std::string>{"mcp", "a\nb"});
    CHECK((**table)[2].texts == std::vector<std::string>{"5"});
    CHECK(toml_table("[mcp_servers.other]\n", kPlace).value() == std::nullopt);
}

TEST_CASE("what looks like a table and is text is none") {
    const std::string text = "x = \"\"\"\n[mcp_servers.basic-memory]\n\"\"\"\ny = [\n\"[a]\" ]\n";
    CHECK(toml_table(text, kPlace).value() == std::nullopt);
    CHECK(without(text) == text);
}

TEST_CASE("a table that is written in another form is refused and named") {
    for (const std::string_view text :
         {"mcp_servers = {}\n", "[mcp_servers]\nbasic-memory = { command = \"x\" }\n",
          "mcp_servers.basic-memory.command = \"x\"\n", "[[mcp_servers]]\n",
          "[mcp_servers]\nbasic-memory.command = 'x'\n",
          "[mcp_servers.basic-memory]\n[a]\n[mcp_servers.basic-memory]\n"}) {
        CAPTURE(text);
        CHECK(with(text, {{"command", "1"}}).starts_with("refused: line "));
        CHECK(without(text).starts_with("refused: line "));
    }
}

TEST_CASE("a text that is no TOML is refused with its line") {
    for (const std::string_view text :
         {"a\n", "a =\n", "= 1\n", "[a\n", "[]\n", "[a]]\n", "a = \"x\n", "a = [1\n",
          "a = {b = 1\n", "a = 1 b = 2\n", "a = \"\\q\"\n", "a = \"\"\"x\n", "a = \"\\ud800\"\n",
          "[[a]\n", "a = 'x' 'y'\n", "{}\n"}) {
        CAPTURE(text);
        CHECK(with(text, {{"command", "1"}}).starts_with("refused: line "));
    }
    CHECK(with("a = 1\nb\n", {}) == "refused: line 2: a '=' is missing");
    CHECK(with("a = " + std::string(100'000, '['), {}).starts_with("refused: line 1"));
}

TEST_CASE("texts are written so that they are read as they were") {
    for (const std::string_view text : {"", "bm", "C:\\x \"y\"", "a\nb\t\x01\x7f", "größe"}) {
        const auto read = read_toml("a = " + toml_text(text) + "\n");
        REQUIRE(read);
        CHECK(read->front().texts == std::vector<std::string>{std::string(text)});
    }
    CHECK(toml_list({"a", "b c"}) == R"(["a", "b c"])");
}

}  // namespace
}  // namespace bm
