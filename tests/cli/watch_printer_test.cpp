#include "cli/watch_printer.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

namespace bm {
namespace {

struct Printed {
    Printed()
        : project{{1}, "", ProjectName::parse("main").value(), "main", "/notes", true},
          terminal({[this](std::string_view text) { out += text; }, [](std::string_view) {}}),
          printer(terminal),
          listener(printer.listener()) {}

    /// What was printed since the last time, without the time of day.
    std::string told() {
        std::string text;
        for (std::size_t at = 0; at < out.size();) {
            const std::size_t end = out.find('\n', at) + 1;
            text += out.substr(at, end - at).substr(sizeof("12:34:56"));
            at = end;
        }
        out.clear();
        return text;
    }

    Project project;
    std::string out;
    Terminal terminal;
    WatchPrinter printer;
    WatchListener listener;
};

SyncReport report_of(const std::vector<std::string>& unreadable, const Hindrances& hindrances) {
    SyncReport report;
    report.unreadable_folders = unreadable;
    report.hindrances = hindrances;
    return report;
}

TEST_CASE(
    "a watcher tells of folders that cannot be read once and again when they are closed anew") {
    Printed printed;
    const auto closed = report_of({"closed/", "disk/"}, {{"closed/", "Permission denied"}});
    printed.listener.indexed(printed.project, closed);
    const std::string told = printed.told();
    CHECK(told.find("main: ! cannot read the folder closed/") == 0);
    CHECK(told.find("Permission denied") != std::string::npos);
    CHECK(told.find("main: ! the folder disk/ is empty and on another disk") != std::string::npos);
    CHECK(told.find("until that disk is mounted") != std::string::npos);
    printed.listener.indexed(printed.project, closed);
    CHECK(printed.told().empty());
    // A run over something else says nothing of them.
    SyncReport other;
    other.scope = {};
    other.scope.add("a.md");
    other.added = {"a.md"};
    printed.listener.indexed(printed.project, other);
    CHECK(printed.told() == "main: + a.md\n");
    printed.listener.indexed(printed.project, closed);
    CHECK(printed.told().empty());
    // Another reason is news, and so is what was open meanwhile.
    printed.listener.indexed(printed.project,
                             report_of({"closed/"}, {{"closed/", "Too many open files"}}));
    CHECK(printed.told().find("Too many open files") != std::string::npos);
    printed.listener.indexed(printed.project, report_of({}, {}));
    printed.listener.indexed(printed.project, closed);
    CHECK(printed.told() == told);
}

TEST_CASE("a watcher tells of runs that broke off and not again and again of the same") {
    Printed printed;
    printed.listener.failed(printed.project, "The index is locked");
    printed.listener.failed(printed.project, "The index is locked");
    CHECK(printed.told() == "main: ! indexing broke off and is tried again: The index is locked\n");
    printed.listener.failed(printed.project, "The disk is full");
    CHECK(printed.told() == "main: ! indexing broke off and is tried again: The disk is full\n");
    printed.listener.indexed(printed.project, {});
    printed.listener.failed(printed.project, "The disk is full");
    CHECK_FALSE(printed.told().empty());
}

}  // namespace
}  // namespace bm
