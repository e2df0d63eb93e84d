#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "cloud/http_client.hpp"
#include "cloud/token_file.hpp"
#include "repository/clock.hpp"

namespace bm {

/// Which host, and as whom.
struct CloudAddress {
    std::string host;    ///< `https://notes.example.com`, without a slash at its end
    std::string domain;  ///< of the authorization server; the host itself where both are one
    std::string client_id;
    /// Where the routes of the API begin: `{host}/proxy`, unless the environment names another
    /// base.
    std::string api;
    std::optional<std::string> api_key = {};  ///< takes the place of tokens
};

/// Calls the host as the one who is logged in. A token that is about to end is renewed first; one
/// that is refused is renewed once. Several threads and processes may do so at once: whoever has
/// the lock renews, the others take what he got. Thread-safe.
class CloudSession {
public:
    struct Parts {
        CloudAddress address;
        TokenFile tokens;
        HttpClient& http;
        Clock clock = system_now;
        /// Between two tries of a reading call.
        std::function<void(std::chrono::milliseconds)> sleep = {};
    };
    explicit CloudSession(Parts parts);

    /// `call.url` is absolute. Adds who calls; reading calls that meet a tired server are repeated
    /// twice. Answers of any other status come back as they are. Faults: not_authenticated,
    /// subscription_required, network.
    [[nodiscard]] CloudResult<HttpAnswer> send(HttpCall call);
    /// What the header has to say, for those who call by other means.
    [[nodiscard]] CloudResult<std::string> bearer();
    /// The same after `refused` was not taken any more.
    [[nodiscard]] CloudResult<std::string> renewed_bearer(const std::string& refused);

    [[nodiscard]] const CloudAddress& address() const noexcept { return parts_.address; }

private:
    /// None when nobody is logged in at this host: tokens of another one are not shown to it.
    [[nodiscard]] std::optional<CloudTokens> known_tokens() const;
    [[nodiscard]] CloudResult<CloudTokens> renewed(const std::string& refused);
    [[nodiscard]] CloudResult<HttpAnswer> send_patiently(const HttpCall& call);

    Parts parts_;
    std::mutex mutex_;
    std::optional<CloudTokens> tokens_;
};

/// Nobody is logged in: the sentence with the way out.
[[nodiscard]] CloudFailure not_authenticated();
/// What went wrong, in the words of the host: `API request failed: 404 Project 'x' not found.`
[[nodiscard]] CloudFailure api_failure(const HttpAnswer& answer);
/// `detail` of an answer of the host, or its first words.
[[nodiscard]] std::string detail_of(const HttpAnswer& answer);

}  // namespace bm
