#include "sync/first_scans.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <system_error>
#include <thread>

#include <fcntl.h>
#include <sys/stat.h>

#include "markdown/text.hpp"
#include "repository/file_status.hpp"
#include "repository/unscanned_projects.hpp"

namespace bm {

namespace fs = std::filesystem;

namespace {

using std::chrono::milliseconds;

constexpr milliseconds kPatience{5000};
constexpr milliseconds kFirstPause{2};
constexpr milliseconds kLongestPause{25};

fs::path lock_file(const KnowledgeBase& knowledge) {
    return knowledge.directory().locks() / "scanning.lock";
}

/// The whole file. Of an open file and not of a process, so that each watcher has its own.
struct flock lock_of(short kind) {
    struct flock lock {};
    lock.l_type = kind;
    lock.l_whence = SEEK_SET;
    return lock;
}

/// False when there is none of that name now.
bool renew(KnowledgeBase& knowledge, Project& project) {
    auto current = knowledge.find_project(project.name.str());
    if (!current) return false;
    project = *std::move(current);
    return true;
}

void wait_for_first_scan(KnowledgeBase& knowledge, Project& project, const std::stop_token& stop) {
    auto pause = kFirstPause;
    while (!stop.stop_requested()) {
        const auto served = scanned_in_background_since(knowledge);
        const bool is_there = renew(knowledge, project);
        const auto known = knowledge.index().read(
            [&](Tables& tables) { return unscanned_since(tables.database, project.id); });
        if (!served || !is_there || !can_be_scanned(project)) return;
        if (!known && knowledge.was_scanned(project)) return;
        // Without a row the index was replaced in between: a new one comes.
        if (known) {
            // A clock that was set back must not keep anybody.
            const auto waited = system_now() - std::max(*served, *known);
            if (waited >= kPatience || waited < -kPatience) return;
        }
        std::this_thread::sleep_for(pause);
        pause = std::min(pause * 2, kLongestPause);
    }
}

}  // namespace

ScanService::ScanService(const KnowledgeBase& knowledge) {
    const fs::path path = lock_file(knowledge);
    std::error_code ignored;
    fs::create_directories(path.parent_path(), ignored);
    file_ = Descriptor(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!file_) return;
    auto lock = lock_of(F_RDLCK);
    // Its time says since when. Who may not lock it cannot be heard of.
    if (::futimens(file_.number(), nullptr) != 0 ||
        ::fcntl(file_.number(), F_OFD_SETLK, &lock) != 0) {
        file_ = Descriptor();
    }
}

std::optional<Timestamp> scanned_in_background_since(const KnowledgeBase& knowledge) {
    const Descriptor file(::open(lock_file(knowledge).c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW));
    if (!file) return std::nullopt;
    auto lock = lock_of(F_WRLCK);
    const bool is_held = ::fcntl(file.number(), F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
    const auto status = status_of(file.number());
    if (!is_held || !status) return std::nullopt;
    return timestamp_from_ns(status->stamp.mtime_ns);
}

bool wait_for_first_scans(KnowledgeBase& knowledge, std::vector<Project>& projects,
                          const std::stop_token& stop) {
    if (!knowledge.config()->sync_changes) return false;
    if (!scanned_in_background_since(knowledge)) return false;
    for (auto& project : projects) wait_for_first_scan(knowledge, project, stop);
    return true;
}

bool can_be_scanned(const Project& project) {
    std::error_code problem;
    return fs::is_directory(project.path, problem);
}

std::string unscanned_sentence(const std::vector<std::string>& projects) {
    const bool is_one = projects.size() == 1;
    return std::string(is_one ? "The index of the project '" : "The indexes of the projects '") +
           join(projects, "', '") + (is_one ? "' is" : "' are") +
           " still being built from the files, so notes may be missing here: search again in a "
           "moment.";
}

}  // namespace bm
