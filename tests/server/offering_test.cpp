#include "server/offering.hpp"

#include <doctest/doctest.h>

#include "tests/support/fixture_catalog.hpp"

using bm::Ability;
using bm::AnnouncedChanges;
using bm::Json;
using bm::Offering;

namespace {

const bm::RevisionPolicy& policy(const char* version) { return *bm::find_revision(version); }

}  // namespace

TEST_CASE("capabilities say what the catalog holds and which changes are announced") {
    bm::test::FixtureCatalog fixture;
    CHECK(Offering{fixture.catalog(), {}}.capabilities(policy("2025-11-25")).dump() ==
          R"({"tools":{"listChanged":true},"prompts":{"listChanged":true},)"
          R"("resources":{"subscribe":true,"listChanged":true},"logging":{},"completions":{}})");
    const AnnouncedChanges none{false, false, false, false};
    CHECK(Offering{fixture.catalog(), none}.capabilities(policy("2024-11-05")).dump() ==
          R"({"tools":{},"prompts":{},"resources":{},"logging":{}})");
}

TEST_CASE("the completions capability is named from 2025-03-26 on") {
    bm::test::FixtureCatalog fixture;
    for (const auto& revision : bm::revisions()) {
        CHECK(Offering{fixture.catalog(), {}}.capabilities(revision).contains("completions") ==
              (revision.version != "2024-11-05"));
    }
}

TEST_CASE("an empty catalog offers nothing but log messages") {
    const bm::Catalog catalog = bm::test::empty_catalog();
    const Offering offering{catalog, {}};
    CHECK(offering.capabilities(policy("2026-07-28")).dump() == R"({"logging":{}})");
    for (const auto ability :
         {Ability::tools, Ability::prompts, Ability::resources, Ability::resource_updates,
          Ability::completions, Ability::change_notices}) {
        CHECK_FALSE(offering.has(ability));
    }
    CHECK(offering.has(Ability::none));
    CHECK(offering.has(Ability::logging));
}

TEST_CASE("change notices need something to announce") {
    bm::test::FixtureCatalog fixture;
    CHECK_FALSE(
        Offering{fixture.catalog(), {false, false, false, false}}.has(Ability::change_notices));
    CHECK(Offering{fixture.catalog(), {true, false, false, false}}.has(Ability::change_notices));
    CHECK(Offering{fixture.catalog(), {false, false, false, true}}.has(Ability::change_notices));
    CHECK_FALSE(
        Offering{fixture.catalog(), {true, true, true, false}}.has(Ability::resource_updates));
}
