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
struct BrowserVisit {
    std::string secret;
    bool is_new = false;  ///< the cookie must be set
    std::optional<UserAccount> user;

    /// What a form carries to prove that it is ours (against cross-site request forgery).
    [[nodiscard]] std::string form_token() const;
};

[[nodiscard]] BrowserVisit visit_of(const AccessParts& parts, const HttpRequest& request);

/// The fields of a posted form of ours; otherwise what to answer: a stranger's site sent it, or the
/// page is older than the cookie.
[[nodiscard]] tl::expected<FormFields, HttpResponse> own_form(const AccessParts& parts,
                                                              const HttpRequest& request,
                                                              const BrowserVisit& visit);

/// The answer with the cookie, where the browser lacks it.
[[nodiscard]] HttpResponse with_cookie(const AccessParts& parts, const BrowserVisit& visit,
                                       HttpResponse answer);

/// To a page of our own.
[[nodiscard]] HttpResponse see_other(const std::string& location);

}  // namespace bm
