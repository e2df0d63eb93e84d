#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

#include <doctest/doctest.h>

namespace bm::test {

/// Compares a text with the file of that name below tests/golden. With UPDATE_GOLDEN=1 in the
/// environment a different file is rewritten, and the test fails all the same, so that nobody
/// overlooks it.
inline void check_golden(std::string_view name, std::string_view text) {
    const std::filesystem::path file = std::filesystem::path("golden") / name;
    std::ifstream in(file, std::ios::binary);
    const std::string wanted{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    if (in.is_open() && wanted == text) return;
    const char* update = std::getenv("UPDATE_GOLDEN");
    if (update != nullptr && std::string_view(update) == "1") {
        std::filesystem::create_directories(file.parent_path());
        std::ofstream(file, std::ios::binary | std::ios::trunc) << text;
        FAIL_CHECK("rewrote " << file.string());
        return;
    }
    INFO("the text differs from " << file.string() << "; UPDATE_GOLDEN=1 rewrites the file");
    CHECK(text == wanted);
}

}  // namespace bm::test
