#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "markdown/value.hpp"

namespace bm {

/// One change to a note's text.
struct NoteEdit {
    enum class Operation {
        append,
        prepend,
        find_replace,
        replace_section,
        insert_before_section,
        insert_after_section,
    };
    Operation operation;
    std::string content;
    std::optional<std::string> section;
    std::optional<std::string> find_text;
    long long expected_replacements = 1;
    bool replace_subsections =
        false;  ///< true: the section ends at the next heading of its level or above
    /// Keep a blank line between a replaced section and the heading that follows.
    bool separate_next_heading = false;
};

/// Why an edit could not be made. The text of the note is unchanged then.
struct EditFailure {
    enum class Reason {
        missing_argument,
        text_not_found,
        wrong_count,
        duplicate_section,
        section_not_found,
        broken_frontmatter,  ///< the block parsed before the edit and would not parse after it
    };
    Reason reason;
    std::string message;  ///< one sentence for the person at the other end
    long long found = 0;  ///< occurrences, for wrong_count
};

/// The new text of the whole file. Fenced code is no heading, neither as start nor as end of a
/// section. Where every line of the text ends in CR LF, so does every line of the result.
tl::expected<std::string, EditFailure> apply_edit(std::string_view text, const NoteEdit& edit);

}  // namespace bm
