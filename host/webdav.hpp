#pragma once

#include <cstdint>
#include <filesystem>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "host/fresh_start.hpp"
#include "host/served_tree.hpp"
#include "host/unfinished_uploads.hpp"
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
        std::string origin = {};  ///< how clients name this server besides by what they call
        std::uint64_t largest_file = std::uint64_t{64} * 1024 * 1024 * 1024;
        UnfinishedUploads::Now now = std::chrono::steady_clock::now;
    };
    explicit WebDav(Parts parts)
        : parts_(std::move(parts)), unfinished_(parts_.now), fresh_(parts_.now) {}

    /// Whether a path is one of these.
    [[nodiscard]] bool owns(std::string_view path) const noexcept override;
    void serve(HttpExchange& exchange) override;

private:
    struct Call;
    /// What If-Match and If-None-Match demand of the file that a request is about.
    struct Conditions {
        bool must_be_new = false;
        std::optional<FileStamp> expected = std::nullopt;
        [[nodiscard]] bool any() const noexcept { return must_be_new || expected; }
    };

    [[nodiscard]] std::optional<Principal> admit(HttpExchange& exchange);
    /// Whether a path is that above all trees.
    [[nodiscard]] bool is_root(std::string_view path) const noexcept;
    void serve_root(HttpExchange& exchange, const Principal& caller);
    [[nodiscard]] bool meets(Call& call, Conditions& conditions);
    [[nodiscard]] std::optional<WebDavPath> destination(Call& call);
    void read(Call& call);
    void list(Call& call, const Principal& caller);
    void put(Call& call, UnfinishedUploads::Attempt& attempt);
    void remove(Call& call, const Principal& caller);
    /// Answers a wish to delete what the caller may take for his own half of an upload.
    [[nodiscard]] bool is_spared(Call& call, const Principal& caller);
    void make_folder(Call& call);
    void carry(Call& call, bool copies);
    void change_properties(Call& call);
    void tell_left_out(const Call& call, std::size_t names);
    void log(LogLevel level, const std::string& text) const;

    Parts parts_;
    UnfinishedUploads unfinished_;
    FreshStart fresh_;
    std::mutex mutex_;
    std::set<std::filesystem::path> told_;  ///< folders with names that are left out of lists
};

}  // namespace bm
