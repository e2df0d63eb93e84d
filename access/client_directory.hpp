#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "access/access_limits.hpp"
#include "access/access_store.hpp"
#include "access/oauth_client.hpp"
#include "markdown/result.hpp"
#include "repository/clock.hpp"
#include "repository/guarded.hpp"
#include "sync/web_client.hpp"

namespace bm {

/// Hosts whose documents may describe clients.
struct DocumentHosts {
    std::vector<std::string> allowed;  ///< empty: all but the denied ones
    std::vector<std::string> denied;

    /// A host in a list stands for those below it too.
    [[nodiscard]] bool admits(std::string_view host) const;
};

/// The client of our own command line.
[[nodiscard]] const OAuthClient& command_line_client();

/// Knows who a client id is: our own, registered, or described by a document at that URL. Keeps
/// documents as long as they allow, and failures for a minute. Safe to use from several threads.
class ClientDirectory {
public:
    ClientDirectory(AccessStore& store, WebClient& web, AccessLimits& limits, Clock clock,
                    DocumentHosts hosts);

    /// Fault::not_found when nobody knows it; the other faults say why its document cannot be used.
    [[nodiscard]] Result<OAuthClient> find(std::string_view id);

private:
    struct Kept {
        Result<OAuthClient> client;
        Seconds until;
    };
    [[nodiscard]] Result<OAuthClient> find_document(const std::string& id);
    [[nodiscard]] Kept fetched(const std::string& id, Seconds now);

    AccessStore& store_;
    WebClient& web_;
    AccessLimits& limits_;
    Clock clock_;
    DocumentHosts hosts_;
    Guarded<std::map<std::string, Kept, std::less<>>> kept_;
};

}  // namespace bm
