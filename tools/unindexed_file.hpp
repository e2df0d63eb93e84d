#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "repository/project_repository.hpp"
#include "tools/project_choice.hpp"

namespace bm {

/// A note's file that is there and no part of the index, because its bytes are not UTF-8.
struct UnindexedFile {
    Project project;
    RelativePath path;

    /// Why it cannot be changed like a note.
    [[nodiscard]] std::string reason() const;
};

/// The file that `identifier` names by its path or permalink, for calls that found no note.
std::optional<UnindexedFile> unindexed_file(KnowledgeBase& knowledge, const ChosenProject& chosen,
                                            std::string_view identifier);

}  // namespace bm
