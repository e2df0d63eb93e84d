#pragma once

#include <optional>
#include <string>

#include "access/access_parts.hpp"
#include "access/form_body.hpp"
#include "access/user_accounts.hpp"
#include "server/http_message.hpp"

namespace bm {

/// A browser that asks for a page. Its cookie holds a secret from the first page on, which forms
/// are bound to; a login brings a new secret, so that nobody can plant one beforehand.
///
/// Over plain http that cookie logs nobody in: browsers send it to every port of the machine, so
/// every program there would have it. The login's own secret then stands in the forms of the pages
/// that follow it, for ten minutes and one decision.
struct BrowserVisit {
    std::string secret;
    bool is_new = false;  ///< the cookie must be set
    std::string login;    ///< what forms carry over plain http; empty over https
    std::optional<UserAccount> user;

    /// What a form carries to prove that it is ours (against cross-site request forgery).
    [[nodiscard]] std::string form_token() const;
};

/// A cookie of the request; none when there are two of that name: one of them may be planted.
[[nodiscard]] std::optional<std::string> cookie_value(const HttpRequest& request,
                                                      const std::string& name);

[[nodiscard]] BrowserVisit visit_of(const AccessParts& parts, const HttpRequest& request);

/// The fields of a posted form of ours; otherwise what to answer: a stranger's site sent it, or the
/// page is older than the cookie.
[[nodiscard]] tl::expected<FormFields, HttpResponse> own_form(const AccessParts& parts,
                                                              const HttpRequest& request,
                                                              const BrowserVisit& visit);

/// The answer with the cookie, where the browser lacks it.
[[nodiscard]] HttpResponse with_cookie(const AccessParts& parts, const BrowserVisit& visit,
                                       HttpResponse answer);

/// Over plain http the user's word ends the login. Works on the connection it is given.
void end_plain_login(Database& database, const BrowserVisit& visit);

/// To a page of our own.
[[nodiscard]] HttpResponse see_other(const std::string& location);

}  // namespace bm
