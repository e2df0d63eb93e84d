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

TEST_CASE("the commands about access have help of their own") {
    Shell shell;
    for (const auto& words : std::vector<std::vector<std::string>>{{"token"},
                                                                   {"token", "create"},
                                                                   {"token", "list"},
                                                                   {"token", "revoke"},
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
