#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "access/access.hpp"
#include "access/form_body.hpp"
#include "markdown/percent_coding.hpp"
#include "repository/crypto.hpp"
#include "tests/access/fixture.hpp"

namespace bm::test {

using Fields = std::vector<std::pair<std::string, std::string>>;

inline std::string encoded(const Fields& fields) {
    std::string text;
    for (const auto& [name, value] : fields) {
        text += (text.empty() ? "" : "&") + name + "=" + percent_encoded(value);
    }
    return text;
}

/// Answers what a test has laid down; everything else is not reachable.
class FakeWeb final : public WebClient {
public:
    [[nodiscard]] Result<WebAnswer> get(const WebRequest& request) override {
        asked.push_back(request.url);
        const auto found = answers.find(request.url);
        if (found == answers.end()) return fail(Fault::unavailable, "Nobody answers.");
        return found->second;
    }
    void lay(const std::string& url, const std::string& body, int status = 200,
             const std::string& type = "application/json",
             std::optional<std::string> cache_control = std::nullopt) {
        answers.insert_or_assign(url, WebAnswer{status, type, std::move(cache_control), body});
    }

    std::map<std::string, Result<WebAnswer>> answers;
    std::vector<std::string> asked;
};

/// The whole room, with a hand-wound clock, cheap passwords and a Web of its own.
class ServerFixture {
public:
    explicit ServerFixture(const std::string& url = "https://notes.example.com") { open(url); }

    /// Starts it anew, over what it has stored; documents of these hosts are refused.
    void open(const std::string& url, const std::string& denied = "denied.example") {
        access.reset();
        AccessOptions options;
        options.file = folder.path() / "access.db";
        options.public_url = url;
        options.web = web;
        options.clock = [this] { return Timestamp(std::chrono::seconds(now)); };
        options.steady_clock = [this] { return Moment(std::chrono::seconds(now)); };
        options.password_cost = {4, 2, 1};
        options.log = [this](LogLevel, std::string_view line) { log.emplace_back(line); };
        options.document_hosts.denied = {denied};
        access = Access::open(std::move(options)).value();
        origin = access->origin();
    }

    HttpResponse send(const HttpRequest& request) {
        auto answer = access->handler().handle(request);
        REQUIRE(answer);
        return std::move(*answer);
    }
    HttpResponse get(const std::string& path, const Fields& query = {}) {
        return send(get_request(path, encoded(query)));
    }
    HttpResponse post(const std::string& path, const Fields& form) {
        return send(post_request(path, encoded(form)));
    }
    static HttpRequest post_request(const std::string& path, const std::string& body) {
        HttpRequest request = get_request(path);
        request.method = "POST";
        request.fields.add("Content-Type", "application/x-www-form-urlencoded");
        request.body = body;
        return request;
    }
    HttpResponse register_client(const std::string& json) {
        HttpRequest request = get_request("/register");
        request.method = "POST";
        request.fields.add("Content-Type", "application/json");
        request.body = json;
        return send(request);
    }
    /// A public client with this redirect; its id.
    std::string new_client(const std::string& redirect = "https://app.example/cb",
                           const std::string& name = "App") {
        const Json asked = {{"client_name", name},
                            {"redirect_uris", Json::array({redirect})},
                            {"token_endpoint_auth_method", "none"},
                            {"grant_types",
                             {"authorization_code", "refresh_token",
                              "urn:ietf:params:oauth:grant-type:device_code"}}};
        const auto answer = register_client(json_text(asked));
        REQUIRE(answer.status == 201);
        return json_of(answer)["client_id"];
    }
    bool opens(const std::string& token) {
        return std::holds_alternative<Principal>(
            access->authorizer().authorize(bearer_request(token)));
    }

    TemporaryFolder folder;
    Seconds now = 1'790'000'000;
    std::vector<std::string> log;
    std::shared_ptr<FakeWeb> web = std::make_shared<FakeWeb>();
    std::unique_ptr<Access> access;
    std::string origin;
};

/// What a browser does with cookies and forms.
class TestBrowser {
public:
    explicit TestBrowser(ServerFixture& server) : from(server.origin), server_(server) {}

    HttpResponse get(const std::string& path, const std::string& query = "") {
        return sent(get_request(path, query));
    }
    HttpResponse post(const std::string& path, const Fields& form) {
        HttpRequest request = ServerFixture::post_request(path, encoded(form));
        if (!from.empty()) request.fields.add("Origin", from);
        return sent(std::move(request));
    }
    /// The value of a hidden field on the page that was shown last.
    [[nodiscard]] std::string field(const std::string& name) const {
        const std::string start = "name=\"" + name + "\" value=\"";
        const std::size_t at = page_.find(start);
        if (at == std::string::npos) return {};
        const std::size_t begin = at + start.size();
        std::string value = page_.substr(begin, page_.find('"', begin) - begin);
        for (const auto& [escape, plain] : {std::pair{"&quot;", "\""},
                                            {"&#39;", "'"},
                                            {"&lt;", "<"},
                                            {"&gt;", ">"},
                                            {"&amp;", "&"}}) {
            for (std::size_t found = value.find(escape); found != std::string::npos;
                 found = value.find(escape, found + 1)) {
                value.replace(found, std::string(escape).size(), plain);
            }
        }
        return value;
    }
    [[nodiscard]] const std::string& page() const { return page_; }

    HttpResponse set_up(const std::string& user = "ada",
                        const std::string& password = "long enough password") {
        const std::string link = server_.access->setup_link().value();
        get("/setup", link.substr(link.find('?') + 1));
        return post("/setup", {{"form_token", field("form_token")},
                               {"key", field("key")},
                               {"user", user},
                               {"password", password},
                               {"again", password}});
    }
    /// On a page that asks for it.
    HttpResponse log_in(const std::string& user, const std::string& password) {
        return post("/login", {{"form_token", field("form_token")},
                               {"next", field("next")},
                               {"user", user},
                               {"password", password}});
    }
    HttpResponse decide(const std::string& decision, bool write = true) {
        Fields form{{"form_token", field("form_token")},
                    {"request", field("request")},
                    {"decision", decision}};
        if (write) form.emplace_back("write", "yes");
        if (!field("login").empty()) form.emplace_back("login", field("login"));
        return post("/authorize", form);
    }

    std::optional<std::string> cookie;
    std::optional<std::string> known;  ///< the cookie of browsers that have logged in before
    std::string from;
    std::string peer = "192.0.2.1";
    Fields more;  ///< fields of the head

private:
    HttpResponse sent(HttpRequest request) {
        request.peer = peer;
        for (const auto& [name, value] : more) request.fields.add(name, value);
        if (known) request.fields.add("Cookie", *known);
        if (cookie) request.fields.add("Cookie", "other=1; " + *cookie);
        HttpResponse answer = server_.send(request);
        for (const HttpField& field : answer.fields.all()) {
            if (field.name != "Set-Cookie") continue;
            auto& kept = has_part(field.value, "bm_known=") ? known : cookie;
            kept = field.value.substr(0, field.value.find(';'));
        }
        if (!answer.body.empty()) page_ = answer.body;
        return answer;
    }

    ServerFixture& server_;
    std::string page_;
};

constexpr const char* kVerifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
constexpr const char* kChallenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

inline Fields authorize_fields(const std::string& client,
                               const std::string& redirect = "https://app.example/cb") {
    return {{"response_type", "code"},         {"client_id", client},
            {"redirect_uri", redirect},        {"code_challenge", kChallenge},
            {"code_challenge_method", "S256"}, {"state", "a b&c"}};
}
inline Fields with_field(Fields fields, const std::string& name, const std::string& value) {
    for (auto& field : fields) {
        if (field.first != name) continue;
        field.second = value;
        return fields;
    }
    fields.emplace_back(name, value);
    return fields;
}
inline Fields without_field(Fields fields, const std::string& name) {
    std::erase_if(fields, [&](const auto& field) { return field.first == name; });
    return fields;
}

/// The parameters that a redirect carries.
inline FormFields redirected(const HttpResponse& answer) {
    REQUIRE(answer.status == 303);
    const std::string location = field_of(answer, "Location");
    return parse_form(location.substr(location.find('?') + 1)).value();
}

/// A server with an owner, a client, and a browser that is logged in.
struct LoginFixture : ServerFixture {
    TestBrowser browser{*this};
    std::string client;

    explicit LoginFixture(const std::string& url = "https://notes.example.com")
        : ServerFixture(url) {
        REQUIRE(browser.set_up().status == 200);
        client = new_client();
    }
    std::string new_code(const Fields& query, bool write = true) {
        auto answer = browser.get("/authorize", encoded(query));
        if (answer.status == 200) answer = browser.decide("approve", write);
        return std::string(redirected(answer).value("code"));
    }
    std::string new_code() { return new_code(authorize_fields(client)); }
    Fields exchange_fields(const std::string& code) const {
        return {{"grant_type", "authorization_code"},
                {"code", code},
                {"redirect_uri", "https://app.example/cb"},
                {"code_verifier", kVerifier},
                {"client_id", client}};
    }
    Json new_tokens() { return json_of(post("/token", exchange_fields(new_code()))); }
    HttpResponse refresh(const std::string& token) {
        return post(
            "/token",
            {{"grant_type", "refresh_token"}, {"refresh_token", token}, {"client_id", client}});
    }
};

}  // namespace bm::test
