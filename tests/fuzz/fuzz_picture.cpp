// Bytes of a picture file: whatever they are, there is a picture within the limits or none.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "fuzz_promise.hpp"
#include "tools/image_reduction.hpp"
#include "tools/picture.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    const auto picture = bm::decode_picture(bytes, 300);
    if (!picture) return 0;
    promise(bm::is_decodable_size(picture->width, picture->height), "a picture has a sane size");
    promise(picture->rgb.size() == picture->width * picture->height * 3, "a picture is complete");
    promise(picture->rgb.size() > 1'000'000 || bm::reduced_jpeg(bytes).has_value(),
            "what can be read can be sent");
    return 0;
}
