#include "tools/image_reduction.hpp"

#include <array>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <random>
#include <vector>

#include <doctest/doctest.h>

#include "tools/picture.hpp"
#include "tools/picture_scaling.hpp"

namespace bm {
namespace {

using Color = std::array<int, 3>;

std::string picture_file(std::string_view name) {
    std::ifstream in("data/pictures/" + std::string(name), std::ios::binary);
    REQUIRE(in.is_open());
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

Color color_at(const Picture& picture, std::size_t x, std::size_t y) {
    const std::size_t at = (y * picture.width + x) * 3;
    return {picture.rgb[at], picture.rgb[at + 1], picture.rgb[at + 2]};
}

bool is_near(const Color& left, const Color& right, int tolerance) {
    for (std::size_t i = 0; i < 3; ++i) {
        if (std::abs(left[i] - right[i]) > tolerance) return false;
    }
    return true;
}

/// The colours in the middle of the four quarters: top left, top right, bottom left, bottom right.
std::array<Color, 4> quarters(const Picture& picture) {
    const std::size_t left = picture.width / 4;
    const std::size_t right = picture.width * 3 / 4;
    const std::size_t top = picture.height / 4;
    const std::size_t bottom = picture.height * 3 / 4;
    return {color_at(picture, left, top), color_at(picture, right, top),
            color_at(picture, left, bottom), color_at(picture, right, bottom)};
}

Picture noise(std::size_t width, std::size_t height) {
    Picture picture{width, height, {}};
    picture.rgb.resize(width * height * 3);
    std::minstd_rand random(7);
    for (auto& byte : picture.rgb) byte = static_cast<unsigned char>(random());
    return picture;
}

Picture gradient(std::size_t width, std::size_t height) {
    Picture picture{width, height, {}};
    for (std::size_t y = 0; y < height; ++y) {
        for (std::size_t x = 0; x < width; ++x) {
            picture.rgb.push_back(static_cast<unsigned char>(x * 255 / width));
            picture.rgb.push_back(static_cast<unsigned char>(y * 255 / height));
            picture.rgb.push_back(128);
        }
    }
    return picture;
}

TEST_CASE("every format gives the picture that is in it") {
    constexpr Color kRed{255, 0, 0};
    constexpr Color kGreen{0, 255, 0};
    constexpr Color kBlue{0, 0, 255};
    constexpr Color kWhite{255, 255, 255};
    struct Case {
        const char* name;
        Color bottom_left;
        int tolerance;
    };
    // What is transparent in a file shows white; half of blue shows pale.
    for (const auto& [name, bottom_left, tolerance] :
         {Case{"palette.png", kBlue, 0}, Case{"alpha.png", {127, 127, 255}, 1},
          Case{"alpha.webp", {127, 127, 255}, 1}, Case{"plain.webp", kBlue, 12},
          Case{"two_frames.gif", kBlue, 0}, Case{"interlaced.gif", kBlue, 0},
          Case{"cmyk.jpg", kBlue, 12}}) {
        CAPTURE(name);
        const auto picture = decode_picture(picture_file(name), 1000);
        REQUIRE(picture);
        CHECK(picture->width == 16);
        CHECK(picture->height == 12);
        REQUIRE(picture->rgb.size() == 16 * 12 * 3);
        const auto colors = quarters(*picture);
        // libpng composes half-transparent colours in linear light.
        const int blend = std::string_view(name) == "alpha.png" ? 70 : tolerance;
        CHECK(is_near(colors[0], kRed, tolerance));
        CHECK(is_near(colors[1], kGreen, tolerance));
        CHECK(is_near(colors[2], bottom_left, blend));
        CHECK(is_near(colors[3], kWhite, tolerance));
        CHECK(reduced_jpeg(picture_file(name)));
    }
}

TEST_CASE("a JPEG survives being written and read") {
    const Picture picture = gradient(64, 48);
    const auto jpeg = encode_jpeg(picture, 90);
    REQUIRE(jpeg);
    const auto again = decode_jpeg(*jpeg, 1000);
    REQUIRE(again);
    CHECK(again->width == 64);
    const auto before = quarters(picture);
    const auto after = quarters(*again);
    for (std::size_t i = 0; i < 4; ++i) CHECK(is_near(before[i], after[i], 8));
}

TEST_CASE("what is written is a progressive JPEG with halved colour") {
    const auto jpeg = encode_jpeg(gradient(64, 48), 70);
    REQUIRE(jpeg);
    const std::size_t frame = jpeg->find("\xff\xc2");
    REQUIRE(frame != std::string::npos);
    // Length, precision, height, width, number of components, then id and sampling of the first.
    CHECK((*jpeg)[frame + 9] == 3);
    CHECK((*jpeg)[frame + 11] == 0x22);
}

TEST_CASE("a large JPEG is read at a fraction of its size") {
    const auto jpeg = encode_jpeg(gradient(1600, 1200), 80);
    REQUIRE(jpeg);
    CHECK(decode_jpeg(*jpeg, 1000)->width == 1600);
    CHECK(decode_jpeg(*jpeg, 400)->width == 800);
    CHECK(decode_jpeg(*jpeg, 100)->width == 200);
    CHECK(decode_jpeg(*jpeg, 1)->width == 200);
}

TEST_CASE("a small picture stays readable and is not enlarged") {
    const auto jpeg = reduced_jpeg(picture_file("palette.png"));
    REQUIRE(jpeg);
    const auto picture = decode_jpeg(*jpeg, 1000);
    REQUIRE(picture);
    CHECK(picture->width == 16);
    CHECK(is_near(quarters(*picture)[0], {255, 0, 0}, 40));
}

TEST_CASE("a picture that resists compression ends below the limit") {
    const auto original = encode_jpeg(noise(1800, 1350), 95);
    REQUIRE(original);
    REQUIRE(original->size() > 2 * 1024 * 1024);
    const auto jpeg = reduced_jpeg(*original);
    REQUIRE(jpeg);
    CHECK(jpeg->size() <= kMaxPayloadBytes);
    const auto picture = decode_jpeg(*jpeg, 10'000);
    REQUIRE(picture);
    // Files above four times the limit start at an edge of 600.
    CHECK(picture->width <= 600);
    CHECK(picture->width >= 300);
    CHECK(picture->width * 3 == picture->height * 4);
}

TEST_CASE("the first setting depends on the size of the file") {
    // The bytes behind the end of a picture count as its size and do not disturb it.
    const auto width_with = [](std::size_t bytes) {
        std::string file = *encode_jpeg(gradient(1500, 1000), 80);
        REQUIRE(file.size() < bytes);
        file.resize(bytes);
        return decode_jpeg(*reduced_jpeg(file), 10'000)->width;
    };
    CHECK(width_with(350'000) == 1000);
    CHECK(width_with(700'001) == 800);
    CHECK(width_with(1'400'001) == 600);
}

TEST_CASE("sizes keep their shape and never vanish") {
    CHECK(size_within({4000, 3000, {}}, 1000) == PictureSize{1000, 750});
    CHECK(size_within({300, 900, {}}, 600) == PictureSize{200, 600});
    CHECK(size_within({10, 10, {}}, 600) == PictureSize{10, 10});
    CHECK(size_within({60'000, 1, {}}, 600) == PictureSize{600, 1});
}

TEST_CASE("scaling keeps flat colours and the places of things") {
    Picture flat{37, 23, {}};
    for (int i = 0; i < 37 * 23; ++i) {
        flat.rgb.insert(flat.rgb.end(), {10, 200, 77});
    }
    const Picture small = scaled(flat, {11, 7});
    REQUIRE(small.rgb.size() == 11 * 7 * 3);
    for (std::size_t x = 0; x < 11; ++x) CHECK(color_at(small, x, 3) == Color{10, 200, 77});
    const Picture shrunk = scaled(gradient(400, 300), {40, 30});
    const auto before = quarters(gradient(400, 300));
    const auto after = quarters(shrunk);
    for (std::size_t i = 0; i < 4; ++i) CHECK(is_near(before[i], after[i], 5));
}

TEST_CASE("scaling takes every pixel into account") {
    // A pattern finer than the result must become its mean, not one of its colours.
    Picture stripes{256, 8, {}};
    for (std::size_t i = 0; i < 256 * 8; ++i) {
        for (int channel = 0; channel < 3; ++channel) {
            stripes.rgb.push_back(static_cast<unsigned char>(i % 2 == 0 ? 0 : 255));
        }
    }
    const Picture small = scaled(stripes, {16, 8});
    for (std::size_t x = 2; x < 14; ++x) CHECK(is_near(color_at(small, x, 4), {127, 127, 127}, 6));
}

/// An uncompressed bitmap of 2 x 2: red, green / blue, white.
std::string bitmap(int bits, bool top_down) {
    std::string bytes = "BM";
    const auto number = [&bytes](std::uint32_t value, int width) {
        for (int i = 0; i < width; ++i) bytes += static_cast<char>((value >> (8 * i)) & 0xff);
    };
    const int palette = bits <= 8 ? 4 : 0;
    number(0, 4);
    number(0, 4);
    number(54 + 4 * static_cast<std::uint32_t>(palette), 4);
    number(40, 4);
    number(2, 4);
    number(top_down ? static_cast<std::uint32_t>(-2) : 2U, 4);
    number(1, 2);
    number(static_cast<std::uint32_t>(bits), 2);
    for (int i = 0; i < 4; ++i) number(0, 4);
    number(static_cast<std::uint32_t>(palette), 4);
    number(0, 4);
    const std::array<std::uint32_t, 4> colors{0xff0000, 0x00ff00, 0x0000ff, 0xffffff};
    if (palette > 0) {
        for (const auto color : colors) number(color, 4);
    }
    const std::array<std::size_t, 4> order =
        top_down ? std::array<std::size_t, 4>{0, 1, 2, 3} : std::array<std::size_t, 4>{2, 3, 0, 1};
    for (std::size_t row = 0; row < 2; ++row) {
        const std::size_t start = bytes.size();
        const std::size_t first = order[row * 2];
        const std::size_t second = order[row * 2 + 1];
        switch (bits) {
            case 4:
                number(static_cast<std::uint32_t>(first << 4 | second), 1);
                break;
            case 8:
                number(static_cast<std::uint32_t>(first), 1);
                number(static_cast<std::uint32_t>(second), 1);
                break;
            case 16:
                for (const auto index : {first, second}) {
                    constexpr std::array<std::uint32_t, 4> kShort{0x7c00, 0x03e0, 0x001f, 0x7fff};
                    number(kShort[index], 2);
                }
                break;
            default:
                number(colors[first], bits / 8);
                number(colors[second], bits / 8);
        }
        while ((bytes.size() - start) % 4 != 0) bytes += '\0';
    }
    return bytes;
}

TEST_CASE("bitmaps of every usual depth are read") {
    for (const int bits : {4, 8, 16, 24, 32}) {
        for (const bool top_down : {false, true}) {
            CAPTURE(bits);
            CAPTURE(top_down);
            const auto picture = decode_picture(bitmap(bits, top_down), 1000);
            REQUIRE(picture);
            CHECK(picture->rgb ==
                  std::vector<unsigned char>{255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255});
        }
    }
}

TEST_CASE("bitmaps that promise more than they hold are no pictures") {
    const std::string good = bitmap(24, false);
    for (std::size_t size = 0; size < good.size(); ++size) {
        CAPTURE(size);
        CHECK_FALSE(decode_picture(good.substr(0, size), 1000));
    }
    std::string giant = good;
    giant[21] = '\x7f';  // two thousand million columns
    CHECK_FALSE(decode_picture(giant, 1000));
    std::string compressed = good;
    compressed[30] = 1;
    CHECK_FALSE(decode_picture(compressed, 1000));
}

TEST_CASE("damaged files give a picture or none and never more") {
    std::minstd_rand random(11);
    std::vector<std::string> files;
    for (const char* name : {"palette.png", "alpha.png", "alpha.webp", "plain.webp",
                             "two_frames.gif", "interlaced.gif", "cmyk.jpg"}) {
        files.push_back(picture_file(name));
    }
    files.push_back(*encode_jpeg(gradient(40, 30), 70));
    files.push_back(bitmap(8, false));
    for (const auto& file : files) {
        for (int round = 0; round < 60; ++round) {
            std::string damaged = file;
            for (int i = 0; i < 3; ++i) {
                damaged[random() % damaged.size()] = static_cast<char>(random());
            }
            if (round % 3 == 0) damaged.resize(random() % damaged.size());
            const auto picture = decode_picture(damaged, 1000);
            if (picture) CHECK(picture->rgb.size() == picture->width * picture->height * 3);
        }
    }
}

TEST_CASE("giant pictures are not decoded") {
    CHECK(is_decodable_size(8000, 8000));
    CHECK_FALSE(is_decodable_size(8001, 8000));
    CHECK_FALSE(is_decodable_size(0, 5));
    CHECK_FALSE(is_decodable_size(static_cast<std::size_t>(-1), 2));
    // A header alone: 60,000 columns and rows.
    std::string png = picture_file("palette.png");
    png[18] = png[22] = static_cast<char>(0xea);
    png[19] = png[23] = 0x60;
    CHECK_FALSE(decode_picture(png, 1000));
    std::string gif = picture_file("two_frames.gif");
    const std::size_t image = gif.find(',', 13 + 12);
    REQUIRE(image != std::string::npos);
    for (std::size_t i = 5; i < 9; ++i) gif[image + i] = '\x7f';
    CHECK_FALSE(decode_picture(gif, 1000));
}

TEST_CASE("a JPEG with thousands of scans is given up") {
    std::string jpeg = *encode_jpeg(gradient(64, 64), 70);
    // Repeat the last scan, which may come again and again in a progressive file.
    const std::size_t scan = jpeg.rfind("\xff\xda");
    const std::string tail = jpeg.substr(scan, jpeg.size() - scan - 2);
    for (int i = 0; i < 3000; ++i) jpeg.insert(jpeg.size() - 2, tail);
    CHECK_FALSE(decode_jpeg(jpeg, 64));
}

TEST_CASE("other files are no pictures") {
    for (const char* bytes : {"", "B", "BM", "GIF89a", "\xff\xd8\xff", "\x89PNG\r\n\x1a\n",
                              "RIFF....WEBP", "RIFF", "<svg/>", "text"}) {
        CAPTURE(bytes);
        CHECK_FALSE(reduced_jpeg(bytes));
    }
}

}  // namespace
}  // namespace bm
