#include "cli/watch_printer.hpp"

#include <algorithm>
#include <ctime>
#include <string_view>
#include <utility>

namespace bm {

namespace {

// A first index of a large project is told in one line.
constexpr std::size_t kMostLines = 50;

std::string clock_time() {
    const std::time_t now = std::time(nullptr);
    std::tm local{};
    ::localtime_r(&now, &local);
    std::string text(8, '\0');
    std::strftime(text.data(), text.size() + 1, "%H:%M:%S", &local);
    return text;
}

std::string_view without_slash(std::string_view folder) {
    if (folder.ends_with('/')) folder.remove_suffix(1);
    return folder;
}

}  // namespace

WatchListener WatchPrinter::listener() {
    return {
        .state = [this](const Project& project, WatchState state) { print_state(project, state); },
        .indexed = [this](const Project& project,
                          const SyncReport& report) { print_report(project, report); },
        .failed = [this](const Project& project,
                         const std::string& problem) { print_problem(project, problem); }};
}

void WatchPrinter::say(const Project& project, const std::string& text) {
    terminal_.line(clock_time() + ' ' + project.name.str() + ": " + printable(text));
}

void WatchPrinter::print_state(const Project& project, WatchState state) {
    const std::string path = project.path.string();
    switch (state) {
        case WatchState::watching:
            return say(project, "watching " + path);
        case WatchState::scanning:
            return say(project, "cannot be told of every change in " + path +
                                    "; it is scanned now and then (see the log)");
        case WatchState::waiting:
            return say(project, "another process watches " + path +
                                    "; this one takes over when that one ends");
        case WatchState::missing:
            return say(project, "the folder " + path +
                                    " or its disk is not there; its notes stay in the index "
                                    "until it comes back");
    }
}

void WatchPrinter::print_report(const Project& project, const SyncReport& report) {
    said_[project.name.str()].problem.clear();
    print_changes(project, report);
    for (const auto& file : report.failed) {
        say(project, "! " + file.path + " was not indexed: " + file.reason);
    }
    print_folders(project, report);
}

void WatchPrinter::print_changes(const Project& project, const SyncReport& report) {
    const std::size_t changes =
        report.added.size() + report.modified.size() + report.moved.size() + report.deleted.size();
    if (changes > kMostLines) {
        return say(project, "indexed " + std::to_string(changes) +
                                " files (new: " + std::to_string(report.added.size()) +
                                ", modified: " + std::to_string(report.modified.size()) +
                                ", moved: " + std::to_string(report.moved.size()) +
                                ", deleted: " + std::to_string(report.deleted.size()) + ")");
    }
    for (const auto& path : report.added) say(project, "+ " + path);
    for (const auto& path : report.modified) say(project, "~ " + path);
    for (const auto& [from, to] : report.moved) say(project, "↔ " + from + " → " + to);
    for (const auto& path : report.deleted) say(project, "- " + path);
}

void WatchPrinter::print_folders(const Project& project, const SyncReport& report) {
    auto& said = said_[project.name.str()].folders;
    const auto& folders = report.unreadable_folders;
    std::erase_if(said, [&](const auto& each) {
        return report.scope.covers(without_slash(each.first)) &&
               std::find(folders.begin(), folders.end(), each.first) == folders.end();
    });
    for (const auto& folder : folders) {
        std::string sentence = unreadable_sentence(folder, report.hindrances);
        auto& before = said[folder];
        if (before == sentence) continue;
        say(project, "! " + sentence);
        before = std::move(sentence);
    }
}

void WatchPrinter::print_problem(const Project& project, const std::string& problem) {
    auto& before = said_[project.name.str()].problem;
    if (before == problem) return;
    say(project, "! indexing broke off and is tried again: " + problem);
    before = problem;
}

}  // namespace bm
