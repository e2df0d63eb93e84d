#include "cloud/trusted_certificates.hpp"

#include <fstream>
#include <iterator>
#include <optional>
#include <string_view>
#include <system_error>

#include "repository/note_files.hpp"

namespace bm {

namespace fs = std::filesystem;

namespace {

std::optional<std::string> text_of_file(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    if (!in) return std::nullopt;
    return std::string{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

}  // namespace

fs::path system_certificates(const std::vector<std::string>& environment) {
    constexpr std::string_view variable = "SSL_CERT_FILE=";
    for (const auto& entry : environment) {
        if (entry.starts_with(variable) && entry.size() > variable.size())
            return entry.substr(variable.size());
    }
    // Of Debian, Fedora, openSUSE, Red Hat, and Alpine.
    for (const char* file :
         {"/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt",
          "/etc/ssl/ca-bundle.pem", "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
          "/etc/ssl/cert.pem"}) {
        std::error_code ignored;
        if (fs::is_regular_file(file, ignored)) return file;
    }
    return {};
}

fs::path trusted_certificates(const fs::path& own, const fs::path& data_directory,
                              const std::vector<std::string>& environment,
                              const std::function<void(const std::string&)>& warn) {
    const fs::path system = system_certificates(environment);
    if (system.empty() || system == own) return own;
    const auto others = text_of_file(system);
    const auto added = text_of_file(own);
    // Who reads `own` by himself tells what is wrong with it.
    if (!others || !added) return own;
    const std::string all = *others + "\n" + *added;
    const fs::path file = data_directory / "trusted.pem";
    if (text_of_file(file) == all) return file;
    const auto written = write_file_atomically(file, all, 0600);
    if (written) return file;
    if (warn) {
        warn(file.string() + " could not be written: " + written.error().message +
             "; only the certificates of " + own.string() + " are trusted.");
    }
    return own;
}

}  // namespace bm
