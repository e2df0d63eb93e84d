#include "repository/shared_library.hpp"

#include <dlfcn.h>

namespace bm {

SharedLibrary::SharedLibrary(const char* file) noexcept
    : handle_(dlopen(file, RTLD_NOW | RTLD_LOCAL)) {}

void* SharedLibrary::address_of(const char* name) const noexcept {
    return handle_ == nullptr ? nullptr : dlsym(handle_, name);
}

}  // namespace bm
