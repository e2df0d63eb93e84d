#include "cli/command_tree.hpp"

#include <algorithm>

#include <CLI/CLI.hpp>

#include "markdown/text.hpp"

namespace bm {

void on_use(const CommandMaker& maker, CLI::App* command, Action action) {
    command->callback([maker, action = std::move(action)] { maker.choose(action); });
}

const CommandTree* CommandTree::find(const std::string& word) const {
    const auto found = std::find_if(commands.begin(), commands.end(), [&](const auto& each) {
        return each.name == word ||
               std::find(each.aliases.begin(), each.aliases.end(), word) != each.aliases.end();
    });
    return found == commands.end() ? nullptr : &*found;
}

const CommandTree::Option* CommandTree::find_option(const std::string& option) const {
    const auto found = std::find_if(options.begin(), options.end(), [&](const Option& each) {
        return std::find(each.names.begin(), each.names.end(), option) != each.names.end();
    });
    return found == options.end() ? nullptr : &*found;
}

bool CommandTree::takes_value(const std::string& option) const {
    const Option* known = find_option(option);
    return known != nullptr && known->takes_value;
}

namespace {

/// The library tells them as `TEXT:{a,b,c}`.
std::vector<std::string> values_of(const CLI::Option& option) {
    const std::string type = option.get_type_name();
    const auto from = type.find('{');
    const auto to = type.find('}');
    if (from == std::string::npos || to == std::string::npos || to < from) return {};
    std::vector<std::string> values;
    for (const auto word : split(std::string_view(type).substr(from + 1, to - from - 1), ','))
        values.emplace_back(word);
    return values;
}

}  // namespace

CommandTree command_tree(const CLI::App& app) {
    CommandTree tree{app.get_name(), app.get_aliases(), {}, {}};
    for (const CLI::Option* option : app.get_options()) {
        // Hidden ones are for programs; the others without a hyphen are positional.
        if (option->get_group().empty() || !option->nonpositional()) continue;
        CommandTree::Option entry{{}, option->get_items_expected_max() > 0, values_of(*option)};
        for (const auto& name : option->get_snames()) entry.names.push_back("-" + name);
        for (const auto& name : option->get_lnames()) entry.names.push_back("--" + name);
        tree.options.push_back(std::move(entry));
    }
    for (const CLI::App* sub : app.get_subcommands({})) tree.commands.push_back(command_tree(*sub));
    return tree;
}

std::optional<std::string> unknown_command(const CLI::App& group, const std::string& path) {
    const auto commands = group.get_subcommands({});
    if (commands.empty()) return std::nullopt;
    const auto words = group.remaining();
    const auto unknown = std::find_if(
        words.begin(), words.end(), [](const std::string& word) { return !word.starts_with('-'); });
    if (unknown == words.end()) return std::nullopt;
    std::vector<std::string> names;
    for (const CLI::App* sub : commands) names.push_back(sub->get_name());
    return "there is no command '" + *unknown + "' in '" + path +
           "'. There are: " + join(names, ", ") + ".";
}

}  // namespace bm
