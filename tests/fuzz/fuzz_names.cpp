#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "fuzz_promise.hpp"
#include "markdown/file_naming.hpp"
#include "markdown/mime_type.hpp"
#include "markdown/names.hpp"
#include "markdown/path_safety.hpp"
#include "markdown/permalink.hpp"
#include "markdown/text.hpp"

namespace {

bool has_segment(std::string_view path, std::string_view wanted) {
    const auto segments = bm::split(path, '/');
    return std::find(segments.begin(), segments.end(), wanted) != segments.end();
}

void check_paths(std::string_view text) {
    const auto path = bm::RelativePath::parse(text);
    promise(!path || (bm::is_valid_utf8(path->str()) && path->str().front() != '/' &&
                      !has_segment(path->str(), "") && !has_segment(path->str(), ".") &&
                      !has_segment(path->str(), "..")),
            "a relative path stays inside its project");
    const std::string normal = bm::normalized_path(text);
    promise(bm::normalized_path(normal) == normal, "a normalised path is normal");
    promise(!bm::is_safe_client_path(text) || !has_segment(normal, ".."),
            "a safe path goes nowhere up");
    promise(bm::file_stem(text).size() + bm::file_suffix(text).size() == bm::file_name(text).size(),
            "stem and suffix make the name");
    promise(bm::is_valid_utf8(bm::sanitized_folder(text)), "a folder is valid UTF-8");
    bm::mime_type_for(text);
    const auto project = bm::ProjectName::parse(text);
    promise(!project || project->str() == bm::trim(text), "a project name is trimmed");
}

void check_file_names(std::string_view text) {
    for (const bool kebab : {false, true}) {
        const auto name = bm::file_name_for_title(text, kebab);
        if (!name) continue;
        promise(bm::is_note_name(*name), "a title makes the name of a note");
        promise(name->find('/') == std::string::npos, "a file name is one segment");
        promise(!bm::is_valid_utf8(text) || bm::RelativePath::parse(*name).has_value(),
                "a file name is a relative path");
        promise(bm::is_safe_client_path(bm::replace_all(*name, "~", "")), "a file name is safe");
    }
}

void check_slugs(std::string_view text) {
    const std::string slug = bm::slug_keeping_suffix(text);
    promise(bm::is_valid_utf8(slug), "a slug is valid UTF-8");
    promise(slug == bm::to_lower(slug), "a slug has no capitals");
    promise(slug.find("--") == std::string::npos, "dashes of a slug are single");
    for (const std::string_view segment : bm::split(slug, '/')) {
        promise(!segment.starts_with('-') && !segment.ends_with('-'),
                "segments of a slug are trimmed");
    }
    const std::string_view inside = std::string_view(slug).substr(slug.starts_with('/') ? 1 : 0);
    // An apostrophe keeps a letter and a Han character together the first time only.
    const bool is_ascii = bm::count_code_points(slug) == slug.size();
    if (is_ascii && !has_segment(inside, "") && !has_segment(inside, ".")) {
        promise(bm::slug_keeping_suffix(slug) == slug, "the slug of a slug is itself");
    }
    const std::string permalink = bm::permalink_for_path(text);
    promise(!has_segment(permalink, "") || text.starts_with('/'),
            "no part of a permalink is empty");
    promise(bm::Permalink::parse(permalink).has_value(), "a permalink of ours is a permalink");
    bm::canonical_type(text);
}

void check_text(std::string_view text) {
    const std::string valid = bm::replace_invalid_utf8(text);
    promise(bm::is_valid_utf8(valid), "replacing invalid bytes leaves none");
    promise(bm::to_nfc(bm::to_nfd(text)) == bm::to_nfc(text), "normalisation forms agree");
    promise(bm::to_nfd(bm::to_nfc(text)) == bm::to_nfd(text), "normalisation forms agree");
    promise(bm::count_code_points(bm::first_code_points(text, 3)) <= 3, "a prefix is short");
    promise(bm::trim(bm::trim(text)) == bm::trim(text), "what is trimmed is trimmed");
    promise(bm::case_fold(bm::case_fold(valid)) == bm::case_fold(valid),
            "what is folded is folded");
}

/// A slow and simple matcher for patterns without brackets.
bool matches_slowly(std::string_view text, std::string_view pattern) {
    std::vector<bool> reachable(text.size() + 1, false);
    reachable[0] = true;
    for (std::size_t at = 0; at < pattern.size();) {
        const char32_t wanted = bm::next_code_point(pattern, at);
        std::vector<bool> next(text.size() + 1, false);
        bool seen = false;
        for (std::size_t i = 0; i <= text.size();) {
            seen = seen || reachable[i];
            std::size_t behind = i;
            const char32_t here = i < text.size() ? bm::next_code_point(text, behind) : 0;
            if (wanted == U'*') {
                if (seen) next[i] = true;
            } else if (i < text.size() && reachable[i] && (wanted == U'?' || wanted == here)) {
                next[behind] = true;
            }
            if (i == text.size()) break;
            i = behind;
        }
        reachable = next;
    }
    return reachable[text.size()];
}

void check_globs(std::string_view text) {
    const std::size_t middle = text.find('\n');
    if (middle == std::string_view::npos) return;
    const std::string_view pattern = text.substr(middle + 1);
    text = text.substr(0, middle);
    const bool matches = bm::matches_glob(text, pattern);
    if (pattern.find('[') == std::string_view::npos && text.size() < 200 && pattern.size() < 200) {
        promise(matches == matches_slowly(text, pattern), "globs match as the slow way does");
    }
    promise(bm::matches_glob(text, "*"), "a star matches everything");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    check_paths(text);
    check_file_names(text);
    check_slugs(text);
    check_text(text);
    check_globs(text);
    return 0;
}
