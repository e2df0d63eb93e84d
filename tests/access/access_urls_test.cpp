#include "access/access_urls.hpp"

#include <doctest/doctest.h>

#include "access/url_parts.hpp"

using bm::AccessUrls;

TEST_CASE("the public URL is canonical, and only the own machine may do without https") {
    const struct {
        const char* given;
        const char* issuer;
    } good[] = {
        {"https://notes.example.com", "https://notes.example.com"},
        {"https://Notes.Example.COM/", "https://notes.example.com"},
        {"HTTPS://notes.example.com:443", "https://notes.example.com"},
        {"https://notes.example.com:8443", "https://notes.example.com:8443"},
        {"http://localhost:8000", "http://localhost:8000"},
        {"http://127.0.0.1:80", "http://127.0.0.1"},
        {"http://[::1]:8000/", "http://[::1]:8000"},
    };
    for (const auto& each : good) {
        CAPTURE(each.given);
        const auto urls = AccessUrls::from(each.given, "/mcp");
        REQUIRE(urls);
        CHECK(urls->issuer == each.issuer);
        CHECK(urls->resource == std::string(each.issuer) + "/mcp");
        CHECK(urls->resource_metadata() ==
              std::string(each.issuer) + "/.well-known/oauth-protected-resource/mcp");
    }
    for (const char* bad :
         {"", "notes.example.com", "http://notes.example.com", "http://127.0.0.1.evil.com",
          "http://localhost.evil.com", "https://a@b", "https://a/b", "https://a?x", "https://a#x",
          "ftp://a", "https:a", "https://a:0", "https://a:99999", "https://a b", "https://[::1"}) {
        CAPTURE(bad);
        CHECK_FALSE(AccessUrls::from(bad, "/mcp"));
    }
}

TEST_CASE("the endpoint and its origin are ours, nothing else is") {
    const AccessUrls urls = AccessUrls::from("https://notes.example.com", "/mcp").value();
    for (const char* ours : {"https://notes.example.com/mcp", "https://notes.example.com",
                             "https://notes.example.com/", "https://NOTES.example.com:443/mcp/"}) {
        CAPTURE(ours);
        CHECK(urls.is_ours(ours));
    }
    for (const char* other :
         {"", "https://notes.example.com/mcp2", "https://notes.example.com.evil.com/mcp",
          "http://notes.example.com/mcp", "https://notes.example.com:8443/mcp",
          "https://notes.example.com/mcp?x", "https://notes.example.com/mcp#x",
          "https://evil@notes.example.com/mcp", "https://notes.example.com/MCP", "/mcp"}) {
        CAPTURE(other);
        CHECK_FALSE(urls.is_ours(other));
    }
}

TEST_CASE("the endpoint's path has no slash at its end, and hides no page of the login") {
    const auto urls = AccessUrls::from("https://notes.example.com", "/mcp/");
    REQUIRE(urls);
    CHECK(urls->resource == "https://notes.example.com/mcp");
    CHECK(urls->is_ours(urls->resource));
    CHECK(urls->is_ours("https://notes.example.com/mcp/"));
    for (const char* good : {"/a/b", "/Mcp_1.x~-", "/tokens", "/device2", "/x"}) {
        CAPTURE(good);
        CHECK(AccessUrls::from("https://notes.example.com", good));
    }
    for (const char* bad : {"",
                            "/",
                            "//",
                            "mcp",
                            "/mcp?x=1",
                            "/mcp#x",
                            "/m%63p",
                            "/\xc3\xa4",
                            "/a b",
                            "/a//b",
                            "/../mcp",
                            "/token",
                            "/authorize/",
                            "/login",
                            "/register",
                            "/revoke",
                            "/setup",
                            "/device",
                            "/device_authorization",
                            "/access.css",
                            "/.well-known/oauth-protected-resource"}) {
        CAPTURE(bad);
        CHECK_FALSE(AccessUrls::from("https://notes.example.com", bad));
    }
}

TEST_CASE("dot segments are seen in every spelling") {
    for (const char* path : {"/.", "/..", "/a/../b", "/%2e%2E/b", "/.%2e", "/a/./b"}) {
        CAPTURE(path);
        CHECK(bm::has_dot_segments(path));
    }
    for (const char* path : {"", "/", "/a.b", "/...", "/.well-known/x", "/a..b"}) {
        CAPTURE(path);
        CHECK_FALSE(bm::has_dot_segments(path));
    }
}
