#pragma once

#include <string>

#include "cli/commands.hpp"

namespace bm {

struct ConfigCommand {
    std::string key;
    std::string value;
    bool json = false;
};
int run_config_list(Application& application, bool json);
int run_config_get(Application& application, const ConfigCommand& command);
int run_config_set(Application& application, const ConfigCommand& command);
int run_config_unset(Application& application, const ConfigCommand& command);

}  // namespace bm
