#include "server/severity.hpp"

#include <array>
#include <cstddef>

namespace bm {
namespace {

constexpr std::array<std::string_view, 8> names = {"debug", "info",     "notice", "warning",
                                                   "error", "critical", "alert",  "emergency"};

}  // namespace

std::string_view severity_name(Severity severity) noexcept {
    return names[static_cast<std::size_t>(severity)];
}

std::optional<Severity> severity_from(std::string_view name) noexcept {
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (names[i] == name) return static_cast<Severity>(i);
    }
    return std::nullopt;
}

}  // namespace bm
