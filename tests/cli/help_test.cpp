#include <cstdlib>
#include <fstream>
#include <iterator>
#include <set>

#include <doctest/doctest.h>

#include "cli/command_help.hpp"
#include "tests/cli/shell.hpp"

namespace bm {
namespace {

namespace fs = std::filesystem;
using test::contains;
using test::Shell;

using Words = std::vector<std::string>;

/// Every command of the tree, by its words; the empty one is the program itself.
void collect(const CommandHelp& tree, const Words& words, std::vector<Words>& all) {
    all.push_back(words);
    for (const auto& below : tree.commands) {
        Words longer = words;
        longer.push_back(below.name);
        collect(below, longer, all);
    }
}

std::vector<Words> all_commands() {
    std::vector<Words> all;
    collect(whole_command_help(), {}, all);
    return all;
}

std::string file_name(const Words& words) {
    std::string name = "bm";
    for (const auto& word : words) name += '_' + word;
    return name + ".txt";
}

std::string file_text(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

/// UPDATE_GOLDEN=1 writes the files anew.
TEST_CASE("the help of every command is the one that was agreed on") {
    const fs::path folder = fs::path(BM_SOURCE_DIR) / "tests/golden/help";
    const bool updates = std::getenv("UPDATE_GOLDEN") != nullptr;
    Shell shell;
    std::set<std::string> names;
    for (Words words : all_commands()) {
        const std::string name = file_name(words);
        names.insert(name);
        CAPTURE(name);
        words.push_back("--help");
        const auto outcome = shell.run(words);
        CHECK(outcome.code == 0);
        CHECK(outcome.err.empty());
        if (updates) {
            fs::create_directories(folder);
            std::ofstream(folder / name, std::ios::binary) << outcome.out;
        }
        CHECK(outcome.out == file_text(folder / name));
    }
    CHECK(names.size() > 60);
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(folder, ignored)) {
        const std::string name = entry.path().filename().string();
        CAPTURE(name);
        if (updates && !names.contains(name)) fs::remove(entry.path());
        CHECK((updates || names.contains(name)));
    }
}

TEST_CASE("every command and its options are completed") {
    Shell shell;
    for (const Words& words : all_commands()) {
        if (words.empty()) continue;
        CAPTURE(file_name(words));
        Words typed(words.begin(), words.end() - 1);
        typed.push_back(words.back().substr(0, 1));
        typed.insert(typed.begin(), "--complete-words");
        CHECK(contains('\n' + shell.run(typed).out, '\n' + words.back() + '\n'));
        typed = words;
        typed.insert(typed.begin(), "--complete-words");
        typed.push_back("--h");
        CHECK(contains(shell.run(typed).out, "--help\n"));
    }
}

}  // namespace
}  // namespace bm
