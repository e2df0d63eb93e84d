#include "tools/note_naming.hpp"

#include "markdown/file_naming.hpp"
#include "markdown/text.hpp"
#include "tools/call_text.hpp"

namespace bm {

namespace {

// What Linux file systems take for one segment of a path.
constexpr std::size_t kMaxFileNameBytes = 255;

tl::unexpected<Error> no_name_left(std::string_view title) {
    if (is_blank(title)) return fail(Fault::invalid, "title cannot be empty");
    return fail(Fault::invalid, "title '" + echoed(title) +
                                    "' makes no file name: nothing is left of it. Use a title "
                                    "with at least one letter or digit.");
}

Result<std::string> of_bearable_length(std::string name) {
    if (name.size() <= kMaxFileNameBytes) return name;
    return fail(Fault::invalid, "title is too long: it makes a file name of " +
                                    std::to_string(name.size()) + " bytes, and at most " +
                                    std::to_string(kMaxFileNameBytes) +
                                    " are possible. Shorten the title and put the long form into "
                                    "the content, as its heading.");
}

}  // namespace

Result<std::string> note_file_name(std::string_view title, bool kebab) {
    auto name = file_name_for_title(title, kebab);
    if (!name) return no_name_left(title);
    return of_bearable_length(*std::move(name));
}

Result<std::string> file_name_with_suffix(std::string_view title, std::string_view suffix) {
    std::string_view stem = trim(title);
    if (ends_with_ignoring_case(stem, suffix)) stem.remove_suffix(suffix.size());
    const std::string clean(trim(sanitized_title(trim(stem))));
    if (clean.empty()) return no_name_left(title);
    return of_bearable_length(clean + std::string(suffix));
}

}  // namespace bm
