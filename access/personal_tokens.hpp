#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "access/token_grants.hpp"
#include "markdown/result.hpp"

namespace bm {

/// A token that its owner makes by hand, for scripts and for clients with a fixed header.
struct PersonalToken {
    std::string secret;  ///< shown once; only its digest is stored
    TokenGrant grant;
};

/// `90d`, `12h`, `4w`, or `never`, which gives none. Fault::invalid for anything else.
[[nodiscard]] Result<std::optional<Seconds>> token_lifetime(std::string_view text);

struct PersonalTokenWish {
    std::string name;
    ScopeSet scope;
    std::optional<std::string> project;
    std::optional<Seconds> lifetime;
};
PersonalToken create_personal_token(AccessStore& store, const PersonalTokenWish& wish, Seconds now);

/// Revokes the grant of that number, or the only one of that name. Fault::not_found,
/// Fault::ambiguous.
Result<TokenGrant> revoke_grant(AccessStore& store, std::string_view id_or_name);

}  // namespace bm
