#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bm {

/// An advisory lock between processes (flock on a file that stays). Released at the end of its life
/// and by the kernel when the process dies.
class FileLock {
public:
    /// Waits. Throws std::system_error when the lock file cannot be made.
    static FileLock acquire(const std::filesystem::path& file);
    /// None when somebody else holds it.
    static std::optional<FileLock> try_acquire(const std::filesystem::path& file);
    /// Whether anybody holds it, this process included. Makes no file and holds nothing. True where
    /// nobody can tell.
    static bool is_held(const std::filesystem::path& file);

    FileLock(FileLock&& other) noexcept;
    FileLock& operator=(FileLock&& other) noexcept;
    FileLock(const FileLock&) = delete;
    FileLock& operator=(const FileLock&) = delete;
    ~FileLock();

private:
    explicit FileLock(int descriptor) : descriptor_(descriptor) {}
    int descriptor_ = -1;
};

/// Serialises read-modify-write of single files over threads and processes: two holders of the same
/// path never overlap. Paths share a fixed number of lock files. Thread-safe.
class PathLocks {
public:
    explicit PathLocks(std::filesystem::path folder);
    ~PathLocks();

    /// What is held, until it is destroyed.
    class Held {
    public:
        Held(Held&&) noexcept = default;
        Held& operator=(Held&&) = delete;

    private:
        friend class PathLocks;
        Held() = default;
        struct One {
            std::unique_lock<std::mutex> threads;
            FileLock processes;  // released first
        };
        std::vector<One> locks_;
    };

    [[nodiscard]] Held lock(std::string_view project, std::string_view path);
    /// What is to be locked: a name and what it is a name in.
    struct Name {
        std::string scope;
        std::string name;
    };
    /// All at once, in an order that cannot deadlock.
    [[nodiscard]] Held lock(const std::vector<Name>& names);
    /// Both at once.
    [[nodiscard]] Held lock(std::string_view project, std::string_view first,
                            std::string_view second);

    /// What is locked by any thread or process, without waiting and without taking anything. Each
    /// lock file is looked at once, when it is asked about first. One thread; the locks outlive it.
    class Look {
    public:
        explicit Look(const PathLocks& locks) : folder_(locks.folder()) {}
        /// Also when another name that shares the lock file is locked, or nobody can tell.
        [[nodiscard]] bool is_locked(const Name& name);

    private:
        const std::filesystem::path& folder_;
        std::map<std::size_t, bool> seen_;
    };

private:
    [[nodiscard]] const std::filesystem::path& folder() const noexcept;

    struct Stripes;
    std::unique_ptr<Stripes> stripes_;
};

}  // namespace bm
