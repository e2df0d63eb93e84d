#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "server/protocol_era.hpp"
#include "tests/support/transcript.hpp"

namespace {

std::vector<std::filesystem::path> transcripts() {
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator("transcripts")) {
        const std::string name = entry.path().filename().string();
        if (name.rfind("stdio_", 0) == 0) files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    return files;
}

}  // namespace

TEST_CASE("each revision has its transcripts") {
    for (const auto& policy : bm::revisions()) {
        for (const char* kind : {"", "malformed_", "end_of_input_", "wrong_order_"}) {
            const std::string name = "stdio_" + (kind + std::string(policy.version)) + ".txt";
            CAPTURE(name);
            std::ifstream file("transcripts/" + name);
            const std::string text(std::istreambuf_iterator<char>(file), {});
            CHECK(text.find("\n< ") != std::string::npos);
            // It does not only bear the name.
            CHECK(text.find(std::string("rotocolVersion\":\"") + policy.version.data()) !=
                  std::string::npos);
        }
    }
}

TEST_CASE("every transcript of stdio plays as it is written") {
    const auto files = transcripts();
    CHECK(files.size() >= 10);
    for (const auto& file : files) {
        CAPTURE(file);
        CHECK(bm::test::play_transcript(file) == "");
    }
}
