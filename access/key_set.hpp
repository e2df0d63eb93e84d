#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "access/access_store.hpp"
#include "access/token_signature.hpp"
#include "markdown/result.hpp"
#include "repository/clock.hpp"
#include "repository/guarded.hpp"
#include "sync/web_client.hpp"

namespace bm {

/// The signature keys of a document (RFC 7517, 5); those that are not for us are left out.
[[nodiscard]] std::vector<SignatureKey> keys_of_document(std::string_view text);

/// The keys of a foreign issuer, found through its metadata. Fetched at the first use, again after
/// an hour, and when a token names a key that is not there, as after a rotation, but at most once a
/// minute whatever strangers send. While the issuer is not reachable the known keys go on for a
/// day. Safe to use from several threads.
class KeySet {
public:
    KeySet(std::string issuer, WebClient& web, Clock clock)
        : issuer_(std::move(issuer)), web_(web), clock_(std::move(clock)) {}

    /// The keys that may have made a signature: those of that algorithm and, if the token names
    /// one, of that id. Fault::unavailable when no keys are to be had.
    [[nodiscard]] Result<std::vector<SignatureKey>> find(SignatureAlgorithm algorithm,
                                                         const std::optional<std::string>& id);

private:
    struct Known {
        std::vector<SignatureKey> keys;
        Seconds fetched_at = 0;
        std::optional<Seconds> tried_at;

        [[nodiscard]] std::vector<SignatureKey> matching(
            SignatureAlgorithm algorithm, const std::optional<std::string>& id) const;
        [[nodiscard]] bool wants_fetch(SignatureAlgorithm algorithm,
                                       const std::optional<std::string>& id, Seconds now) const;
    };
    void fetch(SignatureAlgorithm algorithm, const std::optional<std::string>& id, Seconds now);
    [[nodiscard]] std::optional<std::string> document_url();

    std::string issuer_;
    WebClient& web_;
    Clock clock_;
    Guarded<Known> known_;
    std::mutex fetching_;
    std::optional<std::string> url_;  ///< whoever holds `fetching_` has it, and the next
    bool url_failed_ = false;         ///< gave no keys the last time
};

}  // namespace bm
