#include "sync/curl_library.hpp"

namespace bm {

const CurlLibrary& curl() {
    static const CurlLibrary library;
    return library;
}

}  // namespace bm
