#include "access/known_browser.hpp"

#include "access/browser_logins.hpp"
#include "access/browser_visit.hpp"
#include "access/secret.hpp"
#include "repository/crypto.hpp"

namespace bm {

namespace {

constexpr const char* kKnownBrowserCookie = "__Host-bm_known";

}  // namespace

std::optional<KnownBrowser> known_browser(const AccessParts& parts, const HttpRequest& request,
                                          const std::optional<UserAccount>& account) {
    if (!account || !parts.urls.is_https) return std::nullopt;
    const auto secret = cookie_value(request, kKnownBrowserCookie);
    if (!secret || !is_secret(SecretKind::known_browser, *secret)) return std::nullopt;
    const bool is_known = parts.store.read([&](Database& database) {
        return KnownBrowsers(database).knows(*secret, account->id, parts.now());
    });
    if (!is_known) return std::nullopt;
    return KnownBrowser{*secret, base64url(secret_digest(*secret))};
}

HttpResponse with_known_browser(const AccessParts& parts, const std::string& secret,
                                HttpResponse answer) {
    if (!parts.urls.is_https) return answer;
    answer.fields.add("Set-Cookie", std::string(kKnownBrowserCookie) + "=" + secret +
                                        "; Path=/; HttpOnly; SameSite=Lax; Max-Age=" +
                                        std::to_string(kKnownBrowserLife) + "; Secure");
    return answer;
}

}  // namespace bm
