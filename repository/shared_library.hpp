#pragma once

#include <string>
#include <type_traits>

namespace bm {

/// A library of the system that is loaded when it is first needed: linking it would cost every
/// start of the program some tenths of a millisecond. Stays loaded. Immutable after construction,
/// so any thread may use it.
class SharedLibrary {
public:
    /// `file` as the dynamic linker knows it ("libfoo.so.1").
    explicit SharedLibrary(const char* file) noexcept;

    [[nodiscard]] bool is_loaded() const noexcept { return handle_ != nullptr; }

    /// The function of that name, or null. `Function` is decltype(&name) of the library's own
    /// header.
    template <class Function>
    [[nodiscard]] Function function(const char* name) const noexcept {
        static_assert(std::is_function_v<std::remove_pointer_t<Function>>);
        return reinterpret_cast<Function>(address_of(name));
    }

private:
    [[nodiscard]] void* address_of(const char* name) const noexcept;

    void* handle_;
};

}  // namespace bm
