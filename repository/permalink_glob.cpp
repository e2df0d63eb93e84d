#include "repository/permalink_glob.hpp"

#include "markdown/text.hpp"

namespace bm {

namespace {

/// In a shell pattern '?' and '[' mean more than themselves.
std::string as_glob(std::string_view text) {
    std::string glob;
    for (const char c : text) {
        if (c == '?' || c == '[') {
            glob += '[';
            glob += c;
            glob += ']';
        } else {
            glob += c;
        }
    }
    return glob;
}

}  // namespace

PermalinkGlob::PermalinkGlob(std::string_view text)
    : glob_(as_glob(text)),
      prefix_(text.substr(0, text.find('*'))),
      size_(text.size()),
      open_at_end_(text.ends_with('*')) {}

bool PermalinkGlob::matches(std::string_view permalink) const noexcept {
    return permalink.starts_with(prefix_) && matches_glob(permalink, glob_);
}

}  // namespace bm
