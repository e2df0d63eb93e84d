// Compares what a server says with the official schemas, message by message, for tests in other
// languages.
//
//     check_wire FOLDER      the folder that holds data/mcp/
//
// Each line of the input is a JSON array: the name of a dialogue, ">" for what the client has sent,
// "<" for what the server has answered or "end", and the text of the message. Each "<" is answered
// with a line: "ok", or what is wrong.

#include <algorithm>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <iostream>
#include <map>
#include <string>

#include "tests/support/wire_check.hpp"

namespace {

using Json = bm::test::WireCheck::Json;

std::string verdict(bm::test::WireCheck& check, const std::string& text) {
    const Json message = Json::parse(text, nullptr, false);
    if (message.is_discarded()) return "no JSON: " + text;
    const std::size_t before = check.violations().size();
    check.received(message);
    if (check.violations().size() == before) return "ok";
    std::string wrong = check.violations().back();
    std::replace(wrong.begin(), wrong.end(), '\n', ' ');
    return wrong;
}

}  // namespace

int main(int argc, char** argv) try {
    if (argc != 2) {
        std::fputs("usage: check_wire FOLDER\n", stderr);
        return 2;
    }
    std::filesystem::current_path(argv[1]);
    std::map<std::string, bm::test::WireCheck> dialogues;
    for (std::string line; std::getline(std::cin, line);) {
        const Json said = Json::parse(line);
        const auto dialogue = said.at(0).get<std::string>();
        const auto sign = said.at(1).get<std::string>();
        if (sign == "end") {
            dialogues.erase(dialogue);
        } else if (sign == ">") {
            dialogues[dialogue].sent(said.at(2).get<std::string>());
        } else {
            std::cout << verdict(dialogues[dialogue], said.at(2).get<std::string>()) << std::endl;
        }
    }
    return 0;
} catch (const std::exception& error) {
    std::fprintf(stderr, "check_wire: %s\n", error.what());
    return 1;
}
