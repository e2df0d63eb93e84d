#include "server/protocol.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "server/content.hpp"
#include "server/offering.hpp"
#include "tests/support/fixture_catalog.hpp"
#include "tests/support/wire_check.hpp"

using bm::Json;
using bm::RevisionPolicy;

namespace {

const std::vector<std::string> legacy = {"2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"};

const RevisionPolicy& policy(const std::string& version) { return *bm::find_revision(version); }

/// The revisions in whose encoding a member appears: "2025-06-18 2025-11-25 2026-07-28".
std::string present_in(const std::function<Json(const RevisionPolicy&)>& encode,
                       const char* member) {
    std::string out;
    for (const auto& revision : bm::revisions()) {
        if (encode(revision).contains(member)) {
            out += (out.empty() ? "" : " ") + std::string(revision.version);
        }
    }
    return out;
}

constexpr const char* from_2025_03 = "2025-03-26 2025-06-18 2025-11-25 2026-07-28";
constexpr const char* from_2025_06 = "2025-06-18 2025-11-25 2026-07-28";

bm::Tool full_tool() {
    bm::Tool tool;
    tool.name = "full";
    tool.title = "Full";
    tool.description = "Has everything.";
    tool.input_schema = {{"type", "object"}};
    tool.output_schema = {{"type", "object"}, {"properties", {{"result", Json::object()}}}};
    return tool;
}

Json reply(const bm::Tool& tool, Json value, const char* version = "2025-11-25") {
    return bm::encode_tool_reply(tool, {std::move(value), false, {}}, policy(version));
}

}  // namespace

TEST_CASE("each member of a tool appears from the revision on that defines it") {
    const bm::Tool tool = full_tool();
    const auto encode = [&](const RevisionPolicy& p) { return bm::encode_tool(tool, p); };
    CHECK(present_in(encode, "annotations") == from_2025_03);
    CHECK(present_in(encode, "title") == from_2025_06);
    CHECK(present_in(encode, "outputSchema") == from_2025_06);
    // Members that we have nothing to say in: never null, never empty.
    for (const char* absent : {"icons", "execution", "_meta"})
        CHECK(present_in(encode, absent).empty());
}

TEST_CASE("all four hints and the title are among the annotations") {
    bm::Tool tool = full_tool();
    tool.annotations = {true, false, true, false};
    CHECK(
        bm::encode_tool(tool, policy("2025-03-26"))["annotations"].dump() ==
        R"({"title":"Full","readOnlyHint":true,"destructiveHint":false,"idempotentHint":true,"openWorldHint":false})");
}

TEST_CASE("an output schema that is no object appears only where any schema is allowed") {
    bm::Tool tool = full_tool();
    tool.output_schema = {{"type", "array"}};
    const auto encode = [&](const RevisionPolicy& p) { return bm::encode_tool(tool, p); };
    CHECK(present_in(encode, "outputSchema") == "2026-07-28");
}

TEST_CASE("schemas pass through untouched and an absent input schema is an empty object") {
    bm::Tool tool = full_tool();
    tool.input_schema = Json::parse(
        R"({"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","$defs":{"a":{"$anchor":"x"}},
            "properties":{"a":{"$ref":"#/$defs/a"}},"allOf":[{"anyOf":[{"required":["a"]}]}],"if":{},"then":{},"else":{},
            "additionalProperties":false})");
    for (const auto& revision : bm::revisions()) {
        CHECK(bm::encode_tool(tool, revision)["inputSchema"].dump() == tool.input_schema.dump());
    }
    tool.input_schema = nullptr;
    CHECK(bm::encode_tool(tool, policy("2025-11-25"))["inputSchema"] == Json{{"type", "object"}});
}

TEST_CASE("titles of prompts and resources and templates appear from 2025-06-18 on") {
    bm::test::FixtureCatalog fixture;
    const auto& catalog = fixture.catalog();
    CHECK(present_in([&](auto& p) { return bm::encode_prompt(catalog.prompts()[0], p); },
                     "title") == from_2025_06);
    CHECK(present_in([&](auto& p) { return bm::encode_resource(catalog.resources()[0], p); },
                     "title") == from_2025_06);
    CHECK(
        present_in([&](auto& p) { return bm::encode_resource_template(catalog.templates()[0], p); },
                   "title") == from_2025_06);
}

TEST_CASE("empty members are left out") {
    CHECK(bm::encode_resource({"a:b", "n", "", "", "", {}}, policy("2026-07-28")).dump() ==
          R"({"uri":"a:b","name":"n"})");
    CHECK(bm::encode_resource_template({"a:{b}", "n", "", "", "", {}, {}}, policy("2026-07-28"))
              .dump() == R"({"uriTemplate":"a:{b}","name":"n"})");
    CHECK(bm::encode_prompt({"n", "", "", {}, {}, {}}, policy("2026-07-28")).dump() ==
          R"({"name":"n"})");
    CHECK(bm::encode_resource_text("a:b", {"", "x"}).dump() ==
          R"({"contents":[{"uri":"a:b","text":"x"}]})");
}

TEST_CASE("everything in the fixture catalog fits every revision's schema") {
    bm::test::FixtureCatalog fixture;
    using Members = bm::test::JsonSchema::Members;
    for (const auto& revision : bm::revisions()) {
        CAPTURE(revision.version);
        const auto& schema = bm::test::revision_schema(std::string(revision.version));
        for (const auto& tool : fixture.catalog().tools()) {
            CHECK(schema.violation("Tool", bm::encode_tool(tool, revision), Members::closed) ==
                  std::nullopt);
        }
        for (const auto& prompt : fixture.catalog().prompts()) {
            CHECK(schema.violation("Prompt", bm::encode_prompt(prompt, revision),
                                   Members::closed) == std::nullopt);
        }
        CHECK(schema.violation("ServerCapabilities",
                               bm::Offering{fixture.catalog(), {}}.capabilities(revision),
                               Members::closed) == std::nullopt);
    }
}

TEST_CASE("the text of a result is the string itself or compact JSON") {
    const bm::Tool tool = full_tool();
    const auto text = [&](Json value) {
        return reply(tool, std::move(value))["content"][0]["text"].get<std::string>();
    };
    CHECK(text("a \"quoted\"\nline") == "a \"quoted\"\nline");
    CHECK(text("") == "");
    CHECK(text({{"permalink", nullptr}, {"ü", {1, 2}}}) == "{\"permalink\":null,\"ü\":[1,2]}");
    CHECK(text(true) == "true");
    CHECK(text(Json::array()) == "[]");
}

TEST_CASE("structured content appears from 2025-06-18 on and older clients get the same as text") {
    bm::Tool tool = full_tool();
    const auto encode = [&](const RevisionPolicy& p) {
        return bm::encode_tool_reply(tool, {Json{{"a", 1}}, false, {}}, p);
    };
    CHECK(present_in(encode, "structuredContent") == from_2025_06);
    for (const auto& revision : bm::revisions()) {
        CHECK(encode(revision)["content"][0]["text"] == "{\"a\":1}");
    }
    tool.wraps_result = true;
    CHECK(present_in(encode, "_meta") == from_2025_06);
}

TEST_CASE("a wrapped result is the value under result with the mark of wrapping") {
    bm::Tool tool = full_tool();
    tool.wraps_result = true;
    for (const Json& value : {Json("text"), Json(true), Json{1, 2}, Json{{"a", 1}}, Json()}) {
        CAPTURE(value.dump());
        const Json result = reply(tool, value);
        CHECK(result["structuredContent"] == Json{{"result", value}});
        CHECK(result["_meta"].dump() == R"({"fastmcp":{"wrap_result":true}})");
        CHECK(result["isError"] == false);
    }
}

TEST_CASE("an object is its own structured content and a promised object is kept in any case") {
    bm::Tool tool = full_tool();
    CHECK(reply(tool, {{"a", 1}})["structuredContent"] == Json{{"a", 1}});
    CHECK_FALSE(reply(tool, {{"a", 1}}).contains("_meta"));
    CHECK(reply(tool, "words")["structuredContent"] == Json{{"result", "words"}});
    CHECK_FALSE(reply(tool, "words").contains("_meta"));
    tool.output_schema = nullptr;
    CHECK_FALSE(reply(tool, "words").contains("structuredContent"));
    CHECK_FALSE(reply(tool, Json{1}).contains("structuredContent"));
    CHECK(reply(tool, {{"a", 1}})["structuredContent"] == Json{{"a", 1}});
}

TEST_CASE("a failing tool answers with one text block and nothing structured") {
    bm::Tool tool = full_tool();
    tool.wraps_result = true;
    for (const auto& revision : bm::revisions()) {
        CHECK(bm::encode_tool_reply(tool, {"Not there.", true, {}}, revision).dump() ==
              R"({"content":[{"type":"text","text":"Not there."}],"isError":true})");
    }
}

TEST_CASE("images follow the text") {
    const Json result = bm::encode_tool_reply(
        full_tool(), {{{"type", "image"}}, false, {{"image/png", "AAAA"}, {"image/jpeg", "BBBB"}}},
        policy("2025-11-25"));
    CHECK(
        result["content"].dump() ==
        R"([{"type":"text","text":"{\"type\":\"image\"}"},{"type":"image","data":"AAAA","mimeType":"image/png"},)"
        R"({"type":"image","data":"BBBB","mimeType":"image/jpeg"}])");
}

TEST_CASE("kinds of content that came later become text in older revisions") {
    const auto kinds = [](const bm::ContentBlock& block) {
        std::string out;
        for (const auto& revision : bm::revisions()) {
            const Json encoded = bm::encode_content(block, revision);
            out += encoded["type"].get<std::string>() + " ";
            const auto& schema = bm::test::revision_schema(std::string(revision.version));
            const char* name = schema.defines("ContentBlock") ? "ContentBlock" : nullptr;
            if (name != nullptr) {
                CHECK(schema.violation(name, encoded, bm::test::JsonSchema::Members::closed) ==
                      std::nullopt);
            }
        }
        return out;
    };
    CHECK(kinds(bm::TextBlock{"x"}) == "text text text text text ");
    CHECK(kinds(bm::ImageBlock{"AA", "image/png"}) == "image image image image image ");
    CHECK(kinds(bm::AudioBlock{"AA", "audio/wav"}) == "text audio audio audio audio ");
    CHECK(kinds(bm::ResourceLinkBlock{"a:b", "n"}) ==
          "text text resource_link resource_link resource_link ");
    CHECK(kinds(bm::EmbeddedResourceBlock{"a:b", "", "x"}) ==
          "resource resource resource resource resource ");
    CHECK(bm::encode_content(bm::ResourceLinkBlock{"a:b", "n"}, policy("2024-11-05"))["text"] ==
          "n: a:b");
    CHECK(bm::encode_content(bm::AudioBlock{"AA", "audio/wav"}, policy("2024-11-05"))["text"] ==
          "(audio left out: audio/wav)");
}

TEST_CASE("only modern results carry their type and hints and who we are") {
    const Json implementation = {{"name", "Fixture"}, {"version", "1.2.3"}};
    const bm::CacheHint hint{300000, "public"};
    for (const auto& version : legacy) {
        CHECK(bm::finished_result({{"a", 1}}, policy(version), hint, implementation).dump() ==
              R"({"a":1})");
    }
    CHECK(
        bm::finished_result({{"a", 1}}, policy("2026-07-28"), hint, implementation).dump() ==
        R"({"a":1,"resultType":"complete","ttlMs":300000,"cacheScope":"public",)"
        R"("_meta":{"io.modelcontextprotocol/serverInfo":{"name":"Fixture","version":"1.2.3"}}})");
    CHECK(
        bm::finished_result(Json::object(), policy("2026-07-28"), std::nullopt, implementation)
            .dump() ==
        R"({"resultType":"complete","_meta":{"io.modelcontextprotocol/serverInfo":{"name":"Fixture","version":"1.2.3"}}})");
}

TEST_CASE("who we are joins the metadata that a result has already") {
    const Json out = bm::finished_result({{"_meta", {{"fastmcp", 1}}}}, policy("2026-07-28"),
                                         std::nullopt, {{"name", "x"}});
    CHECK(out["_meta"].size() == 2);
}
