#pragma once

#include <string>
#include <vector>

namespace bm {

/// Starts a program (found on the PATH) that goes on by itself, with nothing on its standard input
/// and output, and does not wait for it. False when it cannot be started. Never a shell.
bool start_program(const std::vector<std::string>& words);

}  // namespace bm
