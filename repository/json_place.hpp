#pragma once

#include <cstddef>
#include <string>
#include <string_view>

/// Where in a JSON text something is, before anybody reads it.
namespace bm {

/// Whether lists and maps stand in each other more than `levels` deep: reading such a text would
/// take that much of the stack. Pure, any bytes.
bool is_nested_deeper(std::string_view json, int levels) noexcept;

/// `line 3, column 5` of a byte, all counted from 1. Pure.
std::string json_place(std::string_view json, std::size_t byte);

}  // namespace bm
