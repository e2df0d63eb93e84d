#include "access/redirect_match.hpp"

#include <doctest/doctest.h>

TEST_CASE("redirects that a client may register") {
    for (const char* good :
         {"https://claude.ai/api/mcp/auth_callback", "https://a.example/cb?x=1",
          "http://127.0.0.1/callback", "http://localhost:3000/cb", "http://[::1]:1/cb",
          "http://127.0.0.1:33418", "cursor://anysphere.cursor-mcp/oauth/callback",
          "com.example.app:/oauth", "vscode://vscode.microsoft-authentication/cb",
          "https://claude.com/api/mcp/auth_callback", "https://vscode.dev/redirect",
          "https://chatgpt.com/connector_platform_oauth_redirect"}) {
        CAPTURE(good);
        CHECK(bm::is_acceptable_redirect(good));
    }
    for (const char* bad : {"",
                            "x",
                            "/cb",
                            "https:",
                            "https:/cb",
                            "https://",
                            "http://example.com/cb",
                            "http://127.0.0.1.evil.com/cb",
                            "http://localhost.evil.com",
                            "http://127.0.0.2/cb",
                            "https://a.example/cb#x",
                            "https://user@a.example/cb",
                            "https://a.example@evil.com/",
                            "javascript:alert(1)",
                            "JavaScript:alert(1)",
                            "data:text/html,x",
                            "file:///etc/passwd",
                            "vbscript:x",
                            "blob:https://a/b",
                            "about:blank",
                            "view-source:https://a",
                            "https://a.example/\ncb",
                            "https://a.example/ cb",
                            "https://a.example\\@evil.com",
                            "cursor:",
                            "https://a.example/\"x",
                            "https://a:b/",
                            "https://a.example/\xc3\xa4",
                            "ms-msdt:/id%20PCWDiagnostic",
                            "search-ms:query=x",
                            "smb://evil/x",
                            "ssh://h/x",
                            "chrome-extension://x/y",
                            "res://a/b",
                            "https://a.example/cb?iss=x",
                            "https://a.example/cb?a=1&code=x",
                            "https://a.example/cb?c%6fde=x",
                            "http://127.0.0.1/cb?state=x",
                            "https://a.example/cb?error=x"}) {
        CAPTURE(bad);
        CHECK_FALSE(bm::is_acceptable_redirect(bad));
    }
    CHECK_FALSE(bm::is_acceptable_redirect("https://a.example/" + std::string(3000, 'x')));
}

TEST_CASE("a redirect is compared byte for byte but for the port of the own machine") {
    const std::vector<std::string> registered{"https://a.example/cb", "http://127.0.0.1/callback",
                                              "http://localhost:3000/cb?x=1", "cursor://host/cb"};
    const struct {
        const char* given;
        bool matches;
    } cases[] = {
        {"https://a.example/cb", true},
        {"https://a.example:8443/cb", false},
        {"https://a.example:443/cb", false},
        {"https://a.example/cb/", false},
        {"https://a.example/cb?x", false},
        {"https://a.example/cb#x", false},
        {"https://b.example/cb", false},
        {"https://a.example.evil.com/cb", false},
        {"http://a.example/cb", false},
        {"https://A.example/cb", false},
        {"http://127.0.0.1:50123/callback", true},
        {"http://127.0.0.1/callback", true},
        {"http://127.0.0.1:50123/other", false},
        {"http://127.0.0.1:50123/callback?x=1", false},
        {"http://localhost:50123/callback", false},
        {"http://[::1]:50123/callback", false},
        {"http://x@127.0.0.1:50123/callback", false},
        {"http://127.0.0.1.evil.com/callback", false},
        {"https://127.0.0.1:50123/callback", false},
        {"http://localhost:1/cb?x=1", true},
        {"http://localhost:1/cb", false},
        {"cursor://host/cb", true},
        {"cursor://host:1/cb", false},
        {"", false},
    };
    for (const auto& each : cases) {
        CAPTURE(each.given);
        CHECK(bm::redirect_matches(registered, each.given) == each.matches);
    }
    CHECK_FALSE(bm::redirect_matches({"javascript:alert(1)"}, "javascript:alert(1)"));
    CHECK_FALSE(bm::redirect_matches({}, "https://a.example/cb"));
}

TEST_CASE("the user reads where the answer goes, and the browser is told") {
    CHECK(bm::redirect_place("https://claude.ai/api/cb") == "claude.ai");
    CHECK(bm::redirect_place("http://127.0.0.1:5000/cb") == "127.0.0.1:5000");
    CHECK(bm::redirect_place("cursor://x/cb") == "cursor:");
    CHECK(bm::redirect_source("https://claude.ai/api/cb?x") == "https://claude.ai");
    CHECK(bm::redirect_source("http://127.0.0.1:5000/cb") == "http://127.0.0.1:5000");
    CHECK(bm::redirect_source("cursor://x/cb") == "cursor:");
    CHECK(bm::is_local_redirect("http://localhost/cb"));
    CHECK(bm::is_local_redirect("cursor://x/cb"));
    CHECK_FALSE(bm::is_local_redirect("https://claude.ai/cb"));
}
