#include "tools/project_choice.hpp"

#include <doctest/doctest.h>

#include "tests/support/temporary_knowledge_base.hpp"

namespace bm {
namespace {

using test::TemporaryKnowledgeBase;

ProjectRules rules() { return {std::nullopt, false, false, "main", {"main", "work"}}; }
ProjectWish named(std::string name) { return {std::move(name), std::nullopt, std::nullopt}; }

TEST_CASE("the constraint beats every argument") {
    ProjectRules constrained = rules();
    constrained.constraint = "bound";
    CHECK(choose_project({}, constrained) == ProjectChoice(ProjectByName{"bound", true}));
    CHECK(choose_project({"work", "an-id", "elsewhere"}, constrained) ==
          ProjectChoice(ProjectByName{"bound", true}));
}

TEST_CASE("an id beats a name and a name beats the default") {
    ProjectRules by_default = rules();
    by_default.default_project_mode = true;
    CHECK(choose_project({"work", " an-id ", {}}, by_default) ==
          ProjectChoice(ProjectById{"an-id"}));
    CHECK(choose_project(named("work"), by_default) == ProjectChoice(ProjectByName{"work", true}));
    for (const ProjectWish& nothing : {ProjectWish{}, named(""), named("  ")}) {
        CHECK(choose_project(nothing, by_default) == ProjectChoice(ProjectByName{"main", false}));
    }
}

TEST_CASE("without default mode nothing is guessed and the message lists the projects") {
    CHECK(choose_project({}, rules()) ==
          ProjectChoice(NoProject{
              "No project specified. Either set 'default_project_mode=true' in config, or use "
              "'project' argument.\nAvailable projects: ['main', 'work']"}));
}

TEST_CASE("in cloud mode the argument is required and the constraint is ignored") {
    ProjectRules cloud = rules();
    cloud.cloud_mode = true;
    cloud.default_project_mode = true;
    cloud.constraint = "bound";
    CHECK(choose_project({}, cloud) ==
          ProjectChoice(NoProject{"No project specified. Project is required for cloud mode."}));
    CHECK(choose_project(named("work"), cloud) == ProjectChoice(ProjectByName{"work", true}));
}

TEST_CASE("a workspace in front of a name is understood when it is the local one") {
    CHECK(without_workspace("main") == "main");
    CHECK(without_workspace("local/main") == "main");
    CHECK(without_workspace("Personal/main") == "main");
    const auto foreign = without_workspace("acme/main");
    REQUIRE_FALSE(foreign);
    CHECK(foreign.error().message.find("'acme'") != std::string::npos);
}

TEST_CASE("projects are found by name or slug or id or workspace") {
    TemporaryKnowledgeBase base;
    base.reply("create_memory_project", {{"project_name", "Field Notes"},
                                         {"project_path", (base.scratch() / "field").string()}});
    const auto chosen_name = [&](const ProjectWish& wish) {
        const auto chosen = project_for(base.knowledge(), wish);
        return chosen ? chosen->project.name.str() : chosen.error().message;
    };
    for (const char* spelling :
         {"Field Notes", "field-notes", "FIELD NOTES", "local/Field Notes"}) {
        CAPTURE(spelling);
        CHECK(chosen_name(named(spelling)) == "Field Notes");
    }
    const auto project = base.knowledge().find_project("Field Notes");
    REQUIRE(project);
    CHECK(chosen_name({{}, project->external_id, {}}) == "Field Notes");
    CHECK(chosen_name(named("no such place")).find("Project: 'no-such-place' does not exist") == 0);
    CHECK(chosen_name(named("no such place")).find("no such place") != std::string::npos);
    CHECK(chosen_name({{}, "0000", {}}).find("'0000'") != std::string::npos);
    CHECK(chosen_name(named("acme/Field Notes")).find("'acme'") != std::string::npos);
    CHECK(chosen_name({"Field Notes", {}, "acme"}).find("'acme'") != std::string::npos);
    CHECK(chosen_name({"Field Notes", {}, "personal"}) == "Field Notes");
}

TEST_CASE("a project in front of an identifier counts only when nothing else names one") {
    TemporaryKnowledgeBase base;
    base.reply("create_memory_project",
               {{"project_name", "work"}, {"project_path", (base.scratch() / "work").string()}});
    const auto chosen_name = [&](const ProjectWish& wish, std::string_view identifier) {
        const auto chosen = project_for(base.knowledge(), wish, identifier);
        return chosen ? chosen->project.name.str() : std::string("none");
    };
    CHECK(chosen_name({}, "memory://work/a/b") == "work");
    CHECK(chosen_name({}, "work::A Title") == "work");
    CHECK(chosen_name({}, "work/a") == "work");
    CHECK(chosen_name({}, "a/b") == "none");
    CHECK(chosen_name({}, "work") == "none");
    CHECK(chosen_name(named("test-project"), "memory://work/a/b") == "test-project");
    const auto none = project_or_none(base.knowledge(), {});
    REQUIRE(none);
    CHECK_FALSE(none->has_value());
}

}  // namespace
}  // namespace bm
