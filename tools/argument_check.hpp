#pragma once

#include <string>

#include <tl/expected.hpp>

#include "tools/arguments.hpp"

/// One value that a client sent, against the one parameter that it is for. Pure.
namespace bm {

/// What messages and schemas call the kind: "integer", "array".
std::string_view json_type_name(Parameter::Kind kind);

/// Whether the schema offers null.
bool offers_null(const Parameter& parameter);

/// The value as its kind wants it, or why that cannot be. `raw` is not null.
tl::expected<Json, ArgumentProblem> checked_argument(const Parameter& parameter, const Json& raw);

/// `5 is not of type 'string'`
std::string wrong_type_reason(const Parameter& parameter, const Json& raw);

}  // namespace bm
