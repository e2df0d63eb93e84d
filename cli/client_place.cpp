#include "cli/client_place.hpp"

#include <algorithm>
#include <array>

namespace bm {

namespace fs = std::filesystem;

namespace {

constexpr std::array<Client, 8> kClients{{
    {"claude-desktop", "Claude Desktop", ClientFormat::json, "mcpServers", false, "",
     "Quit Claude Desktop and start it again."},
    {"claude-code", "Claude Code", ClientFormat::json, "mcpServers", true, "url",
     "It is there in the next session."},
    {"vscode", "VS Code", ClientFormat::json, "servers", true, "url",
     "Start it with the command 'MCP: List Servers'."},
    {"cursor", "Cursor", ClientFormat::json, "mcpServers", false, "url",
     "Switch it on in Cursor's settings, under MCP."},
    {"codex", "Codex", ClientFormat::toml, "mcp_servers", false, "url",
     "It is there in the next session."},
    {"zed", "Zed", ClientFormat::json, "context_servers", false, "url",
     "It is there at once, in the agent panel."},
    {"windsurf", "Windsurf", ClientFormat::json, "mcpServers", false, "serverUrl",
     "Refresh the list of MCP servers in Windsurf."},
    {"gemini", "Gemini CLI", ClientFormat::json, "mcpServers", false, "httpUrl",
     "It is there in the next session."},
}};

/// Where programs keep what a user sets.
fs::path settings_folder(OperatingSystem system, const std::string& home,
                         const Environment& environment) {
    switch (system) {
        case OperatingSystem::mac:
            return fs::path(home) / "Library/Application Support";
        case OperatingSystem::windows:
            return environment("APPDATA").value_or(home + "/AppData/Roaming");
        case OperatingSystem::linux_system:
            break;
    }
    // One that is not absolute does not count (XDG Base Directory Specification).
    const auto set = environment("XDG_CONFIG_HOME");
    return set && set->starts_with('/') ? fs::path(*set) : fs::path(home) / ".config";
}

fs::path from_variable(const Environment& environment, std::string_view variable,
                       const fs::path& otherwise) {
    const auto set = environment(variable);
    return set && !set->empty() ? fs::absolute(*set) : otherwise;
}

}  // namespace

OperatingSystem this_system() noexcept {
#if defined(_WIN32)
    return OperatingSystem::windows;
#elif defined(__APPLE__)
    return OperatingSystem::mac;
#else
    return OperatingSystem::linux_system;
#endif
}

std::span<const Client> clients() noexcept { return kClients; }

const Client* find_client(std::string_view name) noexcept {
    const auto found = std::find_if(kClients.begin(), kClients.end(),
                                    [name](const Client& each) { return each.name == name; });
    return found == kClients.end() ? nullptr : &*found;
}

fs::path client_file(const Client& client, OperatingSystem system, const std::string& home,
                     const Environment& environment) {
    if (client.name == "claude-code") {
        return from_variable(environment, "CLAUDE_CONFIG_DIR", home) / ".claude.json";
    }
    const fs::path folder = client_folder(client, system, home, environment);
    if (client.name == "claude-desktop") return folder / "claude_desktop_config.json";
    if (client.name == "vscode") return folder / "User/mcp.json";
    if (client.name == "codex") return folder / "config.toml";
    if (client.name == "windsurf") return folder / "mcp_config.json";
    const bool keeps_servers_apart = client.name == "cursor";
    return folder / (keeps_servers_apart ? "mcp.json" : "settings.json");
}

fs::path client_folder(const Client& client, OperatingSystem system, const std::string& home,
                       const Environment& environment) {
    const fs::path settings = settings_folder(system, home, environment);
    if (client.name == "claude-desktop") return settings / "Claude";
    if (client.name == "vscode") return settings / "Code";
    if (client.name == "codex")
        return from_variable(environment, "CODEX_HOME", fs::path(home) / ".codex");
    if (client.name == "windsurf") return fs::path(home) / ".codeium/windsurf";
    if (client.name == "claude-code") {
        return from_variable(environment, "CLAUDE_CONFIG_DIR", fs::path(home) / ".claude");
    }
    if (client.name != "zed") return fs::path(home) / ("." + std::string(client.name));
    // Zed follows the habits of Linux on a Mac.
    if (system == OperatingSystem::mac) return fs::path(home) / ".config/zed";
    return settings / (system == OperatingSystem::windows ? "Zed" : "zed");
}

}  // namespace bm
