#include "access/client_directory.hpp"

#include <algorithm>

#include "access/answers.hpp"
#include "access/client_metadata.hpp"
#include "access/registered_clients.hpp"
#include "access/url_parts.hpp"
#include "markdown/text.hpp"

namespace bm {

namespace {

constexpr std::size_t kMostDocuments = 256;
constexpr Seconds kFailureLife = kMinute;
/// What `cloud_client_id` is in every configuration that does not say otherwise.
constexpr const char* kConfiguredClientId = "client_01K6KWQPW6J1M8VV7R3TZP5A6M";

// A dot at the end is the same host.
std::string plain_host(std::string_view host) {
    if (host.ends_with('.')) host.remove_suffix(1);
    return to_lower(host);
}

bool lists_host(const std::vector<std::string>& list, std::string_view asked) {
    const std::string host = plain_host(asked);
    return std::any_of(list.begin(), list.end(), [&](const std::string& each) {
        const std::string name = plain_host(each);
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

bool is_command_line_client(std::string_view id) {
    return id == command_line_client().id || id == kConfiguredClientId;
}

ClientDirectory::ClientDirectory(AccessStore& store, WebClient& web, AccessLimits& limits,
                                 Clock clock, DocumentHosts hosts, Log log)
    : store_(store),
      web_(web),
      limits_(limits),
      clock_(std::move(clock)),
      hosts_(std::move(hosts)),
      log_(std::move(log)) {}

Result<OAuthClient> ClientDirectory::find(std::string_view id, const ClientSeeker& seeker) {
    if (is_command_line_client(id)) {
        OAuthClient client = command_line_client();
        client.id = id;
        return client;
    }
    if (is_document_id(id)) return find_document(std::string(id), seeker);
    auto client =
        store_.read([&](Database& database) { return RegisteredClients(database).find(id); });
    if (!client) return fail(Fault::not_found, "This client is not registered here.");
    return *client;
}

bool ClientDirectory::would_fetch(std::string_view id) {
    if (!is_document_id(id) || document_fault(std::string(id))) return false;
    const Seconds now = seconds_of(clock_());
    return documents_.with(
        [&](Documents& documents) { return documents.fresh(id, now) == nullptr; });
}

std::string ClientDirectory::known_name(std::string_view id) {
    if (id == command_line_client().id) return command_line_client().name;
    return documents_.with([&](const Documents& documents) {
        const auto found = documents.kept.find(id);
        if (found == documents.kept.end() || !found->second.client) return std::string();
        return found->second.client->name;
    });
}

ClientDirectory::Kept* ClientDirectory::Documents::fresh(std::string_view id, Seconds now) {
    const auto found = kept.find(id);
    // Where the clock has gone back nothing says how old the document is.
    if (found == kept.end() || found->second.until <= now || now < found->second.fetched_at)
        return nullptr;
    found->second.used = ++uses;
    return &found->second;
}

void ClientDirectory::Documents::keep(const std::string& id, Kept document) {
    document.used = ++uses;
    if (kept.size() >= kMostDocuments && !kept.contains(id)) {
        // Failures first, then what nobody has asked for lately.
        const auto least =
            std::min_element(kept.begin(), kept.end(), [](const auto& a, const auto& b) {
                const bool a_good = a.second.client.has_value();
                const bool b_good = b.second.client.has_value();
                return a_good != b_good ? b_good : a.second.used < b.second.used;
            });
        kept.erase(least);
    }
    kept.insert_or_assign(id, std::move(document));
}

std::optional<Error> ClientDirectory::document_fault(const std::string& id) const {
    const auto url = url_parts(id);
    if (!url || !is_document_url(id))
        return Error{Fault::not_found, "The client's id is no URL that may describe a client."};
    if (!hosts_.admits(url->host))
        return Error{Fault::forbidden, "Clients of this host may not connect to this server."};
    return std::nullopt;
}

bool ClientDirectory::may_fetch(const ClientSeeker& seeker) {
    if (!limits_.admits(seeker.kind, seeker.key)) return false;
    // Strangers share what they may make us do; who is logged in does not depend on them.
    return seeker.kind == Limited::document_of_account ||
           limits_.admits(Limited::document_of_strangers, "");
}

Result<OAuthClient> ClientDirectory::find_document(const std::string& id,
                                                   const ClientSeeker& seeker) {
    if (const auto fault = document_fault(id)) return tl::unexpected(*fault);
    const Seconds now = seconds_of(clock_());
    const auto known = documents_.with([&](Documents& documents) {
        const Kept* const kept = documents.fresh(id, now);
        return kept != nullptr ? std::optional(kept->client) : std::nullopt;
    });
    if (known) return *known;
    if (!may_fetch(seeker))
        return fail(Fault::unavailable, "Too many unknown clients at once. Try again later.");
    // Two logins at once may both fetch it; nobody waits for a stranger's server with a lock held.
    Kept document = fetched(id, now);
    return documents_.with([&](Documents& documents) {
        const auto old = documents.kept.find(id);
        const bool is_needed = !document.client && old != documents.kept.end() &&
                               old->second.client && now >= old->second.fetched_at &&
                               now - old->second.fetched_at < kDay &&
                               document.client.error().fault == Fault::unavailable;
        if (is_needed) {
            old->second.until = std::min(now + kFailureLife, old->second.fetched_at + kDay);
            return old->second.client;
        }
        documents.keep(id, document);
        return document.client;
    });
}

ClientDirectory::Kept ClientDirectory::fetched(const std::string& id, Seconds now) {
    const auto answer = web_.get({id, kLongestClientDocument, std::chrono::milliseconds(5000)});
    if (!answer) {
        if (log_)
            log_(LogLevel::warning, "access: the document of client " + log_word(id) +
                                        " cannot be had: " + answer.error().message);
        // Why is nobody's business outside: it would tell what there is in our network.
        return {fail(Fault::unavailable, "Its document cannot be fetched. Try again later."),
                now + kFailureLife, now};
    }
    auto client = client_of_document(id, *answer);
    const Seconds life = client ? document_life(*answer) : kFailureLife;
    return {std::move(client), now + life, now};
}

}  // namespace bm
