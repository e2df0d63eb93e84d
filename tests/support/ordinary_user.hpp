#pragma once

#include <array>

#include <doctest/doctest.h>
#include <linux/capability.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace bm::test {

/// Permissions count for this thread, and for those that it starts, also when root runs the tests:
/// takes away what lets root pass them, until it is destroyed. Threads of its life keep to it.
class OrdinaryUser {
public:
    OrdinaryUser() {
        REQUIRE(::syscall(SYS_capget, &header_, before_.data()) == 0);
        auto reduced = before_;
        constexpr unsigned kPasses =
            (1U << CAP_DAC_OVERRIDE) | (1U << CAP_DAC_READ_SEARCH) | (1U << CAP_FOWNER);
        reduced[0].effective &= ~kPasses;
        REQUIRE(::syscall(SYS_capset, &header_, reduced.data()) == 0);
    }
    ~OrdinaryUser() { ::syscall(SYS_capset, &header_, before_.data()); }
    OrdinaryUser(const OrdinaryUser&) = delete;
    OrdinaryUser& operator=(const OrdinaryUser&) = delete;

private:
    __user_cap_header_struct header_{_LINUX_CAPABILITY_VERSION_3, 0};
    std::array<__user_cap_data_struct, 2> before_{};
};

}  // namespace bm::test
