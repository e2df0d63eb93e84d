#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "host/file_hashes.hpp"
#include "host/served_tree.hpp"
#include "host/webdav_files.hpp"
#include "host/webdav_path.hpp"
#include "repository/log.hpp"
#include "server/authorizer.hpp"
#include "server/http_handler.hpp"

namespace bm {

/// Files over WebDAV (RFC 4918, class 1, no locks), with what ownCloud adds so that rclone keeps
/// times and hashes: `X-OC-Mtime`, `OC-Checksum`, `oc:checksums`. Reading wants the scope to read,
/// everything else that to write. Thread-safe.
class WebDav final : public HttpBranch {
public:
    struct Parts {
        Authorizer& authorizer;
        ServedTrees& trees;
        std::string prefix;  ///< `/webdav`; the tree's name follows
        Log log = {};
        std::uint64_t largest_file = std::uint64_t{64} * 1024 * 1024 * 1024;
    };
    explicit WebDav(Parts parts) : parts_(std::move(parts)), hashes_(kMostHashes) {}

    /// Whether a path is one of these.
    [[nodiscard]] bool owns(std::string_view path) const noexcept override;
    void serve(HttpExchange& exchange) override;

private:
    static constexpr std::size_t kMostHashes = 200'000;

    struct Call;

    [[nodiscard]] std::optional<Principal> admit(HttpExchange& exchange);
    void read(Call& call);
    void list(Call& call);
    void put(Call& call);
    void remove(Call& call);
    void make_folder(Call& call);
    void carry(Call& call, bool copies);
    void change_properties(Call& call);

    Parts parts_;
    FileHashes hashes_;
};

}  // namespace bm
