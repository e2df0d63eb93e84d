#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "markdown/value.hpp"

namespace bm {

/// What a caller wants a new or replaced note to be.
struct NoteDraft {
    std::string title;
    std::string type;               ///< used unless the content's own block names one
    std::string content;            ///< may start with a frontmatter block of its own
    std::vector<std::string> tags;  ///< empty: none given
    ValueMap metadata;              ///< title, type and permalink in it are ignored
};

/// A draft with its own frontmatter block taken out.
struct PreparedDraft {
    Value type;
    std::optional<std::string> requested_permalink;  ///< from the content's block
    ValueMap keys;  ///< every other key in order: content's block, then metadata, then tags
    std::string body;
};

/// Takes the content's block apart. A malformed
/// block stays part of the body.
PreparedDraft prepare_draft(const NoteDraft& draft);

/// The bytes of a new note: title, type, permalink (if any), then the other keys; then the body.
std::string write_new_note(const NoteDraft& draft, const PreparedDraft& prepared,
                           const std::optional<std::string>& permalink);

/// The bytes of a note whose body is replaced: keys of `existing` that the draft
/// does not name keep their place, value and spelling.
std::string write_replaced_note(const ValueMap& existing, const NoteDraft& draft,
                                const PreparedDraft& prepared,
                                const std::optional<std::string>& permalink);

}  // namespace bm
