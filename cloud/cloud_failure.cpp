#include "cloud/cloud_failure.hpp"

namespace bm {

std::string_view cloud_fault_name(CloudFault fault) noexcept {
    switch (fault) {
        case CloudFault::not_cloud_mode:
            return "not_cloud_mode";
        case CloudFault::not_authenticated:
            return "not_authenticated";
        case CloudFault::subscription_required:
            return "subscription_required";
        case CloudFault::not_set_up:
            return "not_set_up";
        case CloudFault::rclone_missing:
            return "rclone_missing";
        case CloudFault::rclone_too_old:
            return "rclone_too_old";
        case CloudFault::project_not_found:
            return "project_not_found";
        case CloudFault::no_local_path:
            return "no_local_path";
        case CloudFault::overlap:
            return "overlap";
        case CloudFault::mount_conflict:
            return "mount_conflict";
        case CloudFault::not_initialized:
            return "not_initialized";
        case CloudFault::needs_resync:
            return "needs_resync";
        case CloudFault::deletion_limit:
            return "deletion_limit";
        case CloudFault::all_changed:
            return "all_changed";
        case CloudFault::side_empty:
            return "side_empty";
        case CloudFault::sides_differ:
            return "sides_differ";
        case CloudFault::local_missing:
            return "local_missing";
        case CloudFault::locked:
            return "locked";
        case CloudFault::credentials:
            return "credentials";
        case CloudFault::network:
            return "network";
        case CloudFault::remote_unsupported:
            return "remote_unsupported";
        case CloudFault::local_io:
            return "local_io";
        case CloudFault::rclone_failed:
            return "rclone_failed";
        case CloudFault::interrupted:
            return "interrupted";
        case CloudFault::usage:
            return "usage";
        case CloudFault::internal:
            return "internal";
    }
    return "internal";
}

}  // namespace bm
