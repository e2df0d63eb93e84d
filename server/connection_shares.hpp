#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace bm {

/// Counts the connections of each peer, so that none takes the places of all: once half of the
/// places are taken, a peer has a quarter of them at most. Thread-safe; outlives its places.
class ConnectionShares {
public:
    /// The place of one connection, for as long as it lives.
    using Place = std::shared_ptr<void>;

    explicit ConnectionShares(std::size_t places) : places_(places) {}

    /// Null: the peer has its share already. `peer` is an address as text; those of IPv6 count by
    /// their network of 64 bits, since one machine has all of it.
    [[nodiscard]] Place take(const std::string& peer);

private:
    void give_back(const std::string& key);

    std::size_t places_;
    std::mutex mutex_;
    std::map<std::string, std::size_t> taken_;
    std::size_t total_ = 0;
};

}  // namespace bm
