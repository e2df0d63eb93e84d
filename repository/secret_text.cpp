#include "repository/secret_text.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "markdown/text.hpp"

namespace bm {

bool is_secret_key(std::string_view key) {
    const std::string name = to_lower(key);
    constexpr std::array<std::string_view, 4> marks{"api_key", "token", "secret", "password"};
    return std::any_of(marks.begin(), marks.end(), [&name](std::string_view mark) {
        return name.find(mark) != std::string::npos;
    });
}

std::string without_credentials(const std::string& text) {
    const std::size_t scheme = text.find("://");
    if (scheme == std::string::npos) return text;
    const std::size_t start = scheme + 3;
    const std::size_t end = std::min(text.find_first_of("/?#", start), text.size());
    const std::size_t at = text.rfind('@', end);
    if (at == std::string::npos || at < start) return text;
    return text.substr(0, start) + text.substr(at + 1);
}

std::string without_secret_words(const std::string& text) {
    const auto is_named_secret = [](std::string_view name) {
        return is_secret_key(name) || to_lower(name).find("key") != std::string::npos;
    };
    std::vector<std::string> words;
    bool hides_next = false;
    for (const auto piece : split(text, ' ')) {
        std::string word(piece);
        const std::size_t equals = word.find('=');
        const bool is_flag = word.starts_with('-');
        if (hides_next && !is_flag && !word.empty()) {
            word = kSecretMask;
        } else if (equals != std::string::npos && is_named_secret(word.substr(0, equals))) {
            word = word.substr(0, equals + 1) + std::string(kSecretMask);
        }
        hides_next = (hides_next && piece.empty()) ||
                     (is_flag && equals == std::string::npos && is_named_secret(piece));
        words.push_back(std::move(word));
    }
    return join(words, " ");
}

}  // namespace bm
