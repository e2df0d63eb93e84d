#pragma once

#include <string>
#include <string_view>

#include "sync/note_store.hpp"

/// What a client reads after all notes of a folder were moved or deleted. Pure.
namespace bm {

/// The words that differ between moving and deleting.
struct FolderReportWords {
    std::string_view heading;            ///< "# Directory Moved Successfully"
    std::string_view failed_heading;     ///< "# Directory Move Failed"
    std::string_view cancelled_heading;  ///< "# Directory Move Cancelled"
    std::string_view done_label;         ///< "Successfully moved"
    std::string_view done_heading;       ///< "## Moved Files"
};

/// Whether every file was taken.
bool is_whole(const FolderOutcome& outcome);

/// The heading that fits, `subject` (whole lines), the summary, the first paths and the first
/// errors.
std::string folder_report(const FolderReportWords& words, std::string_view subject,
                          const FolderOutcome& outcome, std::string_view project);

/// `# {verb} Failed - No Files Found` for a folder that holds nothing.
std::string empty_folder_text(std::string_view heading, std::string_view folder,
                              std::string_view project);

}  // namespace bm
