#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/client_place.hpp"
#include "markdown/result.hpp"

/// How this server stands in the file of a client: text in, text out.
namespace bm {

struct ServerEntry {
    std::string name = "basic-memory";
    std::string command;  ///< the program that the client starts with `mcp` behind it
    std::optional<std::string> url = {};  ///< of a server that runs already, instead
};

struct EntryChange {
    std::string text;  ///< of the whole file; as it was when nothing is to be done
    /// What the entry started or called before, without secrets; none when there was none.
    std::optional<std::string> before = {};
    bool is_changed = false;
};

/// Puts the entry into the text of the client's file, or makes the one that is there start this
/// program: its environment, the flags behind `mcp` and whatever else it says are kept. Only an
/// entry of Basic Memory is changed. Fault::conflict for another one under the same name, or a
/// file of another shape;
/// Fault::invalid for a text that is malformed, or a client that calls no addresses.
Result<EntryChange> with_entry(const Client& client, std::string_view text,
                               const ServerEntry& entry);
/// Takes the entry of that name out, under the same conditions.
Result<EntryChange> without_entry(const Client& client, std::string_view text,
                                  const ServerEntry& entry);
/// What a person would put into the file by hand.
std::string entry_snippet(const Client& client, const ServerEntry& entry);

/// How a client starts this program: by its name in a folder of `path_variable` that leads to it,
/// which stays when it is updated, else by the file itself.
std::string launch_command(const std::filesystem::path& program, std::string_view path_variable);

}  // namespace bm
