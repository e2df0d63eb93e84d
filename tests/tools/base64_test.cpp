#include "tools/base64.hpp"

#include <utility>
#include <vector>

#include <doctest/doctest.h>

namespace bm {
namespace {

TEST_CASE("base64 gives the test vectors of RFC 4648") {
    const std::vector<std::pair<std::string, std::string>> cases{
        {"", ""},
        {"f", "Zg=="},
        {"fo", "Zm8="},
        {"foo", "Zm9v"},
        {"foob", "Zm9vYg=="},
        {"fooba", "Zm9vYmE="},
        {"foobar", "Zm9vYmFy"},
        {std::string("\xff\xfe\x00", 3), "//4A"},
    };
    for (const auto& [bytes, text] : cases) {
        CAPTURE(text);
        CHECK(base64(bytes) == text);
    }
}

}  // namespace
}  // namespace bm
