#pragma once

#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include "repository/mailbox.hpp"
#include "repository/wake_event.hpp"
#include "sync/note_change.hpp"

namespace bm {

/// A change as other processes of this program read it, and back; nothing for what is no change.
std::string change_letter(const NoteChange& change);
std::optional<NoteChange> read_change_letter(std::string_view letter);

/// Hears what other processes have committed, on a thread of its own that sleeps until they have.
class ForeignChanges {
public:
    using Heard = std::function<void(const NoteChange&)>;

    /// `heard` is called on that thread. Throws std::system_error when there can be no mailbox.
    ForeignChanges(const std::filesystem::path& mailboxes, Heard heard);
    ForeignChanges(const ForeignChanges&) = delete;
    ForeignChanges& operator=(const ForeignChanges&) = delete;
    ~ForeignChanges();

    /// Where nothing of our own needs to go.
    [[nodiscard]] std::filesystem::path own_mailbox() const;

private:
    void run(const std::stop_token& stop);

    Heard heard_;
    mutable std::mutex mutex_;
    Mailbox mailbox_;
    WakeEvent wake_;
    std::jthread thread_;
};

}  // namespace bm
