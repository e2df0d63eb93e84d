#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "repository/config_file.hpp"

/// The assistants that can be told of this server, as data.
namespace bm {

enum class OperatingSystem { linux_system, mac, windows };
/// The one that this program was built for.
OperatingSystem this_system() noexcept;

enum class ClientFormat { json, toml };

struct Client {
    std::string_view name;   ///< as a person types it
    std::string_view title;  ///< as its makers write it
    ClientFormat format = ClientFormat::json;
    std::string_view section;  ///< the object or table that servers stand in
    bool names_type = false;   ///< entries say "type": "stdio" or "http"
    /// The member for the address of a server; empty when it starts programs only.
    std::string_view url_key;
    std::string_view next_step;  ///< what makes the client read its file
};

std::span<const Client> clients() noexcept;
/// None for a name that is none.
const Client* find_client(std::string_view name) noexcept;

/// The file in which a client keeps its servers, for the user whose home and variables these are.
/// Pure: nothing is looked at.
std::filesystem::path client_file(const Client& client, OperatingSystem system,
                                  const std::string& home, const Environment& environment);
/// The folder that is there once the client was installed or started. Pure.
std::filesystem::path client_folder(const Client& client, OperatingSystem system,
                                    const std::string& home, const Environment& environment);

}  // namespace bm
