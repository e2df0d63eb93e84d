#include "tools/file_trouble.hpp"

#include <algorithm>
#include <initializer_list>
#include <system_error>

namespace bm {

namespace {

bool tells_of(const Error& error, std::initializer_list<std::errc> problems) {
    if (error.fault != Fault::unavailable) return false;
    // An Error carries the system's words, not its number.
    return std::any_of(problems.begin(), problems.end(), [&](std::errc problem) {
        return error.message.find(std::make_error_code(problem).message()) != std::string::npos;
    });
}

}  // namespace

bool is_permission_problem(const Error& error) {
    return tells_of(error, {std::errc::permission_denied, std::errc::read_only_file_system,
                            std::errc::operation_not_permitted});
}

bool is_path_problem(const Error& error) {
    return tells_of(error, {std::errc::filename_too_long, std::errc::not_a_directory,
                            std::errc::is_a_directory});
}

}  // namespace bm
