#pragma once

#include <string>

#include "markdown/note_edit.hpp"
#include "markdown/result.hpp"

/// What a model reads when an edit could not be made: why, and how to go on. Pure.
namespace bm {

/// Which note was to be edited.
struct EditAttempt {
    std::string project;
    std::string identifier;  ///< as the caller spelled it
};

std::string note_not_found_text(const EditAttempt& attempt);
std::string ambiguous_note_text(const EditAttempt& attempt, const Error& error);
std::string edit_failure_text(const EditAttempt& attempt, const NoteEdit& edit,
                              const EditFailure& failure);
std::string edit_error_text(const EditAttempt& attempt, const Error& error);

}  // namespace bm
