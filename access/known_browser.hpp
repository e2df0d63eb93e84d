#pragma once

#include <optional>
#include <string>

#include "access/access_parts.hpp"
#include "access/user_accounts.hpp"
#include "server/http_message.hpp"

namespace bm {

/// A browser in which somebody has logged in before.
struct KnownBrowser {
    std::string secret;      ///< by which it is known
    std::string counted_as;  ///< the name under which its failures count
};

/// The browser that asks, where this account has logged in with it before. Over plain http none is:
/// other programs of the machine see its cookies.
[[nodiscard]] std::optional<KnownBrowser> known_browser(const AccessParts& parts,
                                                        const HttpRequest& request,
                                                        const std::optional<UserAccount>& account);

/// Tells the browser the secret by which it is known from now on. Nothing over plain http.
[[nodiscard]] HttpResponse with_known_browser(const AccessParts& parts, const std::string& secret,
                                              HttpResponse answer);

}  // namespace bm
