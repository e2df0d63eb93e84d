#include "access/client_directory.hpp"

#include <algorithm>

#include "access/client_metadata.hpp"
#include "access/registered_clients.hpp"
#include "access/url_parts.hpp"

namespace bm {

namespace {

constexpr std::size_t kMostDocuments = 256;
constexpr Seconds kFailureLife = kMinute;

bool lists_host(const std::vector<std::string>& list, std::string_view host) {
    return std::any_of(list.begin(), list.end(), [&](const std::string& name) {
        return host == name || (host.ends_with(name) && host.size() > name.size() &&
                                host[host.size() - name.size() - 1] == '.');
    });
}

}  // namespace

bool DocumentHosts::admits(std::string_view host) const {
    if (lists_host(denied, host)) return false;
    return allowed.empty() || lists_host(allowed, host);
}

const OAuthClient& command_line_client() {
    static const OAuthClient client{
        "bm-cli",
        "Basic Memory command line",
        {"http://127.0.0.1/callback"},
        {std::string(kCodeGrant), std::string(kRefreshGrant), std::string(kDeviceGrant)},
        ClientAuth::none,
        std::nullopt};
    return client;
}

ClientDirectory::ClientDirectory(AccessStore& store, WebClient& web, AccessLimits& limits,
                                 Clock clock, DocumentHosts hosts)
    : store_(store),
      web_(web),
      limits_(limits),
      clock_(std::move(clock)),
      hosts_(std::move(hosts)) {}

Result<OAuthClient> ClientDirectory::find(std::string_view id) {
    if (id == command_line_client().id) return command_line_client();
    if (is_document_id(id)) return find_document(std::string(id));
    auto client =
        store_.read([&](Database& database) { return RegisteredClients(database).find(id); });
    if (!client) return fail(Fault::not_found, "This client is not registered here.");
    return *client;
}

Result<OAuthClient> ClientDirectory::find_document(const std::string& id) {
    const Seconds now = seconds_of(clock_());
    const auto known = kept_.with([&](const auto& kept) -> std::optional<Result<OAuthClient>> {
        const auto found = kept.find(id);
        if (found == kept.end() || found->second.until <= now) return std::nullopt;
        return found->second.client;
    });
    if (known) return *known;
    // Two logins at once may both fetch it; nobody waits for a stranger's server with a lock held.
    Kept fresh = fetched(id, now);
    kept_.with([&](auto& kept) {
        std::erase_if(kept, [&](const auto& each) { return each.second.until <= now; });
        if (kept.size() >= kMostDocuments) kept.erase(kept.begin());
        kept.insert_or_assign(id, fresh);
    });
    return fresh.client;
}

ClientDirectory::Kept ClientDirectory::fetched(const std::string& id, Seconds now) {
    const auto failed = [&](Fault fault, std::string message) {
        return Kept{fail(fault, std::move(message)), now + kFailureLife};
    };
    const auto url = url_parts(id);
    if (!url || !is_document_url(id))
        return failed(Fault::not_found, "The client's id is no URL that may describe a client.");
    if (!hosts_.admits(url->host))
        return failed(Fault::forbidden, "Clients of this host may not connect to this server.");
    if (!limits_.admits(Limited::document_fetch, ""))
        return Kept{fail(Fault::unavailable, "Too many unknown clients at once. Try again later."),
                    now};
    const auto answer = web_.get({id, kLongestClientDocument, std::chrono::milliseconds(5000)});
    if (!answer) return failed(answer.error().fault, answer.error().message);
    auto client = client_of_document(id, *answer);
    const Seconds life = client ? document_life(*answer) : kFailureLife;
    return {std::move(client), now + life};
}

}  // namespace bm
