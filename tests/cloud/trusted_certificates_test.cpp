#include "cloud/trusted_certificates.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include "tests/cloud/cloud_rig.hpp"

using namespace bm;
using namespace bm::test;

TEST_CASE("rclone is given the system's certificates and the user's own in one file") {
    TemporaryFolder folder;
    folder.write("system.pem", "SYSTEM");
    folder.write("own.pem", "OWN\n");
    fs::create_directories(folder.path() / "data");
    const fs::path own = folder.path() / "own.pem";
    const std::vector<std::string> environment{
        "HOME=/x", "SSL_CERT_FILE=" + (folder.path() / "system.pem").string()};
    const auto both = trusted_certificates(own, folder.path() / "data", environment);
    CHECK(both == folder.path() / "data/trusted.pem");
    CHECK(folder.read("data/trusted.pem") == "SYSTEM\nOWN\n");
    struct stat seen {};
    REQUIRE(::stat(both.c_str(), &seen) == 0);
    CHECK((seen.st_mode & 0777) == 0600);
    folder.write("own.pem", "NEW\n");
    CHECK(trusted_certificates(own, folder.path() / "data", environment) == both);
    CHECK(folder.read("data/trusted.pem") == "SYSTEM\nNEW\n");
    // Where it cannot be written somebody is told.
    std::vector<std::string> warnings;
    const auto warn = [&](const std::string& warning) { warnings.push_back(warning); };
    CHECK(trusted_certificates(own, folder.path() / "data", environment, warn) == both);
    CHECK(warnings.empty());
    CHECK(trusted_certificates(own, folder.path() / "own.pem", environment, warn) == own);
    REQUIRE(warnings.size() == 1);
    CHECK(warnings[0].find("only the certificates of " + own.string()) != std::string::npos);
    // Where one of both cannot be read, or is the other, rclone is given what the user named.
    const fs::path none = folder.path() / "none.pem";
    CHECK(trusted_certificates(none, folder.path() / "data", environment) == none);
    CHECK(trusted_certificates(own, folder.path() / "data", {"SSL_CERT_FILE=" + none.string()}) ==
          own);
    CHECK(trusted_certificates(own, folder.path() / "data", {"SSL_CERT_FILE=" + own.string()}) ==
          own);
}

TEST_CASE("a command of rclone gets that file") {
    const auto rclone = real_rclone();
    if (!rclone) return;
    const CloudRig rig(*rclone);
    auto a = rig.device("a");
    rig.folder.write("system.pem", "SYSTEM");
    rig.folder.write("own.pem", "OWN\n");
    a.config.settings.ca_cert = rig.folder.path() / "own.pem";
    std::erase_if(a.config.settings.environment,
                  [](const std::string& each) { return each.starts_with("SSL_CERT_FILE="); });
    a.config.settings.environment.push_back("SSL_CERT_FILE=" +
                                            (rig.folder.path() / "system.pem").string());
    const auto ready = ready_rclone(a.context(), RcloneNeed::one_way);
    REQUIRE(ready);
    CHECK(ready->setup.ca_cert == a.config.settings.data_directory / "trusted.pem");
}
