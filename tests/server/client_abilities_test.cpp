#include "server/client_abilities.hpp"

#include <doctest/doctest.h>

#include "server/offering.hpp"
#include "server/task_store.hpp"

using bm::ClientAbilities;
using bm::Json;

namespace {

ClientAbilities declared(const char* capabilities, const char* version) {
    return bm::declared_abilities(Json::parse(capabilities), *bm::find_revision(version));
}

std::string written(const ClientAbilities& abilities) {
    return bm::capabilities_json(abilities).dump();
}

}  // namespace

TEST_CASE("a client can do what it declared and its revision knows") {
    constexpr const char* everything =
        R"({"sampling":{},"roots":{"listChanged":true},"elicitation":{},)"
        R"("extensions":{"io.modelcontextprotocol/tasks":{}}})";
    struct Row {
        const char* version;
        const char* capabilities;
        const char* expected;
    };
    const Row rows[] = {
        {"2024-11-05", everything, R"({"sampling":{},"roots":{}})"},
        {"2025-03-26", everything, R"({"sampling":{},"roots":{}})"},
        {"2025-06-18", everything, R"({"elicitation":{},"sampling":{},"roots":{}})"},
        {"2025-11-25", everything, R"({"elicitation":{},"sampling":{},"roots":{}})"},
        {"2026-07-28", everything,
         R"({"elicitation":{},"sampling":{},"roots":{},"extensions":{"io.modelcontextprotocol/tasks":{}}})"},
        {"2025-11-25", R"({"elicitation":{"url":{}}})", "{}"},
        {"2025-11-25", R"({"elicitation":{"url":{},"form":{}}})", R"({"elicitation":{}})"},
        {"2025-06-18", R"({"elicitation":{"url":{}}})", R"({"elicitation":{}})"},
        {"2026-07-28", R"({"sampling":true,"roots":null,"elicitation":[],"extensions":{}})", "{}"},
        {"2026-07-28", R"({"extensions":{"io.modelcontextprotocol/tasks":true}})", "{}"},
        {"2026-07-28", R"("sampling")", "{}"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.version);
        CAPTURE(row.capabilities);
        CHECK(written(declared(row.capabilities, row.version)) == row.expected);
    }
}

TEST_CASE("the error for a missing capability lists only what is missing") {
    const ClientAbilities all{true, true, true, true};
    CHECK_FALSE(bm::missing_abilities(all, all));
    CHECK_FALSE(bm::missing_abilities({}, {}));
    const auto missing =
        bm::missing_abilities({.sampling = true}, {.forms = true, .sampling = true});
    REQUIRE(missing);
    CHECK(missing->code == -32021);
    CHECK(missing->data.dump() == R"({"requiredCapabilities":{"elicitation":{}}})");
    const auto tasks = bm::missing_abilities({}, {.tasks = true});
    REQUIRE(tasks);
    CHECK(tasks->data.dump() ==
          R"({"requiredCapabilities":{"extensions":{"io.modelcontextprotocol/tasks":{}}}})");
}

TEST_CASE("a tool whose calls always go on in the background needs a client that takes handles") {
    bm::Tool tool;
    CHECK_FALSE(bm::needed_abilities(tool).tasks);
    tool.background = bm::Background::possible;
    CHECK_FALSE(bm::needed_abilities(tool).tasks);
    tool.background = bm::Background::always;
    CHECK(bm::needed_abilities(tool).tasks);
}

TEST_CASE(
    "tasks are declared to clients of the revision that has them, and only where a tool may "
    "become one") {
    bm::Catalog::Entries entries;
    entries.tools.resize(1);
    entries.tools.front().name = "plain";
    const bm::Catalog plain(entries);
    entries.tools.front().background = bm::Background::possible;
    const bm::Catalog slow(entries);
    bm::TaskStore store({});
    const auto capabilities = [&](const bm::Catalog& catalog, const char* version) {
        return bm::Offering{catalog, {}, 100, nullptr, &store}
            .capabilities(*bm::find_revision(version))
            .contains("extensions");
    };
    CHECK(capabilities(slow, "2026-07-28"));
    CHECK_FALSE(capabilities(slow, "2025-11-25"));
    CHECK_FALSE(capabilities(plain, "2026-07-28"));
}
