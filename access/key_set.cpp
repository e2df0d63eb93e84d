#include "access/key_set.hpp"

#include "access/url_parts.hpp"

namespace bm {

namespace {

constexpr std::size_t kLongestKeyDocument = 64 * 1024;
constexpr std::size_t kMostKeysOfIssuer = 32;
constexpr std::chrono::milliseconds kKeyPatience{5000};

}  // namespace

std::vector<SignatureKey> keys_of_document(std::string_view text) {
    std::vector<SignatureKey> keys;
    const auto document = strict_object(text, kLongestKeyDocument);
    if (!document) return keys;
    const auto list = document->find("keys");
    if (list == document->end() || !list->is_array()) return keys;
    for (const Json& jwk : *list) {
        if (keys.size() == kMostKeysOfIssuer) break;
        if (auto key = SignatureKey::from_jwk(jwk)) keys.push_back(std::move(*key));
    }
    return keys;
}

Result<std::vector<SignatureKey>> KeySet::find(SignatureAlgorithm algorithm,
                                               const std::optional<std::string>& id) {
    const Seconds now = seconds_of(clock_());
    const auto [is_wanted, has_keys] = known_.with([&](const Known& known) {
        return std::pair(known.wants_fetch(algorithm, id, now), !known.keys.empty());
    });
    if (is_wanted) {
        // Without any key everybody waits for the first ones; later one asks and the others go on.
        std::unique_lock fetching(fetching_, std::defer_lock);
        if (!has_keys) fetching.lock();
        if (fetching.owns_lock() || fetching.try_lock()) fetch(algorithm, id, now);
    }
    return known_.with([&](const Known& known) -> Result<std::vector<SignatureKey>> {
        if (known.keys.empty() || now - known.fetched_at >= kDay)
            return fail(Fault::unavailable, "The issuer's keys cannot be had now.");
        return known.matching(algorithm, id);
    });
}

std::vector<SignatureKey> KeySet::Known::matching(SignatureAlgorithm algorithm,
                                                  const std::optional<std::string>& id) const {
    std::vector<SignatureKey> found;
    for (const SignatureKey& key : keys) {
        if (key.algorithm() == algorithm && (!id || key.id() == id)) found.push_back(key);
    }
    return found;
}

bool KeySet::Known::wants_fetch(SignatureAlgorithm algorithm, const std::optional<std::string>& id,
                                Seconds now) const {
    // Where the clock has gone back nothing says how long ago that was.
    if (tried_at && now >= *tried_at && now - *tried_at < kMinute) return false;
    return keys.empty() || now < fetched_at || now - fetched_at >= kHour ||
           matching(algorithm, id).empty();
}

void KeySet::fetch(SignatureAlgorithm algorithm, const std::optional<std::string>& id,
                   Seconds now) {
    const bool still_wanted = known_.with([&](Known& known) {
        // Somebody else may have been faster.
        if (!known.wants_fetch(algorithm, id, now)) return false;
        known.tried_at = now;
        return true;
    });
    if (!still_wanted) return;
    if (!url_ || url_failed_) {
        // They may have moved: the issuer says where they are.
        if (auto found = document_url()) url_ = std::move(found);
    }
    if (!url_) return;
    const auto answer = web_.get({*url_, kLongestKeyDocument, kKeyPatience});
    auto keys = answer && answer->status == 200 ? keys_of_document(answer->body)
                                                : std::vector<SignatureKey>();
    url_failed_ = keys.empty();
    if (url_failed_) return;
    known_.with([&](Known& known) {
        known.keys = std::move(keys);
        known.fetched_at = now;
    });
}

std::optional<std::string> KeySet::document_url() {
    std::string base = issuer_;
    if (base.ends_with('/')) base.pop_back();
    std::vector<std::string> places{base + "/.well-known/openid-configuration"};
    if (const auto url = url_parts(base)) {
        places.push_back(url->origin() + "/.well-known/oauth-authorization-server" + url->path);
    }
    for (const std::string& place : places) {
        const auto answer = web_.get({place, kLongestKeyDocument, kKeyPatience});
        if (!answer || answer->status != 200) continue;
        const auto document = strict_object(answer->body, kLongestKeyDocument);
        if (!document || string_member(*document, "issuer") != issuer_) continue;
        const auto keys = string_member(*document, "jwks_uri");
        if (keys && keys->starts_with("https://")) return keys;
    }
    return std::nullopt;
}

}  // namespace bm
