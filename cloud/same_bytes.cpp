#include "cloud/same_bytes.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>

namespace bm {

bool same_bytes(const std::filesystem::path& one, const std::filesystem::path& other) {
    std::ifstream first(one, std::ios::binary);
    std::ifstream second(other, std::ios::binary);
    if (!first || !second) return false;
    using Bytes = std::istreambuf_iterator<char>;
    return std::equal(Bytes(first), Bytes(), Bytes(second), Bytes());
}

}  // namespace bm
