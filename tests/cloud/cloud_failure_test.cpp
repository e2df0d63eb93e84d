#include "cloud/cloud_failure.hpp"

#include <set>

#include <doctest/doctest.h>

namespace bm {

TEST_CASE("every fault of the cloud has a name of its own") {
    std::set<std::string_view> names;
    int count = 0;
    for (auto fault = CloudFault::not_cloud_mode; fault <= CloudFault::internal;
         fault = static_cast<CloudFault>(static_cast<int>(fault) + 1)) {
        names.insert(cloud_fault_name(fault));
        ++count;
    }
    CHECK(count == 26);
    CHECK(names.size() == 26);
    CHECK(cloud_fault_name(CloudFault::deletion_limit) == "deletion_limit");
}

}  // namespace bm
