#include "repository/mount_table.hpp"

#include <fstream>
#include <sstream>
#include <string_view>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>

namespace bm {

namespace fs = std::filesystem;

namespace {

constexpr const char* kMountTable = "/proc/self/mountinfo";

bool is_octal(std::string_view digits) {
    return digits.size() == 3 && digits.find_first_not_of("01234567") == std::string_view::npos;
}

/// Blanks and backslashes are written as "\040" in the table.
std::string unescaped(std::string_view text) {
    std::string plain;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const std::string_view digits = text.substr(i + 1, 3);
        if (text[i] != '\\' || !is_octal(digits)) {
            plain += text[i];
            continue;
        }
        plain +=
            static_cast<char>((digits[0] - '0') * 64 + (digits[1] - '0') * 8 + digits[2] - '0');
        i += digits.size();
    }
    return plain;
}

/// Empty for a line that has none.
std::string mount_point_in(const std::string& line) {
    std::istringstream words(line);
    std::string id, parent, device, root, point;
    words >> id >> parent >> device >> root >> point;
    return unescaped(point);
}

}  // namespace

std::optional<std::uint64_t> device_of_folder(const fs::path& folder) {
    struct stat status {};
    if (::stat(folder.c_str(), &status) != 0 || !S_ISDIR(status.st_mode)) return std::nullopt;
    return static_cast<std::uint64_t>(status.st_dev);
}

MountedDevices mounted_devices(const fs::path& folder) {
    std::error_code error;
    const fs::path root = fs::canonical(folder, error);
    const auto device = error ? std::nullopt : device_of_folder(root);
    if (!device) return {};
    MountedDevices devices{{"", *device}};
    const std::string above = root.string() + (root.has_relative_path() ? "/" : "");
    std::ifstream table(kMountTable);
    for (std::string line; std::getline(table, line);) {
        const std::string point = mount_point_in(line);
        if (point.size() <= above.size() || !point.starts_with(above)) continue;
        if (const auto mounted = device_of_folder(point))
            devices[point.substr(above.size())] = *mounted;
    }
    return devices;
}

MountEvents::MountEvents() : table_(::open(kMountTable, O_RDONLY | O_CLOEXEC)) {}

}  // namespace bm
