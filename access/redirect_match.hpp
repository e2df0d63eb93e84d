#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace bm {

/// Whether a client may have this redirect URI: https, http to the own machine, or a scheme of its
/// own as native applications have them: one with a dot, as in a domain turned round (RFC 8252,
/// 7.1), or that of a known client. Browsers and systems start programs by the others. No fragment,
/// no user, no parameter that the answer will have.
[[nodiscard]] bool is_acceptable_redirect(std::string_view uri);

/// Whether `given` is one of the registered URIs: byte for byte, but for the port of http to the
/// own machine, which native clients choose anew each time (RFC 8252, 7.3).
[[nodiscard]] bool redirect_matches(const std::vector<std::string>& registered,
                                    std::string_view given);

/// Whether the answer goes to a program on the user's own machine, which can be any program: http
/// to the machine itself, or a scheme of its own.
[[nodiscard]] bool is_local_redirect(std::string_view uri);

/// Whether it is http to the user's own machine.
[[nodiscard]] bool is_loopback_redirect(std::string_view uri);

/// What the page tells the user: the host, or the scheme of a native application.
[[nodiscard]] std::string redirect_place(std::string_view uri);

/// The source expression for form-action (CSP 3), which also judges where a form's answer
/// redirects.
[[nodiscard]] std::string redirect_source(std::string_view uri);

}  // namespace bm
