#include "access/metadata.hpp"

#include "access/answers.hpp"

namespace bm {

namespace {

HttpResponse metadata_answer(const Json& document) {
    HttpResponse answer = json_answer(200, document);
    answer.fields.add("Cache-Control", "public, max-age=300");
    return answer;
}

}  // namespace

HttpResponse resource_metadata_response(const AccessUrls& urls, const std::string& issuer) {
    return metadata_answer({{"resource", urls.resource},
                            {"authorization_servers", Json::array({issuer})},
                            {"scopes_supported", {"notes:read", "notes:write"}},
                            {"bearer_methods_supported", Json::array({"header"})},
                            {"resource_name", "Notes"}});
}

HttpResponse server_metadata_response(const AccessUrls& urls) {
    const Json methods = {"none", "client_secret_basic", "client_secret_post"};
    return metadata_answer(
        {{"issuer", urls.issuer},
         {"authorization_endpoint", urls.issuer + "/authorize"},
         {"token_endpoint", urls.issuer + "/token"},
         {"registration_endpoint", urls.issuer + "/register"},
         {"revocation_endpoint", urls.issuer + "/revoke"},
         {"device_authorization_endpoint", urls.issuer + "/device_authorization"},
         {"scopes_supported", {"notes:read", "notes:write", "offline_access"}},
         {"response_types_supported", Json::array({"code"})},
         {"response_modes_supported", Json::array({"query"})},
         {"grant_types_supported",
          {"authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code"}},
         {"token_endpoint_auth_methods_supported", methods},
         {"revocation_endpoint_auth_methods_supported", methods},
         {"code_challenge_methods_supported", Json::array({"S256"})},
         {"client_id_metadata_document_supported", true},
         {"authorization_response_iss_parameter_supported", true}});
}

}  // namespace bm
