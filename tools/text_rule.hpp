#pragma once

#include <string>

namespace bm {

/// The line of 40 strokes that closes a block of text.
inline std::string text_rule() {
    std::string line;
    for (int i = 0; i < 40; ++i) {
        line += "\u2500";
    }
    return line;
}

}  // namespace bm
