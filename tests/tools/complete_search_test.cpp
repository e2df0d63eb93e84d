#include "tools/complete_search.hpp"

#include <chrono>
#include <thread>

#include <doctest/doctest.h>

#include "sync/reconcile.hpp"
#include "tests/support/temporary_knowledge_base.hpp"
#include "tools/all_prompts.hpp"

// Searches while a project is indexed for the first time.

namespace bm {
namespace {

using test::TemporaryKnowledgeBase;

constexpr const char* kNotice = "still being built from the files";

bool has_notice(const std::string& text) { return text.find(kNotice) != std::string::npos; }

/// Two notes of which the index knows the one that a tool has written.
class HalfIndexed : public TemporaryKnowledgeBase {
public:
    HalfIndexed() {
        note("a", "Known", "heron");
        put_file("b/Unknown.md", "heron");
    }
    Json search(Json arguments) {
        arguments["query"] = "heron";
        return call("search_notes", std::move(arguments)).value;
    }
    void scan() {
        REQUIRE(reconcile_project(knowledge(), *knowledge().find_project("test-project")));
    }
    std::string connector() { return text_of(reply("search", {{"query", "heron"}})); }
    std::string prompt() {
        for (const auto& each : all_prompts(knowledge())) {
            if (each.name != "search_knowledge_base") continue;
            const auto text = each.run(CallContext{}, {{"query", "heron"}});
            REQUIRE(text);
            return *text;
        }
        return "";
    }
};

TEST_CASE("where nobody scans, what the index holds is all there is to know") {
    HalfIndexed base;
    const Json found = base.search({});
    CHECK(found["total"] == 1);
    CHECK(found["total_is_exact"] == true);
    CHECK_FALSE(found.contains("notice"));
}

TEST_CASE("a search before the first scan is finished says that its total is not exact and why") {
    HalfIndexed base;
    const ScanService service(base.knowledge());
    for (const char* format : {"object", "json"}) {
        CAPTURE(format);
        Json arguments = Json::object();
        if (std::string_view(format) == "json") arguments["output_format"] = "json";
        const Json found = base.search(arguments);
        CHECK(found["total"] == 1);
        CHECK(found["total_is_exact"] == false);
        CHECK(has_notice(found["notice"].get<std::string>()));
    }
    const std::string text = base.search({{"output_format", "text"}});
    CHECK(text.find("### Known") != std::string::npos);
    CHECK(has_notice(text));
    const auto nothing =
        base.text("search_notes", {{"query", "quagga"}, {"output_format", "text"}});
    CHECK(nothing.starts_with("No results found"));
    CHECK(has_notice(nothing));
    CHECK(base.search({{"search_all_projects", true}, {"project", nullptr}})["total_is_exact"] ==
          false);
    CHECK(has_notice(base.connector()));
    CHECK(has_notice(base.prompt()));

    base.scan();
    const Json complete = base.search({});
    CHECK(complete["total"] == 2);
    CHECK(complete["total_is_exact"] == true);
    CHECK_FALSE(complete.contains("notice"));
    CHECK_FALSE(has_notice(base.search({{"output_format", "text"}}).get<std::string>()));
    CHECK_FALSE(has_notice(base.connector()));
    CHECK_FALSE(has_notice(base.prompt()));
}

TEST_CASE("a search waits for a first scan that is soon finished and finds everything") {
    HalfIndexed base;
    const ScanService service(base.knowledge());
    const std::jthread scanner([&base] {
        std::this_thread::sleep_for(std::chrono::milliseconds(300));
        base.scan();
    });
    const Json found = base.search({});
    CHECK(found["total"] == 2);
    CHECK(found["total_is_exact"] == true);
}

}  // namespace
}  // namespace bm
