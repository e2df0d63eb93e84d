#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "access/account_tokens.hpp"
#include "access/client_directory.hpp"
#include "access/password_hash.hpp"
#include "markdown/result.hpp"
#include "repository/clock.hpp"
#include "repository/log.hpp"
#include "server/authorizer.hpp"
#include "server/http_handler.hpp"
#include "server/rate_limit.hpp"
#include "sync/web_client.hpp"

namespace bm {

/// An OpenID provider that issues the tokens instead of us.
struct ForeignIssuerOptions {
    std::string issuer;    ///< as its tokens spell it in `iss`
    std::string audience;  ///< what `aud` must name; empty: our resource
    /// Only subjects come in that have an account here.
    bool needs_account = false;
    /// Our own command line as the provider has registered it: with its tokens API keys are made.
    std::string own_client = {};
};

struct AccessOptions {
    std::filesystem::path file;  ///< DataDirectory::access()
    std::string public_url;      ///< `https://notes.example.com`
    std::string resource_path = "/mcp";
    bool allows_plain_http = false;  ///< see AccessUrls::from
    std::optional<ForeignIssuerOptions> foreign_issuer = {};
    /// A file of certificates that the issuer's is trusted by, in place of the system's.
    std::optional<std::string> issuer_certificates = {};
    DocumentHosts document_hosts = {};
    Log log = {};
    Clock clock = system_now;
    SteadyClock steady_clock = steady_now;
    PasswordCost password_cost = {};
    std::shared_ptr<WebClient> web = {};  ///< the real one where none is given
};

/// Who may call over HTTP: everything of this room, put together.
class Access {
public:
    /// Fault::invalid when the URLs are none that can be served. Throws DatabaseError when the file
    /// cannot be used.
    static Result<std::unique_ptr<Access>> open(AccessOptions options);
    ~Access();
    Access(const Access&) = delete;
    Access& operator=(const Access&) = delete;

    [[nodiscard]] Authorizer& authorizer() noexcept;
    /// Pages, endpoints and metadata.
    [[nodiscard]] HttpHandler& handler() noexcept;
    /// The origin that is seen from outside; the only one that forms come from.
    [[nodiscard]] const std::string& origin() const noexcept;
    [[nodiscard]] AccountTokens& account_tokens() noexcept;
    /// For the console, on the first start: the link that makes its visitor the owner. It is a
    /// secret.
    [[nodiscard]] const std::optional<std::string>& setup_link() const noexcept;

private:
    struct Parts;
    explicit Access(std::unique_ptr<Parts> parts);

    std::unique_ptr<Parts> parts_;
};

}  // namespace bm
