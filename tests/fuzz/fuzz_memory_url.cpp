#include <cstddef>
#include <cstdint>
#include <string_view>

#include "fuzz_promise.hpp"
#include "markdown/memory_url.hpp"
#include "markdown/text.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto parsed = bm::parse_memory_url(text);
    if (!parsed) {
        promise(!parsed.error().message.empty(), "a refusal says why");
        return 0;
    }
    promise(parsed->url == "memory://" + parsed->path, "a URL is the scheme and the path");
    promise(bm::count_code_points(parsed->url) <= 2028, "a URL has a limited length");
    promise(parsed->glob == (parsed->lookup.find('*') != std::string::npos), "a glob has a star");
    promise(parsed->lookup.find_first_of("?[<>\"|") == std::string::npos,
            "a lookup has one wildcard");
    promise(parsed->lookup == bm::to_lower(parsed->lookup), "a lookup has no capitals");
    const auto again = bm::parse_memory_url(parsed->url);
    promise(again && *again == *parsed, "a normalised URL is normal");
    return 0;
}
