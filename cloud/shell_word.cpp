#include "cloud/shell_word.hpp"

#include <algorithm>

#include "markdown/text.hpp"

namespace bm {

std::string shell_word(std::string_view text) {
    const auto is_plain = [](char c) {
        const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        // Bytes above ASCII are letters of other languages.
        return is_letter || (c >= '0' && c <= '9') || static_cast<unsigned char>(c) >= 0x80 ||
               std::string_view("-_./:@%+=,").find(c) != std::string_view::npos;
    };
    if (!text.empty() && std::all_of(text.begin(), text.end(), is_plain)) return std::string(text);
    return "'" + replace_all(std::string(text), "'", "'\\''") + "'";
}

}  // namespace bm
