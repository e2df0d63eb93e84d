#pragma once

#include <optional>
#include <string>

#include "cli/commands.hpp"

namespace bm {

struct SetupCommand {
    std::optional<std::string> client;
    bool all = false;
    bool print = false;
    bool remove = false;
    bool json = false;
    std::optional<std::string> url;
    std::string name = "basic-memory";
};
/// Writes this server into the files of clients, or takes it out.
int run_setup(Application& application, const SetupCommand& command);

/// How a client starts this program.
std::string own_command(const Application& application);

}  // namespace bm
