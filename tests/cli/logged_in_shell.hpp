#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/cli/shell.hpp"
#include "tests/cloud/cloud_rig.hpp"

namespace bm::test {

/// A shell whose user is logged in, and a device as its commands see it.
class LoggedInShell {
public:
    explicit LoggedInShell(const fs::path& rclone) : rig_(rclone), device_(rig_.device("a")) {
        device_.config.settings.data_directory = shell_.folder().path() / "data";
        shell_.set("BASIC_MEMORY_CLOUD_MODE", "true");
        shell_.log_in([this](Application&) -> CloudResult<SyncSession> {
            auto host = std::make_unique<FakeHost>();
            host->the_tenant = device_.host.the_tenant;
            host->known = device_.host.known;
            host->failure = device_.host.failure;
            auto config = std::make_unique<FakeConfig>();
            config->settings = device_.config.settings;
            return SyncSession{device_.config.settings, std::move(config), std::move(host),
                               plain_filter};
        });
    }
    Shell::Outcome run(std::vector<std::string> words) { return shell_.run(std::move(words)); }
    Device& device() { return device_; }
    CloudRig& rig() { return rig_; }

private:
    Shell shell_;
    CloudRig rig_;
    Device device_;
};

}  // namespace bm::test
