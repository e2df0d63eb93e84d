#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "access/access_limits.hpp"
#include "access/access_store.hpp"
#include "access/oauth_client.hpp"
#include "markdown/result.hpp"
#include "repository/clock.hpp"
#include "repository/guarded.hpp"
#include "repository/log.hpp"
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
/// Whether a client id is that of our own command line, in either of its spellings.
[[nodiscard]] bool is_command_line_client(std::string_view id);

/// On whose account another server is called.
struct ClientSeeker {
    Limited kind;  ///< document_of_account or document_of_peer
    std::string key;
};

/// Knows who a client id is: our own, registered, or described by a document at that URL. Keeps
/// documents as long as they allow, and failures for a minute; where a document cannot be had anew,
/// the one that was good goes on for a day. Safe to use from several threads.
class ClientDirectory {
public:
    ClientDirectory(AccessStore& store, WebClient& web, AccessLimits& limits, Clock clock,
                    DocumentHosts hosts, Log log);

    /// Fault::not_found when nobody knows it; the other faults say why its document cannot be used.
    [[nodiscard]] Result<OAuthClient> find(std::string_view id, const ClientSeeker& seeker);
    /// Whether the document of that URL may describe a client here, as things stand now.
    [[nodiscard]] bool admits_document(const std::string& id) const { return !document_fault(id); }
    /// Whether find() would call another server.
    [[nodiscard]] bool would_fetch(std::string_view id);
    /// The name of a client of ours or of a document that is kept; empty when there is none.
    [[nodiscard]] std::string known_name(std::string_view id);

private:
    struct Kept {
        Result<OAuthClient> client;
        Seconds until;
        Seconds fetched_at;
        std::uint64_t used = 0;  ///< the greater, the later
    };
    struct Documents {
        std::map<std::string, Kept, std::less<>> kept;
        std::uint64_t uses = 0;

        /// One that still counts.
        [[nodiscard]] Kept* fresh(std::string_view id, Seconds now);
        void keep(const std::string& id, Kept document);
    };
    [[nodiscard]] Result<OAuthClient> find_document(const std::string& id,
                                                    const ClientSeeker& seeker);
    /// Why its document must not be fetched.
    [[nodiscard]] std::optional<Error> document_fault(const std::string& id) const;
    [[nodiscard]] bool may_fetch(const ClientSeeker& seeker);
    [[nodiscard]] Kept fetched(const std::string& id, Seconds now);

    AccessStore& store_;
    WebClient& web_;
    AccessLimits& limits_;
    Clock clock_;
    DocumentHosts hosts_;
    Log log_;
    Guarded<Documents> documents_;
};

}  // namespace bm
