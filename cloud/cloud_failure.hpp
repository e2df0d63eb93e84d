#pragma once

#include <string>
#include <string_view>
#include <utility>

#include <tl/expected.hpp>

namespace bm {

/// Why something between this machine and the cloud could not be done. Each has a name for scripts.
enum class CloudFault {
    not_cloud_mode,
    not_authenticated,
    subscription_required,
    not_set_up,
    rclone_missing,
    rclone_too_old,
    project_not_found,
    no_local_path,
    overlap,
    mount_conflict,
    not_initialized,
    needs_resync,
    deletion_limit,
    all_changed,
    side_empty,
    sides_differ,  ///< files that both sides have are not the same
    local_missing,
    locked,
    credentials,
    network,
    remote_unsupported,
    local_io,
    rclone_failed,
    interrupted,
    usage,
    internal,
};

/// The name on the wire: `not_cloud_mode`, `deletion_limit`...
[[nodiscard]] std::string_view cloud_fault_name(CloudFault fault) noexcept;

/// One sentence for people, and the way out: a command to run, or what to choose from. No secrets.
struct CloudFailure {
    CloudFault fault = CloudFault::internal;
    std::string message;
    std::string hint = {};  ///< may be empty, may have several lines

    friend bool operator==(const CloudFailure&, const CloudFailure&) = default;
};

template <class T>
using CloudResult = tl::expected<T, CloudFailure>;

[[nodiscard]] inline tl::unexpected<CloudFailure> cloud_fail(CloudFault fault, std::string message,
                                                             std::string hint = {}) {
    return tl::unexpected<CloudFailure>(CloudFailure{fault, std::move(message), std::move(hint)});
}

}  // namespace bm
