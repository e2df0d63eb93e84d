#include "sync/prepared_files.hpp"

#include <algorithm>
#include <exception>
#include <string>
#include <utility>

#include "sync/file_preparation.hpp"

namespace bm {

namespace {

// Enough to keep the writer busy, little enough to be nothing in memory.
constexpr std::size_t kMaxFilesAhead = 512;
constexpr std::int64_t kMaxBytesAhead = 16LL << 20;
// Beyond this more threads only wait for the same disk.
constexpr unsigned kMaxWorkers = 32;

}  // namespace

PreparedFiles::PreparedFiles(NoteFiles& files, std::vector<SeenFile> wanted, unsigned workers)
    : files_(files), wanted_(std::move(wanted)) {
    workers = std::min({workers, kMaxWorkers, static_cast<unsigned>(wanted_.size())});
    for (unsigned i = 0; i < workers; ++i) {
        workers_.emplace_back([this](const std::stop_token& stop) { work(stop); });
    }
}

PreparedFiles::~PreparedFiles() {
    for (auto& worker : workers_) worker.request_stop();
}

Result<PreparedFile> PreparedFiles::prepare(const SeenFile& file) try {
    return prepare_from_disk(files_, file.path, file.stamp.size);
} catch (const std::exception& error) {
    // Out of memory, for instance: this file fails, and the others go on.
    return fail(Fault::unavailable, "Cannot read " + file.path.str() + ": " + error.what());
}

void PreparedFiles::work(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    while (true) {
        const auto may_read = [this] {
            return next_to_read_ == wanted_.size() ||
                   (next_to_read_ < next_to_hand_over_ + kMaxFilesAhead &&
                    (bytes_in_hand_ == 0 ||
                     bytes_in_hand_ + wanted_[next_to_read_].stamp.size <= kMaxBytesAhead));
        };
        if (!changed_.wait(lock, stop, may_read) || next_to_read_ == wanted_.size()) return;
        const std::size_t mine = next_to_read_++;
        bytes_in_hand_ += wanted_[mine].stamp.size;
        lock.unlock();
        auto prepared = prepare(wanted_[mine]);
        lock.lock();
        ready_.emplace(mine, std::move(prepared));
        if (mine == next_to_hand_over_) changed_.notify_all();
    }
}

std::optional<Result<PreparedFile>> PreparedFiles::next() {
    std::unique_lock lock(mutex_);
    if (next_to_hand_over_ == wanted_.size()) return std::nullopt;
    changed_.wait(lock, [this] { return ready_.contains(next_to_hand_over_); });
    auto node = ready_.extract(next_to_hand_over_);
    bytes_in_hand_ -= wanted_[next_to_hand_over_].stamp.size;
    ++next_to_hand_over_;
    // Workers sleep only when the window is full; waking them for each file would cost more than
    // the file.
    const bool wake = ready_.size() < kMaxFilesAhead / 2 || bytes_in_hand_ == 0;
    lock.unlock();
    if (wake) changed_.notify_all();
    return std::move(node.mapped());
}

}  // namespace bm
