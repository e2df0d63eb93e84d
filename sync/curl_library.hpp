#pragma once

#include <memory>

#include <curl/curl.h>

#include "repository/shared_library.hpp"

namespace bm {

/// The system's libcurl: linking it would cost every start of the program 6 ms.
struct CurlLibrary {
    SharedLibrary library{"libcurl.so.4"};
    decltype(&curl_global_init) global_init =
        library.function<decltype(&curl_global_init)>("curl_global_init");
    decltype(&curl_easy_init) init = library.function<decltype(&curl_easy_init)>("curl_easy_init");
    decltype(&curl_easy_reset) reset =
        library.function<decltype(&curl_easy_reset)>("curl_easy_reset");
    decltype(&curl_easy_setopt) set =
        library.function<decltype(&curl_easy_setopt)>("curl_easy_setopt");
    decltype(&curl_easy_perform) perform =
        library.function<decltype(&curl_easy_perform)>("curl_easy_perform");
    decltype(&curl_easy_getinfo) info =
        library.function<decltype(&curl_easy_getinfo)>("curl_easy_getinfo");
    decltype(&curl_easy_cleanup) cleanup =
        library.function<decltype(&curl_easy_cleanup)>("curl_easy_cleanup");
    decltype(&curl_easy_strerror) reason =
        library.function<decltype(&curl_easy_strerror)>("curl_easy_strerror");
    decltype(&curl_slist_append) append =
        library.function<decltype(&curl_slist_append)>("curl_slist_append");
    decltype(&curl_slist_free_all) free_list =
        library.function<decltype(&curl_slist_free_all)>("curl_slist_free_all");
    bool is_ready = global_init != nullptr && init != nullptr && reset != nullptr &&
                    set != nullptr && perform != nullptr && info != nullptr && cleanup != nullptr &&
                    reason != nullptr && append != nullptr && free_list != nullptr &&
                    global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
};

/// Loaded at the first call; `is_ready` is false where there is none. Any thread.
[[nodiscard]] const CurlLibrary& curl();

struct FreeTransfer {
    void operator()(CURL* transfer) const noexcept { curl().cleanup(transfer); }
};
using CurlTransfer = std::unique_ptr<CURL, FreeTransfer>;

struct FreeHeaders {
    void operator()(curl_slist* list) const noexcept { curl().free_list(list); }
};
using CurlHeaders = std::unique_ptr<curl_slist, FreeHeaders>;

}  // namespace bm
