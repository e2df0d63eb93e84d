// Every check of a modern request alone, then each before every one behind it: the first decides.
#include <bitset>

#include "server/client_abilities.hpp"
#include "server/protocol_era.hpp"
#include "tests/support/fixed_authorizer.hpp"
#include "tests/support/http_test_names.hpp"

namespace {

/// In the order in which they are looked at.
enum Check : std::size_t {
    path,
    size,
    host,
    http_method,
    token,
    content_type,
    accept,
    json,
    form,
    meta,
    version_header,
    version,
    method_header,
    name_header,
    method,
    scope,
    ability,
    param_header,
    in_band,
    all_checks
};

struct Refusal {
    const char* what;
    int status;
    int code;  ///< 0: none
};

constexpr Refusal refusals[all_checks] = {{"the path", 404, 0},
                                          {"the size", 413, -32600},
                                          {"the Host", 403, -32600},
                                          {"the HTTP method", 405, -32600},
                                          {"the token", 401, 0},
                                          {"the type", 415, -32600},
                                          {"what is accepted", 406, -32600},
                                          {"JSON", 400, -32700},
                                          {"the form", 400, -32600},
                                          {"the metadata", 400, -32602},
                                          {"the version header", 400, -32020},
                                          {"the version", 400, -32022},
                                          {"Mcp-Method", 400, -32020},
                                          {"Mcp-Name", 400, -32020},
                                          {"the method", 404, -32601},
                                          {"the scope", 403, 0},
                                          {"what the client can do", 400, -32021},
                                          {"Mcp-Param", 400, -32020},
                                          {"the tool", 200, 0}};

using Faults = std::bitset<all_checks>;

std::string body_with(const Faults& faults) {
    Json capabilities = Json::object();
    if (!faults[ability]) capabilities["sampling"] = Json::object();
    Json metadata = {{bm::meta_key::client_capabilities, capabilities}};
    if (!faults[meta]) {
        metadata[bm::meta_key::version] = faults[version] ? "v999.0.0" : "2026-07-28";
    }
    Json arguments = {{"region", "eu"}};
    if (faults[in_band]) arguments["fails"] = true;
    Json message = {
        {"jsonrpc", "2.0"},
        {"id", 7},
        {"params", {{"name", "guarded"}, {"arguments", arguments}, {"_meta", metadata}}}};
    if (!faults[form]) message["method"] = faults[method] ? "no/such/method" : "tools/call";
    return faults[json] ? "{" : message.dump();
}

std::string request_with(const Faults& faults) {
    FieldList fields = {
        {"Content-Type", faults[content_type] ? "text/plain" : "application/json"},
        {"Accept", faults[accept] ? "text/plain" : "application/json, text/event-stream"},
        {"Mcp-Method", faults[method_header] ? "tools/list"
                       : faults[method]      ? "no/such/method"
                                             : "tools/call"},
        {"Mcp-Name", faults[name_header] ? "other" : "guarded"},
        {"Mcp-Param-Region", faults[param_header] ? "us" : "eu"}};
    const char* const revision = faults[version] ? "v999.0.0" : "2026-07-28";
    for (int i = 0; i < (faults[version_header] ? 2 : 1); ++i) {
        fields.emplace_back("MCP-Protocol-Version", revision);
    }
    if (!faults[token]) {
        fields.emplace_back("Authorization", faults[scope] ? "Bearer read" : "Bearer write");
    }
    if (faults[size]) fields.emplace_back("Content-Length", "99999999");
    return http_request(faults[http_method] ? "PUT" : "POST", faults[path] ? "/elsewhere" : "/mcp",
                        fields, faults[size] ? std::string() : body_with(faults),
                        faults[host] ? "evil.example" : "localhost");
}

bm::Tool guarded_tool() {
    bm::Tool tool;
    tool.name = "guarded";
    tool.description = "Is reached by whoever passes all checks.";
    tool.input_schema = {
        {"type", "object"},
        {"properties", {{"region", {{"type", "string"}, {"x-mcp-header", "Region"}}}}}};
    tool.needs_client.sampling = true;
    tool.run = [](const bm::CallContext&, const Json& arguments) {
        return bm::ToolReply{"reached", arguments.contains("fails"), {}};
    };
    return tool;
}

}  // namespace

TEST_CASE("all checks of a modern request hold in their order, alone and in pairs") {
    bm::test::FixedAuthorizer authorizer;
    HttpFixture server([&](bm::HttpTransportOptions& options) { options.authorizer = &authorizer; },
                       {guarded_tool()});
    const auto answered = [&](const Faults& faults) {
        HttpClient client(server.port());
        client.write(request_with(faults));
        return client.read();
    };
    const HttpReply good = answered({});
    CHECK(good.status == 200);
    CHECK(Json::parse(good.body)["result"].value("isError", false) == false);
    for (std::size_t first = 0; first < all_checks; ++first) {
        for (std::size_t second = first; second < all_checks; ++second) {
            // Only a method that is known has something to be named by.
            if (first == name_header && second == method) continue;
            CAPTURE(std::string(refusals[first].what));
            CAPTURE(std::string(refusals[second].what));
            const HttpReply reply = answered(Faults().set(first).set(second));
            CHECK(reply.status == refusals[first].status);
            const Json body = Json::parse(reply.body, nullptr, false);
            const bool has_code =
                body.is_object() && body.contains("error") && body["error"].is_object();
            CHECK((has_code ? body["error"]["code"].get<int>() : 0) == refusals[first].code);
            if (first == in_band) CHECK(body["result"]["isError"] == true);
        }
    }
}
