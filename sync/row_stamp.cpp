#include "sync/row_stamp.hpp"

#include "repository/file_status.hpp"

namespace bm {

FileStamp marked_unless_settled(FileStamp of_file, Timestamp then) {
    if (!is_settled(of_file, then)) ++of_file.ctime_ns;
    return of_file;
}

bool is_stamp_of(const FileStamp& of_row, const FileStamp& of_file) {
    if (of_row == of_file) return true;
    FileStamp marked = of_file;
    ++marked.ctime_ns;
    return of_row == marked;
}

}  // namespace bm
