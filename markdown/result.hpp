#pragma once

#include <string>
#include <utility>

#include <tl/expected.hpp>

namespace bm {

/// Why an operation could not be done. Each outer edge translates these once, with a total switch.
enum class Fault {
    invalid,    ///< the request itself is wrong; asking again unchanged cannot help
    not_found,  ///< what was named does not exist
    conflict,   ///< the state of the knowledge base forbids it (exists already, changed meanwhile)
    ambiguous,  ///< several things answer to the name
    forbidden,  ///< a path that leaves its project, or an action that is switched off
    unavailable,  ///< the environment refused (disk, permission, lock); trying again may help
};

/// A failure that the caller can sensibly act on. Broken invariants and a broken machine throw.
struct Error {
    Fault fault;
    std::string message;  ///< one or two sentences for the person at the other end

    friend bool operator==(const Error&, const Error&) = default;
};

template <class T>
using Result = tl::expected<T, Error>;

[[nodiscard]] inline tl::unexpected<Error> fail(Fault fault, std::string message) {
    return tl::unexpected<Error>(Error{fault, std::move(message)});
}

/// Combines lambdas into one visitor for std::visit.
template <class... Cases>
struct Match : Cases... {
    using Cases::operator()...;
};
template <class... Cases>
Match(Cases...) -> Match<Cases...>;

}  // namespace bm
