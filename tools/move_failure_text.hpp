#pragma once

#include <string>
#include <string_view>

/// What a model reads when a move could not be made: why, and how to go on. Pure.
namespace bm {

/// What was to be moved, and where to, as the caller spelled both.
struct MoveAttempt {
    std::string project;
    std::string identifier;
    std::string destination;
};

/// Why a move was not made, for people and for programs.
struct MoveFailure {
    std::string text;
    std::string code;  ///< or the reason itself when there is no code
};

MoveFailure both_destinations(const MoveAttempt& attempt);
MoveFailure folder_for_directory(const MoveAttempt& attempt);
MoveFailure missing_destination(const MoveAttempt& attempt);
MoveFailure unsafe_destination(const MoveAttempt& attempt);
MoveFailure unsafe_identifier(const MoveAttempt& attempt);
MoveFailure other_project(const MoveAttempt& attempt, std::string_view other);
/// `extension` is that of the source, without dot.
MoveFailure missing_extension(const MoveAttempt& attempt, std::string_view extension);
/// For a destination that is an extension alone; `name` is the source's file name.
MoveFailure missing_name(const MoveAttempt& attempt, std::string_view name);
MoveFailure other_extension(const MoveAttempt& attempt, std::string_view wanted,
                            std::string_view extension, std::string_view source_path);
MoveFailure source_not_found(const MoveAttempt& attempt);
MoveFailure ambiguous_source(const MoveAttempt& attempt, std::string_view reason);
MoveFailure same_place(const MoveAttempt& attempt, std::string_view path);
MoveFailure destination_exists(const MoveAttempt& attempt, std::string_view path);
MoveFailure invalid_destination(const MoveAttempt& attempt, std::string_view reason);
MoveFailure no_permission(const MoveAttempt& attempt, std::string_view reason);
MoveFailure source_file_missing(const MoveAttempt& attempt, std::string_view path);
MoveFailure system_error(const MoveAttempt& attempt, std::string_view reason);
MoveFailure move_failed(const MoveAttempt& attempt, std::string_view reason);
/// The text of a directory that could not be moved.
MoveFailure directory_not_moved(const MoveAttempt& attempt, std::string_view reason);

}  // namespace bm
