#pragma once

#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>
#include <vector>

#include "repository/note_files.hpp"
#include "sync/index_note.hpp"
#include "sync/scan.hpp"

namespace bm {

/// Reads and understands files on a few threads and hands them over in the order asked for.
/// Bounded: only so many files and so many bytes are in memory at once, whatever the size of the
/// project.
class PreparedFiles {
public:
    /// `workers` files are in hand at once. `files` must outlive this object.
    PreparedFiles(NoteFiles& files, std::vector<SeenFile> wanted, unsigned workers);
    ~PreparedFiles();
    PreparedFiles(const PreparedFiles&) = delete;
    PreparedFiles& operator=(const PreparedFiles&) = delete;

    /// The next file in order, or none after the last.
    std::optional<Result<PreparedFile>> next();

private:
    void work(const std::stop_token& stop);
    Result<PreparedFile> prepare(const SeenFile& file);

    NoteFiles& files_;
    const std::vector<SeenFile> wanted_;
    std::mutex mutex_;
    std::condition_variable_any changed_;
    std::map<std::size_t, Result<PreparedFile>> ready_;
    std::size_t next_to_read_ = 0;
    std::size_t next_to_hand_over_ = 0;
    std::int64_t bytes_in_hand_ = 0;
    std::vector<std::jthread> workers_;  // last: joined before anything they use goes
};

}  // namespace bm
