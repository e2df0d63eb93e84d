#pragma once

#include <filesystem>
#include <string>

namespace bm::test {

/// Plays a transcript against the fixture server and returns what did not go as written; empty when
/// all did.
///
///     # a comment; the first ones say what the transcript guards
///     # options: page_size=2 longest_line=4096 grace_ms=100 still_clock=1
///     > a line that the client says
///     >x bytes with the escapes \\ \n \r \xHH, and no line end of their own
///     < the message that the server answers with, as JSON
///     {
///     < messages that come
///     < in any order, as do the parts of a batch
///     }
///     ! long 5000            the client says a line of so many bytes
///     ! await-waiting 2      until so many calls wait at the gate
///     ! open-gate
///     ! change resources_list | tools_list | prompts_list | resource_updated URI
///     ! stop                 as a signal would
///     ! end                  of input; the last step of every transcript, written or not
///
/// With UPDATE_GOLDEN=1 in the environment the file is rewritten with what the server said, which
/// counts as a failure. Every message is checked against its revision's schema either way.
[[nodiscard]] std::string play_transcript(const std::filesystem::path& file);

}  // namespace bm::test
