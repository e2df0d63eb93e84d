#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/application.hpp"
#include "tests/support/temporary_folder.hpp"

namespace bm::test {

/// Runs command lines as a user would, in this process.
class Shell {
public:
    Shell() { std::filesystem::create_directories(folder_.path() / "notes"); }

    struct Outcome {
        int code;
        std::string out;
        std::string err;
    };

    Outcome run(std::vector<std::string> words, bool on_terminal = false) {
        Outcome outcome{0, "", ""};
        const Environment environment =
            [this](std::string_view name) -> std::optional<std::string> {
            const auto found = environment_.find(name);
            if (found != environment_.end()) return found->second;
            if (name == "HOME") return folder_.path().string();
            if (name == "BASIC_MEMORY_CONFIG_DIR") return (folder_.path() / "data").string();
            if (name == "BASIC_MEMORY_HOME") return (folder_.path() / "notes").string();
            return std::nullopt;
        };
        Terminal terminal({[&outcome](std::string_view text) { outcome.out += text; },
                           [&outcome](std::string_view text) { outcome.err += text; }, on_terminal,
                           false, wants_colours_, [this] { return lost_; }});
        Application application(environment, std::move(terminal));
        if (opener_) application.set_sync_opener(opener_);
        words.insert(words.begin(), "bm");
        std::vector<const char*> argv;
        for (const auto& word : words) argv.push_back(word.c_str());
        outcome.code = run_command_line(application, static_cast<int>(argv.size()), argv.data());
        return outcome;
    }

    void set(const std::string& name, const std::string& value) { environment_[name] = value; }
    /// Who is logged in, for commands of the cloud.
    void log_in(SyncOpener opener) { opener_ = std::move(opener); }
    /// From now on the output of every command is lost for this reason.
    void lose_output(const std::string& reason) { lost_ = reason; }
    /// From now on, where a command runs on a terminal.
    void want_colours() { wants_colours_ = true; }
    const TemporaryFolder& folder() const { return folder_; }

private:
    TemporaryFolder folder_;
    std::optional<std::string> lost_;
    bool wants_colours_ = false;
    SyncOpener opener_;
    std::map<std::string, std::string, std::less<>> environment_;
};

inline bool contains(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

}  // namespace bm::test
