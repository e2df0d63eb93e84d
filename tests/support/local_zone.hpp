#pragma once

#include <cstdlib>
#include <ctime>
#include <optional>
#include <string>

namespace bm::test {

/// Rules spelled out, so that no zone database is needed: one hour ahead, two in summer.
constexpr const char* kBerlin = "CET-1CEST,M3.5.0/2,M10.5.0/3";

/// The local zone for the length of one test.
class LocalZone {
public:
    explicit LocalZone(const char* name) {
        if (const char* before = ::getenv("TZ")) before_ = before;
        ::setenv("TZ", name, 1);
        ::tzset();
    }
    ~LocalZone() {
        if (before_) {
            ::setenv("TZ", before_->c_str(), 1);
        } else {
            ::unsetenv("TZ");
        }
        ::tzset();
    }
    LocalZone(const LocalZone&) = delete;
    LocalZone& operator=(const LocalZone&) = delete;

private:
    std::optional<std::string> before_;
};

}  // namespace bm::test
