#include "cloud/rclone_run.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>
#include <utility>

#include "markdown/text.hpp"
#include "repository/folder_walk.hpp"

namespace bm {

namespace {

struct Phrase {
    std::string_view words;
    RcloneTrouble trouble;
};

// The first that fits wins: what names a cause stands before what only names a consequence.
constexpr std::array kPhrases{
    Phrase{"prior lock file found", RcloneTrouble::lock_file},
    Phrase{"loadcustomcabundleerror", RcloneTrouble::other},
    Phrase{"requesttimetooskewed", RcloneTrouble::clock_wrong},
    Phrase{"invalidaccesskeyid", RcloneTrouble::credentials},
    Phrase{"signaturedoesnotmatch", RcloneTrouble::credentials},
    Phrase{"accessdenied", RcloneTrouble::credentials},
    Phrase{"expiredtoken", RcloneTrouble::credentials},
    Phrase{"401 unauthorized", RcloneTrouble::credentials},
    Phrase{"403 forbidden", RcloneTrouble::credentials},
    Phrase{"statuscode: 403", RcloneTrouble::credentials},
    Phrase{"status code: 403", RcloneTrouble::credentials},
    Phrase{"no such host", RcloneTrouble::network},
    Phrase{"connection refused", RcloneTrouble::network},
    Phrase{"connection reset", RcloneTrouble::network},
    Phrase{"i/o timeout", RcloneTrouble::network},
    Phrase{"network is unreachable", RcloneTrouble::network},
    Phrase{"no route to host", RcloneTrouble::network},
    Phrase{"context deadline exceeded", RcloneTrouble::network},
    Phrase{"tls handshake", RcloneTrouble::network},
    Phrase{"no space left on device", RcloneTrouble::disk_full},
    Phrase{"disk quota exceeded", RcloneTrouble::disk_full},
    Phrase{"file too big for remaining disk space", RcloneTrouble::disk_full},
    Phrase{"permission denied", RcloneTrouble::permission},
    Phrase{"source file is being updated", RcloneTrouble::source_changed},
    Phrase{"empty prior path", RcloneTrouble::empty_baseline},
    Phrase{"empty current path", RcloneTrouble::empty_side},
    Phrase{"too many deletes", RcloneTrouble::too_many_deletes},
    Phrase{"all files were changed", RcloneTrouble::all_changed},
    Phrase{"path1 and path2 are out of sync", RcloneTrouble::out_of_sync},
    Phrase{"filters file has changed", RcloneTrouble::out_of_sync},
    Phrase{"modification time support is missing", RcloneTrouble::remote_unsupported},
    Phrase{"unknown flag", RcloneTrouble::unknown_flag},
    Phrase{"cannot find prior path1 or path2 listings", RcloneTrouble::baseline_lost},
    Phrase{"must run --resync", RcloneTrouble::baseline_lost},
    Phrase{"directory not found", RcloneTrouble::directory_not_found},
};

bool is_grave(const RcloneLine& line) {
    return line.level == "error" || line.level == "critical" || line.level == "fatal" ||
           line.level == "alert" || line.level == "emergency" ||
           line.message.starts_with("Failed to ") || line.message.starts_with("Fatal error");
}

/// What a run says while it lasts.
class RunListener {
public:
    RunListener(const RcloneSetup& setup, const RcloneCall& call) : setup_(setup) {
        if (!call.log_file.empty()) {
            log_.open(call.log_file, std::ios::binary | std::ios::trunc);
        }
    }

    void hear(std::string_view text) {
        if (log_.is_open()) log_ << text << '\n';
        const auto line = parse_rclone_line(text);
        if (!line) {
            // Old versions complain about flags in plain words.
            if (!is_blank(text)) weigh(std::string(text));
            return;
        }
        if (line->stats) {
            if (setup_.progress) setup_.progress(*line->stats);
            return;
        }
        actions_.add(*line);
        if (is_grave(*line)) weigh(line->message);
    }

    [[nodiscard]] RcloneTrouble trouble() const noexcept { return trouble_; }
    [[nodiscard]] const std::string& message() const noexcept { return message_; }
    [[nodiscard]] const FileActions& actions() const noexcept { return actions_.actions(); }

private:
    static std::size_t rank(RcloneTrouble trouble) {
        const auto* found = std::find_if(kPhrases.begin(), kPhrases.end(), [&](const Phrase& each) {
            return each.trouble == trouble;
        });
        return static_cast<std::size_t>(found - kPhrases.begin());
    }

    void weigh(std::string message) {
        const RcloneTrouble found = trouble_in(message);
        const bool is_better = trouble_ == RcloneTrouble::none || rank(found) < rank(trouble_);
        if (message_.empty() || (found != RcloneTrouble::none && is_better))
            message_ = std::move(message);
        if (found != RcloneTrouble::none && is_better) trouble_ = found;
    }

    const RcloneSetup& setup_;
    std::ofstream log_;
    FileActionReader actions_;
    RcloneTrouble trouble_ = RcloneTrouble::none;
    std::string message_;
};

std::string shown_command(const RcloneProgram& program, const std::vector<std::string>& words) {
    std::string text = program.file.filename().string();
    for (const auto& word : words) {
        const bool needs_quotes = word.empty() || word.find_first_of(" \t\"'") != std::string::npos;
        text += needs_quotes ? " '" + word + "'" : " " + word;
    }
    return text;
}

std::string reason_in(const RcloneOutcome& outcome) {
    if (!outcome.message.empty()) return outcome.message;
    return "rclone ended with exit code " + std::to_string(outcome.exit_code);
}

/// Where rclone has asked for room in vain it does not name the reason as the system does.
std::string full_disk_text(const std::string& reason) {
    constexpr std::string_view usual = "no space left on device";
    const bool says_it = to_lower(reason).find(usual) != std::string::npos;
    return "The disk is full: " + (says_it ? reason : std::string(usual) + " (" + reason + ")");
}

}  // namespace

RcloneTrouble trouble_in(std::string_view message) {
    const std::string lower = to_lower(message);
    for (const auto& phrase : kPhrases) {
        if (lower.find(phrase.words) != std::string::npos) return phrase.trouble;
    }
    return RcloneTrouble::none;
}

std::vector<std::string> rclone_arguments(const RcloneSetup& setup, const RcloneCall& call) {
    std::vector<std::string> words = call.arguments;
    const auto add = [&words](std::initializer_list<std::string> more) {
        words.insert(words.end(), more);
    };
    add({"--config", setup.config_file.string()});
    // Without limits an address that does not answer blocks for minutes.
    add({"--contimeout", "15s", "--timeout", "60s", "--retries", "1", "--low-level-retries", "3"});
    add({"--use-json-log", "--log-level", "INFO", "--stats", "1s", "--stats-log-level", "NOTICE"});
    if (setup.program.version && setup.program.version->is_at_least(1, 61)) {
        add({"--color", "NEVER"});
    }
    if (setup.is_tigris) add({"--header", "X-Tigris-Consistent: true"});
    if (setup.ca_cert) add({"--ca-cert", setup.ca_cert->string()});
    return words;
}

RcloneOutcome run_rclone(const RcloneSetup& setup, const RcloneCall& call) {
    using enum RcloneTrouble;
    const auto words = rclone_arguments(setup, call);
    RcloneOutcome outcome;
    outcome.command = shown_command(setup.program, words);
    RunListener listener(setup, call);
    ProgramLimits limits;
    limits.stop = setup.stop;
    limits.grace = setup.grace;
    const auto end = run_program(
        {setup.program.file, words, rclone_environment(setup.environment), call.input},
        [&](std::string_view line) { outcome.out.emplace_back(line); },
        [&](std::string_view line) { listener.hear(line); }, limits);
    outcome.exit_code = end.exit_code;
    outcome.actions = listener.actions();
    outcome.message = listener.message();
    if (end.start_error != 0) {
        outcome.trouble = not_started;
        outcome.message =
            setup.program.file.string() + " could not be started: " + reason_of(end.start_error);
    } else if (end.exit_code == 0 ||
               (call.also_fine && end.exit_code == *call.also_fine && listener.trouble() == none)) {
        outcome.trouble = none;
    } else if (end.was_stopped) {
        outcome.trouble = interrupted;
    } else {
        outcome.trouble = listener.trouble() == none ? other : listener.trouble();
        if (end.signal != 0) {
            outcome.message = "rclone was ended by signal " + std::to_string(end.signal);
        }
        if (end.exit_code == 3 && outcome.trouble == other) outcome.trouble = directory_not_found;
    }
    return outcome;
}

CloudFailure failure_of(const RcloneOutcome& outcome, std::string_view endpoint) {
    using enum RcloneTrouble;
    const std::string reason = reason_in(outcome);
    switch (outcome.trouble) {
        case credentials:
            return {CloudFault::credentials, "Cloud storage credentials were rejected.",
                    "Run: bm cloud setup"};
        case network:
            return {CloudFault::network,
                    "Cannot reach cloud storage at " + std::string(endpoint) + ": " + reason,
                    "Nothing was lost; try again when the network is back."};
        case clock_wrong:
            return {CloudFault::credentials, "The system clock is wrong by more than 15 minutes.",
                    "Set the clock and try again."};
        case disk_full:
            return {CloudFault::local_io, full_disk_text(reason),
                    "Nothing was lost; free some space and sync again."};
        case permission:
            return {CloudFault::local_io, reason,
                    "Nothing was lost; make the file readable and sync again."};
        case not_started:
            return {CloudFault::local_io, reason, "Run: bm cloud setup"};
        case remote_unsupported:
            return {CloudFault::remote_unsupported,
                    "The cloud storage keeps no modification times.",
                    "rclone 1.66 or newer can do without them."};
        case interrupted:
            return {CloudFault::interrupted, "Sync was interrupted.",
                    "Nothing was lost; the next sync goes on from here."};
        case baseline_lost:
        case out_of_sync:
            return {CloudFault::needs_resync, "sync state is damaged.", reason};
        case too_many_deletes:
            return {CloudFault::deletion_limit, "Deletion exceeds safety limit: " + reason, ""};
        case all_changed:
            return {CloudFault::all_changed, "All files changed since the last sync.", ""};
        case empty_side:
            return {CloudFault::side_empty, "One side is empty: " + reason, ""};
        default:
            return {CloudFault::rclone_failed, "rclone failed: " + reason, ""};
    }
}

}  // namespace bm
