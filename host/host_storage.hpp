#pragma once

#include <map>
#include <optional>
#include <string>

#include "host/host_data.hpp"
#include "markdown/result.hpp"

namespace bm {

/// One account's part of a foreign store.
struct BucketKeys {
    std::string bucket;
    std::string access_key;
    std::string secret_key;
};

/// Where the files of the spaces are for clients: on this host, or in a store that speaks S3.
struct HostStorage {
    bool is_s3 = false;
    std::string endpoint;
    std::string region;
    std::map<std::string, BucketKeys> accounts;  ///< by the account's name

    /// Of an account that the settings name. Two accounts never share a bucket.
    [[nodiscard]] std::optional<BucketKeys> keys_of(const std::string& account) const;
};

/// Reads `storage` of the host's settings; without a file or that member the files are served here.
/// Fault::invalid names the member that is wrong, never its value.
[[nodiscard]] Result<HostStorage> read_host_storage(const HostData& data);

}  // namespace bm
