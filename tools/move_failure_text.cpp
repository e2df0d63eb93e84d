#include "tools/move_failure_text.hpp"

#include "markdown/file_naming.hpp"
#include "markdown/names.hpp"
#include "tools/call_text.hpp"

namespace bm {

namespace {

std::string move_call(const MoveAttempt& attempt, std::string_view destination) {
    return call_text("move_note", {{"", attempt.identifier}, {"", destination}});
}

std::string search_call(const MoveAttempt& attempt) {
    return '`' + call_text("search_notes", {{"", file_name(attempt.identifier)}}) + '`';
}

/// "a/b.md" gives "a/b-backup.md".
std::string with_suffix(std::string_view path, std::string_view suffix) {
    const std::string_view extension = file_suffix(path);
    return std::string(path.substr(0, path.size() - extension.size())) + std::string(suffix) +
           std::string(extension);
}

/// A name in the project for a destination outside of it.
std::string tame_name(std::string_view destination) {
    const std::string path = normalized_path(destination);
    const std::string_view name = file_name(path);
    return name.empty() || name == ".." || name == "~" ? "moved.md" : std::string(name);
}

std::string copy_calls(const MoveAttempt& attempt, std::string_view other) {
    const auto on_source = [&](std::string_view function) {
        return call_text(function, {{"", attempt.identifier}, {"project", attempt.project}});
    };
    return on_source("read_note") + '\n' +
           call_text(
               "write_note",
               {{"title", "..."}, {"content", "..."}, {"folder", "..."}, {"project", other}}) +
           '\n' + on_source("delete_note");
}

constexpr std::string_view kPathRules =
    "- Relative to the project: \"notes/plan.md\", not \"/notes/plan.md\".\n"
    "- With the file's extension at the end.\n"
    "- With forward slashes between folders.\n"
    "- Without special characters such as `~`, `..` or control characters.\n";

}  // namespace

MoveFailure both_destinations(const MoveAttempt&) {
    return {
        "# Move Failed - Invalid Parameters\n\ndestination_path and destination_folder exclude "
        "each other. Pass destination_path to choose folder and file name, or destination_folder "
        "to keep the file name.",
        "MUTUALLY_EXCLUSIVE_PARAMS"};
}

MoveFailure folder_for_directory(const MoveAttempt& attempt) {
    return {
        "# Move Failed - Invalid Parameters\n\ndestination_folder is for single notes. To move "
        "the directory '" +
            echoed(attempt.identifier) + "', pass its new path as destination_path.",
        "DESTINATION_FOLDER_NOT_FOR_DIRECTORIES"};
}

MoveFailure missing_destination(const MoveAttempt& attempt) {
    return {"# Move Failed - Missing Destination\n\nSay where '" + echoed(attempt.identifier) +
                "' is to go:\n\n- `destination_path`: the new path. For a note it must include a "
                "file extension, for example \"archive/plan.md\".\n- `destination_folder`: the "
                "new folder of a note that keeps its file name.",
            "MISSING_DESTINATION"};
}

MoveFailure unsafe_destination(const MoveAttempt& attempt) {
    return {"# Move Failed - Security Validation Error\n\nThe destination path '" +
                echoed(attempt.destination) +
                "' is not allowed - paths must stay within project boundaries.\n\nPaths like "
                "these are fine:\n\n- `notes/plan.md`\n- `projects/2025/review.md`\n- "
                "`plan.md`\n\n## Try again with a safe path:\n\n" +
                fenced(move_call(attempt, "notes/" + tame_name(attempt.destination))),
            "SECURITY_VALIDATION_ERROR"};
}

MoveFailure unsafe_identifier(const MoveAttempt& attempt) {
    return {"# Move Failed - Security Validation Error\n\nIdentifier '" +
                echoed(attempt.identifier) +
                "' is not allowed - paths must stay within project boundaries.\n\nName the note "
                "by its permalink, title or path inside of the project.",
            "SECURITY_VALIDATION_ERROR"};
}

MoveFailure other_project(const MoveAttempt& attempt, std::string_view other) {
    const std::string name(other);
    return {"# Move Failed - Cross-Project Move Not Supported\n\n'" + echoed(attempt.destination) +
                "' begins with the name of another project, and a note can only be moved inside "
                "of its own.\n\n- Project of the note: " +
                attempt.project + "\n- Project named by the path: " + name +
                "\n\n## Copy it instead\n\n" + fenced(copy_calls(attempt, other)) +
                "\n\nDelete the original last, and only if the user wants it gone. To move the "
                "note into a folder called '" +
                name + "' of this project, write a note there first.",
            "CROSS_PROJECT_MOVE_NOT_SUPPORTED"};
}

MoveFailure missing_extension(const MoveAttempt& attempt, std::string_view extension) {
    std::string destination = attempt.destination;
    if (destination.ends_with('.')) destination.pop_back();
    return {"# Move Failed - File Extension Required\n\nThe destination path '" +
                echoed(attempt.destination) + "' must include a file extension (e.g., '.md').\n\n" +
                fenced(move_call(attempt, destination + "." + std::string(extension))),
            "FILE_EXTENSION_REQUIRED"};
}

MoveFailure missing_name(const MoveAttempt& attempt, std::string_view name) {
    const std::string folder(parent_folder(attempt.destination));
    const std::string corrected =
        folder.empty() ? std::string(name) : folder + '/' + std::string(name);
    return {"# Move Failed - File Extension Required\n\nThe destination path '" +
                echoed(attempt.destination) +
                "' must include a file extension behind a file name, and it has no name.\n\n" +
                fenced(move_call(attempt, corrected)),
            "FILE_EXTENSION_REQUIRED"};
}

MoveFailure other_extension(const MoveAttempt& attempt, std::string_view wanted,
                            std::string_view extension, std::string_view source_path) {
    const std::string_view path = attempt.destination;
    const std::string corrected =
        std::string(path.substr(0, path.size() - wanted.size())) + std::string(extension);
    return {"# Move Failed - File Extension Mismatch\n\nThe destination ends in '." +
                std::string(wanted) + "', but the note is a '." + std::string(extension) +
                "' file: " + std::string(source_path) + ". A move keeps the kind of a file.\n\n" +
                fenced(move_call(attempt, corrected)),
            "FILE_EXTENSION_MISMATCH"};
}

MoveFailure source_not_found(const MoveAttempt& attempt) {
    return {"# Move Failed - Note Not Found\n\nNo note in project '" + attempt.project +
                "' has the title, permalink or path '" + echoed(attempt.identifier) +
                "'. Identifiers must match exactly.\n\n## What to do\n\n1. Search for it: " +
                search_call(attempt) +
                "\n2. Or look through the folders: `list_directory(\"/\")`\n3. Check what you "
                "find with `read_note()`, then move it by its permalink.",
            "ENTITY_RESOLUTION_FAILED"};
}

MoveFailure ambiguous_source(const MoveAttempt&, std::string_view reason) {
    return {"# Move Failed - Ambiguous Identifier\n\n" + std::string(reason) +
                "\n\nNothing was moved. Call move_note again with one of these permalinks or "
                "paths as identifier.",
            "AMBIGUOUS_IDENTIFIER"};
}

MoveFailure same_place(const MoveAttempt& attempt, std::string_view path) {
    return {"# Move Failed - Destination Same As Source\n\n'" + echoed(attempt.identifier) +
                "' already exists at '" + std::string(path) +
                "': it is there now. Nothing was changed. Choose another path, or leave the note "
                "where it is.",
            "DESTINATION_SAME_AS_SOURCE"};
}

MoveFailure destination_exists(const MoveAttempt& attempt, std::string_view path) {
    return {
        "# Move Failed - Destination Already Exists\n\nA file already exists at '" +
            std::string(path) + "', and a move never replaces one.\n\n## Choose another path\n\n" +
            fenced(move_call(attempt, with_suffix(path, "-backup")) + "\n" +
                   move_call(attempt, "archive/" + std::string(file_name(path)))) +
            "\n\nOr look at what is there first: `" + call_text("read_note", {{"", path}}) + "`",
        "Destination already exists: " + std::string(path)};
}

MoveFailure invalid_destination(const MoveAttempt& attempt, std::string_view reason) {
    return {"# Move Failed - Invalid Destination Path\n\nThe path '" + echoed(attempt.destination) +
                "' cannot be used: " + std::string(reason) + "\n\nA destination is\n\n" +
                std::string(kPathRules),
            std::string(reason)};
}

MoveFailure no_permission(const MoveAttempt& attempt, std::string_view reason) {
    return {"# Move Failed - Permission Error\n\n'" + echoed(attempt.identifier) +
                "' cannot be moved to '" + echoed(attempt.destination) +
                "': " + std::string(reason) +
                "\n\nThe user has to allow writing to both folders. Then try again.",
            std::string(reason)};
}

MoveFailure source_file_missing(const MoveAttempt& attempt, std::string_view path) {
    return {"# Move Failed - Source File Missing\n\n'" + echoed(attempt.identifier) +
                "' is known, but its file '" + std::string(path) +
                "' is gone. It was removed or renamed outside of this server, which will notice "
                "by itself. Search for it again: " +
                search_call(attempt),
            "Source file not found: " + std::string(path)};
}

MoveFailure system_error(const MoveAttempt& attempt, std::string_view reason) {
    return {"# Move Failed - System Error\n\n'" + echoed(attempt.identifier) +
                "' was not moved: " + std::string(reason) +
                "\n\nThe note is where it was. Try again; if that fails too, the user should look "
                "at the disk.",
            std::string(reason)};
}

MoveFailure move_failed(const MoveAttempt& attempt, std::string_view reason) {
    return {"# Move Failed\n\n'" + echoed(attempt.identifier) + "' was not moved to '" +
                echoed(attempt.destination) + "': " + std::string(reason) +
                "\n\nCheck the note with `" + call_text("read_note", {{"", attempt.identifier}}) +
                "` and the destination with `list_directory()`, then try again.",
            std::string(reason)};
}

MoveFailure directory_not_moved(const MoveAttempt& attempt, std::string_view reason) {
    return {"# Directory Move Failed\n\n**Source:** `" + echoed(attempt.identifier) +
                "`\n**Destination:** `" + echoed(attempt.destination) + "`\n\n" +
                std::string(reason) + "\n\nSee what is there: `" +
                call_text("list_directory", {{"", "/"}, {"project", attempt.project}}) + "`",
            std::string(reason)};
}

}  // namespace bm
