#include "host/tree_care.hpp"

#include <array>
#include <cerrno>
#include <system_error>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "markdown/mime_type.hpp"
#include "markdown/note_parser.hpp"
#include "repository/file_status.hpp"
#include "repository/folder_walk.hpp"
#include "sync/note_history.hpp"

namespace bm {

namespace {

/// The bytes of a file that stays as it is meanwhile.
std::optional<std::string> whole_content(int file, const FileStamp& stamp) {
    std::string bytes(static_cast<std::size_t>(stamp.size), '\0');
    std::size_t at = 0;
    while (at < bytes.size()) {
        const ssize_t got =
            ::pread(file, bytes.data() + at, bytes.size() - at, static_cast<off_t>(at));
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return std::nullopt;
        at += static_cast<std::size_t>(got);
    }
    const auto after = status_of(file);
    if (!after || after->stamp != stamp) return std::nullopt;
    return bytes;
}

class SpaceCare final : public TreeCare {
public:
    SpaceCare(std::shared_ptr<Space> space, std::optional<Project> project)
        : space_(std::move(space)), project_(std::move(project)) {}

    std::optional<KeptVersion> keep(int folder, const std::string& name, std::string_view path,
                                    HistoryAction action) override {
        if (!space_->knowledge().config()->history_enabled) return std::nullopt;
        // A client that failed to replace a file deletes it, and the host may not have heard of the
        // upload: what is deleted is kept, whatever it is.
        const bool is_note = is_note_name(path);
        if (!is_note && action != HistoryAction::deleted) return std::nullopt;
        const Project* project = project_of(path);
        const auto relative = RelativePath::parse(path);
        if (project == nullptr || !relative) return std::nullopt;
        const Descriptor file(
            ::openat(folder, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
        if (!file) return std::nullopt;
        const auto status = status_of(file.number());
        if (!status || !S_ISREG(status->mode)) return std::nullopt;
        if (!is_note && status->stamp.size > kMaxNoteBytes) return std::nullopt;
        return keep_bytes(*project, *relative, file.number(), status->stamp, action);
    }

    [[nodiscard]] bool needs_folder(std::string_view path) override {
        if (project_ || path.empty() || path.find('/') != std::string_view::npos) return false;
        return project_of(path) != nullptr;
    }

    void gone(std::string_view path) override {
        // A folder that was removed is not to be taken for one whose project was.
        if (!project_ && path.find('/') == std::string_view::npos) space_->projects().remember();
    }

    [[nodiscard]] std::string shown(std::string sentence) const override {
        return space_->veil().over(std::move(sentence));
    }

private:
    /// The project whose folder the path leads into; the path then is the one below that.
    const Project* project_of(std::string_view& path) {
        if (project_) return &*project_;
        if (projects_.empty()) projects_ = space_->projects().all();
        const std::size_t slash = path.find('/');
        const auto folder = space_->folders().data / path.substr(0, slash);
        for (const Project& project : projects_) {
            if (project.path != folder) continue;
            path = slash == std::string_view::npos ? std::string_view() : path.substr(slash + 1);
            return &project;
        }
        return nullptr;
    }

    std::optional<KeptVersion> keep_bytes(const Project& project, const RelativePath& path,
                                          int file, const FileStamp& stamp, HistoryAction action) {
        KnowledgeBase& knowledge = space_->knowledge();
        HistoryRecord record{.at = knowledge.now(),
                             .action = action,
                             .path = path,
                             .from = std::nullopt,
                             .permalink = "",
                             .title = "",
                             .checksum = std::nullopt,
                             .size = stamp.size,
                             .frame = std::nullopt,
                             .since = timestamp_from_ns(stamp.mtime_ns)};
        std::optional<std::string> bytes;
        if (stamp.size <= kMaxNoteBytes) {
            bytes = whole_content(file, stamp);
            if (!bytes) return std::nullopt;
            if (is_note_name(path.str())) {
                auto note = parse_note(*bytes, path);
                record.permalink = note.permalink.value_or("");
                record.title = std::move(note.title);
            }
        }
        // What cannot be kept is in the log by now, and a full disk is no reason to keep files.
        if (const auto kept = keep_version(knowledge, project, record, bytes); !kept)
            return std::nullopt;
        return KeptVersion{stamp, [space = space_, project, record] {
                               withdraw_version(space->knowledge(), project, record);
                           }};
    }

    std::shared_ptr<Space> space_;
    std::optional<Project> project_;
    std::vector<Project> projects_;  ///< of the space, once somebody has asked
};

}  // namespace

ServedTree tree_of(std::shared_ptr<Space> space, std::optional<Project> project) {
    ServedTree tree;
    tree.root = project ? project->path : space->folders().data;
    std::error_code ignored;
    if (project && !std::filesystem::exists(tree.root, ignored) &&
        std::filesystem::is_directory(space->folders().data, ignored))
        (void)make_folders(tree.root, 0777);
    tree.hashes = std::shared_ptr<FileHashes>(space, &space->hashes());
    tree.care = std::make_shared<SpaceCare>(std::move(space), std::move(project));
    return tree;
}

}  // namespace bm
