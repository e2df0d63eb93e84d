#include "access/secret.hpp"

#include <set>

#include <doctest/doctest.h>

#include "access/pkce.hpp"
#include "access/scope_set.hpp"
#include "repository/crypto.hpp"

using bm::SecretKind;

TEST_CASE("a secret names its kind, never repeats, and shows when a character was changed") {
    std::set<std::string> seen;
    for (const SecretKind kind :
         {SecretKind::access_token, SecretKind::refresh_token, SecretKind::personal_token,
          SecretKind::authorization_code, SecretKind::device_code, SecretKind::client_secret,
          SecretKind::login, SecretKind::setup}) {
        const std::string secret = bm::new_secret(kind);
        CHECK(secret.starts_with(bm::secret_prefix(kind)));
        CHECK(secret.size() == 5 + 43 + 6);
        CHECK(bm::is_secret(kind, secret));
        CHECK(seen.insert(secret).second);
        CHECK(seen.insert(std::string(bm::secret_prefix(kind))).second);
        for (std::size_t at = 0; at < secret.size(); ++at) {
            std::string changed = secret;
            changed[at] = changed[at] == 'x' ? 'y' : 'x';
            CHECK_FALSE(bm::is_secret(kind, changed));
        }
        CHECK_FALSE(bm::is_secret(kind, secret + "a"));
        CHECK_FALSE(bm::is_secret(kind, ""));
    }
    CHECK_FALSE(bm::is_secret(SecretKind::refresh_token, bm::new_secret(SecretKind::access_token)));
}

TEST_CASE("a code verifier matches the challenge of RFC 7636 and nothing else") {
    const std::string verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const std::string challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    CHECK(bm::is_code_challenge(challenge));
    CHECK(bm::verifier_matches(verifier, challenge));
    CHECK_FALSE(bm::verifier_matches(challenge, challenge));
    CHECK_FALSE(bm::verifier_matches(verifier.substr(1), challenge));
    CHECK_FALSE(bm::verifier_matches("", challenge));
    for (const char* bad : {"", "plain", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-c",
                            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM=",
                            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw+cM"}) {
        CAPTURE(bad);
        CHECK_FALSE(bm::is_code_challenge(bad));
    }
}

TEST_CASE("a code verifier has 43 to 128 unreserved letters") {
    const auto matches_its_own = [](const std::string& verifier) {
        return bm::verifier_matches(verifier, bm::base64url(bm::secret_digest(verifier)));
    };
    CHECK(matches_its_own(std::string(43, 'v')));
    CHECK(matches_its_own(std::string(128, 'v')));
    CHECK(matches_its_own(std::string(40, 'v') + "-._~"));
    CHECK_FALSE(matches_its_own(std::string(42, 'v')));
    CHECK_FALSE(matches_its_own(std::string(129, 'v')));
    for (const char* bad : {"+", " ", "/", "=", "\n", "\xC3\xA4"}) {
        CAPTURE(bad);
        CHECK_FALSE(matches_its_own(std::string(43, 'v') + bad));
    }
}

TEST_CASE("scopes: writing implies reading, strangers' names are left out, nothing asks for all") {
    const struct {
        const char* asked;
        const char* text;
        bool offline;
    } cases[] = {
        {"", "notes:read notes:write", false},
        {"notes:read", "notes:read", false},
        {"notes:write", "notes:read notes:write", false},
        {"notes:read notes:write", "notes:read notes:write", false},
        {"openid notes:read", "notes:read", false},
        {"notes:read offline_access", "notes:read", true},
        {"offline_access", "notes:read notes:write", true},
    };
    for (const auto& each : cases) {
        CAPTURE(each.asked);
        const auto scopes = bm::ScopeSet::parse(each.asked);
        REQUIRE(scopes);
        CHECK(scopes->text() == each.text);
        CHECK(scopes->offline == each.offline);
    }
    CHECK_FALSE(bm::ScopeSet::parse("openid profile"));
    CHECK_FALSE(bm::ScopeSet::parse("notes:readx"));
    CHECK(bm::ScopeSet{false, false}.is_within({true, false}));
    CHECK_FALSE(bm::ScopeSet{true, false}.is_within({false, true}));
}
