#include "markdown/memory_url.hpp"

#include <cstddef>

#include "markdown/permalink.hpp"
#include "markdown/text.hpp"

namespace bm {
namespace {

constexpr std::string_view scheme = "memory://";
/// In characters, scheme included. Clients know this number.
constexpr std::size_t longest_url = 2028;

Result<MemoryUrl> refuse_path(std::string_view path, std::string_view reason) {
    return fail(Fault::invalid, "Invalid memory URL path: '" + std::string(path) + "' contains " +
                                    std::string(reason));
}

/// The slugs of the pieces between the stars. A '/' beside a star stays, so that "docs/*" means
/// what is inside the folder and not every name that starts with "docs".
std::string glob_lookup(std::string_view path) {
    std::string out;
    bool first = true;
    for (const std::string_view piece : split(path, '*')) {
        const bool before_star = piece.data() + piece.size() != path.data() + path.size();
        if (!first) out.push_back('*');
        first = false;
        if (piece.empty()) continue;
        const std::string spelled = slug_keeping_suffix(piece);
        out += spelled;
        if (before_star && piece.ends_with('/') && !spelled.ends_with('/')) out.push_back('/');
    }
    return out;
}

}  // namespace

Result<MemoryUrl> parse_memory_url(std::string_view raw) {
    if (raw.empty()) return fail(Fault::invalid, "Memory URL cannot be empty");
    const std::string_view url = trim(raw);
    if (url.empty()) return fail(Fault::invalid, "Memory URL cannot be empty or whitespace");
    const std::string_view path = without_memory_scheme(url);
    if (path.find("://") != std::string_view::npos) return refuse_path(path, "protocol scheme");
    if (path.find("//") != std::string_view::npos) return refuse_path(path, "double slashes");
    if (is_blank(path) || path.find_first_of("<>\"|?") != std::string_view::npos) {
        return refuse_path(path, "invalid characters");
    }
    if (count_code_points(scheme) + count_code_points(path) > longest_url) {
        return fail(Fault::invalid, "Memory URL should have at most " +
                                        std::to_string(longest_url) + " characters");
    }
    MemoryUrl parsed;
    parsed.url = std::string(scheme) + std::string(path);
    parsed.path = std::string(path);
    parsed.glob = path.find('*') != std::string_view::npos;
    parsed.lookup = parsed.glob ? glob_lookup(path) : slug_keeping_suffix(path);
    return parsed;
}

std::string_view without_memory_scheme(std::string_view identifier) noexcept {
    if (identifier.starts_with(scheme)) identifier.remove_prefix(scheme.size());
    return identifier;
}

std::optional<std::string_view> without_leading_workspace(std::string_view path) {
    for (const std::string_view workspace : {"personal/", "local/"}) {
        if (starts_with_ignoring_case(path, workspace) && path.size() > workspace.size()) {
            return path.substr(workspace.size());
        }
    }
    return std::nullopt;
}

}  // namespace bm
