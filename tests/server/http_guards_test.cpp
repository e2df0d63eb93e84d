// The pure parts of the endpoint: origins, media types, headers that repeat the body, eras.
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "server/accepted_media.hpp"
#include "server/cors.hpp"
#include "server/event_stream.hpp"
#include "server/http_era.hpp"
#include "server/http_origin.hpp"
#include "server/http_response.hpp"
#include "server/mcp_headers.hpp"

using bm::HttpFields;
using bm::Json;

namespace {

HttpFields fields_of(const std::vector<std::pair<std::string, std::string>>& list) {
    HttpFields fields;
    for (const auto& [name, value] : list) fields.add(name, value);
    return fields;
}

bm::OriginPolicy policy_of(const bm::OriginPolicy::Lists& lists) {
    std::string complaint;
    auto policy = bm::OriginPolicy::from(lists, complaint);
    REQUIRE_MESSAGE(policy, complaint);
    return *policy;
}

int code_of(const bm::OrError<void>& checked) { return checked ? 0 : checked.error().code; }

}  // namespace

TEST_CASE("hosts are read whole") {
    CHECK(bm::parse_host("LocalHost:80") == bm::HttpHost{"localhost", 80});
    CHECK(bm::parse_host("[::1]:8000") == bm::HttpHost{"[::1]", 8000});
    CHECK(bm::parse_host("[::1]") == bm::HttpHost{"[::1]", std::nullopt});
    for (const char* text : {"", ":80", "a:b", "a:99999", "a:-1", "user@a", "a b", "::1", "[::1",
                             "[::1]x", "a/b", "a:", "[]"}) {
        CAPTURE(text);
        CHECK(bm::parse_host(text) == std::nullopt);
    }
}

TEST_CASE("origins are compared as parsed, never as prefixes") {
    const auto policy = policy_of({.is_loopback = true,
                                   .allowed_origins = {"https://app.example.com"},
                                   .allowed_hosts = {"notes.example.com", "a.example.com:81"},
                                   .public_url = "https://public.example.com/mcp"});
    struct Row {
        const char* origin;
        bool admitted;
    };
    for (const Row& row : {Row{"http://localhost:3000", true},
                           {"http://127.0.0.1", true},
                           {"http://[::1]:1", true},
                           {"https://app.example.com", true},
                           {"https://app.example.com:443", true},
                           {"HTTPS://APP.EXAMPLE.COM", true},
                           {"https://public.example.com", true},
                           {"null", false},
                           {"", false},
                           {"https://localhost", false},
                           {"http://localhost.evil.com", false},
                           {"http://evil.com/localhost", false},
                           {"http://app.example.com", false},
                           {"https://app.example.com:444", false},
                           {"http://evil.example.com", false},
                           {"http://127.0.0.1.evil.com", false}}) {
        CAPTURE(row.origin);
        CHECK(policy.admits_origin(row.origin) == row.admitted);
    }
    for (const Row& row : {Row{"localhost", true},
                           {"localhost:1234", true},
                           {"127.0.0.1:1", true},
                           {"[::1]:1", true},
                           {"notes.example.com", true},
                           {"notes.example.com:8443", true},
                           {"public.example.com", true},
                           {"a.example.com:81", true},
                           {"a.example.com:82", false},
                           {"localhost.evil.com", false},
                           {"evil.example.com", false},
                           {"", false}}) {
        CAPTURE(row.origin);
        CHECK(policy.admits_host(row.origin) == row.admitted);
    }
    CHECK(policy.admits(fields_of({{"Host", "localhost"}})));
    CHECK_FALSE(policy.admits(fields_of({})));
    CHECK_FALSE(policy.admits(fields_of({{"Host", "localhost"}, {"Host", "localhost"}})));
    CHECK_FALSE(policy.admits(fields_of(
        {{"Host", "localhost"}, {"Origin", "http://localhost"}, {"Origin", "http://localhost"}})));
}

TEST_CASE("beyond loopback only what is listed is admitted") {
    const auto policy = policy_of({.is_loopback = false, .allowed_hosts = {"notes.example.com"}});
    CHECK(policy.admits_host("notes.example.com"));
    CHECK_FALSE(policy.admits_host("localhost"));
    CHECK_FALSE(policy.admits_origin("http://localhost"));
    std::string complaint;
    CHECK_FALSE(bm::OriginPolicy::from({.allowed_origins = {"app.example.com"}}, complaint));
    CHECK(complaint.find("app.example.com") == 0);
    CHECK_FALSE(bm::OriginPolicy::from({.allowed_hosts = {"http://a"}}, complaint));
}

TEST_CASE("the form of an answer follows Accept") {
    struct Row {
        const char* accept;
        bool json;
        bool events;
    };
    for (const Row& row : {Row{"application/json, text/event-stream", true, true},
                           {"application/json", true, false},
                           {"text/event-stream", false, true},
                           {"*/*", true, true},
                           {"text/*", false, true},
                           {"Application/*;q=0.5", true, false},
                           {"text/html", false, false},
                           {"*/*, text/event-stream;q=0", true, false},
                           {"text/event-stream;q=0.0, */*", true, false},
                           {"application/json;charset=utf-8", true, false},
                           {",,", false, false},
                           {"", true, true}}) {
        CAPTURE(row.accept);
        const auto media = bm::accepted_media(fields_of({{"Accept", row.accept}}));
        CHECK(media.json == row.json);
        CHECK(media.events == row.events);
    }
    CHECK(bm::accepted_media({}).json);
    const auto two = bm::accepted_media(
        fields_of({{"Accept", "application/json"}, {"accept", "text/event-stream"}}));
    CHECK(two.json);
    CHECK(two.events);
}

TEST_CASE("a body of JSON says so once") {
    CHECK(bm::has_json_body(fields_of({{"Content-Type", "application/json"}})));
    CHECK(bm::has_json_body(fields_of({{"content-type", "Application/JSON ; charset=utf-8"}})));
    CHECK_FALSE(bm::has_json_body(fields_of({{"Content-Type", "text/plain"}})));
    CHECK_FALSE(bm::has_json_body(fields_of({{"Content-Type", "application/jsonp"}})));
    CHECK_FALSE(bm::has_json_body(fields_of({})));
    CHECK_FALSE(bm::has_json_body(
        fields_of({{"Content-Type", "application/json"}, {"Content-Type", "application/json"}})));
}

TEST_CASE("header values are plain or base64") {
    struct Row {
        const char* value;
        std::optional<std::string> decoded;
    };
    const std::vector<Row> rows = {
        {"write_note", "write_note"},
        {"", ""},
        {"a b", "a b"},
        {"file:///a%20b.md", "file:///a%20b.md"},
        {"=?base64?SGVsbG8=?=", "Hello"},
        {"=?base64?SGVsbG8h?=", "Hello!"},
        {"=?base64?w6Q=?=", "\xC3\xA4"},
        {"=?base64?"
         "?=",
         ""},
        {"=?base64?SGVsbG8?=", std::nullopt},
        {"=?base64?SGVs*G8=?=", std::nullopt},
        {"=?base64?SGVsbG9=?=", std::nullopt},
        {"=?base64?=SGV?=", std::nullopt},
        {"=?base64?====?=", std::nullopt},
        {"=?BASE64?SGVsbG8=?=", "=?BASE64?SGVsbG8=?="},
        {"=?base64?SGVsbG8=", "=?base64?SGVsbG8="},
        {"SGVsbG8=?=", "SGVsbG8=?="},
        {"\xC3\xA4", std::nullopt},
    };
    for (const Row& row : rows) {
        CAPTURE(row.value);
        CHECK(bm::decoded_header_value(row.value) == row.decoded);
    }
}

TEST_CASE("the method headers repeat the body") {
    const Json named = {{"name", "hello"}};
    constexpr int mismatch = bm::error_code::header_mismatch;
    struct Row {
        std::vector<std::pair<std::string, std::string>> fields;
        const char* method;
        Json params;
        int code;
    };
    const std::vector<Row> rows = {
        {{{"Mcp-Method", "tools/list"}}, "tools/list", Json::object(), 0},
        {{{"MCP-METHOD", "tools/list"}}, "tools/list", Json::object(), 0},
        {{}, "tools/list", Json::object(), mismatch},
        {{{"Mcp-Method", "Tools/list"}}, "tools/list", Json::object(), mismatch},
        {{{"Mcp-Method", "=?base64?dG9vbHMvbGlzdA==?="}}, "tools/list", Json::object(), mismatch},
        {{{"Mcp-Method", "tools/list"}, {"Mcp-Method", "tools/list"}},
         "tools/list",
         Json::object(),
         mismatch},
        {{{"Mcp-Method", "tools/call"}, {"Mcp-Name", "hello"}}, "tools/call", named, 0},
        {{{"Mcp-Method", "tools/call"}, {"Mcp-Name", "=?base64?aGVsbG8=?="}},
         "tools/call",
         named,
         0},
        {{{"Mcp-Method", "tools/call"}}, "tools/call", named, mismatch},
        {{{"Mcp-Method", "tools/call"}, {"Mcp-Name", "Hello"}}, "tools/call", named, mismatch},
        {{{"Mcp-Method", "tools/call"}, {"Mcp-Name", "=?base64?aGVsbG8?="}},
         "tools/call",
         named,
         mismatch},
        {{{"Mcp-Method", "tools/call"}, {"Mcp-Name", "hello"}, {"Mcp-Name", "hello"}},
         "tools/call",
         named,
         mismatch},
        // A name that is no string is a fault of the parameters.
        {{{"Mcp-Method", "tools/call"}}, "tools/call", Json::object(), 0},
        {{{"Mcp-Method", "tools/call"}}, "tools/call", {{"name", 1}}, 0},
        {{{"Mcp-Method", "resources/read"}, {"Mcp-Name", "memory://a%20b"}},
         "resources/read",
         {{"uri", "memory://a%20b"}},
         0},
        {{{"Mcp-Method", "resources/read"}, {"Mcp-Name", "memory://a b"}},
         "resources/read",
         {{"uri", "memory://a%20b"}},
         mismatch},
        {{{"Mcp-Method", "tasks/get"}}, "tasks/get", {{"taskId", "1"}}, mismatch},
    };
    for (const Row& row : rows) {
        CAPTURE(row.method);
        CAPTURE(row.params);
        CHECK(code_of(bm::check_method_headers(fields_of(row.fields), row.method, row.params)) ==
              row.code);
    }
}

TEST_CASE("arguments are repeated where the schema asks for it") {
    const Json schema = Json::parse(R"({"type":"object","properties":{
        "region":{"type":"string","x-mcp-header":"Region"},
        "level":{"type":"integer","x-mcp-header":"Level"},
        "deep":{"type":"object","properties":{"flag":{"type":"boolean","x-mcp-header":"Flag"}}},
        "free":{"type":"string"}}})");
    constexpr int mismatch = bm::error_code::header_mismatch;
    struct Row {
        std::vector<std::pair<std::string, std::string>> fields;
        const char* arguments;
        int code;
    };
    const std::vector<Row> rows = {
        {{}, "{}", 0},
        {{}, R"({"region":null,"free":"x"})", 0},
        {{{"Mcp-Param-Region", "eu"}}, R"({"region":"eu"})", 0},
        {{{"mcp-param-region", "=?base64?ZXU=?="}}, R"({"region":"eu"})", 0},
        {{}, R"({"region":"eu"})", mismatch},
        {{{"Mcp-Param-Region", "us"}}, R"({"region":"eu"})", mismatch},
        {{{"Mcp-Param-Level", "42.0"}}, R"({"level":42})", 0},
        {{{"Mcp-Param-Level", "43"}}, R"({"level":42})", mismatch},
        {{{"Mcp-Param-Level", "42x"}}, R"({"level":42})", mismatch},
        {{{"Mcp-Param-Level", "1e2"}}, R"({"level":100})", 0},
        {{{"Mcp-Param-Level", "-0"}}, R"({"level":0})", 0},
        {{{"Mcp-Param-Level", "-7"}}, R"({"level":-7})", 0},
        {{{"Mcp-Param-Level", "9007199254740992"}}, R"({"level":9007199254740992})", 0},
        // Equal as doubles.
        {{{"Mcp-Param-Level", "9007199254740993"}}, R"({"level":9007199254740992})", mismatch},
        {{{"Mcp-Param-Level", "18446744073709551615"}}, R"({"level":18446744073709551615})", 0},
        {{{"Mcp-Param-Level", "18446744073709551616"}},
         R"({"level":18446744073709551615})",
         mismatch},
        // Equal as what 64 bits hold.
        {{{"Mcp-Param-Level", "-1"}}, R"({"level":18446744073709551615})", mismatch},
        {{{"Mcp-Param-Flag", "true"}}, R"({"deep":{"flag":true}})", 0},
        {{{"Mcp-Param-Flag", "false"}}, R"({"deep":{"flag":true}})", mismatch},
        {{{"Mcp-Param-Region", "eu"}, {"mcp-param-region", "eu"}}, R"({"region":"eu"})", mismatch},
        {{{"Mcp-Param-Level", "42"}, {"Mcp-Param-Level", "43"}}, R"({"level":42})", mismatch},
        {{{"Mcp-Param-Flag", "true"}, {"Mcp-Param-Flag", "false"}},
         R"({"deep":{"flag":true}})",
         mismatch},
        {{{"Mcp-Param-Unknown", "x"}}, "{}", 0},
        {{}, "[]", 0},
    };
    for (const Row& row : rows) {
        CAPTURE(row.arguments);
        CHECK(code_of(bm::check_param_headers(fields_of(row.fields), schema,
                                              Json::parse(row.arguments))) == row.code);
    }
}

TEST_CASE("the era of a message follows body, header and session in that order") {
    using bm::HttpEra;
    const Json modern_meta = {{"_meta", {{bm::meta_key::version, "2026-07-28"}}}};
    struct Row {
        const char* what;
        const char* method;
        Json params;
        std::vector<std::pair<std::string, std::string>> fields;
        HttpEra era;
    };
    const std::vector<Row> rows = {
        {"handshake", "initialize", Json::object(), {}, HttpEra::opens_session},
        {"handshake with a session",
         "initialize",
         Json::object(),
         {{"Mcp-Session-Id", "x"}},
         HttpEra::opens_session},
        {"modern initialize", "initialize", modern_meta, {}, HttpEra::modern},
        {"body before session", "ping", modern_meta, {{"Mcp-Session-Id", "x"}}, HttpEra::modern},
        {"header alone",
         "ping",
         Json::object(),
         {{"MCP-Protocol-Version", "2026-07-28"}, {"Mcp-Session-Id", "x"}},
         HttpEra::modern},
        {"session", "ping", Json::object(), {{"Mcp-Session-Id", "x"}}, HttpEra::in_session},
        {"session before an unknown header",
         "ping",
         Json::object(),
         {{"MCP-Protocol-Version", "v9"}, {"Mcp-Session-Id", "x"}},
         HttpEra::in_session},
        {"legacy header",
         "ping",
         Json::object(),
         {{"MCP-Protocol-Version", "2025-06-18"}},
         HttpEra::without_session},
        {"unknown header",
         "ping",
         Json::object(),
         {{"MCP-Protocol-Version", "v9"}},
         HttpEra::unknown_version},
        {"nothing", "ping", Json::object(), {}, HttpEra::without_session},
    };
    for (const Row& row : rows) {
        CAPTURE(row.what);
        const bm::Request request{*bm::RequestId::from(1), row.method, row.params};
        CHECK(bm::http_era_of(request, fields_of(row.fields)) == row.era);
    }
    CHECK(bm::revision_without_session({}).version == "2025-03-26");
    CHECK(
        bm::revision_without_session(fields_of({{"MCP-Protocol-Version", "2025-06-18"}})).version ==
        "2025-06-18");
}

TEST_CASE("the guards of a modern request hold in their order, alone and in pairs") {
    // Each fault as something done to a good request. The first of two decides.
    struct Broken {
        bm::Request request;
        std::vector<std::pair<std::string, std::string>> fields;
    };
    const auto good = [] {
        return Broken{{*bm::RequestId::from(1),
                       "tools/call",
                       {{"name", "hello"},
                        {"_meta",
                         {{bm::meta_key::version, "2026-07-28"},
                          {bm::meta_key::client_capabilities, Json::object()}}}}},
                      {{"MCP-Protocol-Version", "2026-07-28"},
                       {"Mcp-Method", "tools/call"},
                       {"Mcp-Name", "hello"}}};
    };
    struct Fault {
        const char* what;
        void (*make)(Broken&);
        int code;
    };
    const std::vector<Fault> faults = {
        {"no metadata", [](Broken& one) { one.request.params.erase("_meta"); },
         bm::error_code::invalid_params},
        {"no version header", [](Broken& one) { one.fields[0].first = "X-Other"; },
         bm::error_code::header_mismatch},
        {"unknown version",
         [](Broken& one) {
             if (one.request.params.contains("_meta")) {
                 one.request.params["_meta"][bm::meta_key::version] = "v999.0.0";
             }
             one.fields[0].second = "v999.0.0";
         },
         bm::error_code::unsupported_version},
        {"other method header", [](Broken& one) { one.fields[1].second = "tools/list"; },
         bm::error_code::header_mismatch},
        {"other name header", [](Broken& one) { one.fields[2].second = "other"; },
         bm::error_code::header_mismatch},
    };
    const auto code = [](const Broken& one) {
        const auto checked = bm::check_modern_request(one.request, fields_of(one.fields));
        return checked ? 0 : checked.error().code;
    };
    CHECK(code(good()) == 0);
    for (std::size_t first = 0; first < faults.size(); ++first) {
        for (std::size_t second = first; second < faults.size(); ++second) {
            CAPTURE(faults[first].what);
            CAPTURE(faults[second].what);
            Broken one = good();
            faults[first].make(one);
            if (second != first) faults[second].make(one);
            CHECK(code(one) == faults[first].code);
        }
    }
    Broken differing = good();
    differing.request.params["_meta"][bm::meta_key::version] = "v999.0.0";
    CHECK(code(differing) == bm::error_code::header_mismatch);
    Broken twice = good();
    twice.fields.emplace_back("MCP-Protocol-Version", "2026-07-28");
    CHECK(code(twice) == bm::error_code::header_mismatch);
}

TEST_CASE("a preflight request learns what it may send") {
    bm::HttpRequest request;
    request.method = "OPTIONS";
    request.fields.add("Origin", "http://localhost:3000");
    request.fields.add("Access-Control-Request-Headers",
                       "authorization, mcp-param-region,Mcp-Param-a b, x-evil, mcp-param-");
    const auto response = bm::preflight_response(request);
    CHECK(response.status == 204);
    CHECK(response.fields.find("Access-Control-Allow-Origin") == "http://localhost:3000");
    CHECK(response.fields.find("Vary") == "Origin");
    CHECK(response.fields.find("Access-Control-Max-Age") == "600");
    const std::string allowed(*response.fields.find("Access-Control-Allow-Headers"));
    CHECK(allowed.find("Authorization, Content-Type, Accept, Last-Event-ID") == 0);
    CHECK(allowed.find("mcp-param-region") != std::string::npos);
    CHECK(allowed.find("evil") == std::string::npos);
    CHECK(allowed.find("a b") == std::string::npos);
}

TEST_CASE("an answer's head cannot be broken out of") {
    bm::HttpResponse response;
    response.fields.add("X-Good", "a");
    response.fields.add("X-Bad", "a\r\nSet-Cookie: b");
    const std::string head = bm::response_head(response, bm::BodyFraming::by_length, true,
                                               std::chrono::system_clock::from_time_t(784111777));
    CHECK(head ==
          "HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nX-Good: a\r\n"
          "Content-Length: 0\r\nConnection: close\r\n\r\n");
}

TEST_CASE("events have one line of data") {
    CHECK(bm::sse_event("{}") == "data: {}\n\n");
    CHECK(bm::sse_event("{}", "1-2", "message") == "event: message\nid: 1-2\ndata: {}\n\n");
    CHECK(bm::sse_priming_event("1-1", std::chrono::milliseconds(1000)) ==
          "id: 1-1\nretry: 1000\ndata: \n\n");
}
