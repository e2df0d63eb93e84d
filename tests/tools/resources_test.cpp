#include <algorithm>
#include <set>

#include <doctest/doctest.h>

#include "tests/support/temporary_knowledge_base.hpp"
#include "tools/change_bridge.hpp"
#include "tools/make_catalog.hpp"

namespace {

using bm::Json;
using bm::test::TemporaryKnowledgeBase;

class Library : public TemporaryKnowledgeBase {
public:
    explicit Library(const Options& options = {})
        : TemporaryKnowledgeBase(options), catalog_(bm::make_catalog(knowledge(), "1.2.3")) {}

    bm::Result<bm::ResourceText> read(const std::string& uri) {
        return catalog_.read_resource({}, uri);
    }
    std::string text_at(const std::string& uri) {
        const auto found = read(uri);
        CAPTURE(uri);
        REQUIRE(found);
        return found->text;
    }
    const bm::Catalog& catalog() { return catalog_; }

private:
    bm::Catalog catalog_;
};

bool contains(const std::string& whole, std::string_view part) {
    return whole.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("the guide is a text that fits the project mode") {
    Library several;
    const auto guide = several.read("memory://ai_assistant_guide");
    REQUIRE(guide);
    CHECK(guide->mime_type == "text/plain");
    CHECK(guide->text.rfind("# 🔧 Multi-Project Mode Active\n", 0) == 0);

    Library one({Json{{"default_project_mode", true}}, std::nullopt});
    CHECK(
        one.text_at("memory://ai_assistant_guide").rfind("# 🎯 Default Project Mode Active\n", 0) ==
        0);

    Library bound({Json::object(), "test-project"});
    CHECK(
        bound.text_at("memory://ai_assistant_guide").rfind("# 🔒 Single-Project Mode Active\n", 0) ==
        0);
}

TEST_CASE("the guide speaks of every tool and of no other") {
    Library library;
    const auto guide = library.text_at("memory://ai_assistant_guide");
    for (const auto& tool : library.tools()) {
        CAPTURE(tool.name);
        CHECK(contains(guide, '`' + tool.name + '`'));
    }
    for (const char* absent : {"read_file", "cloud_info"}) {
        CHECK_FALSE(contains(guide, absent));
    }
}

TEST_CASE("the format of canvas files is described") {
    Library library;
    const auto canvas = library.read("spec://canvas");
    REQUIRE(canvas);
    CHECK(canvas->mime_type == "text/markdown");
    for (const char* word : {"nodes", "edges", "fromNode", "toSide", "`group`"}) {
        CHECK(contains(canvas->text, word));
    }
}

TEST_CASE("project info counts what a project holds") {
    Library library;
    library.note("n", "Hub", "- [fact] a\n- to [[Spoke]]\n- to [[Ghost]]");
    library.note("n", "Spoke", "x");
    library.note("n", "Alone", "x");
    for (const char* uri :
         {"memory://test-project/info", "memory://Test%20Project/info",
          "memory://local/test-project/info", "memory://personal/test-project/info"}) {
        CAPTURE(uri);
        const auto found = library.read(uri);
        REQUIRE(found);
        CHECK(found->mime_type == "application/json");
        const auto info = Json::parse(found->text);
        std::vector<std::string> members;
        for (const auto& item : info.items()) {
            members.push_back(item.key());
        }
        CHECK(members == std::vector<std::string>{"project_name", "project_path",
                                                  "available_projects", "default_project",
                                                  "statistics", "activity", "system"});
        CHECK(info["project_name"] == "test-project");
        CHECK(info["default_project"] == "test-project");
        CHECK(info["available_projects"]["test-project"]["is_default"] == true);
        CHECK(info["available_projects"]["test-project"]["permalink"] == "test-project");
        const auto& statistics = info["statistics"];
        CHECK(statistics["total_entities"] == 3);
        CHECK(statistics["total_observations"] == 1);
        CHECK(statistics["total_relations"] == 2);
        CHECK(statistics["total_unresolved_relations"] == 1);
        CHECK(statistics["isolated_entities"] == 1);
        CHECK(statistics["entity_types"].dump() == R"({"note":3})");
        CHECK(statistics["observation_categories"].dump() == R"({"fact":1})");
        CHECK(statistics["relation_types"].dump() == R"({"to":2})");
        CHECK(statistics["most_connected_entities"][0]["title"] == "Hub");
        CHECK(info["activity"]["recently_created"].size() == 3);
        CHECK(info["activity"]["recently_updated"][0].contains("updated_at"));
        CHECK(info["activity"]["monthly_growth"].size() == 1);
        CHECK(info["system"]["version"] == "1.2.3");
        CHECK(contains(info["system"]["database_size"].get<std::string>(), " MB"));
        CHECK(info["system"]["watch_status"].is_null());
    }
}

TEST_CASE("a note called info is read where no project has that name") {
    Library library;
    library.note("topics", "Info", "about topics");
    CHECK(contains(library.text_at("memory://topics/info"), "about topics"));
    const auto unknown = library.read("memory://cloud/test-project/info");
    REQUIRE_FALSE(unknown);
    CHECK(unknown.error().fault == bm::Fault::not_found);
}

TEST_CASE("notes are resources under each of their addresses") {
    Library library;
    library.note("docs", "Über Tee", "green");
    for (const char* uri :
         {"memory://docs/uber-tee", "memory://docs/%C3%9Cber%20Tee.md", "memory://docs/Über Tee.md",
          "memory://%C3%9Cber%20Tee", "memory://test-project/docs/uber-tee"}) {
        CAPTURE(uri);
        const auto found = library.read(uri);
        REQUIRE(found);
        CHECK(found->mime_type == "text/markdown");
        CHECK(found->text == library.file("docs/Über Tee.md"));
    }
}

TEST_CASE("a note that an editor has just written is a resource at once") {
    Library library;
    library.put_file("fresh.md", "new");
    CHECK(library.text_at("memory://fresh") == "new");
}

TEST_CASE("what is not there or is no note is not a resource") {
    Library library;
    library.put_file("picture.png", "png");
    for (const char* uri : {"memory://no/such", "memory://picture.png", "memory://", "memory://%00",
                            "other://docs", "memory://info"}) {
        CAPTURE(uri);
        const auto found = library.read(uri);
        REQUIRE_FALSE(found);
        CHECK(found.error().fault == bm::Fault::not_found);
    }
}

TEST_CASE("an address never leads out of the project and every attempt is logged") {
    Library library;
    for (const char* uri : {"memory://../secret", "memory://%2e%2e/secret", "memory://a/../../b",
                            "memory:///etc/passwd", "memory://~/x"}) {
        CAPTURE(uri);
        const auto found = library.read(uri);
        REQUIRE_FALSE(found);
        CHECK(found.error().fault == bm::Fault::forbidden);
        CHECK(library.take_warnings().size() == 1);
    }
}

TEST_CASE("whoever follows a note hears of its changes however its address is spelt") {
    Library library;
    const std::vector<std::string> uris{"memory://z/hub",   "memory://z/Hub.md",
                                        "memory://Hub",     "memory://test-project/z/Hub.md",
                                        "memory://z%2Fhub", "memory://Z/hub",
                                        "memory://[[Hub]]", "memory://test-project/info"};
    std::vector<std::string> keys;
    for (const auto& uri : uris) {
        const auto key = library.catalog().change_key({}, uri);
        REQUIRE(key);
        keys.push_back(*key);
    }
    std::set<std::string> heard;
    const bm::ChangeBridge bridge(
        library.knowledge().changes(),
        [&](const bm::CatalogChange& change) { heard.insert(change.key); });
    const auto all_are_told = [&] {
        for (std::size_t i = 0; i < uris.size(); ++i) {
            CAPTURE(uris[i]);
            CHECK(heard.contains(keys[i]));
        }
        heard.clear();
    };
    library.note("z", "Hub", "first");
    all_are_told();
    library.call("edit_note",
                 {{"identifier", "z/hub"}, {"operation", "append"}, {"content", "more"}});
    all_are_told();
    // It is gone from where it was.
    library.call("move_note", {{"identifier", "z/hub"}, {"destination_path", "y/Hub.md"}});
    all_are_told();
    library.note("z", "Other", "x");
    CHECK_FALSE(heard.contains(keys.front()));
}

TEST_CASE("what may not be read may not be followed") {
    Library library;
    for (const char* uri : {"memory://../x", "memory://%2e%2e/x"}) {
        CAPTURE(uri);
        const auto key = library.catalog().change_key({}, uri);
        REQUIRE_FALSE(key);
        CHECK(key.error().fault == bm::Fault::forbidden);
    }
    CHECK(*library.catalog().change_key({}, "spec://canvas") == "spec://canvas");
}

TEST_CASE("a bound server has resources of its project only") {
    TemporaryKnowledgeBase::Options options{Json::object(), "test-project"};
    Library library(options);
    library.note("n", "Mine", "x");
    CHECK(contains(library.text_at("memory://n/mine"), "title: Mine"));
    const auto info = Json::parse(library.text_at("memory://test-project/info"));
    CHECK(info["available_projects"].size() == 1);
    CHECK_FALSE(library.read("memory://other/info"));
}

TEST_CASE("variables of templates are completed") {
    Library library;
    library.note("docs", "Alpha", "x");
    library.note("docs", "Beta", "x");
    library.note("old/docs", "Gamma", "x");
    const auto complete = [&](std::size_t index, const char* variable, const char* typed) {
        return library.catalog().templates().at(index).complete(variable, typed, {}).value();
    };
    using Values = std::vector<std::string>;
    CHECK(complete(0, "project", "test") == Values{"test-project"});
    CHECK(complete(1, "workspace", "") == Values{"local", "personal"});
    CHECK(complete(1, "project", "x").empty());
    CHECK(complete(2, "path", "docs/") == Values{"docs/alpha", "docs/beta", "old/docs/gamma"});
    CHECK(complete(2, "path", "Docs/Al") == Values{"docs/alpha"});
    CHECK(complete(2, "path", "").size() == 3);
    CHECK(complete(2, "path", "a*b").empty());
    CHECK(complete(2, "other", "").empty());
}

TEST_CASE("templates are listed from the narrowest to the widest") {
    Library library;
    std::vector<std::string> uris;
    for (const auto& each : library.catalog().templates()) {
        uris.push_back(each.uri_template);
        CHECK_FALSE(each.name.empty());
        CHECK_FALSE(each.title.empty());
        CHECK_FALSE(each.description.empty());
    }
    CHECK(uris == std::vector<std::string>{"memory://{project}/info",
                                           "memory://{workspace}/{project}/info",
                                           "memory://{+path}"});
    REQUIRE(library.catalog().resources().size() == 2);
    CHECK(library.catalog().resources()[0].uri == "memory://ai_assistant_guide");
    CHECK(library.catalog().resources()[0].name == "ai assistant guide");
    CHECK(library.catalog().resources()[1].uri == "spec://canvas");
}
