#pragma once

#include <cstdio>
#include <cstdlib>
#include <string_view>

/// Stops the fuzzer when a promise is broken; a failing assert would vanish from release builds.
inline void promise(bool kept, std::string_view what) {
    if (kept) return;
    std::fprintf(stderr, "broken promise: %.*s\n", static_cast<int>(what.size()), what.data());
    std::abort();
}
