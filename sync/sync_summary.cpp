#include "sync/sync_summary.hpp"

namespace bm {

std::string summary_line(const Project& project, const SyncReport& report) {
    const auto counted = [](std::string_view what, std::size_t number) {
        return std::string(what) + ' ' + std::to_string(number);
    };
    return "sync of project '" + project.name.str() + "': " + counted("new", report.added.size()) +
           counted(", modified", report.modified.size()) + counted(", moved", report.moved.size()) +
           counted(", deleted", report.deleted.size()) + counted(", failed", report.failed.size()) +
           counted(", skipped", report.skipped.size()) + " of " +
           std::to_string(report.total_files) + " files";
}

}  // namespace bm
