#pragma once

#include <compare>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "markdown/result.hpp"

namespace bm {

/// Text that Rule has accepted. There is no other way in, so holding one is the proof.
template <class Rule>
class Checked {
public:
    /// Fault::invalid with a sentence that names the value when Rule refuses it.
    [[nodiscard]] static Result<Checked> parse(std::string_view raw) {
        return Rule::accept(raw).map(
            [](std::string accepted) { return Checked{std::move(accepted)}; });
    }

    [[nodiscard]] const std::string& str() const noexcept { return text_; }

    friend auto operator<=>(const Checked&, const Checked&) = default;
    friend bool operator==(const Checked&, const Checked&) = default;

private:
    explicit Checked(std::string text) : text_(std::move(text)) {}

    std::string text_;
};

/// Not blank, no control characters. Kept verbatim: upper case and blanks survive when an author
/// wrote them.
struct PermalinkRule {
    static Result<std::string> accept(std::string_view raw);
};

/// Trimmed, not empty, no control characters.
struct ProjectNameRule {
    static Result<std::string> accept(std::string_view raw);
};

/// A path below a project's root, with '/' between segments: valid UTF-8, not empty, not absolute,
/// no empty, "." or ".." segment, no NUL. Names such as "a..b.md" and "x~.md" are legal here; what
/// a client may *ask for* is narrower, see markdown/path_safety.hpp.
struct RelativePathRule {
    static Result<std::string> accept(std::string_view raw);
};

using Permalink = Checked<PermalinkRule>;        ///< "specs/search-design"
using ProjectName = Checked<ProjectNameRule>;    ///< "research"
using RelativePath = Checked<RelativePathRule>;  ///< "specs/Search Design.md"

/// The part before the last '/', empty for a file in the root.
std::string_view parent_folder(std::string_view path) noexcept;
/// The part after the last '/'.
std::string_view file_name(std::string_view path) noexcept;
/// The file name without its last suffix; a leading dot is not a suffix ("Note.md" gives "Note").
std::string_view file_stem(std::string_view path) noexcept;
/// The last suffix with its dot, or empty.
std::string_view file_suffix(std::string_view path) noexcept;

}  // namespace bm

template <class Rule>
struct std::hash<bm::Checked<Rule>> {
    std::size_t operator()(const bm::Checked<Rule>& value) const noexcept {
        return std::hash<std::string>{}(value.str());
    }
};
