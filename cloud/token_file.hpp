#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "cloud/cloud_failure.hpp"

namespace bm {

/// What a login has brought. Secrets: never printed, never logged.
struct CloudTokens {
    std::string access_token;
    std::string refresh_token;    ///< may be empty
    std::int64_t expires_at = 0;  ///< seconds since 1970
    std::string token_type = "Bearer";
    /// To whom they may be shown: who has issued them, and the host that takes them. Empty where
    /// another program has written the file.
    std::string issuer = {};
    std::string host = {};
    /// Where they are renewed, at an OpenID provider; empty: at the issuer's own place for it.
    std::string token_endpoint = {};

    /// A minute before its end a token is too old to begin something with.
    [[nodiscard]] bool is_valid(std::int64_t now) const noexcept { return now < expires_at - 60; }
    [[nodiscard]] bool are_for(const std::string& domain, const std::string& wanted) const {
        return (issuer.empty() || issuer == domain) && (host.empty() || host == wanted);
    }
    friend bool operator==(const CloudTokens&, const CloudTokens&) = default;
};

/// `basic-memory-cloud.json` in the data directory, readable by its owner only. Several processes
/// may use it: whoever changes it holds the lock beside it (see CloudSession).
class TokenFile {
public:
    explicit TokenFile(std::filesystem::path file) : file_(std::move(file)) {}

    /// Nothing when there is no file, or none that can be read: nobody is logged in then.
    [[nodiscard]] std::optional<CloudTokens> load() const;
    [[nodiscard]] CloudResult<void> save(const CloudTokens& tokens) const;
    /// True when there was one.
    [[nodiscard]] CloudResult<bool> remove() const;

    [[nodiscard]] const std::filesystem::path& path() const noexcept { return file_; }
    [[nodiscard]] std::filesystem::path lock_path() const {
        return std::filesystem::path(file_) += ".lock";
    }

private:
    std::filesystem::path file_;
};

}  // namespace bm
