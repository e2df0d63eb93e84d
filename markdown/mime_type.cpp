#include "markdown/mime_type.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>

#include "markdown/names.hpp"
#include "markdown/text.hpp"

namespace bm {
namespace {

struct SuffixType {
    std::string_view suffix;  ///< lower case, with its dot
    std::string_view type;
};

// Permalinks depend on this table: a suffix in it is cut off a title. So it holds nothing that
// titles end in for another reason, such as version parts.
constexpr std::array table{
    SuffixType{".3g2", "audio/3gpp2"},
    SuffixType{".3gp", "audio/3gpp"},
    SuffixType{".7z", "application/x-7z-compressed"},
    SuffixType{".a", "application/octet-stream"},
    SuffixType{".aac", "audio/aac"},
    SuffixType{".ai", "application/postscript"},
    SuffixType{".aif", "audio/x-aiff"},
    SuffixType{".aifc", "audio/x-aiff"},
    SuffixType{".aiff", "audio/x-aiff"},
    SuffixType{".au", "audio/basic"},
    SuffixType{".avi", "video/x-msvideo"},
    SuffixType{".avif", "image/avif"},
    SuffixType{".bat", "text/plain"},
    SuffixType{".bin", "application/octet-stream"},
    SuffixType{".bmp", "image/bmp"},
    SuffixType{".c", "text/plain"},
    SuffixType{".css", "text/css"},
    SuffixType{".csv", "text/csv"},
    SuffixType{".dll", "application/octet-stream"},
    SuffixType{".doc", "application/msword"},
    SuffixType{".docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"},
    SuffixType{".dot", "application/msword"},
    SuffixType{".eml", "message/rfc822"},
    SuffixType{".eps", "application/postscript"},
    SuffixType{".epub", "application/epub+zip"},
    SuffixType{".exe", "application/octet-stream"},
    SuffixType{".flac", "audio/flac"},
    SuffixType{".gif", "image/gif"},
    SuffixType{".h", "text/plain"},
    SuffixType{".heic", "image/heic"},
    SuffixType{".heif", "image/heif"},
    SuffixType{".htm", "text/html"},
    SuffixType{".html", "text/html"},
    SuffixType{".ico", "image/vnd.microsoft.icon"},
    SuffixType{".jpe", "image/jpeg"},
    SuffixType{".jpeg", "image/jpeg"},
    SuffixType{".jpg", "image/jpeg"},
    SuffixType{".js", "text/javascript"},
    SuffixType{".json", "application/json"},
    SuffixType{".latex", "application/x-latex"},
    SuffixType{".m3u", "application/vnd.apple.mpegurl"},
    SuffixType{".m3u8", "application/vnd.apple.mpegurl"},
    SuffixType{".m4a", "audio/mp4"},
    SuffixType{".m4v", "video/x-m4v"},
    SuffixType{".man", "application/x-troff-man"},
    SuffixType{".markdown", "text/markdown"},
    SuffixType{".md", "text/markdown"},
    SuffixType{".mht", "message/rfc822"},
    SuffixType{".mhtml", "message/rfc822"},
    SuffixType{".mid", "audio/midi"},
    SuffixType{".midi", "audio/midi"},
    SuffixType{".mjs", "text/javascript"},
    SuffixType{".mkv", "video/x-matroska"},
    SuffixType{".mov", "video/quicktime"},
    SuffixType{".mp2", "audio/mpeg"},
    SuffixType{".mp3", "audio/mpeg"},
    SuffixType{".mp4", "video/mp4"},
    SuffixType{".mpe", "video/mpeg"},
    SuffixType{".mpeg", "video/mpeg"},
    SuffixType{".mpg", "video/mpeg"},
    SuffixType{".nt", "application/n-triples"},
    SuffixType{".o", "application/octet-stream"},
    SuffixType{".obj", "application/octet-stream"},
    SuffixType{".odp", "application/vnd.oasis.opendocument.presentation"},
    SuffixType{".ods", "application/vnd.oasis.opendocument.spreadsheet"},
    SuffixType{".odt", "application/vnd.oasis.opendocument.text"},
    SuffixType{".ogg", "audio/ogg"},
    SuffixType{".opus", "audio/opus"},
    SuffixType{".otf", "font/otf"},
    SuffixType{".pdf", "application/pdf"},
    SuffixType{".pl", "text/plain"},
    SuffixType{".png", "image/png"},
    SuffixType{".ppt", "application/vnd.ms-powerpoint"},
    SuffixType{".pptx",
               "application/vnd.openxmlformats-officedocument.presentationml.presentation"},
    SuffixType{".ps", "application/postscript"},
    SuffixType{".py", "text/x-python"},
    SuffixType{".pyc", "application/x-python-code"},
    SuffixType{".qt", "video/quicktime"},
    SuffixType{".rar", "application/vnd.rar"},
    SuffixType{".rdf", "application/xml"},
    SuffixType{".rtf", "application/rtf"},
    SuffixType{".sgml", "text/x-sgml"},
    SuffixType{".sh", "application/x-sh"},
    SuffixType{".so", "application/octet-stream"},
    SuffixType{".src", "application/x-wais-source"},
    SuffixType{".svg", "image/svg+xml"},
    SuffixType{".swf", "application/x-shockwave-flash"},
    SuffixType{".t", "application/x-troff"},
    SuffixType{".tar", "application/x-tar"},
    SuffixType{".tcl", "application/x-tcl"},
    SuffixType{".tex", "application/x-tex"},
    SuffixType{".tif", "image/tiff"},
    SuffixType{".tiff", "image/tiff"},
    SuffixType{".trig", "application/trig"},
    SuffixType{".tsv", "text/tab-separated-values"},
    SuffixType{".ttf", "font/ttf"},
    SuffixType{".txt", "text/plain"},
    SuffixType{".vcf", "text/x-vcard"},
    SuffixType{".vtt", "text/vtt"},
    SuffixType{".wasm", "application/wasm"},
    SuffixType{".wav", "audio/x-wav"},
    SuffixType{".webm", "video/webm"},
    SuffixType{".webmanifest", "application/manifest+json"},
    SuffixType{".webp", "image/webp"},
    SuffixType{".woff", "font/woff"},
    SuffixType{".woff2", "font/woff2"},
    SuffixType{".xls", "application/vnd.ms-excel"},
    SuffixType{".xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"},
    SuffixType{".xml", "text/xml"},
    SuffixType{".xsl", "application/xml"},
    SuffixType{".zip", "application/zip"},
};

constexpr bool is_before(const SuffixType& entry, std::string_view suffix) {
    return entry.suffix < suffix;
}

static_assert(std::is_sorted(table.begin(), table.end(),
                             [](const SuffixType& a, const SuffixType& b) {
                                 return a.suffix < b.suffix;
                             }),
              "looked up by bisection");

/// Suffixes that say how a file is compressed; the one before tells what it is.
constexpr std::array<std::string_view, 5> compressions{".gz", ".Z", ".bz2", ".xz", ".br"};

/// One suffix for a compressed form of another.
struct Shorthand {
    std::string_view suffix;
    std::string_view inner;
};
constexpr std::array shorthands{
    Shorthand{".svgz", ".svg"}, Shorthand{".taz", ".tar"}, Shorthand{".tbz2", ".tar"},
    Shorthand{".tgz", ".tar"},  Shorthand{".txz", ".tar"}, Shorthand{".tz", ".tar"},
};

/// The type of one suffix in any case.
std::optional<std::string_view> type_of(std::string_view suffix) noexcept {
    std::array<char, 16> lower{};  // longer than every suffix above
    if (suffix.size() > lower.size()) return std::nullopt;
    std::transform(suffix.begin(), suffix.end(), lower.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    std::string_view wanted(lower.data(), suffix.size());
    for (const Shorthand& shorthand : shorthands) {
        if (wanted == shorthand.suffix) wanted = shorthand.inner;
    }
    const auto* const found = std::lower_bound(table.begin(), table.end(), wanted, is_before);
    if (found == table.end() || found->suffix != wanted) return std::nullopt;
    return found->type;
}

}  // namespace

std::string_view mime_type_for(std::string_view name) noexcept {
    name = file_name(name);
    std::string_view suffix = file_suffix(name);
    if (std::find(compressions.begin(), compressions.end(), suffix) != compressions.end()) {
        suffix = file_suffix(name.substr(0, name.size() - suffix.size()));
    }
    if (ends_with_ignoring_case(suffix, ".canvas") && suffix.size() == 7) return "application/json";
    return type_of(suffix).value_or("text/plain");
}

bool is_known_suffix(std::string_view suffix) noexcept { return type_of(suffix).has_value(); }

bool is_note_name(std::string_view name) noexcept {
    return type_of(file_suffix(file_name(name))) == std::string_view("text/markdown");
}

}  // namespace bm
