#include "tools/instructions.hpp"

#include <doctest/doctest.h>

#include "tools/assistant_guide.hpp"

TEST_CASE("the instructions say what a session needs and fit into every client") {
    const auto text = bm::server_instructions();
    CHECK(text.size() <= 1800);
    for (const char* word : {"Basic Memory", "recent_activity", "write_note", "unprompted",
                             "memory://ai_assistant_guide", "https://docs.basicmemory.com/llms.txt",
                             "/raw/...md", "consent"}) {
        CAPTURE(word);
        CHECK(text.find(word) != std::string::npos);
    }
}

TEST_CASE("the guide starts with how projects are chosen here") {
    const std::string rule = [] {
        std::string line;
        for (int i = 0; i < 40; ++i) {
            line += "─";
        }
        return line;
    }();
    struct Case {
        bm::ProjectMode mode;
        const char* heading;
        const char* detail;
    };
    const Case cases[] = {
        {{std::nullopt, std::nullopt}, "# 🔧 Multi-Project Mode Active\n", "list_memory_projects()"},
        {{std::nullopt, std::nullopt}, "# 🔧 Multi-Project Mode Active\n", "recent_activity()"},
        {{std::nullopt, "main"}, "# 🎯 Default Project Mode Active\n", "`main`"},
        {{std::nullopt, "main"}, "# 🎯 Default Project Mode Active\n", "optional"},
        {{"work", "main"}, "# 🔒 Single-Project Mode Active\n", "`work`"},
    };
    for (const auto& each : cases) {
        CAPTURE(each.heading);
        const auto guide = bm::assistant_guide(each.mode);
        CHECK(guide.rfind(each.heading, 0) == 0);
        const auto end = guide.find(rule + "\n\n# AI Assistant Guide\n");
        REQUIRE(end != std::string::npos);
        CHECK(guide.substr(0, end).find(each.detail) != std::string::npos);
    }
}

TEST_CASE("the guide covers everything that an assistant has to know") {
    const auto guide = bm::assistant_guide({});
    for (const char* heading :
         {"\n## Overview\n", "\n## Project Management\n", "\n## Writing Knowledge\n",
          "\n## Reading Knowledge\n", "\n## Searching\n", "\n## Building Context\n",
          "\n## Observations\n", "\n## Relations\n", "\n## Forward References\n",
          "\n## Best Practices\n", "\n## Error Handling\n", "\n## Common Patterns\n",
          "\n## Tool Quick Reference\n", "\n## Address Forms\n"}) {
        CAPTURE(heading);
        CHECK(guide.find(heading) != std::string::npos);
    }
}
