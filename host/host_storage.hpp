#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "host/host_data.hpp"
#include "markdown/result.hpp"

namespace bm {

/// One account's part of a foreign store.
struct BucketKeys {
    std::string bucket;
    std::string access_key;  ///< both empty where a command mints them for each device
    std::string secret_key;
};

/// Where the files of the spaces are for clients: on this host, or in a store that speaks S3.
struct HostStorage {
    bool is_s3 = false;
    std::string endpoint;
    std::string region;
    /// The program that mints keys, and its arguments; no shell sees them. Empty: keys are given.
    std::vector<std::string> command;
    std::map<std::string, BucketKeys> accounts;  ///< by the account's name

    /// Of an account that the settings name. Two accounts never share a bucket.
    [[nodiscard]] std::optional<BucketKeys> keys_of(const std::string& account) const;
};

/// What whoever runs the host may set.
struct HostSettings {
    HostStorage storage;
    /// Accounts whose spaces are open at a time.
    std::size_t open_spaces = 256;
};

/// Reads the host's settings; without a file the files are served here. Fault::invalid names the
/// member that is wrong, never its value. Fault::forbidden for keys that others than the owner of
/// the file may read.
[[nodiscard]] Result<HostSettings> read_host_settings(const HostData& data);

}  // namespace bm
