#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "host/served_tree.hpp"
#include "repository/atomic_file.hpp"
#include "repository/folder_walk.hpp"
#include "repository/old_digest.hpp"

namespace bm {

/// What has to be true of a name when a file takes it.
struct UploadCondition {
    bool must_be_new = false;
    std::optional<FileStamp> expected = std::nullopt;  ///< the file in that state, and no other
};

/// A file on its way into a tree: becomes visible when it is whole. Unless published it leaves
/// nothing behind, neither bytes nor the folders that were made for it. One thread.
class WebDavUpload {
public:
    /// Makes the folders above it. Fault::conflict when a folder has that name, else those of
    /// walk_to(). `tree` outlives it.
    static Result<std::unique_ptr<WebDavUpload>> begin(const ServedTree& tree, std::string path,
                                                       bool with_sha1);
    WebDavUpload(const WebDavUpload&) = delete;
    WebDavUpload& operator=(const WebDavUpload&) = delete;
    ~WebDavUpload();

    [[nodiscard]] Result<void> take(std::string_view piece);
    /// What the pieces come to, once there are no more.
    [[nodiscard]] const std::string& md5();
    /// "" unless it was asked for.
    [[nodiscard]] const std::string& sha1();

    /// Durable when it returns. With a time the file says it was changed then. True when one was
    /// replaced, which was kept before. Fault::conflict when the condition does not hold or a
    /// folder has the name.
    [[nodiscard]] Result<bool> publish(std::optional<std::int64_t> mtime_ns,
                                       const UploadCondition& condition);

private:
    WebDavUpload(const ServedTree& tree, std::string path, Place place, AtomicFile file,
                 bool with_sha1);

    Result<bool> publish_whole(const UploadCondition& condition);
    Result<bool> try_once(const UploadCondition& condition, bool& comes_again);
    Result<void> replace(const FileStatus& status, const UploadCondition& condition);
    Result<void> make_durable();

    const ServedTree& tree_;
    std::string path_;
    Place place_;
    std::optional<AtomicFile> file_;
    OldDigestStream md5_;
    std::optional<OldDigestStream> sha1_;
    std::string md5_text_;
    std::string sha1_text_;
    bool is_published_ = false;
};

}  // namespace bm
