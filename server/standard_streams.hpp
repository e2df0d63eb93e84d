#pragma once

#include <optional>
#include <string>

#include "server/file_descriptor.hpp"

namespace bm {

/// Opens /dev/null in place of each standard descriptor that the process was started without, so
/// that no other file takes its number. The wrong way round: reading and writing fail as before.
/// For the first line of main.
void occupy_closed_standard_streams();

/// Why no conversation can be held over standard input and output; nothing when one can.
[[nodiscard]] std::optional<std::string> unusable_standard_streams();

/// Takes standard output away from the rest of the program and returns it: what others print to
/// descriptor 1 goes to standard error from now on, so nothing foreign can get between the
/// messages. An empty result: there is no standard output.
[[nodiscard]] FileDescriptor claim_standard_output();

/// A descriptor of our own for standard input. An empty result: there is none.
[[nodiscard]] FileDescriptor claim_standard_input();

}  // namespace bm
