#include "repository/mailbox.hpp"

#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/temporary_folder.hpp"

namespace bm {
namespace {

namespace fs = std::filesystem;
using Letters = std::vector<std::string>;

void post(const fs::path& folder, const Letters& letters, const fs::path& own = {}) {
    post_letters(folder, own, [&] { return letters; });
}

std::size_t files_in(const fs::path& folder) {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

bool has_news(const Mailbox& mailbox) {
    pollfd waiting{mailbox.descriptor(), POLLIN, 0};
    return ::poll(&waiting, 1, 0) == 1;
}

TEST_CASE("nobody writes a letter that nobody reads") {
    const test::TemporaryFolder folder;
    const fs::path boxes = folder.path() / "boxes";
    bool asked = false;
    const auto write = [&] {
        asked = true;
        return Letters{"x"};
    };
    post_letters(boxes, {}, write);
    CHECK_FALSE(asked);
    CHECK_FALSE(fs::exists(boxes));
    const Mailbox alone(boxes);
    post_letters(boxes, alone.file(), write);
    CHECK_FALSE(asked);
}

TEST_CASE("a letter reaches every mailbox but the sender's own") {
    const test::TemporaryFolder folder;
    Mailbox one(folder.path());
    Mailbox two(folder.path());
    Mailbox own(folder.path());
    CHECK_FALSE(has_news(one));
    const Letters letters{"first", std::string("with \0 and \n", 13), ""};
    post(folder.path(), letters, own.file());
    post(folder.path(), {"later"}, own.file());
    for (auto* box : {&one, &two}) {
        CHECK(has_news(*box));
        CHECK(box->read() == Letters{letters[0], letters[1], letters[2], "later"});
        CHECK_FALSE(has_news(*box));
        CHECK(box->read().empty());
    }
    CHECK_FALSE(has_news(own));
    CHECK(own.read().empty());
}

TEST_CASE("a mailbox goes with its reader, and that of a dead one with the next letter") {
    const test::TemporaryFolder folder;
    { const Mailbox gone(folder.path()); }
    CHECK(files_in(folder.path()) == 0);
    const pid_t child = ::fork();
    if (child == 0) {
        const Mailbox dies(folder.path());
        ::_exit(0);
    }
    REQUIRE(child > 0);
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(files_in(folder.path()) == 1);
    Mailbox lives(folder.path());
    post(folder.path(), {"x"});
    CHECK(files_in(folder.path()) == 1);
    CHECK(lives.read() == Letters{"x"});
}

TEST_CASE("a mailbox does not grow without bound and loses nothing when it is exchanged") {
    const test::TemporaryFolder folder;
    Mailbox box(folder.path(), 1000);
    Letters wanted;
    Letters got;
    for (int i = 0; i < 300; ++i) {
        wanted.push_back("letter " + std::to_string(i));
        post(folder.path(), {wanted.back()});
        if (i % 7 == 0) {
            for (auto& letter : box.read()) got.push_back(std::move(letter));
            CHECK(fs::file_size(box.file()) <= 1000);
        }
    }
    CHECK(has_news(box));
    for (auto& letter : box.read()) got.push_back(std::move(letter));
    CHECK(got == wanted);
    CHECK(files_in(folder.path()) == 1);
}

TEST_CASE("letters of several senders do not mix") {
    const test::TemporaryFolder folder;
    Mailbox box(folder.path());
    constexpr int each = 200;
    {
        std::vector<std::jthread> senders;
        for (const char who : {'a', 'b', 'c'}) {
            senders.emplace_back([&, who] {
                for (int i = 0; i < each; ++i) post(folder.path(), {std::string(500, who)});
            });
        }
    }
    const Letters letters = box.read();
    CHECK(letters.size() == 3 * each);
    for (const auto& letter : letters) CHECK(letter == std::string(500, letter.front()));
}

TEST_CASE("a letter that was cut short costs the letters behind it and no more") {
    const test::TemporaryFolder folder;
    Mailbox box(folder.path());
    const fs::path before = box.file();
    std::ofstream(before, std::ios::binary | std::ios::app) << "\xff\xff\xff\x7f and so on";
    CHECK(box.read().empty());
    CHECK(box.file() != before);
    post(folder.path(), {"again"});
    CHECK(box.read() == Letters{"again"});
}

}  // namespace
}  // namespace bm
