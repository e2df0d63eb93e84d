#include "tools/catalog.hpp"

#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

using bm::Catalog;
using bm::Fault;

namespace {

bm::Tool tool(std::string name) {
    bm::Tool out;
    out.name = std::move(name);
    return out;
}

bm::Prompt prompt(std::string name) {
    bm::Prompt out;
    out.name = std::move(name);
    return out;
}

bm::Resource resource(std::string uri, std::string text) {
    bm::Resource out;
    out.uri = std::move(uri);
    out.read = [text](const bm::CallContext&) -> bm::Result<bm::ResourceText> {
        return bm::ResourceText{"text/plain", text};
    };
    return out;
}

/// Answers every URI that begins with `prefix` with `fault`, or with `text` when there is none.
bm::ResourceTemplate reading(std::string uri_template, std::string prefix, std::string text,
                             std::optional<Fault> fault = std::nullopt) {
    bm::ResourceTemplate out;
    out.uri_template = std::move(uri_template);
    out.read = [=](const bm::CallContext&, std::string_view uri) -> bm::Result<bm::ResourceText> {
        if (uri.substr(0, prefix.size()) != prefix) return bm::fail(Fault::not_found, "No fit.");
        if (fault) return bm::fail(*fault, text);
        return bm::ResourceText{"text/plain", text};
    };
    return out;
}

struct Wanted {
    std::vector<bm::Tool> tools{};
    std::vector<bm::Prompt> prompts{};
    std::vector<bm::Resource> resources{};
    std::vector<bm::ResourceTemplate> templates{};
};

Catalog make(Wanted wanted) {
    Catalog::Entries entries;
    entries.tools = std::move(wanted.tools);
    entries.prompts = std::move(wanted.prompts);
    entries.resources = std::move(wanted.resources);
    entries.templates = std::move(wanted.templates);
    entries.instructions = "i";
    entries.server_name = "n";
    entries.server_version = "v";
    return Catalog(std::move(entries));
}

std::string read(const Catalog& catalog, std::string_view uri) {
    const auto text = catalog.read_resource({}, uri);
    return text ? text->text : "fault: " + text.error().message;
}

}  // namespace

TEST_CASE("entries are found by name and listed in their order") {
    const Catalog catalog =
        make({.tools = {tool("b"), tool("a")}, .prompts = {prompt("a"), prompt("c")}});
    CHECK(catalog.find_tool("a") == &catalog.tools()[1]);
    CHECK(catalog.find_prompt("c") == &catalog.prompts()[1]);
    CHECK(catalog.find_tool("c") == nullptr);
    CHECK(catalog.find_prompt("") == nullptr);
    CHECK(catalog.tools()[0].name == "b");
}

TEST_CASE("a repeated name or URI is a mistake of ours") {
    CHECK_THROWS_AS(make({.tools = {tool("a"), tool("a")}}), std::logic_error);
    CHECK_THROWS_AS(make({.prompts = {prompt("a"), prompt("b"), prompt("a")}}), std::logic_error);
    CHECK_THROWS_AS(make({.resources = {resource("a:b", ""), resource("a:b", "")}}),
                    std::logic_error);
    CHECK_THROWS_AS(make({.templates = {reading("a:{b}", "", ""), reading("a:{b}", "", "")}}),
                    std::logic_error);
    CHECK_NOTHROW(make({.tools = {tool("a")}, .prompts = {prompt("a")}}));
}

TEST_CASE("fixed resources are read before templates and templates in their order") {
    const Catalog catalog =
        make({.resources = {resource("x:fixed", "fixed")},
              .templates = {reading("x:{a}", "x:one", "first"), reading("x:{b}", "x:", "second")}});
    CHECK(read(catalog, "x:fixed") == "fixed");
    CHECK(read(catalog, "x:one") == "first");
    CHECK(read(catalog, "x:two") == "second");
    CHECK(read(catalog, "y:two") == "fault: Unknown resource: y:two");
    CHECK(catalog.read_resource({}, "y:two").error().fault == Fault::not_found);
}

TEST_CASE("a template that knows the URI and refuses ends the search") {
    const Catalog catalog =
        make({.templates = {reading("x:{a}", "x:p", "private", Fault::forbidden),
                            reading("x:{b}", "x:m", "missing", Fault::not_found),
                            reading("x:{c}", "x:", "second")}});
    CHECK(read(catalog, "x:p") == "fault: private");
    CHECK(read(catalog, "x:m") == "second");
}

TEST_CASE("the catalog says who serves it") {
    const Catalog catalog = make({});
    CHECK(catalog.instructions() == "i");
    CHECK(catalog.server_name() == "n");
    CHECK(catalog.server_version() == "v");
}

TEST_CASE("a catalog for callers of one project is made once") {
    CHECK(make({}).bound_to("p") == nullptr);
    CHECK_FALSE(make({}).serves_bound_callers());
    int made = 0;
    Catalog::Entries entries;
    entries.bind = [&made](const std::string& project) {
        ++made;
        Catalog::Entries bound;
        bound.server_name = project;
        return std::make_shared<const Catalog>(std::move(bound));
    };
    const Catalog catalog(std::move(entries));
    CHECK(catalog.serves_bound_callers());
    const Catalog* const bound = catalog.bound_to("p");
    REQUIRE(bound != nullptr);
    CHECK(bound->server_name() == "p");
    CHECK(catalog.bound_to("p") == bound);
    CHECK(catalog.bound_to("q")->server_name() == "q");
    CHECK(made == 2);
}
