#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "access/bearer_authorizer.hpp"
#include "access/json_web_token.hpp"
#include "access/key_set.hpp"
#include "access/secret.hpp"
#include "access/token_signature.hpp"
#include "fuzz_promise.hpp"
#include "repository/crypto.hpp"

/// One text as the Authorization field, as a signed token and as a document of keys.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    bm::HttpRequest request;
    request.fields.add("Authorization", std::string(text));
    const auto bearer = bm::bearer_token(request);
    if (const auto* token = std::get_if<std::string>(&bearer)) {
        promise(!token->empty() && token->find_first_of(" \r\n\"") == std::string::npos,
                "a token is one word");
        promise(!bm::is_secret(bm::SecretKind::access_token, *token) || token->size() == 54,
                "our tokens have one length");
    }
    if (const auto token = bm::parse_json_web_token(text)) {
        promise(text.starts_with(token->signed_text + "."), "what is signed is what was sent");
        promise(token->signed_text + "." + bm::base64url(token->signature) == text,
                "a token has one spelling");
        (void)bm::claims_fault(*token, {"https://login.example", "https://us.example/mcp", 1, 60});
    }
    for (const auto& key : bm::keys_of_document(text)) {
        promise(!key.verifies("text", ""), "an empty signature signs nothing");
        promise(!key.verifies("text", std::string(64, '\0')), "zeros sign nothing");
    }
    return 0;
}
