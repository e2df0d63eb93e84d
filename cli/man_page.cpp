#include "cli/man_page.hpp"

#include <string_view>

#include "markdown/text.hpp"

namespace bm {

namespace {

/// Text that man(7) prints as it is.
std::string man_text(std::string_view text) {
    std::string out;
    bool starts_line = true;
    for (const char c : text) {
        if (starts_line && (c == '.' || c == '\'')) out += "\\&";
        if (c == '\\') {
            out += "\\e";
        } else if (c == '-') {
            out += "\\-";
        } else {
            out += c;
        }
        starts_line = c == '\n';
    }
    return out;
}

std::string upper(std::string text) {
    for (char& c : text) {
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    }
    return text;
}

std::string option_words(const CommandHelp::Word& option) {
    std::vector<std::string> names;
    for (const auto& name : option.names) names.push_back("\\fB" + man_text(name) + "\\fR");
    return join(names, ", ") + (option.takes_value ? " \\fIVALUE\\fR" : "");
}

void add_footer(std::string& page, const std::string& footer) {
    if (footer.empty()) return;
    page += ".PP\n.nf\n" + man_text(footer) + "\n.fi\n";
}

void add_options(std::string& page, const CommandHelp& command) {
    for (const auto& word : command.positionals) {
        page += ".TP\n\\fI" + man_text(upper(word.names.front())) + "\\fR\n" + man_text(word.help) +
                '\n';
    }
    for (const auto& option : command.options) {
        if (option.names.back() == "--help") continue;
        page += ".TP\n" + option_words(option) + '\n' + man_text(option.help) + '\n';
    }
}

void add_command(std::string& page, const CommandHelp& command, const std::string& path) {
    std::string head = "\\fB" + man_text(path) + "\\fR";
    for (const auto& word : command.positionals) {
        const std::string name = man_text(upper(word.names.front()));
        head += word.is_required ? " \\fI" + name + "\\fR" : " [\\fI" + name + "\\fR]";
    }
    page += ".SS " + head + '\n' + man_text(command.help) + '\n';
    add_options(page, command);
    add_footer(page, command.footer);
    for (const auto& below : command.commands) add_command(page, below, path + ' ' + below.name);
}

}  // namespace

std::string man_page(const CommandHelp& tree, const std::string& version) {
    std::string page =
        ".TH BM 1 \"\" \"Basic Memory " + man_text(version) + "\" \"User Commands\"\n";
    page += ".SH NAME\nbm, basic\\-memory \\- notes as a knowledge base for AI assistants\n";
    page += ".SH SYNOPSIS\n.B bm\n.I COMMAND\n[\\fIOPTIONS\\fR]\n";
    page += ".SH DESCRIPTION\n" + man_text(tree.help) + '\n';
    add_footer(page, tree.footer);
    page += ".SH OPTIONS\n";
    add_options(page, tree);
    page += ".SH COMMANDS\n";
    for (const auto& command : tree.commands) add_command(page, command, "bm " + command.name);
    page +=
        ".SH EXIT STATUS\n0 when it was done, 1 when it failed, 2 for a mistake in the command "
        "line, 130 when it was interrupted.\n"
        ".SH FILES\n.TP\n~/.basic\\-memory/config.json\nSettings, see: bm config list\n"
        ".SH ENVIRONMENT\n.TP\nBASIC_MEMORY_CONFIG_DIR\nWhere settings and index are kept.\n"
        ".TP\nNO_COLOR\nNo colours on terminals.\n";
    return page;
}

}  // namespace bm
