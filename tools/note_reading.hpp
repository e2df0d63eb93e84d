#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "markdown/result.hpp"
#include "repository/project_repository.hpp"
#include "tools/project_choice.hpp"
#include "tools/tool_context.hpp"

/// Reading a note for a client, with suggestions when there is none.
namespace bm {

/// A note and its file, exactly as stored except that bytes that are no UTF-8 are replaced.
struct ReadNoteText {
    Project project;
    std::string title;
    std::optional<std::string> permalink;
    RelativePath path;
    std::string text;
};

/// A note that comes close to what was asked for.
struct SuggestedNote {
    std::string title;
    std::string type;
    std::optional<std::string> permalink;
    std::string path;
};

/// No note answers to the identifier.
struct NoSuchNote {
    std::string project;
    std::string identifier;
    std::vector<SuggestedNote> suggestions;
    bool is_still_indexing = false;  ///< a first load of the project is under way
};

/// The identifier is not allowed; the text for the client.
struct RefusedIdentifier {
    std::string text;
};

using NoteReading = std::variant<ReadNoteText, NoSuchNote, RefusedIdentifier>;

/// What a client wants to read.
struct ReadingWish {
    ProjectWish project;
    std::string identifier;
    Paging suggestions;  ///< which part of the suggestions
};

// Of texts that are no notes nobody reads more in one answer; it is in memory several times.
inline constexpr std::int64_t kMaxTextBytes = 10'000'000;
/// `{what} size {bytes} bytes exceeds maximum allowed size`
std::string too_large_text(std::string_view what, std::int64_t bytes);
/// The same about a text, and what can be done.
std::string large_text_sentence(std::int64_t bytes);

/// Notes are read whatever their size. Fault::invalid for a file that is no text, or no note and
/// too large; project faults.
Result<NoteReading> read_note_file(ToolContext& context, const ReadingWish& wish);

/// How to go on when there is no such note. Starts with an empty line.
std::string no_such_note_text(const NoSuchNote& miss);

}  // namespace bm
