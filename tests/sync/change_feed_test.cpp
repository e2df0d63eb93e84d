#include "sync/change_feed.hpp"

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "sync/note_store.hpp"
#include "sync/reconcile.hpp"
#include "tests/sync/fixture.hpp"

namespace bm {
namespace {

using test::KnowledgeFixture;

class Listening {
public:
    explicit Listening(ChangeFeed& feed) : feed_(feed) {
        number_ = feed_.listen([this](const NoteChange& change) {
            const std::scoped_lock lock(mutex_);
            heard_.push_back(change);
            came_.notify_all();
        });
    }
    Listening(const Listening&) = delete;
    Listening& operator=(const Listening&) = delete;
    ~Listening() { feed_.stop(number_); }

    /// Waits until so many were heard; gives all.
    std::vector<NoteChange> wait_for(std::size_t count) {
        std::unique_lock lock(mutex_);
        came_.wait_for(lock, std::chrono::seconds(20), [&] { return heard_.size() >= count; });
        return heard_;
    }

private:
    ChangeFeed& feed_;
    int number_ = 0;
    std::mutex mutex_;
    std::condition_variable came_;
    std::vector<NoteChange> heard_;
};

TEST_CASE("a change letter says all of a change") {
    const NoteChange change{NoteChange::Kind::moved,   "main", "a/b", "a/b c.md",
                            std::string("t\0\n\t", 4), "id"};
    const std::string letter = change_letter(change);
    CHECK(read_change_letter(letter) == change);
    CHECK(read_change_letter(letter + "of a newer version") == change);
    for (std::size_t length = 0; length < letter.size(); ++length) {
        CHECK_FALSE(read_change_letter(std::string_view(letter).substr(0, length)));
    }
    CHECK_FALSE(read_change_letter("\x7f" + letter.substr(1)));
}

TEST_CASE("who wants to hear other processes hears what they commit") {
    KnowledgeFixture fixture;
    KnowledgeBase& here = fixture.knowledge();
    const auto other = fixture.another_process();
    Listening deaf(other->changes());
    Listening listening(here.changes());
    REQUIRE(here.changes().hear_others());
    REQUIRE(here.changes().hear_others());

    fixture.write("a.md", "# A");
    fixture.write("b.md", "# B");
    const auto project = other->default_project();
    REQUIRE(project);
    REQUIRE(reconcile_project(*other, *project));
    auto heard = listening.wait_for(2);
    REQUIRE(heard.size() == 2);
    CHECK(heard[0].kind == NoteChange::Kind::written);
    CHECK(heard[0].path == "a.md");
    CHECK(heard[0].project == project->name.str());
    CHECK(heard[1].path == "b.md");

    // Nothing of our own comes back, and nobody tells what he has heard.
    std::filesystem::remove(fixture.notes() / "a.md");
    REQUIRE(reconcile_project(here, fixture.project()));
    fixture.write("c.md", "# C");
    REQUIRE(reconcile_project(*other, *project));
    heard = listening.wait_for(4);
    REQUIRE(heard.size() == 4);
    CHECK(heard[2].kind == NoteChange::Kind::removed);
    CHECK(heard[3].path == "c.md");
    CHECK(deaf.wait_for(3).size() == 3);
}

}  // namespace
}  // namespace bm
