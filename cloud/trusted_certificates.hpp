#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace bm {

/// A file with the certificates that this system trusts and those of `own`: a program that is given
/// a file trusts nothing else, and one command may meet a host with a certificate of its own and
/// storage with a public one. It is `trusted.pem` in the data directory, written when it has
/// changed; `own` itself where the system has no such file or it cannot be written: `warn` is told
/// then why.
/// `environment` as `NAME=value`: SSL_CERT_FILE names the system's.
std::filesystem::path trusted_certificates(
    const std::filesystem::path& own, const std::filesystem::path& data_directory,
    const std::vector<std::string>& environment,
    const std::function<void(const std::string&)>& warn = {});

/// The system's own file; empty when none is known. Pure but for looking which one is there.
std::filesystem::path system_certificates(const std::vector<std::string>& environment);

}  // namespace bm
