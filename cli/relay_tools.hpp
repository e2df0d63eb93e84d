#pragma once

#include <string>
#include <vector>

#include "cloud/mcp_relay.hpp"
#include "tools/tool.hpp"

namespace bm {

/// Tools of this machine as a relay to the host answers them: each call is decoded, run and encoded
/// as our own server would. `version` is the program's. What a tool throws becomes an answer.
[[nodiscard]] RelayTools make_relay_tools(std::vector<Tool> tools, const std::string& version,
                                          Log log);

}  // namespace bm
