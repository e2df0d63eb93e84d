#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "repository/descriptor.hpp"
#include "repository/inotify_queue.hpp"

namespace bm {

/// How processes that share a data directory tell each other something that is worth a file's write
/// and no more: whoever wants to hear has a file of its own in one folder, and whoever has
/// something to say appends to all that are there. With nobody there it costs to open a folder that
/// does not exist. The system takes a listener's lock when it dies; the next who speaks removes its
/// file.
///
/// Puts the letters that `write` returns into every mailbox of `folder` but `own`; it is asked only
/// when there is one. What cannot be written is not told. Thread-safe.
void post_letters(const std::filesystem::path& folder, const std::filesystem::path& own,
                  const std::function<std::vector<std::string>()>& write) noexcept;

/// What others have to say to this process. One thread.
class Mailbox {
public:
    /// A mailbox that has grown beyond this is exchanged for an empty one.
    static constexpr std::uint64_t kLargest = std::uint64_t{1} << 20U;

    /// Makes the folder if needed. Throws std::system_error when there can be no mailbox.
    explicit Mailbox(const std::filesystem::path& folder, std::uint64_t largest = kLargest);
    Mailbox(const Mailbox&) = delete;
    Mailbox& operator=(const Mailbox&) = delete;
    ~Mailbox();

    /// Readable when there is something to read.
    [[nodiscard]] int descriptor() const noexcept { return news_.descriptor(); }
    /// The letters that have come since, in the order of each sender.
    [[nodiscard]] std::vector<std::string> read();
    [[nodiscard]] const std::filesystem::path& file() const noexcept { return file_; }

private:
    void open();
    void take(std::vector<std::string>& letters);

    std::filesystem::path folder_;
    std::uint64_t largest_;
    InotifyQueue news_;
    std::filesystem::path file_;
    Descriptor descriptor_;  ///< holds the lock that says that somebody listens
    int watch_ = -1;
    std::uint64_t at_ = 0;
    std::string rest_;  ///< the beginning of a letter
};

}  // namespace bm
