#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

/// How texts for a model quote what a caller said, and the calls in them that it can copy. Pure.
namespace bm {

/// The value as a sentence quotes it: the beginning alone when it is long.
std::string echoed(std::string_view value);

/// A string literal of a call: in double quotes, everything escaped that would end it.
std::string string_literal(std::string_view value);

struct CallArgument {
    std::string_view name;  ///< empty: by position
    std::string_view value;
};

/// `read_note("docs/plan", project="main")`
std::string call_text(std::string_view function, std::initializer_list<CallArgument> arguments);

/// Code between two fences.
std::string fenced(std::string_view code);

}  // namespace bm
