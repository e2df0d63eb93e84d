#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sync/knowledge_base.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tools/all_tools.hpp"
#include "tools/json_value.hpp"

namespace bm::test {

/// A real knowledge base on the disk with the empty project "test-project", and every tool on it.
class TemporaryKnowledgeBase {
public:
    struct Options {
        Json config = Json::object();  ///< keys of config.json that differ from the usual
        std::optional<std::string> constraint = std::nullopt;
    };

    TemporaryKnowledgeBase() : TemporaryKnowledgeBase(Options{}) {}
    explicit TemporaryKnowledgeBase(const Options& options) {
        std::filesystem::create_directories(project_folder());
        std::filesystem::create_directories(scratch());
        Json config = {{"projects", {{"test-project", project_folder().string()}}},
                       {"default_project", "test-project"},
                       {"default_project_mode", false}};
        config.update(options.config);
        folder_.write("data/config.json", config.dump(2));
        const std::map<std::string, std::string, std::less<>> variables{
            {"HOME", folder_.path().string()},
            {"BASIC_MEMORY_CONFIG_DIR", (folder_.path() / "data").string()},
            {"BASIC_MEMORY_HOME", project_folder().string()}};
        const Environment environment =
            [variables](std::string_view name) -> std::optional<std::string> {
            const auto found = variables.find(name);
            if (found == variables.end()) return std::nullopt;
            return found->second;
        };
        knowledge_ = std::make_unique<KnowledgeBase>(
            KnowledgeBase::Parts{data_directory(environment), environment,
                                 [this] { return now_.value_or(system_now()); },
                                 [this](LogLevel level, std::string_view line) {
                                     const std::scoped_lock lock(mutex_);
                                     if (level == LogLevel::warning) warnings_.emplace_back(line);
                                 },
                                 options.constraint});
        tools_ = all_tools(*knowledge_, "1.2.3");
    }

    KnowledgeBase& knowledge() { return *knowledge_; }
    [[nodiscard]] const std::vector<Tool>& tools() const noexcept { return tools_; }
    [[nodiscard]] const Tool& tool(std::string_view name) const {
        const auto found = std::find_if(tools_.begin(), tools_.end(),
                                        [&](const Tool& each) { return each.name == name; });
        if (found == tools_.end()) throw std::logic_error("no tool " + std::string(name));
        return *found;
    }
    [[nodiscard]] bool has_tool(std::string_view name) const {
        return std::any_of(tools_.begin(), tools_.end(),
                           [&](const Tool& each) { return each.name == name; });
    }

    [[nodiscard]] std::filesystem::path project_folder() const { return folder_.path() / "notes"; }
    /// A folder that is no part of any project.
    [[nodiscard]] std::filesystem::path scratch() const { return folder_.path() / "scratch"; }
    [[nodiscard]] std::string file(std::string_view path) const {
        return folder_.read("notes/" + std::string(path));
    }
    void put_file(std::string_view path, std::string_view bytes) const {
        folder_.write("notes/" + std::string(path), bytes);
    }

    /// Stops the clock of the knowledge base at this moment.
    void set_now(Timestamp now) { now_ = now; }

    /// The lines that were logged as warnings since the last time.
    std::vector<std::string> take_warnings() {
        const std::scoped_lock lock(mutex_);
        return std::exchange(warnings_, {});
    }

    /// One call with the arguments as they are.
    ToolReply reply(std::string_view name, const Json& arguments) {
        return tool(name).run(CallContext{}, arguments);
    }
    /// One call on the test project.
    ToolReply call(std::string_view name, Json arguments) {
        if (!arguments.contains("project")) arguments["project"] = "test-project";
        return reply(name, arguments);
    }
    /// The text of its first content block.
    std::string text(std::string_view name, Json arguments) {
        return text_of(call(name, std::move(arguments)));
    }
    static std::string text_of(const ToolReply& reply) {
        return reply.value.is_string() ? reply.value.get<std::string>() : compact_json(reply.value);
    }
    /// Stores a note without looking at the answer.
    void note(std::string_view folder, std::string_view title, std::string_view content) {
        call("write_note", {{"title", title}, {"folder", folder}, {"content", content}});
    }

private:
    TemporaryFolder folder_;
    std::optional<Timestamp> now_;
    std::mutex mutex_;
    std::vector<std::string> warnings_;
    std::unique_ptr<KnowledgeBase> knowledge_;
    std::vector<Tool> tools_;
};

}  // namespace bm::test
