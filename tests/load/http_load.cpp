// Polite and rude clients of MCP over HTTP, all at once, in one process:
//
//   http_load PORT [--polite N] [--calls FILE | --pings] [--once] [--seconds S] [--token T]
//             [--RUDE N]...
//
// Each line of FILE is the params of a tool call; with --pings polite clients ask for nothing,
// which is what the wire alone takes. RUDE is one of: streams, lingerers, slow-heads, slow-bodies,
// slow-readers, oversizers, half-closers, resetters, sessions (how many in all). Prints the counts
// and the times of the polite clients as one JSON object. Exits with 1 when a polite client was let
// down.

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <iostream>
#include <span>
#include <stdexcept>

#include <sys/resource.h>

#include "tests/load/polite_client.hpp"
#include "tests/load/rude_clients.hpp"

namespace bm::load {
namespace {

/// Rude clients come from these addresses, 127.0.0.2 and so on, like clients of many machines.
constexpr int first_host = 2;
constexpr int hosts = 8;
constexpr long openers = 16;
/// However slow the machine is: then the counts say what is missing.
constexpr int longest_of_wanted = 20;

struct Options {
    std::uint16_t port = 0;
    std::string calls{};
    std::string token{};
    bool once = false;
    bool pings = false;
    std::map<std::string, long> numbers{{"polite", 8}, {"seconds", 5}};

    [[nodiscard]] long number(const std::string& name) const {
        const auto found = numbers.find(name);
        return found == numbers.end() ? 0 : found->second;
    }
};

Options read_options(std::span<char*> words) {
    if (words.size() < 2) throw std::invalid_argument("usage: http_load PORT [--NAME VALUE]...");
    Options options;
    options.port = static_cast<std::uint16_t>(std::stoi(words[1]));
    for (std::size_t at = 2; at < words.size(); ++at) {
        const std::string word = words[at];
        if (word == "--once") {
            options.once = true;
        } else if (word == "--pings") {
            options.pings = true;
        } else if (!word.starts_with("--") || at + 1 == words.size()) {
            throw std::invalid_argument("what is " + word + "?");
        } else if (word == "--calls") {
            options.calls = words[++at];
        } else if (word == "--token") {
            options.token = words[++at];
        } else {
            options.numbers[word.substr(2)] = std::stol(words[++at]);
        }
    }
    return options;
}

std::vector<std::string> lines_of(const std::string& path) {
    std::vector<std::string> lines;
    std::ifstream in(path);
    for (std::string line; std::getline(in, line);) lines.push_back(line);
    return lines;
}

double percentile(std::vector<double>& values, double part) {
    if (values.empty()) return 0;
    const auto at = static_cast<std::size_t>(static_cast<double>(values.size() - 1) * part);
    std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(at),
                     values.end());
    return values[at];
}

class Crowd {
public:
    Crowd(Loop& loop, const Options& options, Tally& tally)
        : loop_(loop), options_(options), tally_(tally) {}

    void gather(Work& work, const std::string& large_call) {
        for (long at = 0; at < options_.number("polite"); ++at) {
            loop_.add(std::make_unique<PoliteClient>(target(), tally_, loop_.epoll(), work));
        }
        add<StreamHolder>("streams");
        add<Lingerer>("lingerers");
        add<SlowTalker>("slow-heads", false);
        add<SlowTalker>("slow-bodies", true);
        add<SlowReader>("slow-readers", large_call);
        add<Oversizer>("oversizers");
        add<HalfCloser>("half-closers");
        add<Resetter>("resetters");
        const long sessions = options_.number("sessions");
        for (long at = 0; sessions > 0 && at < openers; ++at) {
            const long share = sessions / openers + (at < sessions % openers ? 1 : 0);
            loop_.add(
                std::make_unique<SessionOpener>(target(), tally_, loop_.epoll(), host(at), share));
        }
    }

private:
    template <class Kind, class... More>
    void add(const std::string& name, const More&... more) {
        for (long at = 0; at < options_.number(name); ++at) {
            loop_.add(std::make_unique<Kind>(target(), tally_, loop_.epoll(), host(at), more...));
        }
    }
    [[nodiscard]] Target target() const { return {options_.port, options_.token}; }
    [[nodiscard]] static int host(long at) { return first_host + static_cast<int>(at % hosts); }

    Loop& loop_;
    const Options& options_;
    Tally& tally_;
};

void print(Tally& tally, Work& work, double seconds) {
    std::string out = "{";
    for (const auto& [name, value] : tally) out += '"' + name + "\":" + std::to_string(value) + ',';
    out += "\"seconds\":" + std::to_string(seconds) +
           ",\"p50_ms\":" + std::to_string(percentile(work.took, 0.5)) +
           ",\"p99_ms\":" + std::to_string(percentile(work.took, 0.99)) +
           ",\"longest_ms\":" + std::to_string(percentile(work.took, 1)) + "}\n";
    std::fputs(out.c_str(), stdout);
}

int run(std::span<char*> words) {
    const Options options = read_options(words);
    rlimit files{};
    ::getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &files);

    Tally tally{{"answered", 0}, {"failed", 0}};
    std::vector<std::string> calls;
    if (!options.calls.empty()) calls = lines_of(options.calls);
    const std::string large_call = R"({"name":"read_content","arguments":{"path":"Large.md"}})";
    if (options.pings) calls = {"{}"};
    Work work(std::move(calls), options.once);
    if (options.pings) work.method = "ping";
    Loop loop;
    Crowd(loop, options, tally).gather(work, large_call);

    const Moment started = Clock::now();
    const std::chrono::seconds stretch(options.number("seconds"));
    if (options.once) {
        loop.run(started, started + longest_of_wanted * stretch);
    } else {
        loop.run(started + stretch, started + stretch);
    }
    const double took = std::chrono::duration<double>(Clock::now() - started).count();
    if (!options.once) {
        // What is wanted in all, such as sessions, may take longer; polite clients end their call.
        work.stop();
        loop.run(Clock::now(), started + longest_of_wanted * stretch);
    }
    print(tally, work, took);
    if (!work.first_failure.empty()) std::cerr << "first failure: " << work.first_failure << '\n';
    return tally["failed"] == 0 ? 0 : 1;
}

}  // namespace
}  // namespace bm::load

int main(int count, char** words) {
    try {
        return bm::load::run({words, static_cast<std::size_t>(count)});
    } catch (const std::exception& error) {
        std::cerr << "http_load: " << error.what() << '\n';
        return 2;
    }
}
