#include "access/metadata.hpp"

#include <doctest/doctest.h>

#include "tests/access/fixture.hpp"

using bm::Json;
using bm::test::json_of;

TEST_CASE("the resource's metadata names the endpoint exactly and never offline_access") {
    bm::test::StoreFixture fixture;
    const auto answer = bm::resource_metadata_response(fixture.urls, "https://notes.example.com");
    CHECK(answer.status == 200);
    CHECK(json_of(answer) == Json::parse(R"({
        "resource":"https://notes.example.com/mcp",
        "authorization_servers":["https://notes.example.com"],
        "scopes_supported":["notes:read","notes:write"],
        "bearer_methods_supported":["header"],
        "resource_name":"Notes"})"));
}

TEST_CASE("the authorization server's metadata says what clients must know") {
    bm::test::StoreFixture fixture;
    const Json document = json_of(bm::server_metadata_response(fixture.urls));
    CHECK(document["issuer"] == "https://notes.example.com");
    CHECK(document["response_types_supported"] == Json::array({"code"}));
    CHECK(document["code_challenge_methods_supported"] == Json::array({"S256"}));
    CHECK(document["client_id_metadata_document_supported"] == true);
    CHECK(document["authorization_response_iss_parameter_supported"] == true);
    CHECK(document["scopes_supported"] ==
          Json::array({"notes:read", "notes:write", "offline_access"}));
    for (const char* name : {"authorization", "token", "registration", "revocation"}) {
        const std::string url = document[std::string(name) + "_endpoint"];
        CHECK(url.starts_with("https://notes.example.com/"));
    }
    CHECK(document["device_authorization_endpoint"] ==
          "https://notes.example.com/device_authorization");
}
