#include <algorithm>
#include <filesystem>
#include <vector>

#include <doctest/doctest.h>

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

TEST_CASE("every transcript of stdio plays as it is written") {
    const auto files = transcripts();
    CHECK(files.size() >= 10);
    for (const auto& file : files) {
        CAPTURE(file);
        CHECK(bm::test::play_transcript(file) == "");
    }
}
