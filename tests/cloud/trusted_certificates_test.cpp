#include "cloud/trusted_certificates.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include "cloud/local_links.hpp"
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

TEST_CASE("a link is left out under whatever name it has") {
    CHECK(rclone_rules_for_links({}).empty());
    CHECK(rclone_rules_for_links({"a/b", "c[1]*"}) ==
          "- /a/b\n- /a/b/**\n- /c\\[1\\]\\*\n- /c\\[1\\]\\*/**\n");
    CHECK(rclone_rules_for_links({"two\nlines"}) == "- /two?lines\n- /two?lines/**\n");
    CHECK(rclone_rules_for_links({"x\xff"}) == "- /x*\n- /x*/**\n");
    CHECK(rclone_rules_for_links({"end "}) == "- /end[ ]\n- /end /**\n");
}

TEST_CASE("links in folders that are left out as a whole are not looked for") {
    const TemporaryFolder folder;
    for (const char* name : {"node_modules/bin", "notes"})
        fs::create_directories(folder.path() / name);
    fs::create_symlink("/nowhere", folder.path() / "node_modules/bin/tool");
    fs::create_symlink("/nowhere", folder.path() / "notes/link");
    ScopeFilter filter;
    filter.text = "- node_modules/**\n";
    filter.excludes = [](std::string_view path) { return path.starts_with("node_modules/"); };
    auto left = without_links(filter, folder.path());
    REQUIRE(left);
    CHECK(left->text == "- /notes/link\n- /notes/link/**\n- node_modules/**\n");
    CHECK(left->excludes("notes/link"));
    CHECK(left->excludes("notes/link/x.md"));
    CHECK_FALSE(left->excludes("notes/links/x.md"));
    CHECK(left->excludes("node_modules/x"));
    CHECK(left->problems.size() == 1);
    // A rule that lets something in may mean what is behind a link.
    filter.text += "+ keep.md\n";
    left = without_links(filter, folder.path());
    REQUIRE(left);
    CHECK(left->text.find("- /node_modules/bin/tool/**\n") != std::string::npos);
    CHECK(without_links(filter, folder.path() / "gone")->text == filter.text);
}
