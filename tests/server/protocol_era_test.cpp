#include "server/protocol_era.hpp"

#include <string>

#include <doctest/doctest.h>

using bm::Json;

namespace {

Json claim(Json version, Json capabilities) {
    Json meta = Json::object();
    if (!version.is_null()) meta[bm::meta_key::version] = std::move(version);
    if (!capabilities.is_null()) meta[bm::meta_key::client_capabilities] = std::move(capabilities);
    return {{"_meta", std::move(meta)}};
}

const bm::RevisionPolicy* session() { return bm::find_revision("2025-06-18"); }

}  // namespace

TEST_CASE("five revisions are known and only the newest is modern") {
    std::string versions;
    for (const auto& policy : bm::revisions()) {
        versions += std::string(policy.version) + " ";
        CHECK(policy.modern == (policy.version == "2026-07-28"));
        CHECK(bm::find_revision(policy.version) == &policy);
    }
    CHECK(versions == "2024-11-05 2025-03-26 2025-06-18 2025-11-25 2026-07-28 ");
    CHECK(bm::modern_versions() == Json{"2026-07-28"});
    CHECK(bm::find_revision("2025-01-01") == nullptr);
    CHECK(bm::find_revision("") == nullptr);
}

TEST_CASE("a feature that a revision has is in every later one") {
    const auto& all = bm::revisions();
    for (std::size_t i = 1; i < all.size(); ++i) {
        const auto& before = all[i - 1];
        const auto& after = all[i];
        CAPTURE(after.version);
        CHECK(before.tool_annotations <= after.tool_annotations);
        CHECK(before.titles <= after.titles);
        CHECK(before.structured <= after.structured);
        CHECK(before.audio <= after.audio);
        CHECK(before.resource_links <= after.resource_links);
        CHECK(before.progress_message <= after.progress_message);
        CHECK(before.completions_capability <= after.completions_capability);
        CHECK(before.completion_context <= after.completion_context);
    }
}

TEST_CASE("a handshake gets the legacy revision it asks for and else the newest legacy one") {
    for (const char* version : {"2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"}) {
        CHECK(bm::negotiated_revision(version).version == version);
    }
    for (const char* version : {"2026-07-28", "DRAFT-2026-v1", "", "2025-11-26", "garbage"}) {
        CHECK(bm::negotiated_revision(version).version == "2025-11-25");
    }
}

TEST_CASE("the era of a request is decided in a fixed order") {
    using namespace bm;
    CHECK(std::holds_alternative<OpensSession>(claimed_era("initialize", Json::object(), nullptr)));
    CHECK(
        std::holds_alternative<OpensSession>(claimed_era("initialize", Json::object(), session())));
    CHECK(std::holds_alternative<OpensSession>(
        claimed_era("initialize", claim(nullptr, Json::object()), nullptr)));
    CHECK(std::holds_alternative<StandsAlone>(
        claimed_era("initialize", claim("2026-07-28", nullptr), nullptr)));
    CHECK(std::holds_alternative<StandsAlone>(
        claimed_era("tools/list", claim("x", nullptr), session())));
    CHECK(std::holds_alternative<StandsAlone>(
        claimed_era("tools/list", claim(nullptr, Json::object()), nullptr)));
    const auto in_session =
        claimed_era("tools/list", {{"_meta", {{"progressToken", 1}}}}, session());
    REQUIRE(std::holds_alternative<InSession>(in_session));
    CHECK(std::get<InSession>(in_session).policy == session());
    for (const Json& params : {Json::object(), Json{{"_meta", 3}}, Json{{"_meta", nullptr}},
                               Json{{"_meta", {{"io.modelcontextprotocol/clientInfo", 1}}}}}) {
        CAPTURE(params.dump());
        CHECK(std::holds_alternative<BelongsNowhere>(claimed_era("tools/list", params, nullptr)));
    }
}

TEST_CASE("a claim is checked for its metadata before its version") {
    const auto code = [](const Json& params) {
        const auto policy = bm::claimed_revision(params);
        return policy ? 0 : policy.error().code;
    };
    CHECK(code(claim("2026-07-28", Json::object())) == 0);
    CHECK(code(claim("2026-07-28", nullptr)) == -32602);
    CHECK(code(claim(nullptr, Json::object())) == -32602);
    CHECK(code(claim(7, Json::object())) == -32602);
    CHECK(code(claim("v999.0.0", Json::array())) == -32602);
    CHECK(code(claim("v999.0.0", Json::object())) == -32022);
    CHECK(code(claim("2025-11-25", Json::object())) == -32022);
    CHECK(code(Json::object()) == -32602);
    CHECK(code({{"_meta", 1}}) == -32602);
}

TEST_CASE("an unsupported version is answered with what is supported and what was asked for") {
    const auto policy = bm::claimed_revision(claim("v999.0.0", Json::object()));
    REQUIRE_FALSE(policy);
    CHECK(policy.error().data == Json{{"supported", {"2026-07-28"}}, {"requested", "v999.0.0"}});
}

TEST_CASE("a request of no era learns both ways in") {
    const auto error = bm::no_era_error();
    CHECK(error.code == -32602);
    CHECK(error.message.find("initialize") != std::string::npos);
    CHECK(error.message.find("2026-07-28") != std::string::npos);
}
