#include <cstdio>
#include <filesystem>
#include <iostream>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "access/password_hash.hpp"
#include "access/secret.hpp"
#include "access/user_accounts.hpp"
#include "cli/commands.hpp"
#include "tests/cli/shell.hpp"

namespace bm {
namespace {

using nlohmann::json;
using test::contains;
using test::Shell;

/// Standard input is a file with this text, and empty afterwards.
class TypedInput {
public:
    TypedInput(const Shell& shell, const std::string& text) {
        shell.folder().write("typed", text);
        // Anew, so that nothing of an earlier text is left in a buffer.
        REQUIRE(std::freopen((shell.folder().path() / "typed").c_str(), "r", stdin) != nullptr);
        std::cin.clear();
    }
    ~TypedInput() { CHECK(std::freopen("/dev/null", "r", stdin) != nullptr); }
    TypedInput(const TypedInput&) = delete;
    TypedInput& operator=(const TypedInput&) = delete;
};

TEST_CASE("where the notes are with a host, no server over HTTP shows those of this machine") {
    Shell shell;
    shell.set("BASIC_MEMORY_FORCE_CLOUD", "true");
    for (const char* transport : {"streamable-http", "sse"}) {
        const auto refused = shell.run({"mcp", "--transport", transport, "--port", "0"});
        CHECK(refused.code == 1);
        CHECK(contains(refused.err, "--transport stdio"));
        CHECK(contains(refused.err, "--local"));
    }
}

TEST_CASE("hosts of clients are chosen where clients log in") {
    Shell shell;
    for (const char* option : {"--allow-client-host", "--deny-client-host"}) {
        const auto refused = shell.run(
            {"mcp", "--transport", "streamable-http", "--port", "0", option, "clients.example"});
        CHECK(refused.code == 1);
        CHECK(contains(refused.err, "go with --auth"));
    }
}

TEST_CASE("an account of a host is bound to a subject of its provider, and has no password") {
    Shell shell;
    const auto add = [&](std::vector<std::string> words) {
        words.insert(words.begin(), {"serve", "user", "add"});
        return shell.run(words);
    };
    const auto unknown = add({"ann", "--openid-subject", "s1"});
    CHECK(unknown.code == 1);
    CHECK(contains(unknown.err, "--openid-issuer"));
    CHECK(add({"ann", "--openid-issuer", "https://login.example"}).code == 1);
    const auto added =
        add({"Ann", "--openid-subject", "s1", "--openid-issuer", "https://login.example"});
    CHECK(added.code == 0);
    CHECK(added.out == "Added user 'ann' for the subject 's1' of https://login.example\n");
    const auto second =
        add({"eve", "--openid-subject", "s1", "--openid-issuer", "https://login.example"});
    CHECK(second.code == 1);
    CHECK(contains(second.err, "'ann'"));
    CHECK(add({"ann", "--openid-subject", "s2", "--openid-issuer", "https://login.example"}).code ==
          1);
    CHECK(add({"bob", "--openid-subject", "", "--openid-issuer", "https://login.example"}).code ==
          1);
    const json users = json::parse(shell.run({"serve", "user", "list", "--json"}).out)["users"];
    REQUIRE(users.size() == 1);
    CHECK(users[0]["openid_subject"] == "s1");
    CHECK(contains(shell.run({"serve", "user", "list"}).out, "OpenID subject"));
    AccessStore store(shell.folder().path() / "data" / "host" / "access.db");
    const auto ann = store.read([](Database& db) { return UserAccounts(db).find("ann").value(); });
    for (const char* password : {"", "s1", "ann"}) {
        CHECK(PasswordHasher({4, 2, 1})
                  .verify(password, ann.password, PasswordHasher::Caller::stranger)
                  .value() == PasswordHasher::Verdict::wrong);
    }
}

TEST_CASE("what belongs to an OpenID provider goes with its name") {
    Shell shell;
    const auto audience = shell.run({"serve", "--openid-audience", "notes"});
    CHECK(audience.code == 1);
    CHECK(contains(audience.err, "--openid-audience goes with --openid-issuer."));
    const auto client = shell.run({"serve", "--openid-client", "bm"});
    CHECK(client.code == 1);
    CHECK(contains(client.err, "--openid-client goes with --openid-issuer."));
    const auto plain = shell.run({"serve", "--openid-issuer", "http://login.example"});
    CHECK(plain.code == 1);
    CHECK(contains(plain.err, "is no address such as https://"));
}

TEST_CASE("a client that is set up has an id, and a secret that is shown once") {
    Shell shell;
    const auto made =
        shell.run({"client", "add", "Chat", "--secret", "--redirect", "https://chat.example/a",
                   "--redirect", "https://chat.example/b", "--json"});
    REQUIRE(made.code == 0);
    const json chat = json::parse(made.out);
    CHECK(chat["redirect_uris"] == json({"https://chat.example/a", "https://chat.example/b"}));
    CHECK(chat["grant_types"] == json({"authorization_code", "refresh_token"}));
    CHECK(chat["confidential"] == true);
    const std::string secret = chat["client_secret"];
    CHECK(is_secret(SecretKind::client_secret, secret));
    const auto open = shell.run({"client", "add", "Desk", "--redirect", "http://127.0.0.1/cb"});
    CHECK(open.code == 0);
    CHECK(contains(open.out, "Client id: bmci_"));
    CHECK_FALSE(contains(open.out, "Secret"));
    CHECK(
        json::parse(shell.run({"client", "add", "TV", "--device", "--json"}).out)["grant_types"] ==
        json({"refresh_token", "urn:ietf:params:oauth:grant-type:device_code"}));

    const auto listed = shell.run({"client", "list", "--json"});
    CHECK_FALSE(contains(listed.out, secret));
    const json clients = json::parse(listed.out)["clients"];
    REQUIRE(clients.size() == 3);
    for (const json& each : clients) CHECK(each["kind"] == "configured");
    CHECK(contains(shell.run({"client", "list"}).out, "https://chat.example/a"));

    for (const auto& wrong : std::vector<std::vector<std::string>>{
             {"client", "add", "X"},
             {"client", "add", "X", "--redirect", "http://chat.example/a"},
             {"client", "add", "X", "--redirect", "javascript:x"},
             {"client", "remove", "nobody"},
             {"client", "remove", ""},
             {"client", "add", "X", "--redirect", "https://a.example/", "--data", "/no/host"}}) {
        CAPTURE(wrong.back());
        CHECK(shell.run(wrong).code == 1);
    }
    CHECK(json::parse(shell.run({"client", "remove", "Chat", "--json"}).out)["client_id"] ==
          chat["client_id"]);
    CHECK(shell.run({"client", "remove", chat["client_id"]}).code == 1);
    shell.run({"client", "add", "Desk", "--redirect", "http://127.0.0.1/other"});
    CHECK(contains(shell.run({"client", "remove", "Desk"}).err, "Several clients"));
    CHECK(json::parse(shell.run({"client", "list", "--json"}).out)["clients"].size() == 3);
}

TEST_CASE("the commands about access have help of their own") {
    Shell shell;
    for (const auto& words : std::vector<std::vector<std::string>>{{"token"},
                                                                   {"token", "create"},
                                                                   {"token", "list"},
                                                                   {"token", "revoke"},
                                                                   {"client"},
                                                                   {"client", "add"},
                                                                   {"client", "list"},
                                                                   {"client", "remove"},
                                                                   {"user"},
                                                                   {"user", "add"},
                                                                   {"user", "list"},
                                                                   {"user", "remove"},
                                                                   {"user", "password"}}) {
        auto asked = words;
        asked.emplace_back("--help");
        CAPTURE(words.back());
        const auto outcome = shell.run(asked);
        CHECK(outcome.code == 0);
        CHECK(contains(outcome.out, "Usage:"));
        CHECK(contains(outcome.out, words.back()));
    }
    CHECK_FALSE(std::filesystem::exists(shell.folder().path() / "data"));
    const auto completed = shell.run({"--complete-words", "token", ""});
    CHECK(completed.out == "create\nlist\nrevoke\n");
    CHECK(contains(shell.run({"--complete-words", "user", "p"}).out, "password\n"));
    CHECK(contains(shell.run({"--complete-words", "to"}).out, "token\n"));
    CHECK(contains(shell.run({"--complete-words", "token", "create", "--e"}).out, "--expires\n"));
}

TEST_CASE("a token is shown once, listed without its secret, and revoked") {
    Shell shell;
    CHECK(contains(shell.run({"token", "list"}).out, "There are no tokens."));
    auto outcome = shell.run({"token", "create", "--name", "backup", "--scope", "notes:read"});
    CAPTURE(outcome.err);
    REQUIRE(outcome.code == 0);
    std::string token = outcome.out;
    REQUIRE(token.ends_with('\n'));
    token.pop_back();
    CHECK(is_secret(SecretKind::personal_token, token));
    CHECK(contains(outcome.err, "may read notes; it expires on "));

    outcome = shell.run({"token", "list"});
    CHECK(contains(outcome.out, "backup"));
    CHECK(contains(outcome.out, "personal token"));
    CHECK_FALSE(contains(outcome.out, token.substr(5, 20)));
    const auto list = json::parse(shell.run({"token", "list", "--json"}).out)["tokens"];
    REQUIRE(list.size() == 1);
    CHECK(list[0]["name"] == "backup");
    CHECK(list[0]["scope"] == "notes:read");
    CHECK(list[0]["kind"] == "personal");
    CHECK(list[0]["last_used_at"] == nullptr);
    CHECK_FALSE(contains(list.dump(), token.substr(5, 20)));

    CHECK(shell.run({"token", "revoke", "backup"}).out == "Revoked token 1 'backup'\n");
    outcome = shell.run({"token", "revoke", "backup"});
    CHECK(outcome.code == 1);
    CHECK(contains(outcome.err, "There is no token 'backup'"));
}

TEST_CASE("a token may be bound to a project and may never expire") {
    Shell shell;
    const auto outcome = shell.run(
        {"token", "create", "--name", "x", "--project", "main", "--expires", "never", "--json"});
    REQUIRE(outcome.code == 0);
    const auto object = json::parse(outcome.out);
    CHECK(object["project"] == "main");
    CHECK(object["scope"] == "notes:read notes:write");
    CHECK(object["expires_at"] == nullptr);
    CHECK(is_secret(SecretKind::personal_token, object["token"].get<std::string>()));
    struct Wrong {
        std::string option;
        std::string value;
        int code;
    };
    for (const Wrong& wrong : {Wrong{"--project", "nowhere", 1}, Wrong{"--scope", "admin", 2},
                               Wrong{"--expires", "soon", 2}}) {
        CAPTURE(wrong.option);
        const auto refused = shell.run({"token", "create", wrong.option, wrong.value});
        CHECK(refused.code == wrong.code);
        CHECK(contains(refused.err, wrong.value));
        CHECK(refused.out.empty());
    }
}

TEST_CASE("users are added with a password from standard input, which is stored as a hash") {
    Shell shell;
    CHECK(contains(shell.run({"user", "list"}).out, "There are no users in "));
    {
        const TypedInput input(shell, "correct horse battery\n");
        CHECK(shell.run({"user", "add", "Ada"}).out == "Added user 'ada'\n");
    }
    CHECK(contains(shell.run({"user", "list"}).out, "ada"));
    CHECK(json::parse(shell.run({"user", "list", "--json"}).out)["users"][0]["name"] == "ada");
    AccessStore store(shell.folder().path() / "data" / "access.db");
    const auto stored = [&] {
        return store.read([](Database& db) { return UserAccounts(db).find("ada")->password; });
    };
    const std::string first = stored();
    CHECK(first.starts_with("$scrypt$ln=15,r=8,p=3$"));
    CHECK(PasswordHasher().verify("correct horse battery", first) ==
          PasswordHasher::Verdict::right);
    {
        const TypedInput input(shell, "short\n");
        const auto outcome = shell.run({"user", "password", "ada"});
        CHECK(outcome.code == 1);
        CHECK(contains(outcome.err, "at least 10 characters"));
    }
    CHECK(stored() == first);
    {
        const TypedInput input(shell, "another horse battery");
        CHECK(shell.run({"user", "password", "ada"}).code == 0);
    }
    CHECK(stored() != first);
    CHECK(contains(shell.run({"user", "remove", "ada"}).out, "Removed user 'ada'"));
    CHECK(shell.run({"user", "remove", "ada"}).code == 1);
    CHECK(shell.run({"user", "password", "ada"}).code == 1);
    CHECK(shell.run({"user", "add", "a b"}).code == 1);
    const TypedInput nothing(shell, "");
    CHECK(contains(shell.run({"user", "add", "eve"}).err, "No password came"));
}

}  // namespace
}  // namespace bm
