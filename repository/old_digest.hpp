#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace bm {

/// The digests by which other programs compare files: not for secrets, and not to be trusted where
/// somebody may want two files to look alike.
enum class OldDigest { md5, sha1 };

/// One of them, computed piece by piece. One thread.
class OldDigestStream {
public:
    explicit OldDigestStream(OldDigest kind);
    ~OldDigestStream();
    OldDigestStream(OldDigestStream&&) noexcept;

    void add(std::string_view piece);
    /// Lower-case hex; ends the stream.
    [[nodiscard]] std::string finish();

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace bm
