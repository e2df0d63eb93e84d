#include <fstream>
#include <iterator>

#include <doctest/doctest.h>

#include "tests/cli/shell.hpp"

using namespace bm::test;

TEST_CASE("an API key is kept in the settings and never shown") {
    Shell shell;
    auto outcome = shell.run({"cloud", "api-key", "save", "bmc_secret1"});
    CHECK(outcome.code == 0);
    CHECK(outcome.out.starts_with("API key saved\n"));
    CHECK(contains(outcome.out, "bm cloud login --host"));
    CHECK_FALSE(contains(outcome.out, "secret1"));
    CHECK(outcome.err.empty());
    std::ifstream in(shell.folder().path() / "data" / "config.json");
    const std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    CHECK(contains(text, R"("cloud_api_key": "bmc_secret1")"));
    for (const char* key : {"secret2", "bmc_a b", "bmc_secret2\n", "bmc_\x01", ""}) {
        CAPTURE(key);
        outcome = shell.run({"cloud", "api-key", "save", key});
        CHECK(outcome.code == 1);
        CHECK_FALSE(contains(outcome.err, "secret2"));
    }
    CHECK(shell.run({"cloud", "api-key"}).code == 2);
    CHECK(shell.run({"cloud", "api-key", "create"}).code == 2);
}

TEST_CASE("a key is made by whoever is logged in") {
    Shell shell;
    shell.set("BASIC_MEMORY_CLOUD_HOST", "http://127.0.0.1:9");
    const auto outcome = shell.run({"cloud", "api-key", "create", "laptop"});
    CHECK(outcome.code == 1);
    CHECK(contains(outcome.err, "Not authenticated"));
}
