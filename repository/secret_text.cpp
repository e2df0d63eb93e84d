#include "repository/secret_text.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "markdown/text.hpp"

namespace bm {

namespace {

constexpr std::string_view kBlank = " \t\r\n\"'";

bool has_any(std::string_view name, const auto& marks) {
    return std::any_of(marks.begin(), marks.end(), [name](std::string_view mark) {
        return name.find(mark) != std::string_view::npos;
    });
}

/// Whether a flag or a variable of this name brings a secret. Rather one too many.
bool names_secret(std::string_view word) {
    constexpr std::array<std::string_view, 10> marks{"key",  "token",  "secret", "pass", "pat",
                                                     "auth", "header", "cookie", "user", "cred"};
    const std::string name = to_lower(word);
    return name == "-h" || name == "-u" || name == "-p" || has_any(name, marks);
}

/// The same of a value in the query of an address, which may be signed or hold a login.
bool names_secret_of_query(std::string_view word) {
    constexpr std::array<std::string_view, 4> marks{"sig", "pwd", "jwt", "code"};
    return names_secret(word) || has_any(to_lower(word), marks);
}

/// A header or what it begins its value with.
bool is_header(std::string_view word) {
    constexpr std::array<std::string_view, 4> marks{"authorization", "bearer", "cookie", "api-key"};
    return has_any(to_lower(word), marks);
}

/// A query with every value hidden whose name says that it is one to hide.
std::string masked_query(std::string_view query) {
    std::vector<std::string> parts;
    for (const auto part : split(query, '&')) {
        const std::size_t equals = part.find('=');
        parts.push_back(equals == std::string_view::npos ||
                                !names_secret_of_query(part.substr(0, equals))
                            ? std::string(part)
                            : std::string(part.substr(0, equals + 1)) + std::string(kSecretMask));
    }
    return join(parts, "&");
}

/// What stands behind `://`, up to the next blank.
std::string masked_address(std::string_view rest) {
    const std::size_t question = std::min(rest.find('?'), rest.size());
    std::string_view place = rest.substr(0, question);
    const std::string_view host = place.substr(0, place.find('/'));
    // What looks like a port and is no number is a password, and its slash none of the path.
    const std::size_t colon = host.find(':', host.starts_with('[') ? host.find(']') : 0);
    const bool has_password =
        colon != std::string_view::npos &&
        host.find_first_not_of("0123456789", colon + 1) != std::string_view::npos;
    const std::size_t at = (has_password ? place : host).rfind('@');
    if (at != std::string_view::npos) place.remove_prefix(at + 1);
    std::string out(place);
    if (question < rest.size()) out += '?' + masked_query(rest.substr(question + 1));
    return out;
}

/// Words as blanks part them; what stands in quotes is one.
std::vector<std::string> quoted_words(std::string_view text) {
    std::vector<std::string> words(1);
    char quote = '\0';
    for (const char c : text) {
        if (quote == '\0' && c == ' ') {
            words.emplace_back();
            continue;
        }
        words.back() += c;
        if (quote == '\0' && (c == '"' || c == '\'')) {
            quote = c;
        } else if (c == quote) {
            quote = '\0';
        }
    }
    return words;
}

}  // namespace

bool is_secret_key(std::string_view key) {
    constexpr std::array<std::string_view, 4> marks{"api_key", "token", "secret", "password"};
    const std::string name = to_lower(key);
    return has_any(name, marks) && !name.ends_with("_host");
}

std::string without_credentials(const std::string& text) {
    constexpr std::string_view mark = "://";
    std::string out;
    std::size_t done = 0;
    for (std::size_t at = text.find(mark); at != std::string::npos; at = text.find(mark, done)) {
        const std::size_t begin = at + mark.size();
        const std::size_t end = std::min(text.find_first_of(kBlank, begin), text.size());
        out += text.substr(done, begin - done) +
               masked_address(std::string_view(text).substr(begin, end - begin));
        done = end;
    }
    return out + text.substr(done);
}

std::string address_alone(const std::string& address) {
    return without_credentials(address.substr(0, address.find_first_of("?#")));
}

std::string without_secret_words(const std::string& text) {
    std::vector<std::string> words;
    bool hides_next = false;
    bool hides_rest = false;  // of a header that no quotes hold together
    for (std::string& word : quoted_words(text)) {
        const std::size_t equals = word.find('=');
        const bool is_flag = word.starts_with('-');
        const std::string_view name = std::string_view(word).substr(0, equals);
        if (is_flag) hides_rest = false;
        const bool brings_value = equals != std::string::npos && names_secret(name);
        if (word.empty()) {
            words.emplace_back();
            continue;
        }
        const bool is_hidden = !is_flag && (hides_next || hides_rest || is_header(word));
        if (is_hidden && is_header(word))
            hides_rest = word.find_first_of("\"'") == std::string::npos;
        hides_next = is_flag && equals == std::string::npos && names_secret(name);
        if (is_hidden) {
            word = kSecretMask;
        } else if (brings_value) {
            word = word.substr(0, equals + 1) + std::string(kSecretMask);
        }
        words.push_back(std::move(word));
    }
    return join(words, " ");
}

}  // namespace bm
