#include "sync/round_trip.hpp"

#include <exception>
#include <string>
#include <system_error>
#include <utility>
#include <variant>

#include "markdown/text.hpp"
#include "repository/checksum.hpp"
#include "sync/note_store.hpp"
#include "sync/reconcile.hpp"

namespace bm {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kNameDigits = 8;
// Nobody else's words.
constexpr std::string_view kWrittenWord = "quincunx";
constexpr std::string_view kHandMadeWord = "zygodactyl";

/// A project that goes away with its folder.
class PassingProject {
public:
    static Result<PassingProject> make(KnowledgeBase& knowledge, const fs::path& folder) {
        const std::string name = "doctor-" + new_uuid().substr(0, kNameDigits);
        return knowledge.add_project(name, (folder / name).string(), false)
            .map([&](const AddedProject& added) {
                return PassingProject(knowledge, added.project);
            });
    }
    PassingProject(PassingProject&& other) noexcept
        : knowledge_(std::exchange(other.knowledge_, nullptr)), project_(other.project_) {}
    PassingProject(const PassingProject&) = delete;
    PassingProject& operator=(const PassingProject&) = delete;
    PassingProject& operator=(PassingProject&&) = delete;
    ~PassingProject() { (void)remove(); }

    [[nodiscard]] const Project& project() const noexcept { return project_; }

    Result<void> remove() noexcept {
        if (knowledge_ == nullptr) return {};
        KnowledgeBase& knowledge = *std::exchange(knowledge_, nullptr);
        try {
            std::error_code failed;
            fs::remove_all(project_.path, failed);
            const auto removed = knowledge.remove_project(project_.name.str());
            if (!removed) return tl::unexpected(removed.error());
            if (failed) {
                return fail(
                    Fault::unavailable,
                    "cannot remove the folder " + project_.path.string() + ": " + failed.message());
            }
            return {};
        } catch (const std::exception& problem) {
            return fail(Fault::unavailable, problem.what());
        }
    }

private:
    PassingProject(KnowledgeBase& knowledge, Project project)
        : knowledge_(&knowledge), project_(std::move(project)) {}

    KnowledgeBase* knowledge_;
    Project project_;
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

}  // namespace bm
