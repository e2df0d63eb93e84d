#pragma once

#include "access/access_parts.hpp"
#include "access/form_body.hpp"
#include "server/http_message.hpp"

namespace bm {

/// A posted form and the client that proved to have sent it.
struct ClientForm {
    FormFields form;
    OAuthClient client;
};

/// Reads the form of a client and checks who it is: by nothing but its id for public clients, else
/// by its secret, in the header or in the form but never in both (RFC 6749, 2.3). Otherwise what to
/// answer: 401 invalid_client only for clients that nobody knows or that prove nothing.
[[nodiscard]] tl::expected<ClientForm, HttpResponse> client_form(const AccessParts& parts,
                                                                 const HttpRequest& request);

}  // namespace bm
