#pragma once

#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "repository/note_files.hpp"

namespace bm::test {

/// Files that live in a map: a stand-in for the disk that counts what is read. Every write gives
/// the file a later time and another inode, as a replacement on disk does.
class MemoryNoteFiles final : public NoteFiles {
public:
    Result<FileContent> read(const RelativePath& path) override {
        const std::scoped_lock lock(mutex_);
        reads_.push_back(path.str());
        const auto found = files_.find(path.str());
        if (found == files_.end()) return absent(path);
        return found->second;
    }
    Result<MeasuredFile> measure(const RelativePath& path) override {
        return read(path).map([](const FileContent& file) {
            return MeasuredFile{checksum_of(file.bytes), file.stamp, file.born};
        });
    }
    Result<FileStamp> stamp(const RelativePath& path) override {
        const std::scoped_lock lock(mutex_);
        const auto found = files_.find(path.str());
        if (found == files_.end()) return absent(path);
        return found->second.stamp;
    }
    bool exists(const RelativePath& path) override { return stamp(path).has_value(); }
    bool folder_exists(std::string_view folder) override {
        if (folder.empty()) return true;
        const std::scoped_lock lock(mutex_);
        const std::string prefix = std::string(folder) + '/';
        const auto first = files_.lower_bound(prefix);
        return first != files_.end() && first->first.starts_with(prefix);
    }

    Result<FileStamp> write(const RelativePath& path, std::string_view bytes,
                            const std::optional<FileStamp>& expected) override {
        const std::scoped_lock lock(mutex_);
        if (!refusal_.empty()) {
            return fail(Fault::unavailable, "Failed to write file: " + refusal_);
        }
        const auto found = files_.find(path.str());
        if (found == files_.end() ? expected.has_value() : expected != found->second.stamp) {
            return fail(Fault::conflict, path.str() + " was changed by another program");
        }
        const Timestamp born = found == files_.end() ? now() : found->second.born;
        return put_locked(path.str(), bytes, born);
    }
    Result<FileStamp> move(const RelativePath& from, const RelativePath& to) override {
        const std::scoped_lock lock(mutex_);
        const auto found = files_.find(from.str());
        if (found == files_.end()) {
            return fail(Fault::not_found, "Source file not found: " + from.str());
        }
        if (files_.contains(to.str())) {
            return fail(Fault::conflict, "Destination already exists: " + to.str());
        }
        auto node = files_.extract(found);
        node.key() = to.str();
        return files_.insert(std::move(node)).position->second.stamp;
    }
    Result<void> remove(const RelativePath& path) override {
        const std::scoped_lock lock(mutex_);
        files_.erase(path.str());
        return {};
    }
    void prune_empty_folders(const RelativePath& /*path*/) override {}

    /// Puts a file there behind the program's back.
    FileStamp put(const std::string& path, std::string_view bytes) {
        const std::scoped_lock lock(mutex_);
        return put_locked(path, bytes, now());
    }
    [[nodiscard]] std::map<std::string, std::string> texts() const {
        const std::scoped_lock lock(mutex_);
        std::map<std::string, std::string> all;
        for (const auto& [path, file] : files_) all.emplace(path, file.bytes);
        return all;
    }
    /// The paths that were read so far, in order.
    [[nodiscard]] std::vector<std::string> reads() const {
        const std::scoped_lock lock(mutex_);
        return reads_;
    }
    /// From now on every write fails with this reason; empty ends that.
    void refuse_writes(std::string reason) {
        const std::scoped_lock lock(mutex_);
        refusal_ = std::move(reason);
    }

private:
    static tl::unexpected<Error> absent(const RelativePath& path) {
        return fail(Fault::not_found, "File not found: " + path.str());
    }
    [[nodiscard]] Timestamp now() const { return Timestamp(std::chrono::seconds(ticks_)); }
    FileStamp put_locked(const std::string& path, std::string_view bytes, Timestamp born) {
        ++ticks_;
        const FileStamp stamp{.mtime_ns = ticks_ * 1'000'000'000,
                              .size = static_cast<std::int64_t>(bytes.size()),
                              .inode = ticks_};
        files_.insert_or_assign(path, FileContent{std::string(bytes), stamp, born});
        return stamp;
    }

    mutable std::mutex mutex_;
    std::map<std::string, FileContent, std::less<>> files_;
    std::vector<std::string> reads_;
    std::string refusal_;
    std::int64_t ticks_ = 1'700'000'000;
};

}  // namespace bm::test
