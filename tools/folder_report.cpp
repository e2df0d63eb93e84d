#include "tools/folder_report.hpp"

#include <algorithm>

#include "tools/call_text.hpp"

namespace bm {

namespace {

// Enough to see that the right folder was meant.
constexpr std::size_t kMaxListedFiles = 10;
constexpr std::size_t kMaxListedErrors = 5;

std::string count_line(std::string_view label, std::size_t count) {
    return "- " + std::string(label) + ": " + std::to_string(count) + "\n";
}

std::string more_line(std::size_t total, std::size_t listed, std::string_view what) {
    if (total <= listed) return {};
    return "- ... and " + std::to_string(total - listed) + " more" + std::string(what) + "\n";
}

std::string_view folder_heading(const FolderReportWords& words, const FolderOutcome& outcome) {
    if (outcome.cancelled) return words.cancelled_heading;
    return outcome.done.empty() ? words.failed_heading : words.heading;
}

}  // namespace

bool is_whole(const FolderOutcome& outcome) {
    return !outcome.done.empty() && outcome.failed.empty() && !outcome.cancelled;
}

std::string folder_report(const FolderReportWords& words, std::string_view subject,
                          const FolderOutcome& outcome, std::string_view project) {
    std::string text = std::string(folder_heading(words, outcome)) + "\n\n" + std::string(subject) +
                       "\n## Summary\n" + count_line("Total files", outcome.total) +
                       count_line(words.done_label, outcome.done.size()) +
                       count_line("Failed", outcome.failed.size());
    if (!outcome.done.empty()) {
        text += "\n" + std::string(words.done_heading) + "\n";
        const std::size_t listed = std::min(outcome.done.size(), kMaxListedFiles);
        for (std::size_t i = 0; i < listed; ++i) text += "- `" + outcome.done[i] + "`\n";
        text += more_line(outcome.done.size(), listed, "");
    }
    if (!outcome.failed.empty()) {
        text += "\n## Errors\n";
        const std::size_t listed = std::min(outcome.failed.size(), kMaxListedErrors);
        for (std::size_t i = 0; i < listed; ++i) {
            text += "- `" + outcome.failed[i].first + "`: " + outcome.failed[i].second + "\n";
        }
        text += more_line(outcome.failed.size(), listed, " errors");
    }
    if (!outcome.not_done.empty()) {
        text += "\n## Not done\n";
        const std::size_t listed = std::min(outcome.not_done.size(), kMaxListedErrors);
        for (std::size_t i = 0; i < listed; ++i) text += "- " + outcome.not_done[i] + "\n";
        text += more_line(outcome.not_done.size(), listed, "");
    }
    if (outcome.cancelled) {
        const std::size_t left = outcome.total - outcome.done.size() - outcome.failed.size();
        text += "\nThe call was cancelled: " + std::to_string(left) +
                " files are where they were. Call again to go on.\n";
    }
    return text + "\n<!-- Project: " + std::string(project) + " -->";
}

std::string empty_folder_text(std::string_view heading, std::string_view folder,
                              std::string_view project) {
    return std::string(heading) + " - No Files Found\n\nThe directory '" + echoed(folder) +
           "' holds no files in project '" + std::string(project) +
           "'. Total files: 0.\n\nSee what is there: `" +
           call_text("list_directory", {{"", "/"}, {"project", project}}) + '`';
}

}  // namespace bm
