#pragma once

#include <cstddef>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "server/rate_limit.hpp"

namespace bm {

/// Counts the long streams of each client, so that none takes the places of all. Thread-safe;
/// outlives its slots.
class StreamSlots {
public:
    struct Limits {
        std::size_t total = 256;
        std::size_t per_client = 64;
    };
    /// The place of one stream, for as long as it lives.
    using Slot = std::shared_ptr<void>;
    enum class Refusal { client_has_too_many, all_taken };
    struct Taken {
        Slot slot;  ///< null: refused
        Refusal refusal = Refusal::all_taken;
    };

    explicit StreamSlots(Limits limits) : limits_(limits) {}

    /// A client without a name has the places of all.
    [[nodiscard]] Taken take(const std::string& client);

private:
    void give_back(const std::string& client);

    Limits limits_;
    std::mutex mutex_;
    std::map<std::string, std::size_t> open_;
    std::size_t total_ = 0;
};

/// At most so many events of each client in a second. Thread-safe.
class ClientRates {
public:
    explicit ClientRates(std::size_t per_second) : per_second_(per_second) {}

    [[nodiscard]] bool admits(const std::string& client, Moment now);

private:
    struct Known {
        RateLimit rate;
        std::list<std::string>::iterator place;
    };

    std::size_t per_second_;
    std::mutex mutex_;
    std::list<std::string> recent_;  // the one heard of last in front
    std::map<std::string, Known> clients_;
};

}  // namespace bm
