#include "tools/file_trouble.hpp"

#include <algorithm>
#include <array>
#include <system_error>

namespace bm {

bool is_permission_problem(const Error& error) {
    if (error.fault != Fault::unavailable) return false;
    // An Error carries the system's words, not its number.
    constexpr std::array kProblems{std::errc::permission_denied, std::errc::read_only_file_system,
                                   std::errc::operation_not_permitted};
    return std::any_of(kProblems.begin(), kProblems.end(), [&](std::errc problem) {
        return error.message.find(std::make_error_code(problem).message()) != std::string::npos;
    });
}

}  // namespace bm
