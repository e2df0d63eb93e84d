#include "server/http_acceptor.hpp"
#include "server/tls_library.hpp"

// Linking cpp-httplib and OpenSSL's TLS costs every start of the program milliseconds, with the
// libraries that they bring. So the program that users run carries the part that needs them as a
// shared object in its own file, and loads that when a server is started.

#ifdef BM_HTTP_MODULE

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <string>

#include <dlfcn.h>
#include <sys/mman.h>
#include <unistd.h>

#include "server/file_descriptor.hpp"

// The module's bytes, as they are in the file.
asm(".section .rodata\n"
    ".balign 16\n"
    ".local bm_http_module_begin\n"
    "bm_http_module_begin:\n"
    ".incbin \"" BM_HTTP_MODULE
    "\"\n"
    ".local bm_http_module_end\n"
    "bm_http_module_end:\n"
    ".byte 0\n"
    ".previous\n");

extern "C" {
extern const char bm_http_module_begin[];
extern const char bm_http_module_end[];
}

namespace bm {
namespace {

bool write_module(int fd) noexcept {
    const char* from = bm_http_module_begin;
    while (from != bm_http_module_end) {
        const auto written = ::write(fd, from, static_cast<std::size_t>(bm_http_module_end - from));
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return false;
        from += written;
    }
    return true;
}

void* load_module(const char*& why) noexcept {
    const FileDescriptor file(::memfd_create("bm-http", MFD_CLOEXEC));
    if (!file || !write_module(file.number())) {
        why = std::strerror(errno);
        return nullptr;
    }
    const std::string path = "/proc/self/fd/" + std::to_string(file.number());
    void* module = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (module == nullptr) why = ::dlerror();
    return module;
}

/// Null when it cannot be loaded. Loaded once, and it stays.
void* loaded_module(const char*& why) noexcept {
    static const char* reason = "";
    static void* const module = load_module(reason);
    why = reason;
    return module;
}

template <class Function>
bool find(void* module, const char* name, Function& function) noexcept {
    function = reinterpret_cast<Function>(::dlsym(module, name));
    return function != nullptr;
}

constexpr const char* lacks_function = "it lacks a function";

}  // namespace

AcceptorFunctions acceptor_functions(const char*& why) noexcept {
    AcceptorFunctions functions;
    void* const module = loaded_module(why);
    if (module == nullptr) return functions;
    const bool is_whole = find(module, "bm_acceptor_open", functions.open) &&
                          find(module, "bm_acceptor_run", functions.run) &&
                          find(module, "bm_acceptor_stop", functions.stop) &&
                          find(module, "bm_acceptor_close", functions.close);
    if (!is_whole) why = lacks_function;
    return is_whole ? functions : AcceptorFunctions{};
}

TlsFunctions tls_functions(const char*& why) noexcept {
    TlsFunctions functions;
    void* const module = loaded_module(why);
    if (module == nullptr) return functions;
    const bool is_whole = find(module, "bm_tls_open", functions.open) &&
                          find(module, "bm_tls_close", functions.close) &&
                          find(module, "bm_tls_begin", functions.begin) &&
                          find(module, "bm_tls_free", functions.free) &&
                          find(module, "bm_tls_handshake", functions.handshake) &&
                          find(module, "bm_tls_read", functions.read) &&
                          find(module, "bm_tls_write", functions.write) &&
                          find(module, "bm_tls_end", functions.end);
    if (!is_whole) why = lacks_function;
    return is_whole ? functions : TlsFunctions{};
}

}  // namespace bm

#else

namespace bm {

AcceptorFunctions acceptor_functions(const char*& why) noexcept {
    why = "";
    return {&bm_acceptor_open, &bm_acceptor_run, &bm_acceptor_stop, &bm_acceptor_close};
}

TlsFunctions tls_functions(const char*& why) noexcept {
    why = "";
    return {&bm_tls_open,      &bm_tls_close, &bm_tls_begin, &bm_tls_free,
            &bm_tls_handshake, &bm_tls_read,  &bm_tls_write, &bm_tls_end};
}

}  // namespace bm

#endif
