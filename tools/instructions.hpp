#pragma once

#include <string>

namespace bm {

/// What a model is told when a session starts: what this server is and how to behave. Some clients
/// cut it at 2,048 characters, so it stays below 1,800, the most important first.
std::string server_instructions();

}  // namespace bm
