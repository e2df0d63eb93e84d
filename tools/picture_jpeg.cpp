// jpeglib.h needs size_t and FILE to be there already.
#include <algorithm>
#include <csetjmp>
#include <cstdio>
#include <cstdlib>

#include <jpeglib.h>

#include "repository/shared_library.hpp"
#include "tools/picture.hpp"

namespace bm {

namespace {

// A progressive file may repeat its scans thousands of times over the whole picture.
constexpr int kMaxScans = 100;

struct JpegLibrary {
    SharedLibrary library{BM_JPEG_LIBRARY};
    template <class Function>
    Function load(const char* name) const {
        return library.function<Function>(name);
    }

    decltype(&jpeg_std_error) std_error = load<decltype(&jpeg_std_error)>("jpeg_std_error");
    decltype(&jpeg_CreateDecompress) create_reader =
        load<decltype(&jpeg_CreateDecompress)>("jpeg_CreateDecompress");
    decltype(&jpeg_mem_src) source = load<decltype(&jpeg_mem_src)>("jpeg_mem_src");
    decltype(&jpeg_read_header) read_header = load<decltype(&jpeg_read_header)>("jpeg_read_header");
    decltype(&jpeg_start_decompress) start_reading =
        load<decltype(&jpeg_start_decompress)>("jpeg_start_decompress");
    decltype(&jpeg_read_scanlines) read_rows =
        load<decltype(&jpeg_read_scanlines)>("jpeg_read_scanlines");
    decltype(&jpeg_destroy_decompress) destroy_reader =
        load<decltype(&jpeg_destroy_decompress)>("jpeg_destroy_decompress");
    decltype(&jpeg_CreateCompress) create_writer =
        load<decltype(&jpeg_CreateCompress)>("jpeg_CreateCompress");
    decltype(&jpeg_mem_dest) target = load<decltype(&jpeg_mem_dest)>("jpeg_mem_dest");
    decltype(&jpeg_set_defaults) set_defaults =
        load<decltype(&jpeg_set_defaults)>("jpeg_set_defaults");
    decltype(&jpeg_set_quality) set_quality = load<decltype(&jpeg_set_quality)>("jpeg_set_quality");
    decltype(&jpeg_simple_progression) make_progressive =
        load<decltype(&jpeg_simple_progression)>("jpeg_simple_progression");
    decltype(&jpeg_start_compress) start_writing =
        load<decltype(&jpeg_start_compress)>("jpeg_start_compress");
    decltype(&jpeg_write_scanlines) write_rows =
        load<decltype(&jpeg_write_scanlines)>("jpeg_write_scanlines");
    decltype(&jpeg_finish_compress) finish_writing =
        load<decltype(&jpeg_finish_compress)>("jpeg_finish_compress");
    decltype(&jpeg_destroy_compress) destroy_writer =
        load<decltype(&jpeg_destroy_compress)>("jpeg_destroy_compress");

    [[nodiscard]] bool can_read() const {
        return std_error != nullptr && create_reader != nullptr && source != nullptr &&
               read_header != nullptr && start_reading != nullptr && read_rows != nullptr &&
               destroy_reader != nullptr;
    }
    [[nodiscard]] bool can_write() const {
        return std_error != nullptr && create_writer != nullptr && target != nullptr &&
               set_defaults != nullptr && set_quality != nullptr && make_progressive != nullptr &&
               start_writing != nullptr && write_rows != nullptr && finish_writing != nullptr &&
               destroy_writer != nullptr;
    }
};

const JpegLibrary& jpeg() {
    static const JpegLibrary library;
    return library;
}

/// The library reports errors by a call that must not return. Throwing through its C code is
/// undefined, so we jump. No function that a jump leaves may hold an object with a destructor.
struct Errors {
    jpeg_error_mgr manager;
    std::jmp_buf escape;
};

[[noreturn]] void escape(j_common_ptr common) {
    // `manager` is the first member.
    std::longjmp(reinterpret_cast<Errors*>(common->err)->escape, 1);
}

void be_silent(j_common_ptr) {}
void ignore_warning(j_common_ptr, int) {}

void prepare(Errors& errors) {
    jpeg().std_error(&errors.manager);
    errors.manager.error_exit = escape;
    errors.manager.output_message = be_silent;
    errors.manager.emit_message = ignore_warning;
}

void count_scans(j_common_ptr common) {
    const auto* info = reinterpret_cast<j_decompress_ptr>(common);
    if (info->input_scan_number > kMaxScans) escape(common);
}

class Reader {
public:
    Reader() {
        prepare(errors_);
        info_.err = &errors_.manager;
        progress_.progress_monitor = count_scans;
    }
    ~Reader() {
        if (created_) jpeg().destroy_reader(&info_);
    }
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;

    /// Reads the header and settles the size of the picture.
    bool start(std::string_view bytes, std::size_t longest_edge) {
        if (setjmp(errors_.escape) != 0) return false;
        jpeg().create_reader(&info_, JPEG_LIB_VERSION, sizeof(info_));
        created_ = true;
        info_.progress = &progress_;
        jpeg().source(&info_, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
        if (jpeg().read_header(&info_, TRUE) != JPEG_HEADER_OK) return false;
        if (!is_decodable_size(info_.image_width, info_.image_height)) return false;
        is_cmyk_ = info_.jpeg_color_space == JCS_CMYK || info_.jpeg_color_space == JCS_YCCK;
        info_.out_color_space = is_cmyk_ ? JCS_CMYK : JCS_RGB;
        info_.scale_num = scale_for(longest_edge);
        info_.scale_denom = 8;
        return jpeg().start_reading(&info_) != FALSE;
    }

    /// Fills one row of width * channels bytes.
    bool next_row(unsigned char* row) {
        if (setjmp(errors_.escape) != 0) return false;
        JSAMPROW rows[] = {row};
        return jpeg().read_rows(&info_, rows, 1) == 1;
    }

    [[nodiscard]] std::size_t width() const { return info_.output_width; }
    [[nodiscard]] std::size_t height() const { return info_.output_height; }
    [[nodiscard]] bool is_cmyk() const { return is_cmyk_; }
    /// Programs of one maker store ink amounts upside down.
    [[nodiscard]] bool is_inverted() const { return info_.saw_Adobe_marker != FALSE; }

private:
    /// Eighths of the size that still leave twice the wanted edge, so that the real scaling decides
    /// the quality.
    [[nodiscard]] unsigned scale_for(std::size_t longest_edge) const {
        const std::size_t edge = std::max(info_.image_width, info_.image_height);
        for (const unsigned eighths : {1U, 2U, 4U}) {
            if (edge * eighths / 8 >= longest_edge * 2) return eighths;
        }
        return 8;
    }

    Errors errors_{};
    jpeg_decompress_struct info_{};
    jpeg_progress_mgr progress_{};
    bool created_ = false;
    bool is_cmyk_ = false;
};

void append_cmyk_row(std::vector<unsigned char>& rgb, const std::vector<unsigned char>& row,
                     bool inverted) {
    for (std::size_t i = 0; i + 3 < row.size(); i += 4) {
        const unsigned black = inverted ? row[i + 3] : 255U - row[i + 3];
        for (std::size_t channel = 0; channel < 3; ++channel) {
            const unsigned ink = inverted ? row[i + channel] : 255U - row[i + channel];
            rgb.push_back(static_cast<unsigned char>(ink * black / 255U));
        }
    }
}

class Writer {
public:
    Writer() {
        prepare(errors_);
        info_.err = &errors_.manager;
    }
    ~Writer() {
        if (created_) jpeg().destroy_writer(&info_);
        std::free(bytes_);
    }
    Writer(const Writer&) = delete;
    Writer& operator=(const Writer&) = delete;

    bool write(const Picture& picture, int quality) {
        if (setjmp(errors_.escape) != 0) return false;
        jpeg().create_writer(&info_, JPEG_LIB_VERSION, sizeof(info_));
        created_ = true;
        jpeg().target(&info_, &bytes_, &size_);
        info_.image_width = static_cast<JDIMENSION>(picture.width);
        info_.image_height = static_cast<JDIMENSION>(picture.height);
        info_.input_components = 3;
        info_.in_color_space = JCS_RGB;
        jpeg().set_defaults(&info_);  // 4:2:0 among them
        jpeg().set_quality(&info_, quality, TRUE);
        info_.optimize_coding = TRUE;
        jpeg().make_progressive(&info_);
        jpeg().start_writing(&info_, TRUE);
        while (info_.next_scanline < info_.image_height) {
            // The library takes its input by non-const pointers and does not write to it.
            JSAMPROW rows[] = {const_cast<unsigned char*>(
                &picture.rgb[std::size_t{info_.next_scanline} * picture.width * 3])};
            jpeg().write_rows(&info_, rows, 1);
        }
        jpeg().finish_writing(&info_);
        return true;
    }

    [[nodiscard]] std::string_view bytes() const {
        return {reinterpret_cast<const char*>(bytes_), size_};
    }

private:
    Errors errors_{};
    jpeg_compress_struct info_{};
    unsigned char* bytes_ = nullptr;
    unsigned long size_ = 0;
    bool created_ = false;
};

}  // namespace

std::optional<Picture> decode_jpeg(std::string_view bytes, std::size_t longest_edge) {
    if (!jpeg().can_read()) return std::nullopt;
    Reader reader;
    if (!reader.start(bytes, longest_edge)) return std::nullopt;
    Picture picture{reader.width(), reader.height(), {}};
    if (!reader.is_cmyk()) {
        picture.rgb.resize(picture.width * picture.height * 3);
        for (std::size_t row = 0; row < picture.height; ++row) {
            if (!reader.next_row(&picture.rgb[row * picture.width * 3])) return std::nullopt;
        }
        return picture;
    }
    picture.rgb.reserve(picture.width * picture.height * 3);
    std::vector<unsigned char> line(picture.width * 4);
    for (std::size_t row = 0; row < picture.height; ++row) {
        if (!reader.next_row(line.data())) return std::nullopt;
        append_cmyk_row(picture.rgb, line, reader.is_inverted());
    }
    return picture;
}

std::optional<std::string> encode_jpeg(const Picture& picture, int quality) {
    if (!jpeg().can_write() || picture.width > JPEG_MAX_DIMENSION ||
        picture.height > JPEG_MAX_DIMENSION) {
        return std::nullopt;
    }
    Writer writer;
    if (!writer.write(picture, quality)) return std::nullopt;
    return std::string(writer.bytes());
}

}  // namespace bm
