#include "sync/round_trip.hpp"

#include <exception>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <variant>

#include "markdown/text.hpp"
#include "repository/checksum.hpp"
#include "repository/file_lock.hpp"
#include "repository/trouble.hpp"
#include "sync/note_store.hpp"
#include "sync/reconcile.hpp"

namespace bm {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view kNamePrefix = "doctor-";
constexpr std::size_t kNameDigits = 8;
// Held as long as the project is needed. No scan looks at hidden files.
constexpr const char* kLockName = ".doctor.lock";
// Nobody else's words.
constexpr std::string_view kWrittenWord = "quincunx";
constexpr std::string_view kHandMadeWord = "zygodactyl";

bool is_passing_name(std::string_view name) {
    return name.size() == kNamePrefix.size() + kNameDigits && name.starts_with(kNamePrefix) &&
           name.find_first_not_of("0123456789abcdef", kNamePrefix.size()) == std::string_view::npos;
}

/// Folder, history, rows and entry. The last to go is the entry, which leads to the others.
Result<void> remove_traces(KnowledgeBase& knowledge, const Project& project) {
    std::error_code failed;
    fs::remove_all(project.path, failed);
    knowledge.history().forget(project.path);
    const auto removed = knowledge.remove_project(project.name.str());
    // Somebody may have taken it for what is left of a dead one, when its folder was gone.
    if (!removed && removed.error().fault != Fault::not_found) {
        return tl::unexpected(removed.error());
    }
    if (failed) {
        return fail(Fault::unavailable,
                    "cannot remove the folder " + project.path.string() + ": " + failed.message());
    }
    return {};
}

/// The lock of a passing project, when nobody holds it. Without its file the folder is not ours.
std::optional<FileLock> lock_of_dead(const fs::path& folder) try {
    const fs::path file = folder / kLockName;
    if (!fs::exists(file)) return std::nullopt;
    return FileLock::try_acquire(file);
} catch (const std::system_error&) {
    return std::nullopt;
}

/// A new folder, and a hand on it.
Result<FileLock> make_locked(const fs::path& folder) {
    std::error_code error;
    if (!fs::create_directory(folder, error)) {
        return fail(Fault::unavailable,
                    with_way_out("Cannot make the folder " + folder.string() + ": " +
                                 (error ? error.message() : "it is there already")));
    }
    try {
        return FileLock::acquire(folder / kLockName);
    } catch (const std::system_error& problem) {
        fs::remove_all(folder, error);
        return fail(Fault::unavailable, with_way_out(std::string("Cannot use the folder ") +
                                                     folder.string() + ": " + problem.what()));
    }
}

/// A project that goes away with its folder.
class PassingProject {
public:
    static Result<PassingProject> make(KnowledgeBase& knowledge, const fs::path& folder) {
        const std::string name = std::string(kNamePrefix) + new_uuid().substr(0, kNameDigits);
        const fs::path path = folder / name;
        // Before anybody can see the project.
        auto lock = make_locked(path);
        if (!lock) return tl::unexpected(lock.error());
        auto added = knowledge.add_project(name, path.string(), false);
        if (!added) {
            std::error_code ignored;
            fs::remove_all(path, ignored);
            return tl::unexpected(added.error());
        }
        return PassingProject(knowledge, added->project, *std::move(lock));
    }
    PassingProject(PassingProject&& other) noexcept
        : knowledge_(std::exchange(other.knowledge_, nullptr)),
          project_(other.project_),
          lock_(std::move(other.lock_)) {}
    PassingProject(const PassingProject&) = delete;
    PassingProject& operator=(const PassingProject&) = delete;
    PassingProject& operator=(PassingProject&&) = delete;
    ~PassingProject() { (void)remove(); }

    [[nodiscard]] const Project& project() const noexcept { return project_; }

    Result<void> remove() noexcept {
        if (knowledge_ == nullptr) return {};
        KnowledgeBase& knowledge = *std::exchange(knowledge_, nullptr);
        try {
            return remove_traces(knowledge, project_);
        } catch (const std::exception& problem) {
            return fail(Fault::unavailable, problem.what());
        }
    }

private:
    PassingProject(KnowledgeBase& knowledge, Project project, FileLock lock)
        : knowledge_(&knowledge), project_(std::move(project)), lock_(std::move(lock)) {}

    KnowledgeBase* knowledge_;
    Project project_;
    FileLock lock_;
};

Result<void> expect(bool holds, std::string_view otherwise) {
    if (holds) return {};
    return fail(Fault::conflict, std::string(otherwise));
}

class RoundTrip {
public:
    RoundTrip(KnowledgeBase& knowledge, const Project& project)
        : knowledge_(knowledge), project_(project), store_(knowledge, project) {}

    Result<void> write_note() {
        const NoteDraft draft{"Doctor Note",
                              "note",
                              "- [check] " + std::string(kWrittenWord) +
                                  " #doctor\n- sees [[By "
                                  "Hand]]",
                              {},
                              {}};
        auto outcome = store_.write("notes", draft, false);
        if (const auto* error = std::get_if<Error>(&outcome)) return tl::unexpected(*error);
        const auto* note = std::get_if<StoredNote>(&outcome);
        return expect(note != nullptr && note->indexed,
                      "a new note was stored, but the index did not take it");
    }

    Result<void> look_at_file() {
        const auto file = store_.read(RelativePath::parse("notes/Doctor Note.md").value());
        if (!file) return tl::unexpected(file.error());
        return expect(file->bytes.find(kWrittenWord) != std::string::npos,
                      "the file of a new note does not hold what was written");
    }

    Result<void> put_by_hand() {
        return write_file_atomically(project_.path / "By Hand.md",
                                     "# By Hand\n\n" + std::string(kHandMadeWord) + "\n", 0644);
    }

    Result<void> index() {
        const auto report = reconcile_project(knowledge_, project_);
        if (!report) return tl::unexpected(report.error());
        const auto row = knowledge_.index().read(
            [&](Tables& tables) { return tables.entities.by_path(project_.id, "By Hand.md"); });
        return expect(row.has_value(), "a file that was put there by hand was not indexed");
    }

    Result<void> find() {
        for (const auto word : {kWrittenWord, kHandMadeWord}) {
            const auto page = knowledge_.index().read([&](Tables& tables) {
                TextQuery query;
                query.expression = word;
                return tables.text.search(project_.id, query);
            });
            if (page.total == 0) {
                return fail(Fault::conflict,
                            "searching finds nothing that says '" + std::string(word) + "'");
            }
        }
        return {};
    }

    Result<void> look_for_changes() {
        const auto report = compare_project(knowledge_, project_);
        if (!report) return tl::unexpected(report.error());
        return expect(report->is_clean(), "after a sync there are still changes to be indexed");
    }

private:
    KnowledgeBase& knowledge_;
    const Project& project_;
    NoteStore store_;
};

struct Step {
    std::string_view name;
    Result<void> (RoundTrip::*run)();
};

constexpr Step kSteps[] = {
    {"A note is written", &RoundTrip::write_note},
    {"Its file holds what was written", &RoundTrip::look_at_file},
    {"A file is put beside it by hand", &RoundTrip::put_by_hand},
    {"That file is indexed", &RoundTrip::index},
    {"Both are found by their words", &RoundTrip::find},
    {"Nothing is left to be indexed", &RoundTrip::look_for_changes},
};

}  // namespace

Result<void> try_round_trip(KnowledgeBase& knowledge, const fs::path& folder,
                            const std::function<void(std::string_view)>& passed,
                            const std::function<bool()>& stop) {
    auto made = PassingProject::make(knowledge, folder);
    if (!made) return tl::unexpected(made.error());
    passed("A project is made");
    RoundTrip trip(knowledge, made->project());
    for (const auto& step : kSteps) {
        if (stop()) return fail(Fault::unavailable, "interrupted");
        if (auto done = (trip.*step.run)(); !done) return done;
        passed(step.name);
    }
    return made->remove().map([&] { passed("The project is removed"); });
}

bool is_of_round_trip(const Project& project, const fs::path& folder) {
    const std::string& name = project.name.str();
    return is_passing_name(name) && project.path == (folder / name).lexically_normal();
}

void remove_dead_round_trips(KnowledgeBase& knowledge, const fs::path& folder) {
    for (const auto& project : knowledge.projects()) {
        if (!is_of_round_trip(project, folder)) continue;
        std::error_code unknown;
        const bool is_gone = !fs::exists(project.path, unknown) && !unknown;
        const auto lock = lock_of_dead(project.path);
        if (!is_gone && !lock) continue;
        if (const auto removed = remove_traces(knowledge, project); !removed) {
            knowledge.log()(LogLevel::warning, removed.error().message);
        }
    }
    // Of whoever died before the project was known to anybody.
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(folder, ignored)) {
        if (!is_passing_name(entry.path().filename().string())) continue;
        if (!entry.is_directory(ignored) || entry.is_symlink(ignored)) continue;
        if (knowledge.find_project(entry.path().filename().string())) continue;
        if (const auto lock = lock_of_dead(entry.path())) fs::remove_all(entry.path(), ignored);
    }
}

}  // namespace bm
