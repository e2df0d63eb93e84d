#include "access/token_signature.hpp"

#include <doctest/doctest.h>

#include "access/json_web_token.hpp"
#include "tests/access/token_maker.hpp"

namespace bm::test {
namespace {

constexpr TokenMaker::Kind kKinds[] = {TokenMaker::Kind::rsa, TokenMaker::Kind::p256,
                                       TokenMaker::Kind::ed25519};

TEST_CASE("each algorithm verifies what its key has signed and nothing else") {
    for (const auto kind : kKinds) {
        const TokenMaker maker(kind, "k1");
        const TokenMaker other(kind, "k1");
        CAPTURE(maker.algorithm());
        const auto key = SignatureKey::from_jwk(maker.jwk());
        REQUIRE(key);
        CHECK(key->id() == "k1");
        CHECK(key->algorithm() == signature_algorithm(maker.algorithm()));
        for (int i = 0; i < 20; ++i) {
            const std::string text = "head.body" + std::to_string(i);
            const std::string signature = maker.signature(text);
            CHECK(key->verifies(text, signature));
            CHECK_FALSE(key->verifies(text + "x", signature));
            CHECK_FALSE(key->verifies(text, other.signature(text)));
            CHECK_FALSE(key->verifies(text, ""));
            CHECK_FALSE(key->verifies(text, signature.substr(1)));
            CHECK_FALSE(key->verifies(text, signature + "x"));
            std::string changed = signature;
            changed[7] = static_cast<char>(changed[7] ^ 1);
            CHECK_FALSE(key->verifies(text, changed));
        }
    }
}

TEST_CASE("the key and token of RFC 8037, appendix A, verify") {
    const auto key = SignatureKey::from_jwk(Json::parse(
        R"({"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})"));
    REQUIRE(key);
    CHECK(key->verifies("eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc",
                        base64url_bytes("hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iy"
                                        "lGjg5BhVsPt9g7sVvpAr_MuM0KAg")
                            .value()));
}

TEST_CASE("the key and token of RFC 7515, appendix A.3, verify: ES256 in its raw form") {
    const auto key = SignatureKey::from_jwk(Json::parse(
        R"({"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
            "y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"})"));
    REQUIRE(key);
    CHECK(key->verifies(
        "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0d"
        "HA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ",
        base64url_bytes("DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8IS"
                        "lSApmWQxfKTUJqPP3-Kg6NU1Q")
            .value()));
}

TEST_CASE("keys that are weak, of other kinds or for other uses are none") {
    const Json rsa = TokenMaker(TokenMaker::Kind::rsa, "k").jwk();
    const Json ec = TokenMaker(TokenMaker::Kind::p256, "k").jwk();
    const Json ed = TokenMaker(TokenMaker::Kind::ed25519, "k").jwk();
    const auto changed = [](Json jwk, const char* name, const Json& value) {
        jwk[name] = value;
        return jwk;
    };
    CHECK(SignatureKey::from_jwk(rsa));
    CHECK(SignatureKey::from_jwk(ec));
    CHECK(SignatureKey::from_jwk(ed));
    for (const Json& bad : {changed(rsa, "use", "enc"),
                            changed(rsa, "alg", "RS512"),
                            changed(rsa, "alg", "HS256"),
                            changed(rsa, "alg", "ES256"),
                            changed(rsa, "e", "AQ"),
                            changed(rsa, "e", ""),
                            changed(rsa, "e", "Ag"),
                            changed(rsa, "n", base64url(std::string(128, '\xff'))),
                            changed(rsa, "n", base64url(std::string(2000, '\xff'))),
                            changed(rsa, "n", 1),
                            changed(rsa, "kty", "oct"),
                            changed(ec, "crv", "P-384"),
                            changed(ec, "x", "AAAA"),
                            changed(ec, "y", base64url(std::string(32, '\1'))),
                            changed(ec, "alg", "EdDSA"),
                            changed(ed, "crv", "X25519"),
                            changed(ed, "x", "AAAA"),
                            Json(1),
                            Json::object(),
                            Json{{"kty", "oct"}, {"k", "AAAA"}, {"alg", "HS256"}}}) {
        CAPTURE(json_text(bad));
        CHECK_FALSE(SignatureKey::from_jwk(bad));
    }
}

TEST_CASE("no algorithm but the three is known") {
    for (const char* name :
         {"none", "None", "", "HS256", "HS512", "RS512", "ES384", "PS256", "rs256", "RS256 "}) {
        CAPTURE(name);
        CHECK_FALSE(signature_algorithm(name));
    }
}

}  // namespace
}  // namespace bm::test
