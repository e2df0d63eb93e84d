#include "tools/edit_failure_text.hpp"

#include "markdown/names.hpp"
#include "tools/call_text.hpp"

namespace bm {

namespace {

std::string read_call(const EditAttempt& attempt) {
    return '`' + call_text("read_note", {{"", attempt.identifier}, {"project", attempt.project}}) +
           '`';
}

std::string search_call(const EditAttempt& attempt) {
    return '`' +
           call_text("search_notes", {{"", attempt.project}, {"", file_name(attempt.identifier)}}) +
           '`';
}

std::string text_not_found(const EditAttempt& attempt, const std::string& find_text) {
    return "# Edit Failed - Text Not Found\n\nThe note '" + echoed(attempt.identifier) +
           "' does not contain '" + echoed(find_text) +
           "'. Nothing was changed.\n\n## What to do\n\n1. Read the note as it is now: " +
           read_call(attempt) +
           "\n2. Copy the text to replace from it, exactly: case, blanks and line breaks "
           "count.\n\n## Alternative approaches\n\n- `append` or `prepend` add text without "
           "looking for any.\n- `replace_section` rewrites what stands under a heading.\n- A "
           "shorter piece of text is easier to match.";
}

std::string wrong_count(const EditAttempt& attempt, const NoteEdit& edit, long long found) {
    const std::string count = std::to_string(found);
    return "# Edit Failed - Wrong Replacement Count\n\nExpected " +
           std::to_string(edit.expected_replacements) + " occurrences of '" +
           echoed(edit.find_text.value_or("")) + "' but found " + count +
           ".\n\nNothing was changed.\n\n## What to do\n\n1. See where they are: " +
           read_call(attempt) +
           "\n2. Update expected_replacements to replace all of them: `expected_replacements=" +
           count +
           "`\n3. Or make find_text longer, so that it names only the places you mean. The "
           "frontmatter counts too.";
}

std::string duplicate_section(const EditAttempt& attempt, const EditFailure& failure) {
    return "# Edit Failed - Duplicate Section Headers\n\n" + failure.message +
           "\n\nNothing was changed.\n\n## What to do\n\n1. Look at the note: " +
           read_call(attempt) +
           "\n2. Make headers unique, for instance with `find_replace` on a heading and the line "
           "below it.\n3. Or change the text itself with `find_replace` instead of naming the "
           "section.";
}

std::string plain_failure(const EditAttempt& attempt, const std::string& reason,
                          const std::string& hint) {
    return "# Edit Failed\n\nError editing note '" + echoed(attempt.identifier) + "': " + reason +
           "\n\n## What to do\n\n" + hint + "- See what the note says now: " + read_call(attempt) +
           "\n- Make sure that it is the note you mean: " + search_call(attempt);
}

}  // namespace

std::string note_not_found_text(const EditAttempt& attempt) {
    return "# Edit Failed - Note Not Found\n\nNo note in project '" + attempt.project +
           "' has the title, permalink or path '" + echoed(attempt.identifier) +
           "'. Identifiers must match exactly.\n\n## What to do\n\n1. Search for it: " +
           search_call(attempt) + "\n2. Check what you find: " + read_call(attempt) +
           "\n3. If it should be a new note: `" +
           call_text("write_note", {{"title", file_name(attempt.identifier)},
                                    {"content", "..."},
                                    {"folder", "..."},
                                    {"project", attempt.project}}) +
           "`, or `create_if_missing=true` with `append`.";
}

std::string ambiguous_note_text(const EditAttempt& attempt, const Error& error) {
    return "# Edit Failed - Ambiguous Identifier\n\n" + error.message +
           "\n\nNothing was changed. Edit again with one of these permalinks; " +
           read_call(attempt) + " would show only the first of the notes.";
}

std::string edit_failure_text(const EditAttempt& attempt, const NoteEdit& edit,
                              const EditFailure& failure) {
    using Reason = EditFailure::Reason;
    switch (failure.reason) {
        case Reason::text_not_found:
            return text_not_found(attempt, edit.find_text.value_or(""));
        case Reason::wrong_count:
            return wrong_count(attempt, edit, failure.found);
        case Reason::duplicate_section:
            return duplicate_section(attempt, failure);
        case Reason::section_not_found:
            // The message names the way out itself.
            return plain_failure(attempt, failure.message, "");
        case Reason::broken_frontmatter:
            return plain_failure(attempt, failure.message,
                                 "- Keep the block between the `---` lines valid YAML; `metadata` "
                                 "changes its keys safely.\n");
        case Reason::missing_argument:
            return plain_failure(attempt, failure.message, "");
    }
    return plain_failure(attempt, failure.message, "");
}

std::string edit_error_text(const EditAttempt& attempt, const Error& error) {
    if (error.fault != Fault::invalid) return plain_failure(attempt, error.message, "");
    return "# Edit Failed - Request Error\n\n'" + echoed(attempt.identifier) +
           "' cannot be edited this way: " + error.message + "\n\n## What to do\n\n- " +
           "See what the note says now: " + read_call(attempt) +
           "\n- Make sure that it is the note you mean: " + search_call(attempt);
}

}  // namespace bm
