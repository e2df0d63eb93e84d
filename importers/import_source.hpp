#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string_view>

#include "markdown/result.hpp"

namespace bm {

/// The system does not give more of an export; what() says why.
class SourceUnreadable : public std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// The bytes of an export: a port, with a file behind it, or memory. One thread. Throws
/// SourceUnreadable.
class ImportSource {
public:
    ImportSource() = default;
    ImportSource(const ImportSource&) = delete;
    ImportSource& operator=(const ImportSource&) = delete;
    virtual ~ImportSource() = default;

    /// Bytes in all; 0 when that is not known.
    [[nodiscard]] virtual std::uint64_t size() const = 0;
    /// The bytes behind those that were given last, at most `room` of them; none at the end.
    virtual std::size_t next(char* into, std::size_t room) = 0;
    /// The bytes at `offset`, fewer only at the end.
    virtual std::size_t read_at(std::uint64_t offset, char* into, std::size_t room) = 0;
    /// next() begins with the first byte again.
    virtual void rewind() = 0;
    /// Whether read_at() and rewind() can be called: not of a pipe.
    [[nodiscard]] virtual bool is_seekable() const = 0;
};

/// Text that is in memory already, and outlives the source.
class MemorySource final : public ImportSource {
public:
    explicit MemorySource(std::string_view text) : text_(text) {}

    [[nodiscard]] std::uint64_t size() const override { return text_.size(); }
    std::size_t next(char* into, std::size_t room) override;
    std::size_t read_at(std::uint64_t offset, char* into, std::size_t room) override;
    void rewind() override { at_ = 0; }
    [[nodiscard]] bool is_seekable() const override { return true; }

private:
    std::string_view text_;
    std::size_t at_ = 0;
};

/// Fault::not_found `File not found: {path}`, Fault::invalid for a folder, Fault::unavailable when
/// the system refuses.
Result<std::unique_ptr<ImportSource>> open_import_file(const std::filesystem::path& file);

}  // namespace bm
