#include "repository/mailbox.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "repository/byte_stream.hpp"

namespace bm {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kLengthBytes = sizeof(std::uint32_t);
/// Whoever writes more than that into one letter is not one of us.
constexpr std::uint32_t kLongestLetter = 1U << 20U;

std::string framed(const std::vector<std::string>& letters) {
    std::string bytes;
    for (const auto& letter : letters) {
        if (letter.size() > kLongestLetter) continue;
        append_little_endian(bytes, static_cast<std::uint32_t>(letter.size()));
        bytes += letter;
    }
    return bytes;
}

/// Appends for a listener that lives; takes the mailbox of a dead one away.
void post_into(const fs::path& file, const std::string& bytes) {
    const Descriptor box(::open(file.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW));
    if (!box) return;
    if (::flock(box.number(), LOCK_EX | LOCK_NB) == 0) {
        ::unlink(file.c_str());
        return;
    }
    // One write, so that letters of two senders never mix; a full disk may cut it short.
    [[maybe_unused]] const auto written = ::write(box.number(), bytes.data(), bytes.size());
}

fs::path unused_name(const fs::path& folder) {
    static std::atomic<std::uint32_t> number{0};
    return folder / (std::to_string(::getpid()) + '-' + std::to_string(++number));
}

}  // namespace

void post_letters(const fs::path& folder, const fs::path& own,
                  const std::function<std::vector<std::string>()>& write) noexcept {
    try {
        std::error_code nobody;
        std::string bytes;
        for (fs::directory_iterator boxes(folder, nobody), end; !nobody && boxes != end;
             boxes.increment(nobody)) {
            if (boxes->path() == own) continue;
            if (bytes.empty()) bytes = framed(write());
            post_into(boxes->path(), bytes);
        }
    } catch (const std::exception&) {
        // Out of memory: nobody hears of it.
    }
}

Mailbox::Mailbox(const fs::path& folder, std::uint64_t largest)
    : folder_(folder), largest_(largest), news_(SIZE_MAX) {
    fs::create_directories(folder_);
    open();
}

Mailbox::~Mailbox() { ::unlink(file_.c_str()); }

void Mailbox::open() {
    const fs::path file = unused_name(folder_);
    // Its lock must be held before anybody can take it for that of a dead one.
    Descriptor descriptor(::open(folder_.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
    const bool is_nameless = static_cast<bool>(descriptor);
    if (!is_nameless) {
        descriptor = Descriptor(::open(file.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    }
    if (!descriptor || ::flock(descriptor.number(), LOCK_SH | LOCK_NB) != 0) {
        throw std::system_error(errno, std::generic_category(), "mailbox " + file.string());
    }
    if (is_nameless) {
        ::unlink(file.c_str());
        const std::string by_number = "/proc/self/fd/" + std::to_string(descriptor.number());
        if (::linkat(AT_FDCWD, by_number.c_str(), AT_FDCWD, file.c_str(), AT_SYMLINK_FOLLOW) != 0) {
            throw std::system_error(errno, std::generic_category(), "mailbox " + file.string());
        }
    }
    const int watch = news_.watch(file, IN_MODIFY);
    if (watch < 0) {
        const int reason = errno;
        ::unlink(file.c_str());
        throw std::system_error(reason, std::generic_category(), "mailbox " + file.string());
    }
    file_ = file;
    descriptor_ = std::move(descriptor);
    watch_ = watch;
    at_ = 0;
    rest_.clear();
}

std::vector<std::string> Mailbox::read() {
    news_.drain([](int /*watch*/, std::uint32_t /*mask*/, std::string_view /*name*/) {});
    std::vector<std::string> letters;
    take(letters);
    if (at_ <= largest_) return letters;
    // Who has just found the old one still writes there: it is read to its end once it has no name.
    const fs::path old_file = file_;
    ::unlink(old_file.c_str());
    take(letters);
    news_.forget(watch_);
    open();
    return letters;
}

void Mailbox::take(std::vector<std::string>& letters) {
    std::array<char, 16 * 1024> buffer;
    for (;;) {
        const auto got =
            ::pread(descriptor_.number(), buffer.data(), buffer.size(), static_cast<off_t>(at_));
        if (got <= 0) break;
        at_ += static_cast<std::uint64_t>(got);
        rest_.append(buffer.data(), static_cast<std::size_t>(got));
    }
    std::size_t begin = 0;
    while (rest_.size() - begin >= kLengthBytes) {
        const auto length = load_little_endian<std::uint32_t>(rest_.data() + begin);
        if (length > kLongestLetter) {
            // A full disk has cut a letter short. What stands here now is anybody's guess.
            rest_.clear();
            at_ = std::max(at_, largest_ + 1);
            return;
        }
        if (rest_.size() - begin - kLengthBytes < length) break;
        letters.push_back(rest_.substr(begin + kLengthBytes, length));
        begin += kLengthBytes + length;
    }
    rest_.erase(0, begin);
}

}  // namespace bm
