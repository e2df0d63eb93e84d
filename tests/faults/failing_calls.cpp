// Makes chosen system calls of a program fail. Loaded with LD_PRELOAD, told what to do through a
// file that stays mapped, so that the script that drives a running program can begin and end a
// fault at any time (see fault_script.py).
//
// BM_FAULTS_FILE names that file: 8 bytes of generation, 8 bytes that count the calls that were
// made to fail, then one rule a line: CALL ERROR SKIP TIMES KEEP PATH. A call of that kind on a
// path that contains PATH (which may be empty) fails with ERROR, after SKIP calls that pass, TIMES
// times (0: until the rules change). KEEP >= 0: a write takes that many bytes first, and succeeds
// where ERROR is 0. `create` rules are for those of the `open` calls that can make a file, with or
// without a name. `clock` rules add KEEP seconds to what the system's clock says.

#include <atomic>
#include <cerrno>
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>

#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

namespace {

constexpr std::size_t kFileBytes = 8192;
constexpr std::size_t kMostRules = 16;
constexpr std::size_t kPathBytes = 4096;

struct Shared {
    std::atomic<std::uint64_t> generation;
    std::atomic<std::uint64_t> failed;
    char text[kFileBytes - 16];
};

struct Rule {
    char call[16];
    int error;
    long skip;
    long times;
    long keep;
    char path[256];
    long seen;
};

/// What a call is to do.
struct Verdict {
    int error = 0;
    long keep = -1;
};

Shared* shared = nullptr;
std::atomic<std::uint64_t> read_generation{0};
std::atomic<long> clock_offset{0};
std::atomic<std::size_t> rule_count{0};
Rule rules[kMostRules];
pthread_mutex_t rules_mutex = PTHREAD_MUTEX_INITIALIZER;

__attribute__((constructor)) void open_script() {
    const char* name = std::getenv("BM_FAULTS_FILE");
    if (name == nullptr) return;
    const long file = ::syscall(SYS_openat, AT_FDCWD, name, O_RDWR | O_CLOEXEC, 0);
    if (file < 0) return;
    void* mapped =
        ::mmap(nullptr, kFileBytes, PROT_READ | PROT_WRITE, MAP_SHARED, static_cast<int>(file), 0);
    ::syscall(SYS_close, file);
    if (mapped != MAP_FAILED) shared = static_cast<Shared*>(mapped);
}

/// Under the mutex.
void read_rules() {
    std::size_t count = 0;
    long offset = 0;
    const char* line = shared->text;
    while (*line != '\0' && count < kMostRules) {
        Rule rule{};
        int path_at = 0;
        if (std::sscanf(line, "%15s %d %ld %ld %ld %n", rule.call, &rule.error, &rule.skip,
                        &rule.times, &rule.keep, &path_at) >= 5) {
            const char* const path = line + path_at;
            const std::size_t length = std::strcspn(path, "\n");
            std::memcpy(rule.path, path, length < sizeof rule.path ? length : 0);
            if (std::strcmp(rule.call, "clock") == 0) {
                offset = rule.keep;
            } else {
                rules[count++] = rule;
            }
        }
        line += std::strcspn(line, "\n");
        if (*line == '\n') ++line;
    }
    clock_offset = offset;
    rule_count = count;
}

void renew_rules() {
    const std::uint64_t now = shared->generation;
    if (now == read_generation) return;
    ::pthread_mutex_lock(&rules_mutex);
    if (now != read_generation) {
        read_rules();
        read_generation = now;
    }
    ::pthread_mutex_unlock(&rules_mutex);
}

/// The path behind a descriptor; empty when there is none.
void path_of(int descriptor, char (&path)[kPathBytes]) {
    char link[32];
    std::snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    const long length =
        ::syscall(SYS_readlinkat, AT_FDCWD, static_cast<const char*>(link), path, kPathBytes - 1);
    path[length < 0 ? 0 : length] = '\0';
}

void path_of(int folder, const char* name, char (&path)[kPathBytes]) {
    path[0] = '\0';
    if (name != nullptr && name[0] != '/' && folder != AT_FDCWD) path_of(folder, path);
    const std::size_t length = std::strlen(path);
    std::snprintf(path + length, kPathBytes - length, "%s%s", length == 0 ? "" : "/",
                  name == nullptr ? "" : name);
}

Verdict judge(const char* call, int folder, const char* name, bool is_descriptor) {
    if (shared == nullptr) return {};
    renew_rules();
    if (rule_count == 0) return {};
    const int kept_errno = errno;
    Verdict verdict;
    char path[kPathBytes];
    bool has_path = false;
    ::pthread_mutex_lock(&rules_mutex);
    for (std::size_t i = 0; i < rule_count; ++i) {
        Rule& rule = rules[i];
        if (std::strcmp(rule.call, call) != 0) continue;
        if (!has_path && rule.path[0] != '\0') {
            if (is_descriptor) {
                path_of(folder, path);
            } else {
                path_of(folder, name, path);
            }
            has_path = true;
        }
        if (rule.path[0] != '\0' && std::strstr(path, rule.path) == nullptr) continue;
        const long number = rule.seen++;
        if (number < rule.skip || (rule.times > 0 && number >= rule.skip + rule.times)) continue;
        verdict = {rule.error, rule.keep};
        ++shared->failed;
        break;
    }
    ::pthread_mutex_unlock(&rules_mutex);
    errno = kept_errno;
    return verdict;
}

Verdict judge_path(const char* call, int folder, const char* name) {
    return judge(call, folder, name, false);
}
Verdict judge_descriptor(const char* call, int descriptor) {
    return judge(call, descriptor, nullptr, true);
}

Verdict judge_open(int folder, const char* path, int flags) {
    const Verdict verdict = judge_path("open", folder, path);
    const bool can_create = (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE;
    if (verdict.error != 0 || !can_create) return verdict;
    return judge_path("create", folder, path);
}

/// The function that would have been called without this library.
template <class Function>
Function* next(const char* name) {
    return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

template <class Value>
Value failing(const Verdict& verdict, Value value) {
    errno = verdict.error;
    return value;
}

/// Calls the function behind, unless the script wants an error.
template <class Function, class... Arguments>
auto after(const Verdict& verdict, const char* name, Arguments... arguments) {
    using Value = decltype(next<Function>(name)(arguments...));
    if (verdict.error != 0) return failing(verdict, static_cast<Value>(-1));
    return next<Function>(name)(arguments...);
}

/// A write that takes a part of the bytes, or fails behind a part.
template <class Write>
ssize_t write_part(const Verdict& verdict, std::size_t size, Write write) {
    if (verdict.keep < 0) return verdict.error != 0 ? failing<ssize_t>(verdict, -1) : write(size);
    const auto most = static_cast<std::size_t>(verdict.keep);
    const ssize_t written = most == 0 ? 0 : write(most < size ? most : size);
    return verdict.error != 0 ? failing<ssize_t>(verdict, -1) : written;
}

}  // namespace

// NOLINTBEGIN: the names and shapes are those of the C library.
extern "C" {

int open(const char* path, int flags, ...) {
    va_list list;
    va_start(list, flags);
    const unsigned mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(list, unsigned) : 0;
    va_end(list);
    return after<int(const char*, int, ...)>(judge_open(AT_FDCWD, path, flags), "open", path, flags,
                                             mode);
}
int open64(const char* path, int flags, ...) {
    va_list list;
    va_start(list, flags);
    const unsigned mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(list, unsigned) : 0;
    va_end(list);
    return after<int(const char*, int, ...)>(judge_open(AT_FDCWD, path, flags), "open64", path,
                                             flags, mode);
}
int openat(int folder, const char* path, int flags, ...) {
    va_list list;
    va_start(list, flags);
    const unsigned mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(list, unsigned) : 0;
    va_end(list);
    return after<int(int, const char*, int, ...)>(judge_open(folder, path, flags), "openat", folder,
                                                  path, flags, mode);
}
int openat64(int folder, const char* path, int flags, ...) {
    va_list list;
    va_start(list, flags);
    const unsigned mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(list, unsigned) : 0;
    va_end(list);
    return after<int(int, const char*, int, ...)>(judge_open(folder, path, flags), "openat64",
                                                  folder, path, flags, mode);
}
DIR* opendir(const char* path) {
    const Verdict verdict = judge_path("open", AT_FDCWD, path);
    if (verdict.error != 0) return failing<DIR*>(verdict, nullptr);
    return next<DIR*(const char*)>("opendir")(path);
}

ssize_t write(int file, const void* bytes, size_t size) {
    return write_part(judge_descriptor("write", file), size, [=](std::size_t part) {
        return next<ssize_t(int, const void*, size_t)>("write")(file, bytes, part);
    });
}
ssize_t pwrite(int file, const void* bytes, size_t size, off_t at) {
    return write_part(judge_descriptor("write", file), size, [=](std::size_t part) {
        return next<ssize_t(int, const void*, size_t, off_t)>("pwrite")(file, bytes, part, at);
    });
}
ssize_t pwrite64(int file, const void* bytes, size_t size, off64_t at) {
    return write_part(judge_descriptor("write", file), size, [=](std::size_t part) {
        return next<ssize_t(int, const void*, size_t, off64_t)>("pwrite64")(file, bytes, part, at);
    });
}
int fsync(int file) { return after<int(int)>(judge_descriptor("sync", file), "fsync", file); }
int fdatasync(int file) {
    return after<int(int)>(judge_descriptor("sync", file), "fdatasync", file);
}
int ftruncate(int file, off_t size) noexcept {
    return after<int(int, off_t)>(judge_descriptor("write", file), "ftruncate", file, size);
}
int ftruncate64(int file, off64_t size) noexcept {
    return after<int(int, off64_t)>(judge_descriptor("write", file), "ftruncate64", file, size);
}

ssize_t read(int file, void* bytes, size_t size) {
    return after<ssize_t(int, void*, size_t)>(judge_descriptor("read", file), "read", file, bytes,
                                              size);
}
ssize_t pread(int file, void* bytes, size_t size, off_t at) {
    return after<ssize_t(int, void*, size_t, off_t)>(judge_descriptor("read", file), "pread", file,
                                                     bytes, size, at);
}
ssize_t pread64(int file, void* bytes, size_t size, off64_t at) {
    return after<ssize_t(int, void*, size_t, off64_t)>(judge_descriptor("read", file), "pread64",
                                                       file, bytes, size, at);
}

struct dirent* readdir(DIR* folder) {
    const Verdict verdict = judge_descriptor("list", dirfd(folder));
    if (verdict.error != 0) return failing<struct dirent*>(verdict, nullptr);
    return next<struct dirent*(DIR*)>("readdir")(folder);
}
struct dirent64* readdir64(DIR* folder) {
    const Verdict verdict = judge_descriptor("list", dirfd(folder));
    if (verdict.error != 0) return failing<struct dirent64*>(verdict, nullptr);
    return next<struct dirent64*(DIR*)>("readdir64")(folder);
}

int fstatat(int folder, const char* path, struct stat* seen, int flags) noexcept {
    return after<int(int, const char*, struct stat*, int)>(judge_path("stat", folder, path),
                                                           "fstatat", folder, path, seen, flags);
}
int statx(int folder, const char* path, int flags, unsigned mask, struct statx* seen) noexcept {
    return after<int(int, const char*, int, unsigned, struct statx*)>(
        judge_path("stat", folder, path), "statx", folder, path, flags, mask, seen);
}
int stat(const char* path, struct stat* seen) noexcept {
    return after<int(const char*, struct stat*)>(judge_path("stat", AT_FDCWD, path), "stat", path,
                                                 seen);
}

int rename(const char* from, const char* to) noexcept {
    return after<int(const char*, const char*)>(judge_path("rename", AT_FDCWD, to), "rename", from,
                                                to);
}
int renameat(int from, const char* name, int to, const char* new_name) noexcept {
    return after<int(int, const char*, int, const char*)>(judge_path("rename", to, new_name),
                                                          "renameat", from, name, to, new_name);
}
int renameat2(int from, const char* name, int to, const char* new_name, unsigned flags) noexcept {
    return after<int(int, const char*, int, const char*, unsigned)>(
        judge_path("rename", to, new_name), "renameat2", from, name, to, new_name, flags);
}
int linkat(int from, const char* name, int to, const char* new_name, int flags) noexcept {
    return after<int(int, const char*, int, const char*, int)>(
        judge_path("rename", to, new_name), "linkat", from, name, to, new_name, flags);
}
int unlink(const char* path) noexcept {
    return after<int(const char*)>(judge_path("unlink", AT_FDCWD, path), "unlink", path);
}
int unlinkat(int folder, const char* path, int flags) noexcept {
    return after<int(int, const char*, int)>(judge_path("unlink", folder, path), "unlinkat", folder,
                                             path, flags);
}
int mkdir(const char* path, mode_t mode) noexcept {
    return after<int(const char*, mode_t)>(judge_path("mkdir", AT_FDCWD, path), "mkdir", path,
                                           mode);
}
int mkdirat(int folder, const char* path, mode_t mode) noexcept {
    return after<int(int, const char*, mode_t)>(judge_path("mkdir", folder, path), "mkdirat",
                                                folder, path, mode);
}
int flock(int file, int operation) noexcept {
    return after<int(int, int)>(judge_descriptor("lock", file), "flock", file, operation);
}

int inotify_init1(int flags) noexcept {
    return after<int(int)>(judge_path("watch", AT_FDCWD, "inotify"), "inotify_init1", flags);
}
int inotify_add_watch(int queue, const char* path, uint32_t mask) noexcept {
    return after<int(int, const char*, uint32_t)>(judge_path("watch", AT_FDCWD, path),
                                                  "inotify_add_watch", queue, path, mask);
}

int clock_gettime(clockid_t clock, struct timespec* now) noexcept {
    const long told = ::syscall(SYS_clock_gettime, clock, now);
    if (told != 0 || shared == nullptr || clock != CLOCK_REALTIME) return static_cast<int>(told);
    renew_rules();
    now->tv_sec += clock_offset;
    return 0;
}
time_t time(time_t* now) noexcept {
    struct timespec exact {};
    clock_gettime(CLOCK_REALTIME, &exact);
    if (now != nullptr) *now = exact.tv_sec;
    return exact.tv_sec;
}
int gettimeofday(struct timeval* now, void* zone) noexcept {
    struct timespec exact {};
    clock_gettime(CLOCK_REALTIME, &exact);
    if (zone != nullptr) std::memset(zone, 0, sizeof(struct timezone));
    now->tv_sec = exact.tv_sec;
    now->tv_usec = exact.tv_nsec / 1000;
    return 0;
}

}  // extern "C"
// NOLINTEND
