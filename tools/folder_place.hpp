#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "markdown/result.hpp"
#include "sync/note_store.hpp"
#include "tools/project_choice.hpp"
#include "tools/tool_context.hpp"

namespace bm {

/// A folder that a call works on as a whole.
struct FolderPlace {
    Project project;
    std::string folder;  ///< "" is the root
    /// Files in it that are no part of the index, and why.
    std::vector<std::pair<std::string, std::string>> unusable;

    /// What became of the folder: the files that no step could take count as failed.
    [[nodiscard]] FolderOutcome with_unusable(FolderOutcome outcome) const;
};

/// The folder that `identifier` means, after the index was brought in step with the disk. A project
/// in front of it counts when the plain folder holds nothing.
Result<FolderPlace> folder_place(ToolContext& context, const ChosenProject& chosen,
                                 std::string_view identifier);

/// Stops with the call and tells it how far the work is. Lives as long as `context`.
FolderWatch watch_of(const ToolContext& context, std::string_view verb);

}  // namespace bm
